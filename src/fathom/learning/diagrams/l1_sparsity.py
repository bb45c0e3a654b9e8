"""Shrinking by a factor and by an amount, and what remains of some weights."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

WEIGHTS = np.array([1.3, -0.8, 0.5, -0.3, 0.25, 0.15, -0.1, 0.06])
BY, FACTOR = 0.3, 0.7


def frames() -> list[Frame]:
    """The two functions, then what they make of weights."""
    return [_functions(), _bars()]


def _soft(w: np.ndarray) -> np.ndarray:
    return np.sign(w) * np.maximum(np.abs(w) - BY, 0)


def _functions() -> Frame:
    canvas = Canvas(
        "What a step makes of a weight",
        "The soft threshold is 0 between -0.3 and 0.3 and runs beside the diagonal outside; weight decay is a line "
        "through 0 that is less steep than the diagonal.",
    )
    field = axes(
        canvas, 44, 30, 200, 172, (-1.2, 1.2), (-1.2, 1.2), xticks=(-1, 0, 1), yticks=(-1, 0, 1), xlabel="before",
        ylabel="after",
    )  # fmt: skip
    at = np.linspace(-1.2, 1.2, 97)
    field.curve(zip(at, at), color="muted", dash="4 3", width=1.2)
    field.curve(zip(at, FACTOR * at), color="violet")
    field.curve(zip(at, _soft(at)), color="sea", width=2.8)
    canvas.text(254, 80, "unchanged", color="muted", anchor="start")
    canvas.text(254, 104, "L2: · 0.7", color="violet", anchor="start", bold=True)
    canvas.text(254, 128, "L1: − 0.3", color="sea", anchor="start", bold=True)
    return canvas.frame("Between −0.3 and 0.3 the blue line is exactly 0. The violet one is 0 at a single point.")


def _bars() -> Frame:
    canvas = Canvas(
        "Eight weights, and what is left of them",
        "Three rows of eight bars: the weights, all of them smaller by L2, and by L1, where five are gone.",
    )
    for row, (values, name, color) in enumerate(
        ((WEIGHTS, "before", "muted"), (FACTOR * WEIGHTS, "L2", "violet"), (_soft(WEIGHTS), "L1", "sea"))
    ):
        y = 50 + 74 * row
        canvas.text(60, y + 4, name, anchor="end", color=color, bold=True)
        canvas.line(72, y, 348, y, color="rule")
        for i, value in enumerate(values):
            high = 26 * abs(float(value))
            if high:
                canvas.box(80 + 33 * i, y - high if value > 0 else y, 22, high, color=color, strength=0.6, radius=0)
            else:
                canvas.text(91 + 33 * i, y - 4, "0", size=11, color=color)
    return canvas.frame("L2 makes all weights smaller, and none 0. L1 sets five of the eight to exactly 0.")
