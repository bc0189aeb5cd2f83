"""The two cameras of the RegDB layout; they stand side by side on a roof above a street."""

from .light_cameras import VisibleCamera
from .thermal_camera import ThermalCamera

_WHERE = {
    'place': 'shopping_street',
    'height': 7.0,
    'tilt': 18.0,
    'focal': 1150.0,
    'reach': 6.0,
    'distances': (18.5, 22.5),
    'headings': (3, 1, 3, 1),
    'crowd': 0.15,
    'obstacles': 0.0,
}
VISIBLE = VisibleCamera(
    **_WHERE,
    exposure=1.05,
    white_balance=(1.0, 1.0, 1.03),
    ambient=0.5,
    light=(-0.5, 0.8, 0.35),
    blur=1.1,
    noise=0.02,
)
THERMAL = ThermalCamera(**_WHERE, blur=1.6, noise=0.014)
