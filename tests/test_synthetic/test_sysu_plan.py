"""Plans in SYSU-MM01's layout: counts; these tests draw no image."""

import pytest

from mmvireid.synthetic import plan_sysu


def images_and_identities(splits):
    plans = [plan for plan in plan_sysu('full') if plan.split in splits]
    counts = list(zip(*(plan.counts for plan in plans), strict=True))
    return [sum(camera) for camera in counts], [sum(count > 0 for count in camera) for camera in counts], len(plans)


def test_full_has_the_published_counts():
    images, _, identities = images_and_identities(('train', 'val'))
    assert identities == 395
    assert sum(images[camera - 1] for camera in (1, 2, 4, 5)) == 22_258
    assert images[2] + images[5] == 11_909
    assert images_and_identities(('train',))[2] == 296 and images_and_identities(('val',))[2] == 99

    images, seen, identities = images_and_identities(('test',))
    assert identities == 96
    assert images == [1374, 1565, 1883, 1918, 1918, 1920]
    assert seen == [56, 56, 93, 94, 95, 96]
    assert sum(images[camera - 1] for camera in (1, 2, 4, 5)) == 6_775
    assert images[2] + images[5] == 3_803


def test_full_has_the_published_galleries_and_indoor_queries():
    test = [plan for plan in plan_sysu('full') if plan.split == 'test']
    assert sum(plan.counts[camera] > 0 for plan in test for camera in (0, 1, 3, 4)) == 301
    assert sum(plan.counts[camera] > 0 for plan in test for camera in (0, 1)) == 112
    # A camera-3 query skips camera 2, so an indoor match must come from camera 1.
    matched = sum(plan.counts[2] * (plan.counts[0] > 0) + plan.counts[5] * any(plan.counts[:2]) for plan in test)
    assert matched == 2_208


@pytest.mark.parametrize('preset, sizes', [('tiny', (12, 4, 8)), ('small', (300, 20, 60))])
def test_small_plans_suffice_for_training_and_evaluation(preset, sizes):
    plans = plan_sysu(preset)
    assert [plan.pid for plan in plans] == list(range(1, sum(sizes) + 1))
    assert tuple(sum(plan.split == split for plan in plans) for split in ('train', 'val', 'test')) == sizes
    for plan in plans:
        visible, infrared = sum(plan.counts[camera] for camera in (0, 1, 3, 4)), plan.counts[2] + plan.counts[5]
        assert visible >= 2 and infrared >= 2
    for split in ('val', 'test'):
        cameras = [plan.counts for plan in plans if plan.split == split]
        assert all(any(camera) for camera in zip(*cameras, strict=True))
        assert all(counts[3] and counts[5] for counts in cameras)  # every query has a match that is not excluded
        assert any(0 in counts for counts in cameras)


def test_the_error_for_an_unknown_preset_lists_the_presets():
    with pytest.raises(ValueError, match='tiny, small, full'):
        plan_sysu('huge')
