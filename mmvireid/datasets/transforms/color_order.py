"""Keep transforms that expect BGR images away from the RGB images of this package, or convert around them."""

from collections.abc import Callable, Iterator, Sequence

import mmcv
import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.dataset import Compose

from mmvireid.registry import TRANSFORMS

# Transforms of other packages whose arithmetic depends on the order of the channels.
# ``Rotate`` fills the border of the first channel only.
TAKES_BGR = ('ColorJitter', 'ColorTransform', 'Contrast', 'Rotate', 'PhotoMetricDistortion', 'YOLOXHSVRandomAug')


@TRANSFORMS.register_module()
class RGBTransform(BaseTransform):
    """Apply transforms of BGR images to an RGB image: convert it to BGR, and convert the result back.

    OpenMMLab's transforms of color expect BGR images. The images of this package are RGB.

    Required key: ``img`` (H, W, 3) uint8. Modified keys: ``img``, and the keys of the transforms.

    Args:
        transform: One transform, or a list of transforms.

    Raises:
        ValueError: The image or the result is no uint8 array (H, W, 3).

    Example:
        >>> import numpy as np
        >>> from mmvireid.registry import TRANSFORMS
        >>> weights = (0, 0, 1)  # of blue, green and red
        >>> gray = dict(type='RandomGrayscale', prob=1.0, keep_channels=True, channel_weights=weights)
        >>> transform = TRANSFORMS.build(dict(type='RGBTransform', transform=gray))
        >>> red = np.full((2, 2, 3), (200, 0, 0), np.uint8)
        >>> transform(dict(img=red))['img'][0, 0].tolist()
        [200, 200, 200]
    """

    def __init__(self, transform: dict | Callable | Sequence[dict | Callable]) -> None:
        super().__init__()
        self.transforms = Compose(transform if isinstance(transform, (list, tuple)) else [transform])

    def transform(self, results: dict) -> dict:
        """Apply the transforms to one record."""
        results = self.transforms(dict(results, img=_reverse(results['img'], 'gets')))
        results['img'] = _reverse(results['img'], 'makes')
        return results


@TRANSFORMS.register_module()
class RGBLighting(BaseTransform):
    """Add a random multiple of each principal component of the colors of ImageNet (AlexNet, Sec. 4.1).

    ``mmpretrain.Lighting`` does the same without clipping, so bright pixels become dark. This transform clips.

    Required and modified key: ``img`` (H, W, 3) uint8 RGB.

    Args:
        eigval: Eigenvalue of each component, for values from 0 to 255.
        eigvec: Eigenvectors as columns; the rows are red, green and blue.
        alphastd: Standard deviation of the multiples.

    Example:
        >>> import numpy as np
        >>> from mmvireid.registry import TRANSFORMS
        >>> lighting = TRANSFORMS.build(dict(type='RGBLighting', alphastd=0.1))
        >>> lighting(dict(img=np.full((8, 4, 3), 255, np.uint8)))['img'].min() > 100
        np.True_
    """

    def __init__(
        self,
        eigval: Sequence[float] = (55.4625, 4.7940, 1.1475),
        eigvec: Sequence[Sequence[float]] = (
            (-0.5675, 0.7192, 0.4009),
            (-0.5808, -0.0045, -0.8140),
            (-0.5836, -0.6948, 0.4203),
        ),
        alphastd: float = 0.1,
    ) -> None:
        super().__init__()
        self.eigval = np.array(eigval, np.float64)
        self.eigvec = np.array(eigvec, np.float64)
        if self.eigval.ndim != 1 or self.eigvec.shape != (3, len(self.eigval)):
            raise ValueError(
                f'eigvec needs three rows with one number for each of the {self.eigval.size} eigenvalues of eigval, '
                f'got the shape {self.eigvec.shape}.'
            )
        self.alphastd = float(alphastd)

    def transform(self, results: dict) -> dict:
        """Change the lighting of one record."""
        img = mmcv.adjust_lighting(results['img'], self.eigval, self.eigvec, self.alphastd, to_rgb=False)
        results['img'] = np.rint(img.clip(0, 255)).astype(np.uint8)
        return results


