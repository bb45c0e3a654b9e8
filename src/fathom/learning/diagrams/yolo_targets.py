"""A box, the cell of its centre, the anchor of its shape, and the numbers that are asked for."""

from __future__ import annotations

from math import log

from fathom.learning.diagrams.svg import Canvas, Frame

SIZE, CELLS = 256, 8
BOX = (96, 64, 144, 176)
ANCHORS = ((64, 48), (40, 120))
LEFT, TOP, CELL = 12, 34, 24
UNIT = CELLS * CELL / SIZE
"""Units of the picture for a pixel."""


def frames() -> list[Frame]:
    """The cell, the anchors, the targets."""
    return [_cell(), _anchors(), _targets()]


def _grid(desc: str) -> Canvas:
    """The grid with the box and its centre."""
    canvas = Canvas("Targets of a detector with a grid and anchors", desc)
    canvas.text(LEFT, 20, "256 × 256 pixels, 8 × 8 cells", anchor="start", color="muted")
    for i in range(CELLS + 1):
        canvas.line(LEFT, TOP + i * CELL, LEFT + CELLS * CELL, TOP + i * CELL, color="rule", width=1)
        canvas.line(LEFT + i * CELL, TOP, LEFT + i * CELL, TOP + CELLS * CELL, color="rule", width=1)
    left, top, right, bottom = BOX
    x, y = _centre()
    canvas.box(LEFT + x // CELL * CELL, TOP + y // CELL * CELL, CELL, CELL, color="amber", strength=0.5, radius=0)
    canvas.box(
        LEFT + left * UNIT, TOP + top * UNIT, (right - left) * UNIT, (bottom - top) * UNIT, color="sea", radius=0
    )
    canvas.circle(LEFT + x, TOP + y, 3, color="sea", strength=1)
    return canvas


def _centre() -> tuple[float, float]:
    """Of the box, in units from the corner of the grid."""
    return (BOX[0] + BOX[2]) / 2 * UNIT, (BOX[1] + BOX[3]) / 2 * UNIT


def _cell() -> Frame:
    canvas = _grid("A grid of 8 by 8 cells; a tall box covers several, and the one that holds its centre is filled.")
    canvas.text(220, 70, "box", color="sea", anchor="start", bold=True)
    canvas.text(220, 86, "left 96, top 64", anchor="start")
    canvas.text(220, 102, "right 144, bottom 176", anchor="start")
    canvas.text(220, 134, "centre (120, 120)", anchor="start")
    canvas.text(220, 150, "in cells (3.75, 3.75)", anchor="start")
    canvas.text(220, 182, "row 3, column 3", color="amber", anchor="start", bold=True)
    return canvas.frame("The box covers several cells. Only the one that holds its centre has to find it.")


def _anchors() -> Frame:
    canvas = _grid("The box with two dashed anchors laid on its centre: a wide one and a tall one.")
    x, y = _centre()
    width, height = BOX[2] - BOX[0], BOX[3] - BOX[1]
    for k, ((w, h), color) in enumerate(zip(ANCHORS, ("muted", "violet"))):
        canvas.box(
            LEFT + x - w * UNIT / 2, TOP + y - h * UNIT / 2, w * UNIT, h * UNIT, color=color, strength=0, radius=0,
            dash="5 3",
        )  # fmt: skip
        inter = min(w, width) * min(h, height)
        canvas.text(220, 84 + 56 * k, f"anchor {k}: {w} × {h}", color=color, anchor="start", bold=True)
        canvas.text(220, 102 + 56 * k, f"IoU {inter / (w * h + width * height - inter):.2f}", anchor="start")
    return canvas.frame("Both anchors are laid on the same centre. The tall one overlaps the box more and is chosen.")


def _targets() -> Frame:
    canvas = _grid("The box, and beside it the eight numbers that are asked for at its cell and anchor.")
    w, h = BOX[2] - BOX[0], BOX[3] - BOX[1]
    told = [
        ("box?", "1"), ("x in cell", "0.75"), ("y in cell", "0.75"), ("log w/anchor", f"{log(w / 40):.3f}"),
        ("log h/anchor", f"{log(h / 120):.3f}".replace("-", "−")), ("class 0", "0"), ("class 1", "1"), ("class 2", "0"),
    ]  # fmt: skip
    for i, (name, value) in enumerate(told):
        canvas.text(296, 50 + 24 * i, name, anchor="end", color="muted")
        canvas.box(302, 36 + 24 * i, 52, 20, value, color="amber" if i < 1 else "violet" if i < 5 else "sea", radius=3)
    return canvas.frame("These numbers are asked for at row 3, column 3, anchor 1. Everywhere else all are 0.")
