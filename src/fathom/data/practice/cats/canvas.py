"""A sheet of pixels on which shaded, furry parts are laid one over the other.

Everything here knows shapes and light, and nothing of animals. A shape is an array of points (x, y) with y down; the
canvas is drawn larger than the picture will be and shrunk at the end, and each part touches only the pixels of its
own box, channel by channel: that is what makes two thousand pictures a matter of seconds.
"""

from __future__ import annotations

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
_TIP = np.array([(0.5, 0.87), (0.87, 0.5), (0.87, -0.5), (0.5, -0.87)])


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
    a, b, c = np.asarray(points, float)
    t = _ALONG
    line = (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t**2 * c
    along = (1 - t) * (b - a) + t * (c - b)
    along /= np.sqrt((along * along).sum(axis=1, keepdims=True)) + 1e-6
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    width = thick + (thin - thick) * t
    tip = line[-1] + thin * (_TIP[:, :1] * along[-1] + _TIP[:, 1:] * across[-1])
    return np.concatenate([line + width * across, tip, (line - width * across)[::-1]])


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
        low, high = points.min(axis=0), points.max(axis=0)
        x0, y0 = (int(v) for v in np.clip(np.floor(low), 0, self.side))
        x1, y1 = (int(v) for v in np.clip(np.ceil(high) + 1, 0, self.side))
        if x1 <= x0 or y1 <= y0:
            return
        sheet = Image.new("L", (x1 - x0, y1 - y0))
        ImageDraw.Draw(sheet).polygon((points - (x0, y0)).ravel().tolist(), fill=255)
        mask = np.asarray(sheet) * np.float32(alpha / 255)
        below = self.pixels[:, y0:y1, x0:x1]
        paint: Array = (
            self._cut_of_coat(y1 - y0, x1 - x0) if colour is None else np.array(colour, np.float32)[:, None, None]
        )
        if depth:
            paint = paint * self._shading((x0, y0, x1, y1), low, high, depth) * np.float32(tint)
        below += mask * (paint - below)

    def _shading(self, box: tuple[int, int, int, int], low: Array, high: Array, depth: float) -> Array:
        """How bright a bulging part is at each pixel of its box."""
        middle, half = (low + high) / 2, np.maximum((high - low) / 2, 1)
        u = ((np.arange(box[0], box[2]) - middle[0]) / half[0]).astype(np.float32)
        v = ((np.arange(box[1], box[3]) - middle[1]) / half[1]).astype(np.float32)
        across = depth * self.light[0] * u - 0.25 * depth * u * u
        down = depth * self.light[1] * v - 0.25 * depth * v * v
        return 1 + 0.15 * depth + across[None, :] + down[:, None]

    def _cut_of_coat(self, height: int, width: int) -> Array:
        top = int(self.rng.integers(0, self.coat.shape[1] - height + 1))
        left = int(self.rng.integers(0, self.coat.shape[2] - width + 1))
        return self.coat[:, top : top + height, left : left + width]

    def picture(self, size: int) -> Array:
        """What was drawn, shrunk to `size` pixels per side: (size, size, 3)."""
        step = self.side // size
        small = self.pixels.reshape(3, size, step, size, step).mean(axis=(2, 4))
        return small.transpose(1, 2, 0)
