"""Check that two real processes compute the loss and the gradient of one process with the whole batch."""

import dataclasses
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from mmvireid.models import heads
from mmvireid.registry import MODELS
from mmvireid.structures import ReIDFeatures, ReIDTargets

HEADS = {
    'IDHead': dict(num_classes=4, in_channels=6, loss_weights=dict(x=1.0), within_modality=True),
    'BranchIDHead': dict(num_classes=4, in_channels=dict(x=6, parts=3), num_parts=dict(parts=2)),
    'CenterHead': dict(num_classes=4, in_channels=3, num_parts=2, loss_weights=dict(parts=2.0)),
    'TripletHead': dict(loss_weights=dict(x=1.0), within_modality=True),
    'WeightedRegularizedTripletHead': dict(loss_weights=dict(x=1.0)),
    'HardPentapletHead': dict(loss_weights=dict(x=1.0)),
    'TopRankingHead': dict(loss_weights=dict(x=1.0)),
    'HeteroCenterTripletHead': dict(loss_weights=dict(parts=1.0), margin=2.0),
    'HeteroCenterHead': dict(loss_weights=dict(x=1.0)),
    'AffinityHead': dict(loss_weights=dict(x=1.0)),
    'AffinityL1Head': dict(loss_weights=dict(x=1.0)),
}
TUPLE_HEADS = {
    'IDHead': dict(num_classes=4, in_channels=6, loss_weights=dict(x=1.0), within_modality=True, role='anchor'),
    'EnumerateAngularTripletHead': dict(loss_weights=dict(x=1.0), exp='outside', compact_weight=0.5),
    'CrossModalityDistillationHead': dict(loss_weights=dict(x=1.0), reduction='sum'),
}
ROWS, TUPLES = 16, 4


def whole_batch() -> tuple[torch.Tensor, ReIDTargets]:
    images = torch.randn(ROWS, 3, generator=torch.Generator().manual_seed(0))
    # Each rank has two images of every identity: in both modalities for identities 0 and 1, in one for 2 and 3.
    labels, first_half = torch.arange(ROWS) % 4, torch.arange(ROWS) < ROWS // 2
    modalities = torch.where(labels < 2, torch.arange(ROWS) // 4 % 2, first_half.long())
    return images, ReIDTargets(labels, modalities, modalities + 1)


def batch_of_tuples() -> tuple[torch.Tensor, ReIDTargets]:
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(6 * TUPLES, 3, generator=generator)
    # Each rank has half of the tuples. Its rows are shuffled.
    order = [rows[torch.randperm(len(rows), generator=generator)] for rows in torch.arange(6 * TUPLES).chunk(2)]
    place, tuple_ids = torch.cat(order) % 6, torch.cat(order) // 6
    labels, modalities, roles = (tuple_ids + place // 4) % 4, place % 2, place // 2
    return images, ReIDTargets(labels, modalities, modalities + 1, tuple_ids, roles)


CASES = {name: (dict(type=name, across_ranks=True, **options), whole_batch) for name, options in HEADS.items()}
CASES |= {
    f'{name} of tuples': (dict(type=name, across_ranks=True, **options), batch_of_tuples)
    for name, options in TUPLE_HEADS.items()
}
# A mean over tuples: every rank has the same number of tuples, so the mean of the ranks' losses is the same number.
CASES['mean of ranks'] = (dict(type='CrossModalityDistillationHead', loss_weights=dict(x=1.0)), batch_of_tuples)


def network(case: str) -> tuple[torch.nn.Module, torch.nn.Module]:
    torch.manual_seed(1)
    return torch.nn.Linear(3, 6), MODELS.build(CASES[case][0])


class Model(torch.nn.Module):
    def __init__(self, case: str) -> None:
        super().__init__()
        self.embed, self.head = network(case)

    def forward(self, images: torch.Tensor, targets: ReIDTargets) -> torch.Tensor:
        x = self.embed(images)
        return sum(self.head.loss(ReIDFeatures(x=x, parts=x.unflatten(1, (2, 3))), targets).values())


def run_rank(out: str) -> None:
    """Train one step in a process of the launcher, and save loss and gradient."""
    torch.distributed.init_process_group('gloo')
    rank, size = torch.distributed.get_rank(), torch.distributed.get_world_size()
    results = {}
    for case, (_, batch) in CASES.items():
        images, targets = batch()
        mine = torch.arange(len(images)).chunk(size)[rank]
        targets = targets.select(mine)
        # A rank's sampler numbers its tuples from 0.
        targets = dataclasses.replace(targets, tuple_ids=targets.tuple_ids - targets.tuple_ids.amin().clamp_min(0))
        model = torch.nn.parallel.DistributedDataParallel(Model(case))
        loss = model(images[mine], targets)
        loss.backward()
        results[case] = loss.detach(), [parameter.grad for parameter in model.module.parameters()]
    torch.save(results, f'{out}/{rank}.pt')


@pytest.fixture(scope='module')
def ranks(tmp_path_factory) -> list[dict]:
    out = tmp_path_factory.mktemp('ranks')
    with socket.socket() as server:
        server.bind(('127.0.0.1', 0))
        port = server.getsockname()[1]
    launcher = ['-m', 'torch.distributed.run', '--nproc_per_node=2', f'--master_port={port}', __file__, str(out)]
    root = Path(__file__).parents[3]
    environment = {**os.environ, 'PYTHONPATH': str(root), 'OMP_NUM_THREADS': '1'}
    process = subprocess.run([sys.executable, *launcher], env=environment, capture_output=True, text=True, timeout=200)
    assert process.returncode == 0, process.stderr[-3000:]
    return [torch.load(out / f'{rank}.pt') for rank in range(2)]


def test_every_head_that_gathers_ranks_is_tested():
    registered = [name for name in heads.__all__ if name in MODELS]
    gathering = {name for name in registered if not issubclass(MODELS.get(name), heads.PairHead)}
    assert gathering == HEADS.keys() | TUPLE_HEADS.keys()


@pytest.mark.parametrize('case', CASES)
def test_two_ranks_equal_one_process(ranks, case):
    model = Model(case)
    loss = model(*CASES[case][1]())
    loss.backward()
    values = torch.stack([result[case][0] for result in ranks])
    if not CASES[case][0].get('across_ranks'):
        values = values.mean(dim=0, keepdim=True)
    torch.testing.assert_close(values, loss.detach().expand_as(values))
    for result in ranks:
        _, gradients = result[case]
        for gradient, parameter in zip(gradients, model.parameters(), strict=True):
            torch.testing.assert_close(gradient, parameter.grad)


if __name__ == '__main__':
    from mmengine.registry import init_default_scope

    init_default_scope('mmvireid')
    run_rank(sys.argv[1])
