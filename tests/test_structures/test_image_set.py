import pytest

from mmvireid.evaluation import ImageSet


def test_bad_annotations_are_refused():
    with pytest.raises(ValueError, match='one length'):
        ImageSet([1, 2], [1], [0, 0], ['a', 'b'])
    with pytest.raises(ValueError, match="Unknown modality 2 of 'b'"):
        ImageSet([1, 2], [1, 1], [0, 2], ['a', 'b'])
    with pytest.raises(ValueError, match="'b' occurs 2 times"):
        ImageSet([1, 2, 3], [1, 1, 1], [0, 0, 1], ['a', 'b', 'b'])


def test_take_keeps_the_rows_together():
    images = ImageSet([1, 2, 3], [4, 5, 6], [0, 0, 1], ['a', 'b', 'c']).take([2, 0])
    assert images.pids.tolist() == [3, 1]
    assert images.cam_ids.tolist() == [6, 4]
    assert images.modalities.tolist() == [1, 0]
    assert images.paths.tolist() == ['c', 'a']
    assert len(images) == 2
