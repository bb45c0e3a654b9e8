"""Fractions and the whole numbers that stand for them, drawn with 4 bits, so that the steps can be seen."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

LEFT, WIDTH = 24, 312
VALUES = (-0.9, -0.32, 0.0, 0.45, 1.13, 1.9)


def frames() -> list[Frame]:
    """A range that fits, one value on its way, and a range that an outlier stretches."""
    return [
        _drawn(VALUES, "Each fraction (above) moves to the nearest step (below). 0 lies exactly on a step."),
        _drawn(
            (*VALUES, 7.6),
            "One outlier of 7.6 stretches the range: a step is three times as wide, and most steps stand empty.",
        ),
    ]


def _drawn(values: tuple[float, ...], says: str) -> Frame:
    low, high = min(values), max(values)
    scale = (high - low) / 15
    zero = round(-8 - low / scale)
    canvas = Canvas(
        "Fractions and their whole numbers of four bits",
        f"Fractions from {low:g} to {high:g} above a line with 16 steps of {scale:.2f}, each joined to its nearest; "
        f"0 is the whole number {zero}.",
    )

    def at(step: float) -> float:
        return LEFT + (step + 8) / 15 * WIDTH

    canvas.text(LEFT, 24, f"scale {scale:.2f}", anchor="start", bold=True, color="sea")
    canvas.text(LEFT + 110, 24, f"zero point {zero}".replace("-", "−"), anchor="start", bold=True, color="violet")
    canvas.line(LEFT, 84, LEFT + WIDTH, 84, color="muted")
    canvas.line(LEFT, 170, LEFT + WIDTH, 170, color="muted")
    for step in range(-8, 8):
        canvas.line(at(step), 164, at(step), 176, color="violet" if step == zero else "muted", width=2)
        if step in (-8, 7, zero) or (step % 3 == 1 and abs(step - zero) > 1):
            color = "violet" if step == zero else "muted"
            canvas.text(at(step), 194, str(step).replace("-", "−"), size=11, color=color)
    canvas.text(180, 224, "whole numbers", color="muted")
    canvas.text(LEFT, 48, "fractions", color="muted", anchor="start")
    last = -99.0
    for value in values:
        real, step = value / scale + zero, int(np.clip(round(value / scale) + zero, -8, 7))
        canvas.arrow(at(real), 90, at(step), 162, color="amber" if abs(real - step) > 0.01 else "violet")
        canvas.circle(at(real), 84, 4, color="sea", strength=1)
        if at(real) - last > 30:
            canvas.text(at(real), 72, f"{value:g}".replace("-", "−"), size=11)
            last = at(real)
    return canvas.frame(says)
