"""Photographs that lie on their side: what turns them upright, and boxes with them."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

_ROTATIONS = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT,),
    3: (Image.Transpose.ROTATE_180,),
    4: (Image.Transpose.FLIP_TOP_BOTTOM,),
    5: (Image.Transpose.TRANSPOSE,),
    6: (Image.Transpose.ROTATE_270,),
    7: (Image.Transpose.TRANSVERSE,),
    8: (Image.Transpose.ROTATE_90,),
}
_TAG = 0x0112
"""Of EXIF: how the camera was held."""

Turns = tuple[Image.Transpose, ...]
Corners = tuple[float, float, float, float]


def turns(image: Image.Image) -> Turns:
    """What turns a picture upright, by its EXIF data; nothing where it has none.

    Args:
        image: of which the header has been read.
    """
    try:
        return _ROTATIONS.get(image.getexif().get(_TAG, 1), ())
    except Exception:  # a broken EXIF block does not make the pixels unreadable
        return ()


def exchanges_sides(turns: Sequence[Image.Transpose]) -> bool:
    """Whether turning a picture exchanges its width and its height.

    Args:
        turns: one after the other.
    """
    upright = (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM)
    return any(turn not in upright for turn in turns)


def turned_box(corners: Corners, turns: Sequence[Image.Transpose], size: tuple[int, int]) -> Corners:
    """A box in the pixels of the file as one in the picture as it is shown.

    Args:
        corners: left, top, right and bottom, in pixels as they lie in the file.
        turns: what turns the picture upright, one after the other.
        size: width and height as they lie in the file, in pixels.

    Returns:
        the same of the upright picture.
    """
    left, top, right, bottom = corners
    width, height = size
    for turn in turns:
        x, y = (left, right), (top, bottom)
        if turn in (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180):
            x = (width - right, width - left)
        if turn in (Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_180):
            y = (height - bottom, height - top)
        if turn in (Image.Transpose.ROTATE_270, Image.Transpose.TRANSVERSE):
            x, y = (height - bottom, height - top), x
        elif turn in (Image.Transpose.ROTATE_90, Image.Transpose.TRANSPOSE):
            x, y = (top, bottom), x
        if turn in (Image.Transpose.ROTATE_90, Image.Transpose.TRANSVERSE):
            y = (width - y[1], width - y[0])
        (left, right), (top, bottom) = x, y
        if exchanges_sides((turn,)):
            width, height = height, width
    return left, top, right, bottom
