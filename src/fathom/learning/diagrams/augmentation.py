"""A small picture flipped, cut out of its padded self, and mixed with another."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

CELL = 20
FIRST = np.array([[0, 0, 1.0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 1, 0, 0], [0, 0, 1, 0, 0], [0, 1, 1, 1, 0]])
SECOND = np.array([[1.0, 1, 1, 0, 0], [0, 0, 0, 1, 0], [0, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 1, 1, 1, 0]])
SHARE = 0.7


def frames() -> list[Frame]:
    """Mixup, then flip, then crop."""
    return [_mixed(), _flipped(), _cropped()]


def _canvas(title: str, desc: str) -> Canvas:
    canvas = Canvas(title, desc, height=200)
    canvas.text(180, 22, title, bold=True, size=14)
    return canvas


def _mixed() -> Frame:
    canvas = _canvas(
        "mixup, with its labels", "Two digits of five by five pixels and their mix, with the labels of all."
    )
    mix = SHARE * FIRST + (1 - SHARE) * SECOND
    for x, values, color, says in (
        (10, FIRST, "sea", "label (1, 0)"),
        (130, SECOND, "sea", "label (0, 1)"),
        (250, mix, "violet", "label (0.7, 0.3)"),
    ):  # fmt: skip
        canvas.grid(x, 40, values, cell=CELL, largest=1, color=color)
        canvas.text(x + 50, 164, says, color="ink")
    canvas.text(120, 96, "+", size=16)
    canvas.text(240, 96, "=", size=16)
    canvas.text(60, 184, "· 0.7", color="muted")
    canvas.text(180, 184, "· 0.3", color="muted")
    return canvas.frame("Pictures and labels are mixed in the same shares: 0.7 of the first, 0.3 of the second.")


def _flipped() -> Frame:
    canvas = _canvas("flip, with its box", "A digit with a box around its head, and its mirror image with its box.")
    for x, values, left in ((50, FIRST, 1), (210, FIRST[:, ::-1], 2)):
        canvas.grid(x, 40, values, cell=CELL, largest=1)
        canvas.box(x + left * CELL, 40, 2 * CELL, 2 * CELL, color="amber", strength=0, radius=0)
    canvas.arrow(162, 90, 198, 90, width=2)
    canvas.text(100, 164, "box 1 to 3", color="amber")
    canvas.text(260, 164, "box 5 − 3 to 5 − 1", color="amber")
    return canvas.frame("The columns are turned round. A box moves along: its right edge becomes the left one.")


def _cropped() -> Frame:
    canvas = _canvas("crop with padding", "A digit in a frame of zeros, a window of the old size, and what is in it.")
    padded = np.pad(FIRST, 1)
    canvas.grid(30, 34, padded, cell=CELL, largest=1)
    canvas.box(30 + 2 * CELL, 34, 5 * CELL, 5 * CELL, color="amber", strength=0.1, radius=0)
    canvas.arrow(182, 96, 218, 96, width=2)
    canvas.grid(232, 46, padded[:5, 2:7], cell=CELL, largest=1)
    canvas.text(100, 192, "window at row 0, column 2", color="amber")
    canvas.text(282, 164, "the digit has moved", color="ink")
    return canvas.frame("One pixel of zeros is put around it. The window then cuts out a picture of the old size.")
