"""Features of a picture, their Gram matrix, and what shuffling the places does to either."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

FEATURES = np.array([[2.0, 2, 0, 0, 0, 0], [1, 2, 0, 1, 0, 0], [0, 0, 1, 0, 2, 2]])
ORDER = [3, 0, 5, 1, 4, 2]
CELL = 28


def frames() -> list[Frame]:
    """The Gram matrix, then the same from shuffled places."""
    return [
        _drawn(FEATURES, "features F").frame(
            "Channels 0 and 1 are active at the same places, so their entry is large. Channel 2 is active elsewhere."
        ),
        _drawn(FEATURES[:, ORDER], "F, places shuffled").frame(
            "The places are shuffled. The features are others, and the Gram matrix is the same: it knows no places."
        ),
    ]


def _drawn(features: np.ndarray, title: str) -> Canvas:
    gram = features @ features.T / features.shape[1]
    canvas = Canvas(
        "Features and their Gram matrix",
        "A matrix of three channels by six places, and the matrix of three by three of the means of their products.",
    )
    canvas.text(28 + 3 * CELL, 22, title, bold=True)
    canvas.grid(28, 34, features, cell=CELL, show="{:g}", largest=3)
    for k in range(3):
        canvas.text(18, 52 + k * CELL, str(k), color="muted")
    canvas.text(28 + 3 * CELL, 134, "six places", color="muted")
    canvas.text(16, 192, "F Fᵀ / 6 =", anchor="start", size=14)
    canvas.grid(110, 148, gram, cell=CELL, show="{:.2f}", largest=2, color="amber", marked=[(0, 1), (1, 0)], size=11)
    canvas.text(214, 166, "rows and columns:", anchor="start", color="muted")
    canvas.text(214, 182, "channels 0, 1, 2", anchor="start", color="muted")
    canvas.text(214, 206, "0 with 1: large", anchor="start", color="ink")
    return canvas
