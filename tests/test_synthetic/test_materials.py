"""Materials: color predicts neither near-infrared reflectance nor warmth."""

import numpy as np

from mmvireid.synthetic.identity import sample_identity
from mmvireid.synthetic.materials import Spectrum, lightness, sample_fabric, sample_ink


def test_color_and_reflectance_are_independent():
    rng = np.random.default_rng(0)
    fabrics = [sample_fabric(rng, warmth=0.4) for _ in range(3000)]
    visible = np.array([fabric.seen_in(Spectrum.VISIBLE) for fabric in fabrics])
    infrared = np.array([fabric.seen_in(Spectrum.NEAR_INFRARED) for fabric in fabrics])[:, 0]
    assert visible.min() >= 0 and visible.max() <= 1
    assert infrared.min() >= 0 and infrared.max() <= 1 and infrared.std() > 0.15
    for channel in (*visible.T, visible.mean(axis=1)):
        assert abs(np.corrcoef(channel, infrared)[0, 1]) < 0.06  # 3.3 standard errors


def test_patterns_vanish_sometimes_in_near_infrared_always_in_thermal_never_in_color():
    rng = np.random.default_rng(1)
    vanished = 0
    for _ in range(400):
        base = sample_fabric(rng, warmth=0.4)
        ink = sample_ink(base, rng)
        assert abs(lightness(ink) - lightness(base)) >= 0.22
        contrast = abs(ink.near_infrared**0.5 - base.near_infrared**0.5)
        assert contrast == 0 or contrast >= 0.25
        vanished += contrast == 0
        assert ink.seen_in(Spectrum.THERMAL) == base.seen_in(Spectrum.THERMAL) == (0.4,)
    assert 0.07 < vanished / 400 < 0.18


def test_pattern_contrast_keeps_base_colors_independent():
    """Check that the choice of a contrasting ink does not correlate a garment's brightness in the two spectra."""
    rng = np.random.default_rng(2)
    tops = [sample_identity(rng).fabrics['trunk'].material for _ in range(1500)]
    luminance = [np.mean(material.visible) for material in tops]
    assert abs(np.corrcoef(luminance, [material.near_infrared for material in tops])[0, 1]) < 0.09


def test_thicker_clothes_are_cooler():
    rng = np.random.default_rng(3)
    people = [sample_identity(rng) for _ in range(400)]

    def mean_warmth(part, kinds):
        worn = [getattr(person, part) in kinds for person in people]
        fabric = {'top': 'trunk', 'bottom': 'bottom'}[part]
        return np.mean([p.fabrics[fabric].material.warmth for p, chosen in zip(people, worn, strict=True) if chosen])

    thin, middle, thick = (mean_warmth('top', kinds) for kinds in (('tank', 't-shirt'), ('long-sleeve',), ('coat',)))
    assert 1 > thin > middle + 0.05 > thick + 0.2
    assert mean_warmth('bottom', ('shorts',)) > mean_warmth('bottom', ('wide-trousers',)) + 0.05
    for person in people:
        fabrics = {name: fabric.material.warmth for name, fabric in person.fabrics.items()}
        assert fabrics['skin'] == 1 > fabrics['hair'] > max(fabrics['bag'], fabrics['shoe']) > 0
    brightness = [np.mean(person.fabrics['trunk'].material.visible) for person in people]
    assert abs(np.corrcoef(brightness, [p.fabrics['trunk'].material.warmth for p in people])[0, 1]) < 0.165
