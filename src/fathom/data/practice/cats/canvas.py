"""A sheet of pixels on which shaded, furry parts are laid one over the other.

Everything here knows shapes and light, and nothing of animals. A shape is an array of points (x, y) with y down; the
canvas is drawn larger than the picture will be and shrunk at the end, and each part touches only the pixels of its
own box, channel by channel: that is what makes two thousand pictures a matter of seconds.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Array = NDArray[Any]
Colour = tuple[float, float, float]

_NOISE = 512
_TURN = np.linspace(0, 2 * np.pi, 33)[:-1]
_CIRCLE = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)
_ALONG = np.linspace(0, 1, 10)[:, None]
_CURVE = np.concatenate([(1 - _ALONG) ** 2, 2 * _ALONG * (1 - _ALONG), _ALONG**2], axis=1)
"""What each of three points weighs at ten places along the curve that they bend: (10, 3)."""
_SLOPE = np.concatenate([_ALONG - 1, 1 - 2 * _ALONG, _ALONG], axis=1)
_ACROSS = np.array([[0.0, 1.0], [-1.0, 0.0]])
_TIP = np.array([(0.5, 0.87), (0.87, 0.5), (0.87, -0.5), (0.5, -0.87)])
_PLACES = np.arange(2 * 512, dtype=np.float32)


@lru_cache(maxsize=16)
def noise(cell_x: int, cell_y: int) -> Array:
    """A fixed sheet of smooth noise around 0 with cells of that many pixels; pictures take random cuts of it."""
    rng = np.random.default_rng([7, cell_x, cell_y])
    small = rng.normal(0, 1, (_NOISE // cell_y + 1, _NOISE // cell_x + 1)).astype(np.float32)
    sheet = Image.fromarray(small).resize((_NOISE, _NOISE), Image.Resampling.BICUBIC)
    return np.asarray(sheet, np.float32)


def cut(sheet: Array, height: int, width: int, rng: np.random.Generator) -> Array:
    """A random piece of a noise sheet, stretched where the sheet is too small."""
    if height > _NOISE or width > _NOISE:
        large = Image.fromarray(sheet).resize((max(width, _NOISE), max(height, _NOISE)), Image.Resampling.BILINEAR)
        sheet = np.asarray(large)
    top = int(rng.integers(0, sheet.shape[0] - height + 1))
    left = int(rng.integers(0, sheet.shape[1] - width + 1))
    return sheet[top : top + height, left : left + width]


def ellipse(x: float, y: float, rx: float, ry: float, angle: float = 0.0) -> Array:
    """An ellipse, turned by `angle` radians."""
    c, s = np.cos(angle), np.sin(angle)
    return _CIRCLE * (rx, ry) @ np.array([[c, s], [-s, c]]) + (x, y)


def smooth(points: Any, rounds: int = 2) -> Array:
    """A closed shape with its corners cut off again and again."""
    shape = np.asarray(points, float)
    for _ in range(rounds):
        following = np.roll(shape, -1, axis=0)
        shape = np.stack([0.75 * shape + 0.25 * following, 0.25 * shape + 0.75 * following], axis=1).reshape(-1, 2)
    return shape


def tube(points: Any, thick: float, thin: float) -> Array:
    """A limb along a bent line, `thick` at its start and `thin` at its end (half widths), round at the end."""
    bent = np.asarray(points, float)
    line = _CURVE @ bent
    along = _SLOPE @ bent
    along /= np.hypot(along[:, :1], along[:, 1:]) + 1e-6
    width = (thick + (thin - thick) * _ALONG) * (along @ _ACROSS)
    tip = line[-1] + thin * (_TIP @ np.stack([along[-1], along[-1] @ _ACROSS]))
    return np.concatenate([line + width, tip, (line - width)[::-1]])


class Canvas:
    """The picture being drawn, with its light and the coat that parts are cut from.

    Args:
        side: pixels per side.
        light: where the light comes from, as (x, y) of length about 1; y is down.
        rng: source of everything random.
    """

    def __init__(self, side: int, light: tuple[float, float], rng: np.random.Generator) -> None:
        self.side = side
        self.light = light
        self.rng = rng
        self.pixels: Array = np.zeros((3, side, side), np.float32)
        self.coat: Array = self.pixels
        self._sheet = np.zeros((side, side), np.uint8)  # where shapes are filled, by Pillow, straight into our memory
        image = Image.frombuffer("L", (side, side), self._sheet, "raw", "L", 0, 1)
        image.readonly = 0
        self._pen = ImageDraw.Draw(image)
        self.place(side / 2, side / 2, side / 4, 0.0)

    def place(self, x: float, y: float, scale: float, angle: float, flip: bool = False) -> None:
        """From here on shapes are in units of `scale` pixels around (x, y), turned and perhaps mirrored."""
        c, s = np.cos(angle), np.sin(angle)
        self.turn = np.array([[c, s], [-s, c]]) * scale
        if flip:
            self.turn = self.turn * np.array([[-1.0], [1.0]])
        self.origin = np.array([x, y])
        self.scale = scale

    def fur(self, shape: Array, rough: float = 0.03, tint: float = 1.0, depth: float = 0.35) -> None:
        """A part with the animal's coat, a ragged edge and a soft dark line where it lies over others."""
        middle = shape.mean(axis=0)
        ragged = middle + (shape - middle) * (1 + self.rng.normal(0, rough, (len(shape), 1)))
        rim = 0.05 / max(0.2, float(np.ptp(shape, axis=0).max()) / 2)
        self.flat(middle + (shape - middle) * (1 + rim), (0.05, 0.04, 0.04), 0.35)
        self._lay(ragged, None, 1.0, depth, tint)

    def skin(self, shape: Array, colour: Colour, alpha: float = 1.0, depth: float = 0.3) -> None:
        """A smooth, shaded part of one colour."""
        self._lay(shape, colour, alpha, depth, 1.0)

    def flat(self, shape: Array, colour: Colour, alpha: float = 1.0) -> None:
        """A part of one colour without shading."""
        self._lay(shape, colour, alpha, 0.0, 1.0)

    def _lay(self, shape: Array, colour: Colour | None, alpha: float, depth: float, tint: float) -> None:
        """Blend one shape over what is there, lit from `light`."""
        points = shape @ self.turn + self.origin
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        x0, y0 = max(0, math.floor(left)), max(0, math.floor(top))
        x1, y1 = min(self.side, math.ceil(right) + 1), min(self.side, math.ceil(bottom) + 1)
        if x1 <= x0 or y1 <= y0:
            return
        self._pen.polygon(points.ravel().tolist(), fill=255)
        inside = self._sheet[y0:y1, x0:x1]
        mask = inside * np.float32(alpha / 255)
        inside[:] = 0
        below = self.pixels[:, y0:y1, x0:x1]
        paint: Array = (
            self._cut_of_coat(y1 - y0, x1 - x0) if colour is None else np.array(colour, np.float32)[:, None, None]
        )
        if depth:
            across = _swell(x0, x1, left, right, depth, self.light[0])
            down = _swell(y0, y1, top, bottom, depth, self.light[1])
            down += np.float32(1 + 0.15 * depth)
            shading = across + down[:, None]
            if tint != 1.0:
                shading *= np.float32(tint)
            paint = paint * shading
            paint -= below
        else:
            paint = paint - below
        paint *= mask
        below += paint

    def _cut_of_coat(self, height: int, width: int) -> Array:
        top = int(self.rng.integers(0, self.coat.shape[1] - height + 1))
        left = int(self.rng.integers(0, self.coat.shape[2] - width + 1))
        return self.coat[:, top : top + height, left : left + width]

    def picture(self) -> Array:
        """What was drawn, shrunk to half: (side / 2, side / 2, 3)."""
        rows = self.pixels[:, 0::2] + self.pixels[:, 1::2]
        return ((rows[:, :, 0::2] + rows[:, :, 1::2]) * np.float32(0.25)).transpose(1, 2, 0)


def _swell(start: int, stop: int, low: float, high: float, depth: float, light: float) -> Array:
    """How much brighter a bulging part gets along one axis: (stop - start,).

    With u from -1 at `low` to 1 at `high` that is ``depth * (light * u - u * u / 4)``, here as a polynomial in pixels.
    """
    middle, half = (low + high) / 2, max((high - low) / 2, 1.0)
    u = (_PLACES[start:stop] - np.float32(middle)) * np.float32(1 / half)
    return u * (np.float32(depth * light) - np.float32(0.25 * depth) * u)
