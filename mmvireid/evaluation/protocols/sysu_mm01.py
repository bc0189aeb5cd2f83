"""The test protocol of SYSU-MM01."""

from collections.abc import Sequence
from pathlib import Path

from mmvireid.registry import PROTOCOLS

from ..image_set import ImageSet
from .drawing import Cell
from .options import choose, true_or_false
from .rand_perm_cam import CameraPermutations
from .setting import ImageFilter, Setting
from .setting_protocol import SettingProtocol
from .sysu_cameras import INFRARED_CAMERAS, VISIBLE_CAMERAS, check_cameras, same_place

GALLERY_CAMERAS = {'all-search': VISIBLE_CAMERAS, 'indoor-search': (1, 2)}
SHOTS = {'single-shot': 1, 'multi-shot': 10}
SETTINGS = tuple(f'{search}/{shot}' for search in GALLERY_CAMERAS for shot in SHOTS)


@PROTOCOLS.register_module()
class SYSUMM01Protocol(SettingProtocol):
    """Infrared queries against visible galleries (Wu et al., ICCV 2017, section 5, and the authors' evaluation code).

    Queries are all infrared images. A gallery holds one (single-shot) or ten (multi-shot) images of each identity in
    each visible camera, or in the indoor ones; a cell with fewer images gives all it has. Camera-3 queries skip
    camera-2 gallery images; CMC counts identities, AP and INP count images. Two sets of galleries are in use:

    - ``'official'``: trial t takes the first images of row t of the permutations in ``exp/rand_perm_cam.mat``;
    - ``'seeded'`` (AGW's release and most code after it): the draws of Python's ``random.seed(t)``, ``choice`` or
      ``sample`` from the sorted images, over identities ascending and, for each, over cameras ascending.

    Args:
        galleries: ``'official'``, ``'seeded'``, or ``'auto'``: official where the permutation file is there.
        data_root: Data set folder; the permutation file is its ``exp/rand_perm_cam.mat``.
        perm_file: Permutation file elsewhere, instead of ``data_root``.
        settings: Any of ``{all,indoor}-search/{single,multi}-shot``. Validation identities have no indoor gallery.
        num_trials: Galleries drawn for each setting.
        probe_cams: Infrared cameras whose images are queries (HPILN's text speaks of camera 3 alone).
        exclude_same_place: Whether camera-3 queries skip camera-2 images.
        collapse_identities: Whether CMC counts identities (the protocol) or images.

    Raises:
        FileNotFoundError: Official galleries without the permutation file.
        ValueError: An unknown option.
    """

    name = 'SYSU-MM01'

    def __init__(
        self,
        galleries: str = 'auto',
        data_root: str | None = None,
        perm_file: str | None = None,
        settings: Sequence[str] = SETTINGS,
        num_trials: int = 10,
        probe_cams: Sequence[int] = INFRARED_CAMERAS,
        exclude_same_place: bool = True,
        collapse_identities: bool = True,
    ) -> None:
        self.permutations = _open_permutations(galleries, data_root, perm_file)
        self.galleries = 'official' if self.permutations else 'seeded'
        self.probe_cams = choose(self.name, 'probe_cams', probe_cams, INFRARED_CAMERAS)
        table = {
            f'{search}/{shot}': Setting(ImageFilter(cam_ids=self.probe_cams), ImageFilter(cam_ids=cameras), shots)
            for search, cameras in GALLERY_CAMERAS.items()
            for shot, shots in SHOTS.items()
        }
        exclusion = same_place if true_or_false(self.name, 'exclude_same_place', exclude_same_place) else None
        super().__init__(table, settings, num_trials, exclusion, collapse_identities)
        self.options = dict(
            num_trials=num_trials,
            probe_cams=list(self.probe_cams),
            exclude_same_place=exclude_same_place,
            collapse_identities=collapse_identities,
        )

    def check_images(self, images: ImageSet) -> None:
        check_cameras(images)
        if self.permutations:
            self.permutations.check(images, (*VISIBLE_CAMERAS, *self.probe_cams), self.num_trials)

    def draw(self, cells: Sequence[Cell], shots: int, trial: int) -> list[int]:
        if self.permutations:
            return self.permutations.draw(cells, shots, trial)
        return super().draw(cells, shots, trial)


def _open_permutations(galleries: str, data_root: str | None, perm_file: str | None) -> CameraPermutations | None:
    if galleries not in ('auto', 'official', 'seeded'):
        raise ValueError(f"SYSU-MM01: galleries={galleries!r}: choose 'auto', 'official' or 'seeded'.")
    if galleries == 'seeded':
        return None
    if perm_file is None and data_root is not None:
        perm_file = str(Path(data_root) / 'exp' / 'rand_perm_cam.mat')
    if galleries == 'auto' and (perm_file is None or not Path(perm_file).is_file()):
        return None
    if perm_file is None:
        raise ValueError("galleries='official' needs data_root (with exp/rand_perm_cam.mat) or perm_file.")
    return CameraPermutations(perm_file)
