"""One picture: a cluttered room or garden, an animal in it, something in the way, and a poor camera.

All of it is drawn the same way for both classes: place, size, pose, light and colours carry no answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from fathom.data.practice.cats.body import CENTRE, POSES, REACH, draw_body
from fathom.data.practice.cats.canvas import Array, Canvas, Colour, cut, ellipse, noise, smooth, tube
from fathom.data.practice.cats.coats import coat
from fathom.data.practice.cats.coats import colour as fur_colour
from fathom.data.practice.cats.head import draw_head, face
from fathom.data.practice.cats.kinds import CAT, OTHERS


@dataclass(frozen=True)
class Camera:
    """How the pictures are taken; `shift` moves from the usual (0) to dark, blurred and tilted (1)."""

    shift: float = 0.0

    @property
    def tilt(self) -> float:
        """Spread of the angle of the whole animal, in radians."""
        return 0.08 + 0.5 * self.shift

    @property
    def light(self) -> tuple[float, float]:
        """Range of the brightness."""
        return 0.72 - 0.4 * self.shift, 1.18 - 0.5 * self.shift

    @property
    def blur(self) -> tuple[float, float]:
        """Range of the blur's radius, for a picture of 64 pixels."""
        return 0.8 * self.shift, 0.65 + 1.0 * self.shift


def draw(cat: bool, size: int, camera: Camera, rng: np.random.Generator) -> Image.Image:
    """One picture of a cat, or of another animal."""
    names = list(OTHERS)
    kind = CAT if cat else OTHERS[names[int(rng.integers(len(names)))]]
    angle = float(rng.uniform(0, 2 * np.pi))
    sheet = Canvas(2 * size, (0.8 * float(np.cos(angle)), -0.25 - 0.6 * abs(float(np.sin(angle)))), rng)
    _background(sheet, rng)
    pose = POSES[int(rng.choice(4, p=(0.62, 0.22, 0.08, 0.08)))]
    scale = float(rng.uniform(*REACH[pose])) * sheet.side
    sheet.coat, light = coat(sheet.side, scale, rng)
    tilt, flip = float(rng.normal(0, camera.tilt)), bool(rng.random() < 0.5)
    x, y = sheet.side * (0.5 + rng.uniform(-0.045, 0.045, 2))
    cx, cy = CENTRE[pose]
    sheet.place(0, 0, scale, tilt, flip)
    dx, dy = np.array([cx, cy]) @ sheet.turn
    sheet.place(x - dx, y - dy, scale, tilt, flip)
    one = face(kind, light, rng)
    draw_body(sheet, one, pose, rng)
    _tilt_head(sheet, rng)
    draw_head(sheet, one)
    if rng.random() < 0.3:
        _in_the_way(sheet, rng)
    return _photograph(sheet.picture(), camera, rng)


def _tilt_head(sheet: Canvas, rng: np.random.Generator) -> None:
    angle = rng.normal(0, 0.06)
    c, s = np.cos(angle), np.sin(angle)
    sheet.turn = np.array([[c, s], [-s, c]]) @ sheet.turn


def _colour(rng: np.random.Generator) -> Colour:
    """The colour of a thing: half of the time one that fur has too."""
    r, g, b = fur_colour(rng) if rng.random() < 0.5 else rng.uniform(0.12, 0.92, 3)
    return float(r), float(g), float(b)


