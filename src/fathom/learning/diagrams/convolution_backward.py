"""The gradient of each output goes back to its window; where windows overlap it adds up."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

PICTURE = np.array([[1, 2, 0], [3, 1, 1], [0, 2, 4]], float)
FILTER = np.array([[1, -1], [2, 0]], float)
UPSTREAM = np.array([[1, 2], [0, -1]], float)


def frames() -> list[Frame]:
    """The four outputs one after another."""
    told = [
        _drawn(None, np.zeros((3, 3)), np.zeros((2, 2))).frame(
            "A gradient arrives at each of the four outputs. Both results begin with zeros."
        )
    ]
    d_picture, d_filter = np.zeros((3, 3)), np.zeros((2, 2))
    for i, j in np.ndindex(2, 2):
        g = UPSTREAM[i, j]
        d_picture[i : i + 2, j : j + 2] += g * FILTER
        d_filter += g * PICTURE[i : i + 2, j : j + 2]
        told.append(
            _drawn((i, j), d_picture.copy(), d_filter.copy()).frame(
                f"Output {i}, {j} has the gradient {g:g}. {g:g} times the filter is added to its "
                "window of the picture's "
                f"gradient, {g:g} times the window to the filter's.".replace("-", "−")
            )
        )
    return told


def _drawn(at: tuple[int, int] | None, d_picture: np.ndarray, d_filter: np.ndarray) -> Canvas:
    """What is given above, the gradients so far below."""
    canvas = Canvas(
        "The backward pass of a convolution",
        "Above the picture, the filter and the gradient of the output; below the gradients "
        "of picture and filter so far.",
        height=262,
    )
    for x, words in ((64, "picture"), (190, "filter"), (300, "gradient from above")):
        canvas.text(min(x, 292), 16, words, size=12, color="muted")
    canvas.grid(18, 24, PICTURE, cell=30, show="{:g}", largest=8, size=13)
    canvas.grid(160, 34, FILTER, cell=30, show="{:g}", largest=4, size=13)
    canvas.grid(268, 34, UPSTREAM, cell=30, show="{:g}", largest=4, size=13, marked=[at] if at else ())
    canvas.text(64, 146, "gradient of picture", size=12, color="muted")
    canvas.text(228, 252, "gradient of filter", size=12, color="muted")
    canvas.grid(18, 156, d_picture, cell=32, show="{:g}", largest=8, size=13)
    canvas.grid(194, 166, d_filter, cell=34, show="{:g}", largest=8, size=13)
    if at:
        for x, y, cell in ((18, 24, 30), (18, 156, 32)):
            canvas.outline(x + cell * at[1], y + cell * at[0], 2.0 * cell, 2.0 * cell)
        canvas.arrow(300, 100, 266, 162, color="amber")
        canvas.arrow(272, 98, 118, 164, color="amber")
    return canvas
