"""One scale for all pictures of a set whose values are no bytes, found from the training pictures."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fathom.data.image import image_file
from fathom.data.image.levels import Levels
from fathom.errors import Unreadable

_TAIL = 0.1
"""Per cent of the values of a picture at each end that may be single hot or dead pixels."""
_BRIGHT = 190
"""Mean grey of what is drawn on clear ground, from which on it would vanish before white."""
_MOST_PIXELS = 1_000_000
"""Of a picture, that are looked at."""


def learn_levels(pictures: Iterable[Path | str | NDArray[Any]]) -> Levels:
    """Black and white for values that are no bytes, and the background of clear pixels.

    Args:
        pictures: some of the training pictures, as examples hold them; those that cannot be read are passed over.

    Returns:
        the scale; of pictures of bytes that are not bright on clear ground, the usual one.
    """
    lows: list[float] = []
    highs: list[float] = []
    greys: list[float] = []
    for picture in pictures:
        with suppress(Unreadable):
            if isinstance(picture, np.ndarray):
                wide, clear = _of_array(picture)
            else:
                wide, clear = _of_file(picture)
            if wide is not None and (finite := wide[np.isfinite(wide)]).size:
                low, high = np.percentile(finite, [_TAIL, 100 - _TAIL])
                lows.append(float(low))
                highs.append(float(high))
            if clear is not None and (grey := _grey_on_clear(clear)) is not None:
                greys.append(grey)
    background = 0 if greys and float(np.mean(greys)) > _BRIGHT else 255
    if not lows or not min(lows) < max(highs):
        return Levels(background=background)
    return Levels(min(lows), max(highs), background)


def _of_array(picture: NDArray[Any]) -> tuple[NDArray[Any] | None, NDArray[Any] | None]:
    """As `_of_file`."""
    wide = None if picture.dtype in (np.uint8, np.bool_) else _some(picture.ravel()).astype(np.float64)
    return wide, picture if picture.ndim == 3 and picture.shape[2] == 4 else None


def _of_file(path: Path | str) -> tuple[NDArray[Any] | None, NDArray[Any] | None]:
    """The values of a picture that are no bytes, in one row; and all of one with clear pixels: (height, width, 4)."""
    with image_file.open_image(path) as image:
        if image.mode.startswith("I") or image.mode == "F":
            wide = _pixels(image).ravel()
            if isinstance(clear := image.info.get("transparency"), int):
                wide = wide[wide != clear]
            return _some(wide).astype(np.float64), None
        if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
            return None, _pixels(image, "LA", "RGBA") if image.mode == "La" else _pixels(image, "RGBA")
    return None, None


def _grey_on_clear(pixels: NDArray[Any]) -> float | None:
    """The mean grey of what is drawn on clear ground, of (height, width, 4); None where nothing is clear."""
    rows = _some(pixels.reshape(-1, 4)).astype(np.float64)  # (pixels, 4)
    weight = rows[:, 3]
    if not 0 < weight.sum() < 255.0 * len(weight):
        return None
    return float((rows[:, :3].mean(1) * weight).sum() / weight.sum())


def _pixels(image: Image.Image, *modes: str) -> NDArray[Any]:
    """The values as an array, brought into these modes one after the other.

    Raises:
        Unreadable: the file is damaged.
    """
    try:
        for mode in modes:
            image = image.convert(mode)
        return np.asarray(image)
    except Exception as error:  # Pillow's plugins raise whatever a broken file makes them stumble over
        raise Unreadable("damaged") from error


def _some(rows: NDArray[Any]) -> NDArray[Any]:
    return rows[:: len(rows) // _MOST_PIXELS + 1]
