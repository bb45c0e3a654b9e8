"""A picture whole and in its proportions in the middle of a square, and its boxes with it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fathom.data.image import image_file
from fathom.data.image.levels import Levels

GREY = 114
"""What surrounds a picture that is no square."""


def square_of(path: Path, frame: tuple[int, int], side: int, channels: int, levels: Levels) -> NDArray[np.uint8]:
    """The picture in the middle of a grey square: ``(side, side, channels)``.

    Args:
        path: of the picture.
        frame: its width and height as it is shown.
        side: of the square, in pixels.
        channels: 1 or 3.
        levels: how values of pixels become bytes.

    Raises:
        Unreadable: the picture cannot be read.
    """
    left, top, width, height = placed(frame, side)
    square = np.full((side, side, channels), GREY, np.uint8)
    square[top : top + height, left : left + width] = image_file.decode_whole(path, width, height, channels, levels)
    return square


def placed(frame: tuple[float, float], side: int) -> tuple[int, int, int, int]:
    """Where a picture of that width and height lies in a square: left, top, width and height in its pixels.

    >>> placed((640, 320), 320)
    (0, 80, 320, 160)
    """
    scale = side / max(frame)
    width, height = (max(1, min(side, round(s * scale))) for s in frame)
    return (side - width) // 2, (side - height) // 2, width, height


def within(corners: NDArray[np.floating], frame: tuple[float, float], side: int) -> NDArray[np.floating]:
    """Boxes ``(n, 4)`` in pixels of the picture as shares of the square it lies in."""
    left, top, width, height = placed(frame, side)
    scale = np.array([width / frame[0], height / frame[1]] * 2)
    return (corners * scale + np.array([left, top] * 2)) / side


def without(corners: NDArray[np.floating], frame: tuple[float, float], side: int) -> NDArray[np.floating]:
    """The reverse of `within`, cut to the picture."""
    left, top, width, height = placed(frame, side)
    scale = np.array([width / frame[0], height / frame[1]] * 2)
    back = (corners * side - np.array([left, top] * 2)) / scale
    return np.clip(back, 0, np.array([*frame, *frame]))
