"""Read one image file. Refuse each image that would lose information or memory silently."""

import io
import stat
import warnings
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image

from mmvireid.structures import Modality

MAX_PIXELS = 50_000_000
REMEDY = 'Restore it or remove it from the data set.'
# Mean difference of the channels from green, in gray levels. JPEG compression of a gray image stays below.
MIN_COLOR = 5


class DecodedImage(NamedTuple):
    """Hold the pixels of an image file.

    Attributes:
        pixels: (H, W, 3) uint8 RGB. An infrared image has three equal channels.
        lost_color: The file is a color image of an infrared camera. The pixels hold only its luma.

    Example:
        >>> DecodedImage(np.zeros((8, 4, 3), np.uint8), lost_color=False).pixels.shape
        (8, 4, 3)
    """

    pixels: np.ndarray
    lost_color: bool


def read_image(path: str | Path, modality: Modality, **options) -> np.ndarray:
    """Decode an image file to (H, W, 3) uint8 RGB. An infrared image gets three equal channels.

    Args:
        path: File of the image.
        modality: Modality of the image.
        options: See :func:`decode_image`.

    Raises:
        OSError: See :func:`decode_image`.
        ValueError: See :func:`decode_image`.

    Example:
        >>> cv2.imwrite('a.png', np.full((8, 4, 3), (0, 0, 255), np.uint8))  # OpenCV writes blue, green, red
        True
        >>> read_image('a.png', Modality.VISIBLE)[0, 0].tolist()
        [255, 0, 0]
    """
    return decode_image(path, modality, **options).pixels


def decode_image(
    path: str | Path,
    modality: Modality,
    max_pixels: int = MAX_PIXELS,
    value_range: tuple[float, float] | None = None,
) -> DecodedImage:
    """Decode an image file, and tell if an infrared image lost its color.

    Args:
        path: File of the image.
        modality: Modality of the image.
        max_pixels: Largest number of pixels. The header tells the number, so a larger image is never decoded.
        value_range: Lowest and highest value of infrared images with more than 8 bits. The range is mapped linearly to
            0..255; other values are clipped. None refuses such images. Images of 8 bits do not change.

    Raises:
        OSError: The file is missing, empty, truncated or not an image. The message names the file.
        ValueError: The image is too large, has more than 8 bits or has transparent pixels. The message names the file.

    Example:
        >>> cv2.imwrite('a.png', np.full((8, 4), 8000, np.uint16))
        True
        >>> decode_image('a.png', Modality.INFRARED, value_range=(7000, 9000)).pixels[0, 0].tolist()
        [128, 128, 128]
    """
    data = _read_file(path, max_pixels)
    with warnings.catch_warnings():  # the limit of Pillow does not count, and OpenCV reports damage
        warnings.simplefilter('ignore')
        mode = _check_header(path, data, max_pixels)
    infrared = modality is Modality.INFRARED
    if mode in ('1', 'L', 'F') or mode.startswith('I'):
        values, lost_color = _decode(path, data, cv2.IMREAD_GRAYSCALE), False
    else:
        values, lost_color = _decode(path, data, cv2.IMREAD_COLOR), False
        if infrared:
            gray = np.ascontiguousarray(values[..., 1])
            spread = cv2.absdiff(values, cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR))
            lost_color = bool(spread.mean() > MIN_COLOR)
            values = _decode(path, data, cv2.IMREAD_GRAYSCALE) if spread.any() or mode != 'RGB' else gray
    if values.dtype != np.uint8:
        values = _to_8_bits(path, values, value_range if infrared else None)
    return DecodedImage(cv2.cvtColor(values, cv2.COLOR_GRAY2RGB if values.ndim == 2 else cv2.COLOR_BGR2RGB), lost_color)


def _read_file(path: str | Path, max_pixels: int) -> bytes:
    try:
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):  # reading a named pipe never ends
            raise OSError(f"Image '{path}' is not a regular file. {REMEDY}")
        if status.st_size > (most := 16 * max_pixels + 2**24):
            raise ValueError(
                f"Image '{path}' has {status.st_size} bytes; an image of max_pixels={max_pixels} needs at most {most}."
            )
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(f"Image '{path}' is missing.") from None
    except OSError as error:
        if error.strerror is None:
            raise
        raise OSError(f"Image '{path}' cannot be read: {error.strerror}. {REMEDY}") from None
    if not data:
        raise OSError(f"Image '{path}' is an empty file. {REMEDY}")
    return data


def _check_header(path: str | Path, data: bytes, max_pixels: int) -> str:
    """Read the header. Refuse a large image and transparent pixels. Return the mode that Pillow gives the image."""
    too_large = f'more than max_pixels={max_pixels}. Make the image smaller, or raise max_pixels of LoadReIDImage.'
    try:
        with Image.open(io.BytesIO(data)) as image:
            (width, height), mode = image.size, image.mode
            opaque = width * height > max_pixels or _is_opaque(image)  # looking at transparency decodes the image
    except Image.DecompressionBombError:
        raise ValueError(f"Image '{path}' has over {2 * Image.MAX_IMAGE_PIXELS} pixels, {too_large}") from None
    except Exception:  # a damaged header raises many kinds of errors in Pillow
        raise _corrupt(path, data) from None
    if width * height > max_pixels:
        raise ValueError(f"Image '{path}' has {width} x {height} pixels, {too_large}")
    if not opaque:
        raise ValueError(
            f"Image '{path}' has transparent pixels, and nothing tells what lies behind them. Save the image without "
            'an alpha channel.'
        )
    return mode


def _is_opaque(image: Image.Image) -> bool:
    if not image.has_transparency_data:
        return True
    return not image.mode.startswith('I') and image.convert('RGBA').getchannel('A').getextrema()[0] == 255


def _decode(path: str | Path, data: bytes, flag: int) -> np.ndarray:
    # OpenCV fills the missing part of a truncated JPEG with gray, without an error: look for the end-of-image marker.
    img = None
    if not _is_truncated(data):
        try:
            img = cv2.imdecode(np.frombuffer(data, np.uint8), flag | cv2.IMREAD_ANYDEPTH)
        except cv2.error:
            img = None
    if img is None:
        raise _corrupt(path, data)
    return img


def _is_truncated(data: bytes) -> bool:
    return data.startswith(b'\xff\xd8') and data.rfind(b'\xff\xd9') < 0


def _corrupt(path: str | Path, data: bytes) -> OSError:
    problem = 'truncated' if _is_truncated(data) else 'corrupt or not an image'
    return OSError(f"Image '{path}' is {problem} ({len(data)} bytes). {REMEDY}")


def _to_8_bits(path: str | Path, values: np.ndarray, value_range: tuple[float, float] | None) -> np.ndarray:
    if not np.isfinite(values).all():
        raise ValueError(f"Image '{path}' has values that are no numbers (NaN or infinite). {REMEDY}")
    if value_range is None:
        raise ValueError(
            f"Image '{path}' has more than 8 bits ({values.dtype}, values {values.min()} to {values.max()}). For an "
            'infrared camera, give LoadReIDImage the range that matters, such as value_range=(7000, 9000). Convert an '
            'image of a visible camera to 8 bits.'
        )
    low, high = value_range
    return np.rint((values.astype(np.float64) - low).clip(0, high - low) * (255 / (high - low))).astype(np.uint8)