def _background(sheet: Canvas, rng: np.random.Generator) -> None:
    """Wall, floor and things standing about."""
    side = sheet.side
    down = np.linspace(0, 1, side, dtype=np.float32)[:, None]
    wall, end, floor = (np.array(_colour(rng), np.float32)[:, None, None] for _ in range(3))
    sheet.pixels[:] = wall + 0.5 * down * (end - wall)
    horizon = int(side * rng.uniform(0.4, 0.95))
    sheet.pixels[:, horizon:] = floor * (0.8 + 0.3 * down[horizon:])
    sheet.place(0, 0, side, 0.0)
    for _ in range(int(rng.integers(2, 6))):
        _thing(sheet, rng, rng.uniform(-0.05, 1.05, 2), float(rng.uniform(0.05, 0.2)))
    grain = (noise(1, 4), noise(4, 4), noise(4, 1))[int(rng.integers(3))]
    sheet.pixels *= 1 + np.float32(rng.uniform(0.02, 0.1)) * cut(grain, side, side, rng)
    if rng.random() < 0.5:
        radius = float(rng.uniform(0.5, 2.5)) * side / 128
        sheet.pixels = np.ascontiguousarray(_blurred(sheet.pixels.transpose(1, 2, 0), radius).transpose(2, 0, 1))


def _thing(sheet: Canvas, rng: np.random.Generator, at: Array, r: float) -> None:
    """Something of no importance: a ball, a cushion, a box, a roof, a stick, a leaf."""
    x, y = at
    what = int(rng.integers(5))
    angle = float(rng.uniform(0, 2 * np.pi))
    if what == 0:
        shape = ellipse(x, y, r, r * float(rng.uniform(0.5, 1.0)), angle)
    elif what == 1:
        shape = np.array([(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)])
    elif what == 2:
        shape = np.array([(x - r, y + r / 2), (x, y - r), (x + r, y + r / 2)])
    elif what == 3:
        far = np.array([np.cos(angle), np.sin(angle)]) * 0.5
        shape = tube([at - far, at + rng.normal(0, 0.1, 2), at + far], 0.15 * r, 0.1 * r)
    else:
        shape = smooth(at + rng.normal(0, r, (5, 2)))
    sheet.skin(shape, _colour(rng), depth=0.4)


def _in_the_way(sheet: Canvas, rng: np.random.Generator) -> None:
    """Something between animal and camera: blades of grass, a bar, or a thing at the edge."""
    sheet.place(0, 0, sheet.side, 0.0)
    what = int(rng.integers(3))
    if what == 0:
        tint = _colour(rng)
        for _ in range(int(rng.integers(3, 9))):
            x, lean = rng.uniform(0, 1), rng.normal(0, 0.15)
            top = rng.uniform(0.45, 0.85)
            sheet.skin(tube([(x, 1.05), (x, 0.8), (x + lean, top)], 0.025, 0.006), tint, depth=0.2)
    elif what == 1:
        x, lean = rng.uniform(0.1, 0.9), rng.normal(0, 0.2)
        sheet.skin(tube([(x, -0.1), (x, 0.5), (x + lean, 1.1)], 0.03, 0.03), _colour(rng))
    else:
        low = (float(rng.uniform(0, 1)), float(rng.uniform(0.8, 1.0)))
        _thing(sheet, rng, np.array(low), float(rng.uniform(0.12, 0.22)))


def _blurred(pixels: Array, radius: float) -> Array:
    small = Image.fromarray((np.clip(pixels, 0, 1) * 255).astype(np.uint8))
    return np.asarray(small.filter(ImageFilter.BoxBlur(radius)), np.float32) / np.float32(255)


def _photograph(pixels: Array, camera: Camera, rng: np.random.Generator) -> Image.Image:
    """Exposure, a cast of colour, a lamp to one side, blur and noise."""
    size = len(pixels)
    cast = rng.normal(1, 0.06, 3) * rng.uniform(*camera.light)
    along = np.linspace(-1, 1, size, dtype=np.float32)
    lamp = 1 + np.float32(rng.normal(0, 0.12)) * along[None, :] + np.float32(rng.normal(0, 0.12)) * along[:, None]
    pixels = pixels * cast.astype(np.float32) * lamp[..., None]
    pixels = _blurred(pixels, float(rng.uniform(*camera.blur)) * size / 64)
    pixels = pixels + np.float32(rng.uniform(0.01, 0.04)) * rng.standard_normal(pixels.shape, np.float32)
    return Image.fromarray((np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8))
