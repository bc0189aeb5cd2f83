import pytest
import torch
from mmengine.evaluator import Evaluator

from mmvireid.evaluation import CosineDistance, EuclideanDistance, load_features
from mmvireid.evaluation.metrics.image_records import descriptor_types
from mmvireid.registry import DISTANCES, METRICS
from mmvireid.structures import ReIDDataSample


def make_samples(folder: str, **record) -> list[ReIDDataSample]:
    samples = []
    for number in range(3):
        path = f'{folder}/cam3/0006/{number:04d}.jpg'
        meta = dict(pid=6, cam_id=3, modality=1, img_path=path, feature_name='bn', flip=False)
        samples.append(ReIDDataSample(metainfo=dict(meta, **record)))
        samples[-1].feature = torch.full((4,), float(number))
        samples[-1].map = torch.full((2, 2), number / 3)
    return samples


@pytest.mark.parametrize('normalized', [True, False])
def test_paths_are_relative_and_the_record_is_kept(tmp_path, normalized):
    file = tmp_path / 'deep' / 'f.npz'
    evaluator = Evaluator(METRICS.build(dict(type='FeatureWriter', out_file=str(file), data_root='/data/sysu/')))
    evaluator.dataset_meta = dict(dataset='RegDB', split='test', split_number=2, pids=(6,))
    evaluator.process(data_samples=make_samples('/data/sysu', normalized=normalized))
    assert evaluator.evaluate(3) == {'num_images': 3}
    written = load_features(file)
    assert written.images.paths.tolist() == [f'cam3/0006/{number:04d}.jpg' for number in range(3)]
    assert written.features.tolist() == [[number] * 4 for number in range(3)]
    data = dict(dataset='RegDB', split='test', split_number=2)
    assert written.record == dict(feature='bn', flip=False, normalized=normalized, data=data)


def test_padding_of_the_last_process_counts_once(tmp_path):
    """Samplers repeat images until all processes have the same number. mmengine knows the number of images."""
    file = tmp_path / 'f.npz'
    evaluator = Evaluator(METRICS.build(dict(type='FeatureWriter', out_file=str(file))))
    evaluator.process(data_samples=make_samples('data') + make_samples('data')[:1])
    evaluator.evaluate(3)
    assert len(load_features(file).images) == 3


def test_an_image_outside_the_data_root_is_refused(tmp_path):
    writer = METRICS.build(dict(type='FeatureWriter', out_file=str(tmp_path / 'f.npz'), data_root='/elsewhere'))
    evaluator = Evaluator(writer)
    evaluator.process(data_samples=make_samples('/data'))
    with pytest.raises(ValueError, match="'/data/cam3/0006/0000.jpg' is not under the metric's data_root='/elsewhere'"):
        evaluator.evaluate(3)


def test_descriptors_of_distances_are_written_beside_the_feature(tmp_path, monkeypatch):
    class MapDistance(EuclideanDistance):
        name, descriptors, storage = 'map', ('map',), dict(map=torch.float16)

    monkeypatch.setitem(DISTANCES.module_dict, 'MapDistance', MapDistance)
    one, file = dict(type='MapDistance'), tmp_path / 'f.npz'
    for options in (
        dict(distance=one),
        dict(distance=dict(a=dict(type='CosineDistance'), b=one)),
        dict(reranking=dict(type='TopKReranking', distance=one)),
    ):
        evaluator = Evaluator(METRICS.build(dict(type='FeatureWriter', out_file=str(file), **options)))
        evaluator.process(data_samples=make_samples('data')[::-1])
        evaluator.evaluate(3)
        written = load_features(file, ['map'])
        assert written.images.paths.tolist() == [f'data/cam3/0006/{number:04d}.jpg' for number in range(3)]
        assert written.features[:, 0].tolist() == [0, 1, 2]
        expected = (torch.arange(3) / 3).half()[:, None, None].expand(3, 2, 2)
        assert torch.equal(written.descriptors['map'], expected) and written.descriptors['map'].dtype == torch.float16


def test_a_descriptor_has_the_widest_type_of_all_comparisons():
    class Mapped(EuclideanDistance):
        descriptors = ('map', 'feature')
        storage = dict(map=torch.float16)

    assert descriptor_types([CosineDistance()]) == dict(feature=torch.float32)
    assert descriptor_types([Mapped(), CosineDistance()]) == dict(map=torch.float16, feature=torch.float32)
    assert descriptor_types([]) == {}
