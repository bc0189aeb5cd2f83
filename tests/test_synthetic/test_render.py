"""Compare ray casting with closed formulas and with brute-force marching along rays."""

import numpy as np
import pytest

from mmvireid.synthetic.primitives import Primitives
from mmvireid.synthetic.render import ray_cast

SHAPE, SCALE, FOOT = (
    (120, 100),
    50.0,
    (50.0, 60.0),
)  # a window of 2 m x 2.4 m with pixels of 2 cm; the origin is in the middle
PIXEL_AREA = 1 / SCALE**2


def round_cone(
    center=(0, 0, 0), axes=None, scale=(1, 1, 1), length=0.0, radius=(1, 1), clip=(-np.inf, np.inf), surface=0
):
    arrays = (center, np.eye(3) if axes is None else axes, scale, length, radius, clip)
    return Primitives(*(np.array([a], dtype=np.float32) for a in arrays), np.array([surface]), np.float32([[0, 1]]))


def together(*primitives):
    return Primitives(*(np.concatenate([getattr(p, name) for p in primitives]) for name in Primitives.__annotations__))


def random_rotation(rng):
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return q * np.sign(np.linalg.det(q))


def view_points(hits):
    """Return the view-space points of the hits, computed from the pixel centers."""
    x = (hits.pixel % SHAPE[1] + 0.5 - FOOT[0]) / SCALE
    y = (FOOT[1] - 0.5 - hits.pixel // SHAPE[1]) / SCALE
    return np.stack([x, y, hits.depth], axis=1)


def test_sphere_area_depth_and_normals():
    hits = ray_cast(round_cone(center=(0.1, -0.2, 0.3), radius=(0.5, 0.5)), SHAPE, SCALE, FOOT)
    assert len(hits.pixel) * PIXEL_AREA == pytest.approx(np.pi * 0.25, rel=0.01)
    outward = (view_points(hits) - (0.1, -0.2, 0.3)) / 0.5
    np.testing.assert_allclose(np.linalg.norm(outward, axis=1), 1, atol=1e-4)
    np.testing.assert_allclose(hits.normal, outward, atol=1e-3)
    assert hits.depth.max() == pytest.approx(0.8, abs=1e-3)


def test_ellipsoid_area_and_depth():
    turn = random_rotation(np.random.default_rng(3))
    half = np.array([0.3, 0.6, 0.2])
    hits = ray_cast(round_cone(axes=turn, scale=half), SHAPE, SCALE, FOOT)
    # The ellipsoid is x^T A^-1 x <= 1 with A = R^T diag(half^2) R; its parallel projection has matrix A[:2, :2].
    shape_matrix = turn.T @ np.diag(half**2) @ turn
    area = np.pi * np.sqrt(np.linalg.det(shape_matrix[:2, :2]))
    assert len(hits.pixel) * PIXEL_AREA == pytest.approx(area, rel=0.02)
    assert hits.depth.max() == pytest.approx(np.sqrt(shape_matrix[2, 2]), abs=0.01)


def test_capsule_area_and_pattern_height():
    hits = ray_cast(round_cone(center=(0, -0.4, 0), length=0.8, radius=(0.2, 0.2)), SHAPE, SCALE, FOOT)
    assert len(hits.pixel) * PIXEL_AREA == pytest.approx(0.4 * 0.8 + np.pi * 0.04, rel=0.02)
    np.testing.assert_allclose(hits.height, view_points(hits)[:, 1] + 0.4, atol=1e-4)
    np.testing.assert_allclose(np.sin(hits.angle) * 0.2, view_points(hits)[:, 0], atol=0.2)
    middle = np.abs(view_points(hits)[:, 1]) < 0.3
    np.testing.assert_allclose(np.sin(hits.angle[middle]) * 0.2, view_points(hits)[middle, 0], atol=1e-3)


@pytest.mark.parametrize('seed', range(5))
def test_round_cone_agrees_with_marching(seed):
    """March along every ray until a sphere contains the point; the hull of two spheres is the union of all between."""
    rng = np.random.default_rng(seed)
    start, axes = rng.uniform(-0.3, 0.3, 3), random_rotation(rng)
    length = rng.uniform(0.3, 0.6)
    radius = rng.uniform(0.08, 0.3, 2)
    radius[1] = radius[0] + np.clip(radius[1] - radius[0], -0.9 * length, 0.9 * length)
    hits = ray_cast(round_cone(start, axes, length=length, radius=radius), SHAPE, SCALE, FOOT)
    cast = np.full(SHAPE[0] * SHAPE[1], -np.inf)
    cast[hits.pixel] = hits.depth

    step = 0.01
    rows, columns = np.mgrid[: SHAPE[0] : 4, : SHAPE[1] : 4]
    xy = np.stack([(columns + 0.5 - FOOT[0]) / SCALE, (FOOT[1] - 0.5 - rows) / SCALE], axis=-1).reshape(-1, 2)
    depths = np.arange(1.5, -1.5, -step)
    points = np.concatenate([np.repeat(xy, len(depths), 0), np.tile(depths, len(xy))[:, None]], axis=1)
    inside = np.zeros(len(points), dtype=bool)
    for along in np.linspace(0, 1, 40):
        inside |= ((points - start - axes[1] * along * length) ** 2).sum(1) < (
            radius[0] + along * (radius[1] - radius[0])
        ) ** 2
    inside = inside.reshape(len(xy), -1)
    marched = np.where(inside.any(1), depths[inside.argmax(1)], -np.inf)
    cast = cast[(rows * SHAPE[1] + columns).ravel()]
    both = np.isfinite(marched) & np.isfinite(cast)
    assert both.sum() > 20
    assert np.mean(np.isfinite(marched) != np.isfinite(cast)) < 0.01  # only rays at the outline differ
    # A grazing ray may pass between two marched samples, so the tolerance is larger for one ray in ten.
    difference = np.abs(marched[both] - cast[both])
    assert np.quantile(difference, 0.9) <= 1.5 * step
    assert difference.max() < 0.15


def test_hem_cuts_the_surface():
    full = ray_cast(round_cone(length=0.5, radius=(0.2, 0.3)), SHAPE, SCALE, FOOT)
    cut = ray_cast(round_cone(length=0.5, radius=(0.2, 0.3), clip=(-np.inf, 0.5)), SHAPE, SCALE, FOOT)
    assert full.height.max() == pytest.approx(0.8, abs=0.02)
    assert cut.height.max() <= 0.5
    assert set(cut.pixel) < set(full.pixel)


def test_nearest_surface_wins():
    near = round_cone(center=(0, 0, 0.5), radius=(0.2, 0.2), surface=1)
    far = round_cone(center=(0.1, 0, -0.5), radius=(0.4, 0.4), surface=2)
    for order in ((near, far), (far, near)):
        hits = ray_cast(together(*order), SHAPE, SCALE, FOOT)
        assert len(set(hits.pixel)) == len(hits.pixel)
        alone = ray_cast(near, SHAPE, SCALE, FOOT)
        assert set(hits.pixel[hits.surface == 1]) == set(alone.pixel)
        assert (hits.surface == 2).sum() > 0


def test_nothing_in_view():
    assert len(ray_cast(round_cone(center=(9, 9, 0), radius=(0.2, 0.2)), SHAPE, SCALE, FOOT).pixel) == 0
