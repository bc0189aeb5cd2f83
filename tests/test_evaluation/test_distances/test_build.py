import pytest

from mmvireid.evaluation.distances.build import build_distances

COSINE, EUCLIDEAN = dict(type='CosineDistance'), dict(type='EuclideanDistance')


def test_one_distance_or_several_by_label():
    assert [(label, distance.name) for label, distance in build_distances(None).items()] == [('', 'cosine')]
    assert [(label, distance.name) for label, distance in build_distances(EUCLIDEAN).items()] == [('', 'euclidean')]
    several = build_distances({'b': EUCLIDEAN, 'a-1.0': COSINE})
    assert [(label, distance.name) for label, distance in several.items()] == [('b', 'euclidean'), ('a-1.0', 'cosine')]


@pytest.mark.parametrize(
    ('cfg', 'message'),
    [
        ({}, 'distance={}: give the config of one distance, or configs of several by label'),
        ('CosineDistance', "distance='CosineDistance': give the config of one distance"),
        (dict(full=COSINE, other={}), r"distance\['other'\]={}: the config of a distance needs a type"),
        (dict(full=COSINE, k=5), r"distance\['k'\]=5: the config of a distance needs a type"),
        ({'a/b': COSINE}, r"distance\['a/b'\]: a label becomes part of score and file names"),
        ({'': COSINE}, r"distance\[''\]: a label becomes part of score and file names"),
        (
            dict(COSINE, full=EUCLIDEAN, simplified=COSINE),
            r"'CosineDistance', .* \['full', 'simplified'\].*_delete_=True",
        ),
    ],
)
def test_error_names_the_wrong_config(cfg, message):
    with pytest.raises(ValueError, match=message):
        build_distances(cfg)