def refuse_bgr_transforms(pipeline: Callable) -> None:
    """Check that a built pipeline holds no transform that expects BGR images, outside :class:`RGBTransform`.

    Args:
        pipeline: A transform, or a composition of transforms.

    Raises:
        ValueError: The pipeline holds such a transform. The message tells what to write instead.

    Example:
        >>> refuse_bgr_transforms(Compose([dict(type='RGBTransform', transform=dict(type='RandomFlip', prob=0.5))]))
        >>> refuse_bgr_transforms(Compose([dict(type='Normalize', mean=[0] * 3, std=[1] * 3)]))
        Traceback (most recent call last):
        ValueError: pipeline: Normalize makes float images. The data_preprocessor normalizes: remove Normalize.
    """
    for transform, outer in _walk(pipeline, ()):
        if problem := _problem(transform, outer):
            place = f' (in {_name(outer[0])})' if outer else ''
            raise ValueError(f'pipeline: {_name(transform)}{place} {problem}')


def _problem(transform: object, outer: tuple) -> str | None:
    """Tell why a transform does not fit RGB images. None if it fits."""
    package, name = type(transform).__module__.partition('.')[0], _name(transform)
    in_bgr = any(isinstance(each, RGBTransform) for each in outer)
    if package == 'mmvireid':
        return None
    if name in TAKES_BGR and package.startswith('mm') and not in_bgr:
        first = (*outer, transform)[0]
        whole = f'{type(first).__module__.partition(".")[0]}.{_name(first)}'
        return (
            'expects BGR images, but LoadReIDImage makes RGB images. Write '
            f"dict(type='RGBTransform', transform=dict(type='{whole}', ...))."
        )
    if name == 'Lighting' and package == 'mmpretrain':
        return 'adds to uint8 values without clipping, so bright pixels become dark. Use RGBLighting.'
    if name == 'LoadImageFromFile' and package.startswith('mm'):
        return 'makes BGR images. Use LoadReIDImage.'
    if name == 'Normalize' and package.startswith('mm'):
        return 'makes float images. The data_preprocessor normalizes: remove Normalize.'
    if name == 'RandomGrayscale':
        weights = tuple(getattr(transform, 'channel_weights', ()))
        order = getattr(transform, 'color_format', 'rgb')
        if order == 'hsv' or (order == 'bgr' and weights != weights[::-1] and not in_bgr):
            return f"has color_format='{order}'. Set color_format='rgb' and order channel_weights red, green, blue."
    for option in ('to_rgb', 'to_bgr'):
        if name in ('NumpyToPIL', 'PILToNumpy') and getattr(transform, option, False) and not in_bgr:
            return f'has {option}=True, but the images are RGB already. Set {option}=False.'
    return None


def _walk(transform: object, outer: tuple) -> Iterator[tuple[object, tuple]]:
    """Yield each transform inside a transform, with the transforms around it."""
    if isinstance(transform, (list, tuple)):
        for each in transform:
            yield from _walk(each, outer)
    elif isinstance(transform, (BaseTransform, Compose)):
        composition = _name(transform) == 'Compose'
        if not composition:
            yield transform, outer
        for value in vars(transform).values():
            yield from _walk(value, outer if composition else (*outer, transform))


def _name(transform: object) -> str:
    return type(transform).__name__


def _reverse(img: np.ndarray, verb: str) -> np.ndarray:
    if not isinstance(img, np.ndarray) or img.dtype != np.uint8 or img.ndim != 3 or img.shape[2] != 3:
        found = f'{img.dtype} {img.shape}' if isinstance(img, np.ndarray) else type(img).__name__
        raise ValueError(f'RGBTransform {verb} {found}, but it needs a uint8 array (H, W, 3).')
    return np.ascontiguousarray(img[..., ::-1])
