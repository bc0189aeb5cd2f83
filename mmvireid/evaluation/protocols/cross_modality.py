"""Test your own data with a protocol that is written in the config."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from mmvireid.registry import PROTOCOLS
from mmvireid.structures import ImageSet, Modality

from .base import INFRARED, VISIBLE, BaseProtocol, ImageFilter, Setting, at_least_one
from .rules import Exclusion, camera_pairs, same_camera, same_identity_same_camera

DEFAULT_SETTINGS = {
    'visible-to-infrared': Setting(query=VISIBLE, gallery=INFRARED),
    'infrared-to-visible': Setting(query=INFRARED, gallery=VISIBLE),
}
RULES = {'same-camera': same_camera, 'same-identity-same-camera': same_identity_same_camera}
# A config gives a modality by name or by number. None stands for both modalities.
MODALITIES = {None: None} | {key: modality for modality in Modality for key in (modality.name.lower(), modality.value)}


@PROTOCOLS.register_module()
class CrossModalityProtocol(BaseProtocol):
    """Compare images by modality and camera, for data without a published protocol.

    By default all images of one modality are queries and all of the other are the gallery, in both directions. A
    setting with ``shots`` draws its galleries. Trial t draws that many images per identity and camera, with Python's
    ``random.seed(t)`` and ``choice`` (one) or ``sample`` (several) from the sorted images. Identities come in ascending
    order, then cameras in ascending order. An identity with fewer images in a camera gives all of them.

    Args:
        settings: Settings by name. Each is ``dict(query=dict(modality=..., cam_ids=[...]), gallery=dict(...),
            shots=...)``. A modality is ``'visible'``, ``'infrared'`` or its number. A side without ``modality`` or
            ``cam_ids`` takes all images. A setting without ``shots``, or with None, takes the whole gallery in one
            trial.
        num_trials: Number of galleries to draw for each setting with ``shots``.
        exclude: Gallery images that a query skips. ``'same-camera'`` skips its own camera number,
            ``'same-identity-same-camera'`` its own identity in its own camera number. A list of
            (query camera, gallery camera) skips by camera. None skips nothing.
        cmc_unit: What a CMC rank counts, ``'identity'`` or ``'image'``.

    Raises:
        ValueError: An option is not valid.

    Example:
        >>> from mmvireid.registry import PROTOCOLS
        >>> night = dict(query=dict(modality='infrared', cam_ids=[3]), gallery=dict(modality='visible'), shots=1)
        >>> protocol = PROTOCOLS.build(dict(type='CrossModalityProtocol', settings={'night-to-day': night}))
        >>> protocol.settings, protocol.galleries, protocol.num_trials
        (('night-to-day',), 'seeded', 10)
    """

    name = 'cross-modality'

    def __init__(
        self,
        settings: Mapping[str, Mapping] | None = None,
        num_trials: int = 10,
        exclude: str | Sequence[tuple[int, int]] | None = None,
        cmc_unit: str = 'image',
    ) -> None:
        table = DEFAULT_SETTINGS if settings is None else _parse_settings(self.name, settings)
        rule = _parse_rule(self.name, exclude)
        self.exclude = exclude if exclude is None or isinstance(exclude, str) else [list(pair) for pair in exclude]
        draws = any(setting.shots is not None for setting in table.values())
        self.galleries = 'seeded' if draws else 'all'
        super().__init__(
            table,
            num_trials=num_trials,
            exclusion=rule,
            cmc_unit=cmc_unit,
            options=dict(
                settings={name: _as_config(setting) for name, setting in table.items()},
                num_trials=num_trials if draws else 1,
                exclude=self.exclude,
            ),
        )

    def check_images(self, images: ImageSet) -> None:
        """Refuse camera numbers in the config that no image has.

        Such a number is probably an error, and it would have no visible effect.
        """
        sides = [side for setting in self.table.values() for side in (setting.query, setting.gallery)]
        groups = [side.cam_ids or () for side in sides]
        if isinstance(self.exclude, list):
            groups += self.exclude
        found = np.unique(images.cam_ids).tolist()
        unknown = sorted(set().union(*groups) - set(found))
        if unknown:
            raise ValueError(
                f'{self.name}: settings or exclude name the cameras {unknown}, the data have {found}. Remove them.'
            )


def _parse_settings(protocol: str, settings: Mapping[str, Mapping]) -> dict[str, Setting]:
    if not isinstance(settings, Mapping) or not settings:
        raise ValueError(f'{protocol}: settings={settings!r}: give settings by name, or leave the option out.')
    return {name: _parse_setting(f"{protocol}, setting '{name}'", setting) for name, setting in settings.items()}


def _parse_setting(where: str, setting: Mapping) -> Setting:
    _check_keys(where, setting, known=('query', 'gallery', 'shots'), needed=('query', 'gallery'))
    shots = setting.get('shots')
    return Setting(
        query=_parse_side(f'{where}, query', setting['query']),
        gallery=_parse_side(f'{where}, gallery', setting['gallery']),
        shots=None if shots is None else at_least_one(where, 'shots', shots),
    )


def _parse_side(where: str, side: Mapping) -> ImageFilter:
    _check_keys(where, side, known=('modality', 'cam_ids'))
    modality, cam_ids = side.get('modality'), side.get('cam_ids')
    if modality not in list(MODALITIES):
        raise ValueError(f"{where}: unknown modality {modality!r}: choose 'visible' (0) or 'infrared' (1).")
    if cam_ids is not None and (not _are_cameras(cam_ids) or not cam_ids):
        raise ValueError(f'{where}: cam_ids={cam_ids!r}: give a list of camera numbers, or leave it out for all.')
    return ImageFilter(MODALITIES[modality], None if cam_ids is None else tuple(cam_ids))


def _parse_rule(protocol: str, exclude: str | Sequence | None) -> Exclusion | None:
    if exclude is None:
        return None
    if isinstance(exclude, str) and exclude in RULES:
        return RULES[exclude]
    if isinstance(exclude, list | tuple) and exclude and all(_are_cameras(pair) and len(pair) == 2 for pair in exclude):
        return partial(camera_pairs, pairs=exclude)
    raise ValueError(
        f'{protocol}: exclude={exclude!r}: choose None, one of {list(RULES)} or a list of (query camera, gallery '
        'camera).'
    )


def _are_cameras(values: Any) -> bool:
    return isinstance(values, list | tuple) and all(isinstance(value, int) for value in values)


def _check_keys(where: str, config: Mapping, known: tuple[str, ...], needed: tuple[str, ...] = ()) -> None:
    if not isinstance(config, Mapping) or not set(needed) <= set(config) <= set(known):
        needs = f'; {needed} are required' if needed else ''
        raise ValueError(f'{where}: {config!r}: give a dict with keys of {known}{needs}.')


def _as_config(setting: Setting) -> dict:
    """Turn a setting into the config that :func:`_parse_setting` reads, with modalities by name."""
    sides = {
        name: dict(
            modality=None if side.modality is None else side.modality.name.lower(),
            cam_ids=None if side.cam_ids is None else list(side.cam_ids),
        )
        for name, side in (('query', setting.query), ('gallery', setting.gallery))
    }
    return dict(sides, shots=setting.shots)
