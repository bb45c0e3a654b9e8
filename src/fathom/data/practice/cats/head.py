"""A head, seen from the front or half from the side: ears, muzzle, nose, eyes and whiskers.

Turning the head (`yaw`) moves each feature sideways, the more so the further it stands out of the face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fathom.data.practice.cats.canvas import Array, Canvas, Colour, ellipse, smooth, tube
from fathom.data.practice.cats.kinds import Kind, Range

DARK: Colour = (0.08, 0.06, 0.07)
PINK: Colour = (0.86, 0.58, 0.56)
IRISES: tuple[Colour, ...] = (
    (0.55, 0.68, 0.25), (0.85, 0.65, 0.2), (0.42, 0.62, 0.75), (0.45, 0.28, 0.15), (0.2, 0.13, 0.1),
)  # fmt: skip


@dataclass(frozen=True)
class Face:
    """One animal's head, drawn from its kind's ranges; lengths in radii of the head."""

    kind: Kind
    ear_height: float
    ear_width: float
    ear_place: float
    head: float
    muzzle: float
    muzzle_width: float
    nose_size: float
    eye: float
    cheeks: float
    yaw: float
    iris: Colour
    slit: bool
    asleep: bool
    whiskers: bool
    nose_colour: Colour
    light: Colour


def face(kind: Kind, light: Array, rng: np.random.Generator) -> Face:
    """Draw one head's measures."""

    def draw(between: Range) -> float:
        return float(rng.uniform(*between))

    return Face(
        kind, draw(kind.ear_height), draw(kind.ear_width), draw(kind.ear_place), draw(kind.head), draw(kind.muzzle),
        draw(kind.muzzle_width), draw(kind.nose_size), draw(kind.eye), draw(kind.cheeks),
        yaw=float(rng.normal(0, 0.18)),
        iris=IRISES[int(rng.integers(len(IRISES)))],
        slit=bool(rng.random() < kind.slit),
        asleep=bool(rng.random() < 0.08),
        whiskers=bool(rng.random() < kind.whiskers),
        nose_colour=(PINK, DARK, (0.4, 0.27, 0.24))[int(rng.integers(3))],
        light=(float(light[0]), float(light[1]), float(light[2])),
    )  # fmt: skip


def draw_head(sheet: Canvas, one: Face) -> None:
    """Draw the whole head around the canvas's origin, back to front."""
    for side in (-1, 1):
        _ear(sheet, one, side)
    turn = np.linspace(0, 2 * np.pi, 41)[:-1]
    jowl = 1 + one.cheeks * np.exp(-(((np.sin(turn) - 0.45) / 0.3) ** 2))
    sheet.fur(np.stack([np.cos(turn) * jowl, np.sin(turn) * one.head], axis=1), rough=0.025)
    if one.kind.ear in ("flop", "fold"):
        for side in (-1, 1):
            _hanging_ear(sheet, one, side)
    for side in (-1, 1):
        _eye(sheet, one, side)
    _muzzle(sheet, one)
    if one.whiskers:
        _whiskers(sheet, one)


def _ear(sheet: Canvas, one: Face, side: int) -> None:
    """An upright ear behind the head, with its pink inside."""
    place = side * one.ear_place + one.yaw * 0.25
    root = np.array([np.sin(place), -one.head * np.cos(place)]) * 0.82
    up = np.array([np.sin(place * 0.75), -np.cos(place * 0.75)])
    across = np.array([-up[1], up[0]])
    width, height = one.ear_width, one.ear_height
    if one.kind.ear == "pointed":
        low = root - 0.25 * up
        outline = np.array([low - width * across, root + height * up, low + width * across])
        mid = outline.mean(axis=0)
        sides = np.concatenate([_bulge(outline[0], outline[1], mid), _bulge(outline[1], outline[2], mid)])
        sheet.fur(sides, rough=0.02)
        sheet.skin(mid + (sides - mid) * (0.55, 0.66) + 0.02 * up, PINK, 0.75)
    elif one.kind.ear in ("long", "round"):
        tall, wide = (height / 2, width) if one.kind.ear == "long" else (height * 0.9, width)
        angle = float(np.arctan2(up[1], up[0]))
        x, y = root + up * (tall if one.kind.ear == "long" else tall * 0.4)
        sheet.fur(ellipse(x, y, tall, wide, angle), rough=0.02)
        sheet.skin(ellipse(x, y, tall * 0.75, wide * 0.6, angle), PINK, 0.75)


def _bulge(a: Array, b: Array, middle: Array) -> Array:
    """A side of an ear from a to b, a little rounded outwards."""
    t = np.linspace(0, 1, 7)[:, None]
    line = (1 - t) * a + t * b
    return line + (line - middle) * 0.28 * t * (1 - t)


