"""What is below the head, in four poses: a close face, sitting, walking and lying.

Only the tail and the wings belong to a kind; the body itself is everyone's, so that a body alone tells little.
"""

from __future__ import annotations

import numpy as np

from fathom.data.practice.cats.canvas import Canvas, ellipse, smooth, tube
from fathom.data.practice.cats.head import Face

POSES = ("face", "sit", "walk", "lie")
REACH = {"face": (0.24, 0.31), "sit": (0.15, 0.2), "walk": (0.125, 0.165), "lie": (0.155, 0.21)}
"""Radius of the head as a share of the picture's side, by pose."""
CENTRE = {"face": (0.0, 0.25), "sit": (0.0, 0.9), "walk": (-1.3, 0.9), "lie": (-0.8, 0.4)}
"""Middle of the whole animal, in radii of its head from the head's middle."""


def draw_body(sheet: Canvas, one: Face, pose: str, rng: np.random.Generator) -> None:
    """Draw tail, body and legs, back to front; the head goes over them."""
    fat = float(rng.uniform(0.85, 1.2))
    if pose == "face":
        sheet.fur(smooth([(-0.7, 0.5), (0.7, 0.5), (1.5 * fat, 1.9), (1.6 * fat, 4), (-1.6 * fat, 4), (-1.5, 1.9)]))
    elif pose == "sit":
        _sitting(sheet, one, fat, rng)
    elif pose == "walk":
        _walking(sheet, one, fat, rng)
    else:
        _lying(sheet, one, fat, rng)


def _sitting(sheet: Canvas, one: Face, fat: float, rng: np.random.Generator) -> None:
    side = 1 if rng.random() < 0.5 else -1
    _tail(sheet, one, (side * 0.9 * fat, 2.7), side, rng)
    shape = [(-0.5, 0.4), (0.5, 0.4), (0.9 * fat, 1.6), (1.25 * fat, 2.7), (0.9, 3.2), (-0.9, 3.2), (-1.25 * fat, 2.7),
             (-0.9 * fat, 1.6)]  # fmt: skip
    sheet.fur(smooth(shape), rough=0.02)
    sheet.skin(ellipse(0, 1.6, 0.5 * fat, 0.85), one.light, 0.55)
    for x in (-1, 1):
        if one.kind.wings:
            sheet.fur(ellipse(x * 0.95 * fat, 1.9, 0.35, 1.1, -x * 0.2), tint=0.8)
            sheet.skin(ellipse(x * 0.4, 3.2, 0.3, 0.14), (0.9, 0.66, 0.25))
        else:
            sheet.fur(tube([(x * 0.42, 1.6), (x * 0.5, 2.4), (x * 0.4, 3.05)], 0.3, 0.22), rough=0.01)
            sheet.skin(ellipse(x * 0.42, 3.15, 0.32, 0.2), one.light)


def _walking(sheet: Canvas, one: Face, fat: float, rng: np.random.Generator) -> None:
    """Seen from the side, the head to the right."""
    step = float(rng.uniform(-0.5, 0.5))
    _tail(sheet, one, (-2.9, 0.7), -1, rng)
    legs = (-2.5, -0.6) if not one.kind.wings else (-1.4,)
    for x, sway, tint in [(leg, s, t) for s, t in ((-step, 0.7), (step, 1.0)) for leg in legs]:
        if tint == 1.0:
            continue
        sheet.fur(tube([(x, 1.2), (x, 2.0), (x + sway, 2.75)], 0.32, 0.18), rough=0.01, tint=tint)
    shape = [(0.3, 0.2), (0.2, 1.3), (-0.8, 1.75 * fat), (-2.2, 1.6 * fat), (-3.1, 1.4), (-3.1, 0.4), (-2.2, 0.1),
             (-1, 0.2)]  # fmt: skip
    sheet.fur(smooth(shape), rough=0.02)
    for x in legs:
        sheet.fur(tube([(x + 0.15, 1.2), (x + 0.15, 2.0), (x + step, 2.8)], 0.34, 0.2), rough=0.01, tint=1.03)
    if one.kind.wings:
        sheet.fur(ellipse(-1.6, 0.9, 1.1, 0.5, -0.15), tint=0.8)


def _lying(sheet: Canvas, one: Face, fat: float, rng: np.random.Generator) -> None:
    """A loaf with the head at its right end."""
    shape = [(0.5, 0.1), (0.9, 1.2), (-0.5, 1.4), (-2.6, 1.4), (-3.1, 0.8), (-2.6, -0.1 * fat), (-1.4, -0.45 * fat)]
    sheet.fur(smooth(shape), rough=0.02)
    _tail(sheet, one, (-2.8, 1.1), 1, rng, low=True)
    if one.kind.wings:
        sheet.fur(ellipse(-1.6, 0.5, 1.1, 0.5, 0.1), tint=0.8)
        return
    for x in (-0.3, 0.5):
        sheet.skin(ellipse(x, 1.3, 0.42, 0.2), one.light)


def _tail(
    sheet: Canvas, one: Face, root: tuple[float, float], side: int, rng: np.random.Generator, low: bool = False
) -> None:
    """A tail from `root` towards `side`; along the floor where `low`."""
    x, y = root
    rise = 0.05 if low else float(rng.uniform(-1.0, 2.2))
    bend = (x + side * float(rng.uniform(0.8, 1.6)), y + 0.1 + 0.1 * rise)
    end = (x + side * float(rng.uniform(0.5, 1.5)), y - rise)
    kind = one.kind.tail
    if kind == "long":
        sheet.fur(tube([root, bend, end], 0.2, 0.14), rough=0.01)
    elif kind == "bushy":
        sheet.fur(tube([root, bend, end], 0.18, 0.42), rough=0.04)
        sheet.skin(ellipse(end[0], end[1], 0.3, 0.3), one.light, 0.8)
    elif kind == "short":
        sheet.fur(ellipse(x + side * 0.25, y, 0.36, 0.3), rough=0.05)
    elif kind == "curl":
        sheet.fur(tube([root, (x + side * 0.9, y - 0.2), (x + side * 0.3, y - 0.6)], 0.1, 0.06), rough=0.0)
