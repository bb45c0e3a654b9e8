"""A net of dense layers, and the curves that nets of few and of many relu units can draw."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame


def frames() -> list[Frame]:
    """The net itself, then what a hidden layer of 1, 3 and 9 units can fit."""
    return [_net(), *(_fit(units) for units in (1, 3, 9))]


def _net() -> Frame:
    canvas = Canvas(
        "A net with two hidden layers", "Four columns of circles, each joined to all of the next.", height=230
    )
    columns = ((44, 3, "x", "muted"), (136, 4, "a₁", "sea"), (228, 4, "a₂", "sea"), (316, 2, "o", "amber"))
    places = [[(x, 112 + (i - (n - 1) / 2) * 44) for i in range(n)] for x, n, _, _ in columns]
    for left, right in pairwise(places):
        for x1, y1 in left:
            for x2, y2 in right:
                canvas.line(x1 + 14, y1, x2 - 14, y2, color="rule", width=1.2)
    for (x, n, name, color), column in zip(columns, places):
        for cx, cy in column:
            canvas.circle(cx, cy, 14, color=color)
        canvas.text(x, 222, f"{name} ({n})", color=color if color != "muted" else "ink", size=13, bold=True)
    for x, words in ((90, "w₁, relu"), (182, "w₂, relu"), (272, "w₃")):
        canvas.text(x, 14, words, color="muted", size=12)
    return canvas.frame(
        "Each line is a weight. After each hidden layer relu sets negative numbers to 0; the last layer has none."
    )


def _fit(units: int) -> Frame:
    x = np.linspace(-3, 3, 241)
    wanted = np.sin(2 * x)
    knots = np.linspace(-3, 3, units + 2)[1:-1]
    hidden = np.stack([np.maximum(0, x - k) for k in knots] + [x, np.ones_like(x)], axis=1)
    out = hidden @ np.linalg.lstsq(hidden, wanted, rcond=None)[0]
    error = float(np.sqrt(((out - wanted) ** 2).mean()))
    name = f"{units} relu unit{'' if units == 1 else 's'}"
    canvas = Canvas(f"What {name} can draw", f"A wave and a line with {units} bends beside it.")
    field = axes(
        canvas,
        40,
        24,
        300,
        172,
        (-3, 3),
        (-1.5, 1.5),
        xticks=(-3, 0, 3),
        yticks=(-1, 0, 1),
        xlabel="input x",
        ylabel="output",
    )
    field.curve(zip(x, wanted), color="muted", dash="5 3")
    field.curve(zip(x, out))
    field.dots([(k, float(np.interp(k, x, out))) for k in knots], color="amber", radius=3.4)
    return canvas.frame(f"The best curve of {name} (bends: amber dots) for the dashed wave: typical error {error:.2f}.")
