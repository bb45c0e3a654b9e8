"""Windows of a picture as rows of a matrix, and the product with the filters."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

PICTURE = np.array([[1.0, 0, 2], [3, 1, 0], [0, 2, 4]])
FILTERS = np.array([[1.0, 0.5], [2, 0.5], [0, 0.5], [-1, 0.5]])
CELL = 26


def frames() -> list[Frame]:
    """One row after the other, then the product."""
    found = [
        _drawn(k, False).frame(f"Window {k + 1} of 4, flattened, is row {k + 1} of the matrix. {says}")
        for k, says in enumerate(
            ("Its four numbers stand side by side.", "The middle column is copied again.",
             "The middle row is copied again.",
             "The middle 1 now stands in all four rows.")
        )
    ]  # fmt: skip
    whole = _drawn(3, True).frame("The matrix times the filters, one in each column, gives all outputs at once.")
    return [whole, *found]


def _windows() -> np.ndarray:
    return np.array([PICTURE[i : i + 2, j : j + 2].ravel() for i in range(2) for j in range(2)])


def _drawn(last: int, whole: bool) -> Canvas:
    canvas = Canvas(
        "A convolution as a matrix product",
        f"A picture of 3 by 3 on the left; {last + 1} of its four windows of 2 by 2 are rows of a matrix"
        + (", which is multiplied by two filters as columns." if whole else "."),
    )
    i, j = divmod(last, 2)
    window = [] if whole else [(i + a, j + b) for a in range(2) for b in range(2)]
    canvas.text(51, 26, "picture", color="muted")
    canvas.grid(12, 36, PICTURE, cell=CELL, show="{:g}", largest=8, marked=window)
    rows = _windows()[: last + 1]
    canvas.text(172, 26, "windows as rows", color="muted")
    canvas.grid(
        120, 36, rows, cell=CELL, show="{:g}", largest=8, color="violet",
        marked=[] if whole else [(last, c) for c in range(4)],
    )  # fmt: skip
    if not whole:
        return canvas
    canvas.text(246, 92, "@", size=16, bold=True)
    canvas.text(300, 26, "filters", color="muted")
    canvas.grid(274, 36, FILTERS, cell=CELL, show="{:g}", largest=4, color="sea")
    canvas.text(112, 190, "= outputs, before the bias", color="muted", anchor="middle")
    canvas.grid(210, 150, (_windows() @ FILTERS).T, cell=33, show="{:g}", largest=8, color="amber")
    return canvas
