"""The embedded data set: synthetic pedestrians in visible and near-infrared light, in the real data sets' layouts."""

from .contact_sheet import make_contact_sheet
from .sysu import GENERATOR_VERSION, MARKER, generate_sysu
from .sysu_plan import PRESETS, IdentityPlan, Preset, plan_sysu

__all__ = [
    'GENERATOR_VERSION',
    'MARKER',
    'PRESETS',
    'IdentityPlan',
    'Preset',
    'generate_sysu',
    'make_contact_sheet',
    'plan_sysu',
]
