"""Synthetic data: images of synthetic pedestrians in the layouts of real data sets.

SYSU-MM01's layout has visible and near-infrared images, RegDB's layout has visible and thermal images.
``docs/synthetic_data.md`` describes both.

- people: ``identity``, ``wardrobe``, ``patterns``, ``materials``
- bodies: ``skeleton``, ``body``, ``primitives``, ``render``
- places: ``places``, ``scene``, ``textures``, ``occluders``
- cameras: ``camera``, ``light_cameras``, ``thermal_camera``, ``sysu_cameras``, ``regdb_cameras``
- one image: ``photograph``
- data sets: ``sysu``, ``sysu_plan``, ``regdb``, ``regdb_plan``, ``tree_writer``, ``contact_sheet``
"""

from .contact_sheet import make_contact_sheet
from .regdb import generate_regdb
from .regdb_plan import REGDB_PRESETS, RegDBPreset, RegDBSplit, plan_regdb_splits
from .sysu import generate_sysu
from .sysu_plan import SYSU_PRESETS, IdentityPlan, SYSUPreset, plan_sysu
from .tree_writer import GENERATOR_VERSION

__all__ = [
    'GENERATOR_VERSION',
    'REGDB_PRESETS',
    'SYSU_PRESETS',
    'IdentityPlan',
    'RegDBPreset',
    'RegDBSplit',
    'SYSUPreset',
    'generate_regdb',
    'generate_sysu',
    'make_contact_sheet',
    'plan_regdb_splits',
    'plan_sysu',
]