def _hanging_ear(sheet: Canvas, one: Face, side: int) -> None:
    """A dog's ear that hangs at the side of the head, or a pig's that folds over its brow."""
    place = side * one.ear_place + one.yaw * 0.25
    x, y = np.sin(place) * 0.85, -np.cos(place) * one.head * 0.9
    w, h = side * one.ear_width, one.ear_height
    if one.kind.ear == "flop":
        shape = [(x - 0.6 * w, y), (x + 0.9 * w, y), (x + 1.6 * w, y + 0.6 * h), (x + w, y + h), (x, y + 0.7 * h)]
        sheet.fur(smooth(shape), rough=0.02, tint=0.82)
    else:
        shape = [(x - w, y + 0.1), (x - 0.2 * w, y - 0.3), (x + w, y), (x + 0.8 * w, y + h)]
        sheet.fur(smooth(shape, 1), rough=0.02, tint=0.9)


def _eye(sheet: Canvas, one: Face, side: int) -> None:
    """An eye: white spark, pupil, iris; or the bow of a closed lid."""
    x = side * 0.42 + one.yaw * 0.45
    y, r = -0.08, one.eye
    narrow = 1 - 0.5 * max(0.0, side * one.yaw)
    if one.asleep:
        sheet.flat(tube([(x - r, y), (x, y + 0.8 * r), (x + r, y)], 0.05, 0.05), DARK)
        return
    almond = one.kind.slit > 0.25
    sheet.flat(ellipse(x, y, r * 1.15 * narrow, r * (1.0 if almond else 1.12), side * -0.35 if almond else 0.0), DARK)
    sheet.skin(ellipse(x, y, r * 0.97 * narrow, r * 0.82, side * -0.35 if almond else 0.0), one.iris)
    sheet.flat(ellipse(x, y, r * (0.25 if one.slit else 0.55) * narrow, r * (0.8 if one.slit else 0.6)), DARK)
    sheet.flat(ellipse(x - 0.3 * r, y - 0.35 * r, r * 0.24, r * 0.24), (1.0, 1.0, 1.0), 0.9)


def _muzzle(sheet: Canvas, one: Face) -> None:
    """What stands out of the face: two pads and a nose, a long snout, a pig's disc or a beak."""
    x, y = one.yaw * (0.5 + one.muzzle), 0.3 + 0.25 * one.muzzle
    size, kind = one.nose_size, one.kind.nose
    if kind == "beak":
        beak = [(x - size, y - 0.15), (x, y - 0.28), (x + size, y - 0.15), (x + 0.1 * one.yaw, y + 2.2 * size)]
        sheet.skin(smooth(beak, 1), (0.9, 0.66, 0.25), depth=0.5)
        return
    if one.muzzle > 0.33:
        sheet.skin(ellipse(x, y + 0.12, one.muzzle_width * 1.15, 0.3 + 0.35 * one.muzzle), one.light, depth=0.5)
    else:
        sheet.skin(ellipse(x, y + 0.32, 0.22, 0.15), one.light)
        for side in (-1, 1):
            sheet.skin(ellipse(x + side * 0.17, y + 0.16, one.muzzle_width * 0.72, 0.2), one.light)
    _nose(sheet, one, x, y)


def _nose(sheet: Canvas, one: Face, x: float, y: float) -> None:
    size, kind = one.nose_size, one.kind.nose
    if kind == "disc":
        sheet.skin(ellipse(x, y + 0.1, size, size * 0.75), PINK, depth=0.5)
        for side in (-1, 1):
            sheet.flat(ellipse(x + side * size * 0.4, y + 0.1, size * 0.16, size * 0.28), (0.35, 0.17, 0.17))
        return
    low = y + 0.28 * one.muzzle if one.muzzle > 0.33 else y
    if kind == "button":
        sheet.skin(ellipse(x, low, size, size), one.nose_colour, depth=0.5)
    else:
        nose = [(x - size, low - 0.6 * size), (x + size, low - 0.6 * size), (x, low + 0.8 * size)]
        sheet.skin(smooth(nose, 1) if size < 0.13 else ellipse(x, low, size, size * 0.7), one.nose_colour)
    mouth = low + 0.6 * size
    sheet.flat(tube([(x, mouth), (x, mouth + 0.1), (x, mouth + 0.16)], 0.025, 0.02), DARK, 0.8)
    for side in (-1, 1):
        bow = [(x, mouth + 0.15), (x + side * 0.12, mouth + 0.3), (x + side * 0.28, mouth + 0.14)]
        sheet.flat(tube(bow, 0.025, 0.02), DARK, 0.8)


def _whiskers(sheet: Canvas, one: Face) -> None:
    """Three hairs a side, light or dark so that they show."""
    x, y = one.yaw * 0.6, 0.5
    colour: Colour = (0.97, 0.97, 0.97) if sum(one.light) < 2.2 else (0.25, 0.22, 0.22)
    for side in (-1, 1):
        for lift in (-0.22, 0.0, 0.2):
            hair = [(x + side * 0.3, y + lift * 0.3), (x + side * 0.8, y + lift - 0.06), (x + side * 1.3, y + lift)]
            sheet.flat(tube(hair, 0.022, 0.012), colour, 0.8)
