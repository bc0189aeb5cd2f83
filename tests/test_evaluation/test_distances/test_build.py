import pytest

from mmvireid.evaluation.distances.build import build_distances

COSINE, EUCLIDEAN = dict(type='CosineDistance'), dict(type='EuclideanDistance')


def test_one_or_several():
    assert [(label, distance.name) for label, distance in build_distances(None).items()] == [('', 'cosine')]
    assert [(label, distance.name) for label, distance in build_distances(EUCLIDEAN).items()] == [('', 'euclidean')]
    several = build_distances({'b': EUCLIDEAN, 'a-1.0': COSINE})
    assert [(label, distance.name) for label, distance in several.items()] == [('b', 'euclidean'), ('a-1.0', 'cosine')]


@pytest.mark.parametrize(
    ('cfg', 'message'),
    [
        ({}, 'distance={}: give the config of a distance, or configs of several by label'),
        ('CosineDistance', "distance='CosineDistance': give the config"),
        (dict(full=COSINE, other={}), r"distance\['other'\]={} is no config of a distance: it has no type"),
        (dict(full=COSINE, k=5), r"distance\['k'\]=5 is no config"),
        ({'a/b': COSINE}, r"distance\['a/b'\]: a label becomes part of names"),
        ({'': COSINE}, r"distance\[''\]: a label becomes part of names"),
        (
            dict(COSINE, full=EUCLIDEAN, simplified=COSINE),
            r"'CosineDistance', .* \['full', 'simplified'\].*_delete_=True",
        ),
    ],
)
def test_what_is_wrong_is_named(cfg, message):
    with pytest.raises(ValueError, match=message):
        build_distances(cfg)
