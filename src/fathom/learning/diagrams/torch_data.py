"""Three texts as one batch: numbers with padding, and the mask."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

TEXTS = ((3, 2), (1,), (2, 1, 2, 3))


def frames() -> list[Frame]:
    """The texts, then the batch and its mask."""
    longest = max(map(len, TEXTS))
    numbers = np.array([[*text, *[0] * (longest - len(text))] for text in TEXTS])
    mask = np.array([[i < len(text) for i in range(longest)] for text in TEXTS], float)
    canvas = Canvas(
        "A batch of three texts",
        "Rows of numbers of the lengths 2, 1 and 4, filled up with zeros to a grid of 3 × 4; beside it the mask.",
    )
    canvas.text(88, 24, "numbers, padded with 0", color="muted")
    canvas.grid(20, 34, numbers, cell=34, largest=4, show="{:g}")
    canvas.text(272, 24, "mask", color="muted")
    canvas.grid(204, 34, mask, cell=34, color="violet", show="{:g}")
    for row, word in enumerate(("“ba”", "“”", "“axab”")):
        canvas.text(60 + 120 * row, 200, word, bold=True)
        canvas.text(60 + 120 * row, 218, f"length {len(TEXTS[row])}", color="muted")
    return [canvas.frame("The longest text decides how many columns there are; 5 of the 12 places are padding.")]
