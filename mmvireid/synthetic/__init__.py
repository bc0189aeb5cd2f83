"""The synthetic data set: synthetic pedestrians, visible, near-infrared and thermal, in the real data sets' layouts."""

from .contact_sheet import make_contact_sheet
from .regdb import generate_regdb
from .regdb_plan import REGDB_PRESETS, RegDBPreset, RegDBSplit, plan_splits
from .sysu import generate_sysu
from .sysu_plan import PRESETS, IdentityPlan, Preset, plan_sysu
from .tree_writer import GENERATOR_VERSION

__all__ = [
    'GENERATOR_VERSION',
    'PRESETS',
    'REGDB_PRESETS',
    'IdentityPlan',
    'Preset',
    'RegDBPreset',
    'RegDBSplit',
    'generate_regdb',
    'generate_sysu',
    'make_contact_sheet',
    'plan_splits',
    'plan_sysu',
]
