"""One Transformer block: two parts that read the normalized stream and add to it."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame

PARTS = (("attention", 182, "sea"), ("dense net", 82, "amber"))
"""What a part is called, the height of its middle, and its colour."""


def frames() -> list[Frame]:
    """The norms in front, and behind."""
    return [
        _before().frame(
            "The norms in front: the line in the middle, the stream, is never normalized or multiplied. Each part "
            "reads a normalized copy and adds its answer."
        ),
        _behind().frame("The form of 2017, for comparison: the norms lie on the stream itself, behind each sum."),
    ]


def _stream(desc: str) -> Canvas:
    """The line from x up to the output, with both sums."""
    canvas = Canvas("A Transformer block", desc)
    canvas.arrow(88, 222, 88, 16, color="violet", width=3)
    canvas.text(70, 226, "x", bold=True, size=14)
    canvas.text(68, 24, "x'", bold=True, size=14)
    return canvas


def _before() -> Canvas:
    """Norm, part, sum; twice."""
    canvas = _stream("A vertical line, the stream. Twice a copy goes through a norm and a part and is added to it.")
    for name, y, color in PARTS:
        canvas.line(88, y + 28, 118, y + 28)
        canvas.arrow(110, y + 28, 128, y + 28)
        canvas.box(130, y + 14, 62, 28, "norm")
        canvas.arrow(192, y + 28, 222, y + 28)
        canvas.box(224, y + 10, 104, 36, name, color=color)
        canvas.line(276, y + 10, 276, y - 14)
        canvas.arrow(276, y - 14, 105, y - 14, color=color)
        canvas.circle(88, y - 14, 14, "+", color="violet", strength=0.3, size=14)
    canvas.text(14, 124, "stream", size=11, color="violet", anchor="start")
    return canvas


def _behind() -> Canvas:
    """Part, sum, norm; twice."""
    canvas = _stream("The same line, but a norm lies on it behind each sum.")
    for name, y, color in PARTS:
        canvas.line(88, y + 34, 222, y + 34)
        canvas.arrow(200, y + 34, 222, y + 34)
        canvas.box(224, y + 16, 104, 36, name, color=color)
        canvas.line(276, y + 16, 276, y + 2)
        canvas.arrow(276, y + 2, 105, y + 2, color=color)
        canvas.circle(88, y + 2, 14, "+", color="violet", strength=0.3, size=14)
        canvas.box(56, y - 46, 64, 26, "", color="paper", strength=1.0)
        canvas.box(56, y - 46, 64, 26, "norm", color="problem")
    return canvas
