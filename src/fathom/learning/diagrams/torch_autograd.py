"""An operation of one's own: what is saved forward, and used backward."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame


def frames() -> list[Frame]:
    """Forward, then backward."""
    return [
        _drawn(False).frame("Forward: the output goes on; the inputs alone are saved in ctx."),
        _drawn(True).frame(
            "Backward: the gradient arrives, the saved inputs are read, and one gradient goes to each argument."
        ),
    ]


def _drawn(backward: bool) -> Canvas:
    canvas = Canvas(
        "Forward and backward of an operation",
        "Inputs x and slope enter a box forward, which gives y and saves the inputs in ctx; the box backward takes the "
        "gradient g and what was saved, and gives d_x and d_slope.",
    )
    strong, weak = ("amber", "rule") if backward else ("rule", "sea")
    canvas.box(130, 24, 100, 46, "forward", color="muted" if backward else "sea", bold=True)
    canvas.box(130, 170, 100, 46, "backward", color="amber" if backward else "muted", bold=True)
    canvas.box(130, 98, 100, 44, "ctx: x, slope", color="violet")
    for y, name in ((36, "x"), (58, "slope")):
        canvas.text(40, y + 4, name)
        canvas.arrow(66, y, 128, y, color=weak)
    canvas.text(322, 51, "y")
    canvas.arrow(232, 47, 306, 47, color=weak)
    canvas.arrow(180, 72, 180, 96, color=weak)
    canvas.arrow(180, 144, 180, 168, color=strong)
    canvas.text(322, 197, "g")
    canvas.arrow(306, 193, 232, 193, color=strong)
    for y, name in ((182, "d_x"), (204, "d_slope")):
        canvas.text(34, y + 4, name)
        canvas.arrow(128, y, 66, y, color=strong)
    return canvas
