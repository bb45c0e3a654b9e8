"""A mask by broadcasting: places (1, 4) compared with lengths (3, 1)."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

LENGTHS, LONGEST, CELL = np.array([[2], [4], [1]]), 4, 30


def frames() -> list[Frame]:
    """The two shapes, then what comes of them."""
    places = np.arange(LONGEST)[None]
    return [
        _drawn(LENGTHS, places, "{:g}").frame(
            "Lengths have the shape (3, 1), places (1, 4): aligned from the right, a 1 meets each length."
        ),
        _drawn(LENGTHS + 0 * places, places + 0 * LENGTHS, "{:g}").frame(
            "Broadcasting repeats both to (3, 4), without copying a number."
        ),
        _drawn(LENGTHS, places, "{:g}", places < LENGTHS).frame(
            "Place < length, compared at each position: True (1) where the sequence has a step."
        ),
    ]


def _drawn(lengths: np.ndarray, places: np.ndarray, show: str, mask: np.ndarray | None = None) -> Canvas:
    canvas = Canvas(
        "A mask made of lengths",
        "Two grids of numbers, the lengths of three sequences and the places 0 to 3, and the mask that comes of them.",
    )
    canvas.text(85, 20, "places", color="muted")
    canvas.grid(25, 28, places, cell=CELL, largest=6, show=show)
    canvas.text(265, 20, "lengths", color="muted")
    canvas.grid(205, 28, lengths, cell=CELL, color="amber", largest=6, show=show)
    if mask is not None:
        canvas.text(130, 190, "places < lengths", anchor="end", color="muted")
        canvas.grid(145, 138, mask.astype(float), cell=CELL, color="violet", show=show)
    return canvas
