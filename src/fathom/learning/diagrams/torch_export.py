"""Export: an example is sent through, what happens is written down, and the size of the batch stays open."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame


def frames() -> list[Frame]:
    """A batch that is fixed, then one that is open."""
    return [
        _drawn("8", "problem").frame("Without a word on shapes the example's batch is written down: 8, and no other."),
        _drawn("n", "good").frame("With a dynamic dimension the graph holds n: any batch may come."),
    ]


def _drawn(batch: str, color: str) -> Canvas:
    canvas = Canvas(
        "From a net to a graph",
        f"A net in Python is traced with an example of 8 rows; the graph takes inputs of shape ({batch}, 4).",
    )
    canvas.box(10, 60, 90, 70, "net in\nPython", color="muted", bold=True)
    canvas.arrow(102, 95, 138, 95)
    canvas.text(120, 82, "trace", color="muted")
    canvas.box(140, 40, 110, 34, f"x ({batch}, 4)", color=color)
    canvas.box(140, 82, 110, 34, "linear, relu", color="sea")
    canvas.box(140, 124, 110, 34, f"z ({batch}, 2)", color=color)
    canvas.arrow(252, 99, 288, 99)
    canvas.box(290, 60, 62, 78, "runs\nwithout\nPython", color="violet", size=11)
    canvas.text(55, 150, "example (8, 4)", color="muted")
    rows = ("8 rows: yes", "3 rows: no" if batch == "8" else "3 rows: yes")
    canvas.text(195, 196, rows[0], color="good")
    canvas.text(195, 216, rows[1], color=color)
    return canvas
