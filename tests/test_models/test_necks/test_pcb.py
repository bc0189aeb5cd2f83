import torch

from mmvireid.models.necks import PCBNeck
from mmvireid.registry import MODELS

# First row and last row + 1 of the six strips in a map of 14 rows. Neighbors share rows, as in adaptive pooling.
ROWS = [(0, 3), (2, 5), (4, 7), (7, 10), (9, 12), (11, 14)]


def pcb_neck(**options) -> PCBNeck:
    return MODELS.build(dict(type='PCBNeck', in_channels=4, out_channels=3, **options))


def averages(maps: torch.Tensor) -> list[torch.Tensor]:
    return [maps[:, :, start:stop].flatten(2).mean(dim=2) for start, stop in ROWS]


def test_strips_by_hand():
    neck, maps = pcb_neck().eval(), torch.randn(5, 4, 14, 14)
    features = neck((maps,))
    torch.testing.assert_close(features['embedding'], torch.cat(averages(maps), dim=1))
    for p, column in enumerate(averages(maps)):
        reduced = (column @ neck.reduction.linear.weight.T).relu() / (1 + neck.reduction.bn.eps) ** 0.5
        torch.testing.assert_close(features['parts'][:, p], reduced)


def test_strips_that_divide_the_height():
    maps = torch.randn(2, 4, 24, 8)
    embedding = pcb_neck()((maps,))['embedding']
    expected = [maps[:, :, start : start + 4].mean(dim=(2, 3)) for start in range(0, 24, 4)]
    torch.testing.assert_close(embedding, torch.cat(expected, dim=1))


def test_one_batch_norm_for_the_strips_of_the_batch():
    neck, maps = pcb_neck(dropout=0.0), torch.randn(5, 4, 14, 14)
    reduced = torch.stack(averages(maps), dim=1).double() @ neck.reduction.linear.weight.double().T
    mean, variance = reduced.mean(dim=(0, 1)), reduced.var(dim=(0, 1), unbiased=False)
    expected = ((reduced - mean) / (variance + neck.reduction.bn.eps).sqrt()).relu()
    torch.testing.assert_close(neck((maps,))['parts'].double(), expected, rtol=1e-3, atol=1e-4)


def test_dropout_is_after_the_embedding_and_for_training_only():
    torch.manual_seed(0)
    neck, maps = pcb_neck(), torch.randn(5, 4, 14, 14)
    given = []
    neck.reduction.register_forward_pre_hook(lambda module, inputs: given.append(inputs[0]))
    embeddings = [neck((maps,))['embedding'] for _ in range(2)]
    columns = torch.stack(averages(maps), dim=1)
    for embedding, dropped in zip(embeddings, given, strict=True):
        torch.testing.assert_close(embedding, columns.flatten(1))
        kept = dropped != 0
        assert 0.3 < kept.float().mean() < 0.7
        torch.testing.assert_close(dropped[kept], 2 * columns[kept])
    assert not torch.equal(*given)
    neck.eval()((maps,))
    torch.testing.assert_close(given[-1], columns)


def test_sizes_of_the_paper():
    features = MODELS.build(dict(type='PCBNeck'))((torch.randn(2, 2048, 14, 14),))
    assert {name: tuple(feature.shape[1:]) for name, feature in features.items()} == dict(
        embedding=(12288,), parts=(6, 256)
    )
