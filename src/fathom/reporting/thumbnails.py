"""Arrays of bytes → small PNGs, and heat maps laid over them.

A page with two dozen pictures must stay below a megabyte, so pictures are made small (`THUMBNAIL_SIDE`) and keep 256
colours; at the size at which they are shown that is hardly seen. Small pictures (digits, clothes) are kept pixel for
pixel.
"""

from __future__ import annotations

import base64
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

THUMBNAIL_SIDE = 112
"""The longer side of a thumbnail, in pixels."""

PALETTE_SIZE = 256
"""Colours that a thumbnail keeps."""

_STOPS = np.array([(12, 18, 60), (70, 30, 130), (190, 50, 100), (245, 135, 45), (255, 240, 130)], np.float64)
"""From cold to hot: night blue, violet, crimson, orange, pale yellow."""


def png(picture: NDArray[np.uint8], side: int = THUMBNAIL_SIDE) -> bytes:
    """Encode a picture (h, w) or (h, w, 1 | 3 | 4) as a small PNG whose longer side is at most `side`."""
    return _encode(_image(picture), side)


def overlay_heat(picture: NDArray[np.uint8], cam: NDArray[np.floating], side: int = THUMBNAIL_SIDE) -> bytes:
    """Lay a heat map over a picture, hot where `cam` is high, and encode it as `png` does.

    Args:
        picture: (h, w) or (h, w, c).
        cam: (h', w'), any range; it is stretched over the picture. What is not finite counts as the lowest.
        side: as for `png`.
    """
    base = _image(picture)
    if max(base.size) < 56:  # a map on 28 by 28 pixels would be as blocky as the picture
        scale = 56 / max(base.size)
        base = base.resize(_scaled(base.size, scale), Image.Resampling.NEAREST)
    elif max(base.size) > side:
        base = base.resize(_scaled(base.size, side / max(base.size)), Image.Resampling.LANCZOS)
    share = Image.fromarray(_stretch(cam)).resize(base.size, Image.Resampling.BICUBIC)
    heat = np.clip(np.asarray(share, np.float64), 0, 1)  # (h, w)
    grey = np.asarray(base.convert("L"), np.float64)[..., None]  # (h, w, 1)
    opacity = (0.35 + 0.4 * heat)[..., None]  # (h, w, 1)
    mixed = (1 - opacity) * grey + opacity * heat_colors(heat)  # (h, w, 3)
    return _encode(Image.fromarray(np.clip(mixed, 0, 255).astype(np.uint8)), side)


def heat_colors(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """The heat map's colours: values in [0, 1] of any shape → RGB in [0, 255], with a last axis of 3."""
    at = np.clip(values, 0, 1) * (len(_STOPS) - 1)
    return np.stack([np.interp(at, np.arange(len(_STOPS)), _STOPS[:, c]) for c in range(3)], axis=-1)


def jpeg(picture: NDArray[np.uint8], side: int) -> bytes:
    """Encode a picture as a JPEG whose longer side is at most `side`; it is enlarged where it is less than half."""
    image = _image(picture).convert("RGB")
    scale = side / max(image.size)
    if scale < 1:
        image = image.resize(_scaled(image.size, scale), Image.Resampling.LANCZOS)
    elif scale > 2:
        image = image.resize(
            _scaled(image.size, scale), Image.Resampling.NEAREST if scale > 5 else Image.Resampling.BICUBIC
        )
    buffer = BytesIO()
    image.save(buffer, format="JPEG", quality=82, optimize=True)
    return buffer.getvalue()


def shrink(data: bytes, side: int = THUMBNAIL_SIDE) -> tuple[bytes, tuple[int, int]]:
    """A PNG no larger than `side`, and its (width, height); one that is small already is kept as it is."""
    with Image.open(BytesIO(data)) as image:
        if max(image.size) <= side and len(data) <= side * side * 1.5:
            return data, image.size
        data = _encode(image.convert("RGB"), side)
    with Image.open(BytesIO(data)) as image:
        return data, image.size


def data_uri(data: bytes) -> str:
    """The PNG or JPEG as an address that holds it."""
    kind = "jpeg" if data.startswith(b"\xff\xd8") else "png"
    return f"data:image/{kind};base64," + base64.b64encode(data).decode("ascii")


def _image(picture: NDArray[np.uint8]) -> Image.Image:
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3):
        raise ValueError(f"a picture is uint8 of shape (h, w) or (h, w, c), not {picture.dtype} {picture.shape}")
    if picture.ndim == 3 and picture.shape[2] == 1:
        picture = picture[..., 0]
    image = Image.fromarray(np.ascontiguousarray(picture))
    return image if image.mode in ("L", "RGB") else image.convert("RGB")


def _scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _stretch(cam: NDArray[np.floating]) -> NDArray[np.float32]:
    cam = np.asarray(cam, np.float64)
    finite = np.isfinite(cam)
    if not finite.any():
        return np.zeros(cam.shape, np.float32)
    low, high = cam[finite].min(), cam[finite].max()
    stretched = (np.where(finite, cam, low) - low) / ((high - low) or 1.0)
    return stretched.astype(np.float32)


def _encode(image: Image.Image, side: int) -> bytes:
    if max(image.size) > side:
        image = image.resize(_scaled(image.size, side / max(image.size)), Image.Resampling.LANCZOS)
    if image.mode == "RGB" and image.width * image.height > 3 * PALETTE_SIZE:
        image = image.quantize(PALETTE_SIZE, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.FLOYDSTEINBERG)
    buffer = BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
