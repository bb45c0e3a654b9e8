"""Two boxes, their intersection and union; then non-maximum suppression of four boxes."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame

Box = tuple[float, float, float, float]
A, B = (1.0, 1.0, 5.0, 4.0), (3.0, 2.0, 6.0, 6.0)
FOUND: tuple[tuple[Box, float], ...] = (
    ((1, 1, 5, 5), 0.8),
    ((2, 1, 6, 5), 0.9),
    ((7, 2, 10, 6), 0.6),
    ((7, 2, 10, 5), 0.7),
)
"""Each box with its score."""
THRESHOLD = 0.5


def intersection(a: Box, b: Box) -> float:
    """Area that both cover."""
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def area(a: Box) -> float:
    """Of one box."""
    return (a[2] - a[0]) * (a[3] - a[1])


def iou(a: Box, b: Box) -> float:
    """Intersection over union."""
    return intersection(a, b) / (area(a) + area(b) - intersection(a, b))


def frames() -> list[Frame]:
    """The overlap, then the choice."""
    inter = intersection(A, B)
    union = area(A) + area(B) - inter
    told = [
        _pair("").frame("Two boxes: A from (1, 1) to (5, 4), and B from (3, 2) to (6, 6)."),
        _pair("inter").frame(f"The intersection reaches from the larger start to the smaller end: 2 × 2 = {inter:g}."),
        _pair("union").frame(
            f"The union: 12 + 12 − {inter:g} = {union:g}. So the IoU is {inter:g} / {union:g} = {inter / union:g}."
        ),
    ]
    left = sorted(range(len(FOUND)), key=lambda n: -FOUND[n][1])
    kept: list[int] = []
    gone: list[int] = []
    told.append(_four(kept, gone).frame("Four boxes that a detector proposes, each with its score."))
    while left:
        best, *left = left
        kept.append(best)
        out = [n for n in left if iou(FOUND[best][0], FOUND[n][0]) > THRESHOLD]
        gone += out
        left = [n for n in left if n not in out]
        dropped = " and ".join(f"box {n} (IoU {iou(FOUND[best][0], FOUND[n][0]):.2f})" for n in out)
        told.append(
            _four(kept, gone).frame(
                f"Box {best} has the highest score of those left: {FOUND[best][1]:g}. It stays, and drops {dropped}."
            )
        )
    return told


def _pair(part: str) -> Canvas:
    """Both boxes on a grid of units."""
    canvas = Canvas(
        "Intersection over union", "Two rectangles that overlap; the overlap or the union is coloured.", height=240
    )
    unit = 33.0

    def at(a: Box) -> tuple[float, float, float, float]:
        return 60 + unit * a[0], 6 + unit * a[1], unit * (a[2] - a[0]), unit * (a[3] - a[1])

    for k in range(7):
        canvas.line(60 + unit * k, 6, 60 + unit * k, 6 + 6 * unit, color="rule", width=0.8)
        canvas.line(60, 6 + unit * k, 60 + 6 * unit, 6 + unit * k, color="rule", width=0.8)
        canvas.text(60 + unit * k, 22 + 6 * unit, str(k), size=11, color="muted")
        if k:
            canvas.text(52, 10 + unit * k, str(k), size=11, color="muted", anchor="end")
    canvas.box(*at(A), color="sea", strength=0.3 if part == "union" else 0.12, radius=0)
    canvas.box(*at(B), color="amber", strength=0.3 if part == "union" else 0.12, radius=0)
    if part:
        both = (max(A[0], B[0]), max(A[1], B[1]), min(A[2], B[2]), min(A[3], B[3]))
        canvas.box(*at(both), f"{intersection(A, B):g}", color="violet", strength=0.5, radius=0, size=16, bold=True)
    canvas.text(104, 58, "A", size=16, color="sea", bold=True)
    canvas.text(246, 192, "B", size=16, color="amber", bold=True)
    if part == "union":
        canvas.text(310, 110, "IoU\n4 / 20\n= 0.2", size=15, bold=True)
    return canvas


def _four(kept: list[int], gone: list[int]) -> Canvas:
    """The proposals, with those that stay and those that are dropped."""
    canvas = Canvas(
        "Non-maximum suppression",
        "Four rectangles in two groups, with scores; some stay, some are dropped.",
        height=230,
    )
    unit = 32.0
    for n, ((left, top, right, bottom), score) in enumerate(FOUND):
        color = "good" if n in kept else "muted" if n in gone else "sea"
        canvas.box(
            8 + unit * left,
            4 + unit * top,
            unit * (right - left),
            unit * (bottom - top),
            color=color,
            strength=0.12 if n in kept else 0.03,
            radius=0,
            dash="5 4" if n in gone else "",
        )
        where = {
            0: (8 + 32 * left, 4 + 32 * top - 7, "start"),
            1: (8 + 32 * right - 6, 4 + 32 * top + 18, "end"),
            2: (8 + 32 * left + 6, 4 + 32 * bottom - 10, "start"),
            3: (8 + 32 * left + 6, 4 + 32 * top + 18, "start"),
        }[n]
        canvas.text(
            where[0], where[1], f"{n}: {score:g}", size=13, color=color, bold=n in kept, anchor=where[2], halo=True
        )
    canvas.text(180, 218, "green stays, dashed is dropped", size=12, color="muted")
    return canvas
