"""An anchor, its farthest positive and its nearest negative, before and after a step."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

SAME = np.array([[0.0, 0.0], [1.1, 0.5], [0.4, -0.8]])
OTHER = np.array([[-0.6, 0.75], [-1.7, -0.3], [0.6, 1.75]])
MARGIN, RATE = 1.0, 0.12
LEFT, TOP, UNIT = 168, 118, 64


def frames() -> list[Frame]:
    """The hardest triplet, its gradient, and what a step makes of it."""
    d_p, d_n = _squared(SAME[1]), _squared(OTHER[0])
    before = _drawn(SAME, OTHER, arrows=False).frame(
        f"Of its own kind (blue) the farthest counts: d = {d_p:.2f}. Of the others (amber) the nearest: d = {d_n:.2f}."
    )
    pull = _drawn(SAME, OTHER, arrows=True).frame(
        f"The loss is {d_p:.2f} − {d_n:.2f} + {MARGIN:g} = {d_p - d_n + MARGIN:.2f}. Each of the three is moved "
        "against its gradient."
    )
    same, other = SAME.copy(), OTHER.copy()
    anchor, positive, negative = SAME[0], SAME[1], OTHER[0]
    same[0] -= RATE * 2 * (negative - positive)
    same[1] -= RATE * 2 * (positive - anchor)
    other[0] -= RATE * 2 * (anchor - negative)
    after = _drawn(same, other, arrows=False).frame(
        "After the step the positive is nearer, and the negative has moved away. Other triplets are harder now."
    )
    return [before, pull, after]


def _squared(point: np.ndarray) -> float:
    return float(((point - SAME[0]) ** 2).sum())


def _at(point: np.ndarray) -> tuple[float, float]:
    return LEFT + UNIT * float(point[0]), TOP - UNIT * float(point[1]) + 14


def _drawn(same: np.ndarray, other: np.ndarray, arrows: bool) -> Canvas:
    canvas = Canvas(
        "A triplet of embeddings",
        "Three points of one label and three of others; the anchor is joined to its farthest positive and its nearest "
        "negative" + (", with arrows that pull the positive in and push the negative away." if arrows else "."),
    )
    a, p, n = _at(same[0]), _at(same[1]), _at(other[0])
    canvas.line(*a, *p, color="sea", dash="5 3")
    canvas.line(*a, *n, color="amber", dash="5 3")
    if arrows:
        for start, along, color in (
            (same[0], same[1] - other[0], "ink"), (same[1], same[0] - same[1], "sea"),
            (other[0], other[0] - same[0], "amber"),
        ):  # fmt: skip
            x, y = _at(start)
            dx, dy = RATE * 2 * UNIT * along
            canvas.arrow(x, y, x + dx * 1.4, y - dy * 1.4, color=color, width=2.2)
    for points, color in ((same, "sea"), (other, "amber")):
        for point in points:
            canvas.circle(*_at(point), 6, color=color, strength=0.8)
    canvas.text(a[0] - 10, a[1] + 22, "anchor", bold=True, halo=True)
    canvas.text(p[0] + 12, p[1] + 4, "positive", color="sea", anchor="start", halo=True)
    canvas.text(n[0] - 12, n[1] + 4, "negative", color="amber", anchor="end", halo=True)
    return canvas
