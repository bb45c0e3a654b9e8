"""A filter of 2 × 2 slides over a picture of 4 × 4, one weighted sum for each place."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

PICTURE = np.array([[1, 0, 2, 1], [0, 3, 1, 0], [2, 1, 0, 1], [1, 0, 1, 2]], float)
FILTER = np.array([[1, 0], [0, -1]], float)
BIAS = 0.5


def output() -> np.ndarray:
    """Stride 1, no padding: ``(3, 3)``."""
    return np.array([[(FILTER * PICTURE[i : i + 2, j : j + 2]).sum() + BIAS for j in range(3)] for i in range(3)])


def frames() -> list[Frame]:
    """The nine places in reading order, then stride 2."""
    told = []
    for n in range(9):
        i, j = divmod(n, 3)
        window = PICTURE[i : i + 2, j : j + 2]
        told.append(
            _drawn([(i, j)], n + 1, True).frame(
                f"Row {i}, column {j}: 1 · {window[0, 0]:g} − 1 · {window[1, 1]:g} + 0.5 = {output()[i, j]:g}.".replace(
                    "-", "−"
                )
            )
        )
    told.append(
        _drawn([(0, 0), (0, 2), (2, 0), (2, 2)], 9, False).frame(
            "With stride 2 the filter moves by two pixels. Only these four places are computed."
        )
    )
    return told


def _drawn(places: list[tuple[int, int]], known: int, all_places: bool) -> Canvas:
    """The picture with the window at a place, the filter, and the numbers that are known so far."""
    canvas = Canvas(
        "A convolution",
        "A grid of 4 by 4 numbers with a window of 2 by 2 on it; the filter; the output, a grid of 3 by 3.",
        height=230,
    )
    cell = 38
    canvas.text(84, 22, "picture", size=12, color="muted")
    canvas.grid(8, 32, PICTURE, cell=cell, show="{:g}", largest=6, size=14)
    for i, j in places:
        canvas.outline(8 + cell * j, 32 + cell * i, 76.0, 76.0)
    canvas.text(204, 50, "filter", size=12, color="muted")
    canvas.grid(175, 58, FILTER, cell=29, show="{:g}", largest=2, size=13)
    canvas.text(204, 136, "bias 0.5", size=12, color="muted")
    canvas.arrow(172, 154, 236, 154)
    canvas.text(300, 50, "output", size=12, color="muted")
    for n, value in enumerate(output().ravel()):
        i, j = divmod(n, 3)
        x, y = 244 + 37 * j, 58 + 37 * i
        on = (i, j) in places
        shown = n < known and (all_places or on)
        words, color = f"{value:g}".replace("-", "−") if shown else "", "amber" if on else "rule"
        canvas.box(x, y, 37, 37, words, color=color, strength=0.3 if on else 0.0, size=13, radius=0, bold=on)
    canvas.text(180, 216, "products under the filter, summed, plus the bias", size=12, color="muted")
    return canvas
