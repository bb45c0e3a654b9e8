"""What one output needs: an ordinary convolution, 1 × 1, depthwise; and where one input of a transposed one goes."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

CELL = 16
WINDOW = [(r, c) for r in range(1, 4) for c in range(1, 4)]


def frames() -> list[Frame]:
    """Four kinds."""
    return [
        _reads("ordinary, 3 × 3", [WINDOW] * 3, [(1, 1)], "27 numbers are read: a window in all three channels."),
        _reads("1 × 1", [[(2, 2)]] * 3, [(2, 2)], "3 numbers are read: one pixel in all channels. Channels are mixed."),
        _reads(
            "depthwise, 3 × 3", [[], WINDOW, []], [(1, 1)], "9 numbers are read: a window in the channel's own map."
        ),
        _puts(),
    ]


def _marked(side: int, cells: list[tuple[int, int]]) -> np.ndarray:
    found = np.zeros((side, side))
    for cell in cells:
        found[cell] = 1
    return found


def _reads(title: str, cells: list[list[tuple[int, int]]], out: list[tuple[int, int]], says: str) -> Frame:
    """Three channels on the left, with what one output reads; its map on the right."""
    side = 3 if len(cells[1]) > 1 else 5
    canvas = Canvas(
        f"What an output of a convolution reads: {title}",
        f"Three maps of 5 by 5, in which the numbers are filled that one output of the {title} convolution reads, and "
        f"its map of {side} by {side} on the right.",
    )
    canvas.text(180, 20, title, bold=True, size=14)
    for k, mine in enumerate(cells):
        canvas.grid(16 + 62 * k, 40 + 52 * k, _marked(5, mine), cell=CELL, color="sea")
        canvas.text(16 + 62 * k, 133 + 52 * k, f"channel {k}", color="muted", anchor="start", size=11)
    canvas.arrow(232, 130, 268, 130, width=2)
    canvas.grid(278, 130 - side * CELL / 2, _marked(side, out), cell=CELL, color="amber")
    canvas.text(278 + side * CELL / 2, 130 + side * CELL / 2 + 16, "one output", color="amber")
    return canvas.frame(says)


def _puts() -> Frame:
    """Two inputs of a row, stride 2, and where their filters lie in the output."""
    canvas = Canvas(
        "Where the inputs of a transposed convolution go",
        "Two inputs, 2 and 5, put their multiples of the filter 1, 2, 3 into an output of five numbers, two places "
        "apart; where they overlap they are added: 2, 4, 11, 10, 15.",
    )
    canvas.text(180, 20, "transposed, 3 wide, stride 2", bold=True, size=14)
    rows = ((52, [2, 5], "input", 130), (100, [2, 4, 6], "2 · filter", 130), (146, [5, 10, 15], "5 · filter", 190))
    for y, values, name, x in rows:
        canvas.text(118, y + 20, name, anchor="end", color="muted")
        canvas.grid(x, y, [values], cell=30, show="{:g}", largest=20, color="sea" if name == "input" else "violet")
    canvas.text(118, 212, "sum", anchor="end", color="muted")
    canvas.grid(130, 192, [[2, 4, 11, 10, 15]], cell=30, show="{:g}", largest=20, color="amber", marked=[(0, 2)])
    return canvas.frame("Each input puts its multiple of the filter down, two places apart. Overlaps are added.")
