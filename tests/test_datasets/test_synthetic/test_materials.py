"""Colour says nothing about near-infrared reflectance."""

import numpy as np

from mmvireid.datasets.synthetic.identity import sample_identity
from mmvireid.datasets.synthetic.materials import Spectrum, lightness, sample_fabric, sample_ink


def test_colour_and_reflectance_are_independent():
    rng = np.random.default_rng(0)
    fabrics = [sample_fabric(rng) for _ in range(3000)]
    visible = np.array([fabric.reflectance(Spectrum.VISIBLE) for fabric in fabrics])
    infrared = np.array([fabric.reflectance(Spectrum.NEAR_INFRARED) for fabric in fabrics])[:, 0]
    assert visible.min() >= 0 and visible.max() <= 1
    assert infrared.min() >= 0 and infrared.max() <= 1 and infrared.std() > 0.15
    for channel in (*visible.T, visible.mean(axis=1)):
        assert abs(np.corrcoef(channel, infrared)[0, 1]) < 0.06  # 3.3 standard errors


def test_some_patterns_vanish_in_the_infrared_and_all_show_in_colour():
    rng = np.random.default_rng(1)
    vanished = 0
    for _ in range(400):
        base = sample_fabric(rng)
        ink = sample_ink(base, rng)
        assert abs(lightness(ink) - lightness(base)) >= 0.22
        contrast = abs(ink.near_infrared**0.5 - base.near_infrared**0.5)
        assert contrast == 0 or contrast >= 0.25
        vanished += contrast == 0
    assert 0.07 < vanished / 400 < 0.18


def test_pattern_contrast_keeps_base_colours_independent():
    """Choosing a contrasting ink must not tie a whole garment's brightness in one spectrum to the other."""
    rng = np.random.default_rng(2)
    tops = [sample_identity(rng).fabrics['trunk'].material for _ in range(1500)]
    luminance = [np.mean(material.visible) for material in tops]
    assert abs(np.corrcoef(luminance, [material.near_infrared for material in tops])[0, 1]) < 0.09
