"""Round cones: the one shape that bodies are made of.

A *round cone* is the hull of two spheres on an axis; their radii may differ. Its local frame may be stretched along
each of the three axes. Special cases: zero length gives an ellipsoid, equal radii give a capsule, and a clipped axis
gives a hem.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Primitives:
    """Hold N round cones as a structure of float32 arrays.

    In the local frame the axis runs along y from 0 to ``length``. The radius is ``radius[:, 0]`` at the start and
    ``radius[:, 1]`` at the end. Local coordinates times ``scale`` are meters.

    Args:
        center: Position of the start of the axis, (N, 3) meters.
        axes: Unit vectors of the local frame as rows, (N, 3, 3).
        scale: Meters per local unit along each axis, (N, 3).
        length: Length of the axis in local units, (N,).
        radius: Radii at the start and the end in local units, (N, 2).
        clip: Range of local y that is kept; the surface outside is cut away, (N, 2).
        surface: Index of the surface (fabric), (N,).
        origin: Pattern height at the start of the axis, and +1 or -1 for the direction in which it grows, (N, 2).

    Example:
        >>> builder = PrimitivesBuilder(['skin'])
        >>> builder.add_ellipsoid(np.zeros(3), (0.1, 0.2, 0.1), np.float32([0, 1, 0]), np.float32([0, 0, 1]), 'skin')
        >>> head = builder.build()
        >>> head.center.tolist(), head.length.tolist()  # zero length: an ellipsoid
        ([[0.0, 0.0, 0.0]], [0.0])
    """

    center: np.ndarray
    axes: np.ndarray
    scale: np.ndarray
    length: np.ndarray
    radius: np.ndarray
    clip: np.ndarray
    surface: np.ndarray
    origin: np.ndarray

    def rotated(self, rotation: np.ndarray) -> 'Primitives':
        """Return the primitives turned about the coordinate origin by a (3, 3) matrix."""
        return replace(self, center=self.center @ rotation.T, axes=self.axes @ rotation.T)

    def taper(self) -> np.ndarray:
        """Return the sine of the angle between the side of each cone and its axis, (N,); 0 for an ellipsoid."""
        start, end = self.radius.T
        return (start - end) / np.maximum(self.length, 1e-6) * (self.length > 0)


class PrimitivesBuilder:
    """Collect round cones one by one and join them into one :class:`Primitives`.

    Args:
        surfaces: Names of the surfaces; the place of a name is its index in ``Primitives.surface``.

    Example:
        >>> builder = PrimitivesBuilder(['skin', 'sleeve'])
        >>> shoulder, elbow, front = np.zeros(3), np.array([0.0, -0.3, 0.0]), np.array([0.0, 0.0, 1.0])
        >>> builder.add_cone(shoulder, elbow, (0.05, 0.04), 'sleeve', front, hem=True)
        >>> arm = builder.build()
        >>> arm.surface.tolist(), round(float(arm.length[0]), 3)
        ([1], 0.3)
    """

    def __init__(self, surfaces: Iterable[str]) -> None:
        self.surfaces = {name: index for index, name in enumerate(surfaces)}
        self.rows: list[tuple] = []

    def add_cone(
        self,
        start: np.ndarray,
        end: np.ndarray,
        radii: tuple[float, float],
        surface: str,
        front: np.ndarray,
        depth: float = 1.0,
        hem: bool = False,
        origin: tuple[float, float] = (0.0, -1.0),
    ) -> None:
        """Add a limb.

        Args:
            start: Position of one end, (3,) meters.
            end: Position of the other end, (3,) meters.
            radii: Radii at the start and the end, meters.
            surface: Name of the surface.
            front: Direction of pattern angle 0, (3,).
            depth: Thickness along ``front`` relative to the width.
            hem: True cuts the limb off flat at ``end``, like a sleeve.
            origin: Pattern height at ``start`` and the direction in which it grows; a hanging limb has -1.
        """
        shape = (radii, (-np.inf, np.inf), True, hem)
        self.rows.append((start, end - start, front, (1.0, 1.0, depth), *shape, self.surfaces[surface], origin))

    def add_ellipsoid(
        self,
        center: np.ndarray,
        radii: tuple[float, float, float],
        up: np.ndarray,
        front: np.ndarray,
        surface: str,
        above: float = -np.inf,
    ) -> None:
        """Add an ellipsoid.

        Args:
            center: Position of the middle, (3,) meters.
            radii: Half axes to the side, up and to the front, meters.
            up: Upward direction, (3,).
            front: Direction of pattern angle 0, (3,).
            surface: Name of the surface.
            above: Lower edge as a fraction of the half height; the surface below is cut away.
        """
        shape = ((1.0, 1.0), (above, np.inf), False, False)
        self.rows.append((center, up, front, radii, *shape, self.surfaces[surface], (0.0, 1.0)))

    def build(self) -> Primitives:
        """Join everything that was added, in order."""
        start, axis, front, scale, radius, clip, is_cone, hem, surface, origin = (
            np.asarray(values, dtype=np.float32) for values in zip(*self.rows, strict=True)
        )
        length = np.linalg.norm(axis, axis=1)
        y = axis / length[:, None]
        z = front - y * (front * y).sum(axis=1, keepdims=True)
        z /= np.linalg.norm(z, axis=1, keepdims=True)
        axes = np.stack([np.cross(y, z), y, z], axis=1)
        # If one sphere contains the other, their hull has no cone; a longer axis keeps the cone.
        length = np.maximum(length, np.abs(radius[:, 0] - radius[:, 1]) * 1.02) * is_cone
        clip[:, 1] = np.where(hem, length, clip[:, 1])
        return Primitives(start, axes, scale, length, radius, clip, surface.astype(np.int32), origin)
