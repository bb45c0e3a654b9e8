"""Nine trials as a grid and at random, and draws of a learning rate on two scales."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame


def frames() -> list[Frame]:
    """Grid, random, and the scales."""
    rng = np.random.default_rng(1)
    third = (np.arange(3) + 0.5) / 3
    grid = np.stack(np.meshgrid(third, third), -1).reshape(-1, 2)
    return [
        _trials(grid, "Grid: nine trials, but only three different values of the setting that matters."),
        _trials(rng.random((9, 2)), "Random: nine trials, nine different values of the setting that matters."),
        _scales(),
    ]


def good(x: float) -> float:
    """How good a value of the setting that matters is, from 0 to 1."""
    return float(np.exp(-(((x - 0.68) / 0.15) ** 2)))


def _trials(places: np.ndarray, caption: str) -> Frame:
    best = max(good(float(x)) for x, _ in places)
    said = f"{caption} Best result: {best:.2f} of 1."
    canvas = Canvas(
        "Nine trials of two settings", "Dots in a square, and above it how good each value is. " + said, height=262
    )
    top = axes(canvas, 80, 10, 262, 60, (0, 1), (0, 1.1))
    top.curve([(x, good(x)) for x in np.linspace(0, 1, 121)])
    field = axes(canvas, 80, 84, 262, 140, (0, 1), (0, 1), xlabel="setting that matters (learning rate)")
    canvas.text(8, 140, "setting\nthat does\nnot matter", anchor="start", size=11, color="muted")
    for x, y in places:
        (px, py), (_, curve) = field.at(float(x), float(y)), top.at(0, good(float(x)))
        canvas.line(px, py, px, curve, color="amber", width=0.8, dash="2 3")
        canvas.circle(px, curve, 3, color="amber", strength=1)
        canvas.circle(px, py, 4, color="amber", strength=0.7)
    canvas.text(8, 46, "result", anchor="start", size=11, color="muted")
    return canvas.frame(said)


def _scales() -> Frame:
    u = np.random.default_rng(3).random(40)
    canvas = Canvas(
        "Forty learning rates drawn on two scales", "Two rows of dots over an axis from 0.0001 to 1.", height=210
    )
    for row, (name, values, color) in enumerate(
        (("uniform", 1e-4 + u * (1 - 1e-4), "amber"), ("log scale", 1e-4 * (1 / 1e-4) ** u, "sea"))
    ):
        field = axes(canvas, 24, 34 + row * 84, 312, 40, (-4, 0), (0, 1))
        few = int((values < 0.1).sum())
        canvas.text(24, 26 + row * 84, f"{name}: {few} of 40 draws below 0.1", anchor="start", bold=True, color=color)
        field.dots(
            [(np.log10(v), 0.2 + 0.6 * ((i * 7) % 10) / 9) for i, v in enumerate(values)], color=color, strength=0.6
        )
        for power, words in ((-4, "0.0001"), (-3, "0.001"), (-2, "0.01"), (-1, "0.1"), (0, "1")):
            x, y = field.at(power, 0)
            canvas.line(x, y, x, y + 4)
            canvas.text(min(x, 350), y + 16, words, size=11, color="muted")
    return canvas.frame("The same 40 random numbers on two scales. Drawn uniformly, almost all rates lie above 0.1.")
