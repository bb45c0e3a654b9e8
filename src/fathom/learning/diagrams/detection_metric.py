"""Precision over recall, box by box down a ranking."""

from __future__ import annotations

from fathom.learning.diagrams.axes import Axes, axes
from fathom.learning.diagrams.svg import Canvas, Frame

RIGHT = (True, False, True, False)
SAYS = ("takes A", "A is taken", "takes B", "too little")
TRUTHS = 3


def frames() -> list[Frame]:
    """The whole curve, then box by box."""
    told = [
        "Box 1 is right: precision 1, and a third of the true boxes is found.",
        "Box 2 lies on A, which is taken. It is wrong: precision falls, recall stays.",
        "Box 3 is right: recall rises to 2/3, and precision with it.",
        "Box 4 overlaps C too little. Precision falls again.",
    ]
    whole = _drawn(len(RIGHT), raised=True).frame(
        "The thick line is the raised precision, and the filled area is the average precision: 5/9 = 0.56."
    )
    return [whole, *[_drawn(k, raised=False).frame(caption) for k, caption in enumerate(told, 1)]]


def _points(k: int) -> list[tuple[float, float]]:
    """Recall and precision after each of the first k boxes."""
    hits = [sum(RIGHT[:i]) for i in range(1, k + 1)]
    return [(hit / TRUTHS, hit / i) for i, hit in enumerate(hits, 1)]


def _drawn(k: int, raised: bool) -> Canvas:
    canvas = Canvas(
        "Precision and recall down the ranking",
        f"A ranking of four boxes on the left, {k} of them judged; on the right their points of recall and precision"
        + (", the raised curve and the area below it." if raised else "."),
    )
    canvas.text(66, 20, "surest first", color="muted")
    for i, (right, says) in enumerate(zip(RIGHT, SAYS)):
        known = i < k
        color = ("good" if right else "problem") if known else "muted"
        canvas.box(10, 32 + 44 * i, 112, 36, f"{i + 1}: {says if known else '?'}", color=color, radius=4)
    field = axes(
        canvas, 178, 32, 168, 160, (0, 1), (0, 1.05), xticks=(0, 0.33, 0.67, 1), yticks=(0, 0.5, 1), xlabel="recall",
        ylabel="precision",
    )  # fmt: skip
    points = _points(k)
    if raised:
        _raise(canvas, field, points)
    field.curve([(0, points[0][1]), *points], color="muted", width=1.2, dash="4 3")
    field.dots(points, color="amber", radius=4)
    return canvas


def _raise(canvas: Canvas, field: Axes, points: list[tuple[float, float]]) -> None:
    """The curve that never rises, and the area below."""
    corners, before = [], 0.0
    for i, (recall, _) in enumerate(points):
        best = max(p for _, p in points[i:])
        if recall > before:
            corners += [(before, best), (recall, best)]
            before = recall
    canvas.area([field.at(0, 0), *[field.at(*one) for one in corners], field.at(before, 0)], color="sea")
    field.curve([*corners, (before, 0)], color="sea", width=2.6)
