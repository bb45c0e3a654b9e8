"""A net that is fine-tuned: what is frozen, and which group has which rate."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame


def frames() -> list[Frame]:
    """First the head alone, then everything."""
    return [
        _drawn(True).frame("First the body is frozen: only the new head is trained, at a large rate."),
        _drawn(False).frame("Then all is trained: the body at a small rate, biases and norms without decay."),
    ]


def _drawn(frozen: bool) -> Canvas:
    canvas = Canvas(
        "Groups of parameters",
        "A body of weights and biases, and a head; " + ("the body is frozen." if frozen else "each has its own rate."),
    )
    body = "muted" if frozen else "sea"
    canvas.box(12, 40, 200, 60, "body: weights", color=body, dash="5 3" if frozen else "", bold=True)
    canvas.box(12, 110, 200, 44, "body: biases, norms", color=body, dash="5 3" if frozen else "")
    canvas.box(250, 40, 98, 114, "head\n(new)", color="amber", bold=True)
    canvas.arrow(214, 97, 248, 97)
    canvas.text(112, 24, "trained before", color="muted")
    canvas.text(112, 182, "no gradient" if frozen else "rate 0.0001", color=body, bold=True)
    canvas.text(112, 204, "batch norm in eval()" if frozen else "decay: weights only", color="muted")
    canvas.text(299, 182, "rate 0.001", color="amber", bold=True)
    return canvas
