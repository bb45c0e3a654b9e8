"""Word vectors in a plane: the axis of a bias, neutral words off it, and a pair on it."""

from __future__ import annotations

from math import cos, sin

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

PAIR = {"she": 1.15, "he": 2.3}
NEUTRAL = {"nurse": 1.32, "captain": 1.9}
"""Words, and the angles of their vectors in radians: made for the picture."""
X, Y, SIZE = 180.0, 206.0, 150.0


def frames() -> list[Frame]:
    """All done, then as they were, then the neutral ones projected."""
    told = (
        (True, True, "Now she and he differ in the axis alone: every neutral word is equally far from both."),
        (False, False, "Before: nurse lies nearer to she, captain nearer to he. The axis is the direction she − he."),
        (True, False, "The neutral words lost their part along the axis. But she is still nearer to them than he is."),
    )
    return [_drawn(*done).frame(caption) for *done, caption in told]


def _vectors(neutral: bool, equal: bool) -> dict[str, np.ndarray]:
    """The vectors after what was done; the axis is the horizontal one."""
    found = {word: np.array([cos(angle), sin(angle)]) for word, angle in (PAIR | NEUTRAL).items()}
    if neutral:
        found |= {word: np.array([0.0, found[word][1]]) for word in NEUTRAL}
    if equal:
        common = float(np.mean([found[word][1] for word in PAIR]))
        part = (1 - common**2) ** 0.5
        found |= {"she": np.array([part, common]), "he": np.array([-part, common])}
    return found


def _drawn(neutral: bool, equal: bool) -> Canvas:
    """Four arrows from one point."""
    found = _vectors(neutral, equal)
    told = ", ".join(f"{word} ({x:.2f}, {y:.2f})" for word, (x, y) in found.items())
    canvas = Canvas("Word vectors and the axis of a bias", f"Arrows for four words: {told}.")
    canvas.arrow(20, Y, 344, Y, color="violet", width=1.4)
    canvas.text(330, Y + 18, "axis q", color="violet", bold=True)
    canvas.line(X, Y, X, 24, color="rule", dash="4 3")
    for word, (x, y) in found.items():
        end = (X + SIZE * x, Y - SIZE * y)
        color = "sea" if word in PAIR else "amber"
        canvas.arrow(X, Y, *end, color=color, width=2.2)
        if word in NEUTRAL and neutral:
            side = 1 if word == "nurse" else -1
            canvas.text(
                end[0] + 8 * side, end[1] - 4, word, color=color, bold=True, anchor="start" if side > 0 else "end"
            )
        else:
            canvas.text(end[0] + (36 if word == "she" else 24 * x), end[1] - 8, word, color=color, bold=True)
    return canvas
