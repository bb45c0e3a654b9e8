"""Hooks: functions that are called with what passes, without a change of the net."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame

LAYERS = ("0  Linear", "1  ReLU", "2  Linear")


def frames() -> list[Frame]:
    """Forward hooks, then hooks of the gradients."""
    return [
        _drawn(False).frame("A forward hook is given the output of its layer, on the way forward."),
        _drawn(True).frame("After the backward pass each parameter has a gradient, whose norm is read."),
    ]


def _drawn(backward: bool) -> Canvas:
    canvas = Canvas(
        "Where hooks listen",
        "Three layers from left to right; a line leads from each to a list of figures, by the layer's name.",
    )
    color = "amber" if backward else "sea"
    for i, name in enumerate(LAYERS):
        x = 12 + 118 * i
        canvas.box(x, 40, 100, 44, name, color="muted", bold=True)
        if i:
            ends = (x - 2, x - 16) if backward else (x - 16, x - 2)
            canvas.arrow(ends[0], 62, ends[1], 62, color=color)
        listens = not backward or "Linear" in name
        if listens:
            canvas.arrow(x + 50, 86, x + 50, 138, color="violet", dash="4 3")
            canvas.box(
                x, 140, 100, 60, "norm of the\ngradient" if backward else "mean, zeros\nof the output", color="violet"
            )
    canvas.text(180, 24, "backward pass" if backward else "forward pass", color=color, bold=True)
    return canvas
