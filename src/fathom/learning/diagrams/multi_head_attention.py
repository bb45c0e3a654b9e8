"""Three places with four features in two heads: cut, each head by itself, and side by side again."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

X = np.array([[1.0, 0.2, 0.1, 0.9], [0.2, 1.0, 0.8, 0.1], [0.9, 0.4, 0.7, 0.3]])
COLORS = ("sea", "amber")
CELL, STRENGTH = 20, 4.0


def frames() -> list[Frame]:
    """The whole, then cut and attend alone."""
    told = (
        "The features are cut into two heads: each head has all three places, and two of the four features.",
        "Each head has a table of weights of its own, causal here: a row sums to 1. The two look at different places.",
        "Cut into two heads, each attends by itself, and the outputs stand side by side again. W_O then mixes them.",
    )
    return [_drawn(step).frame(told[step]) for step in (2, 0, 1)]


def _weights(part: np.ndarray) -> np.ndarray:
    """Of causal attention; sharper than a net's, so that it is seen."""
    scores = np.where(np.tri(3) > 0, STRENGTH * part @ part.T / 2**0.5, -np.inf)
    e = np.exp(scores - scores.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def _drawn(step: int) -> Canvas:
    """All that is done until this step."""
    canvas = Canvas(
        "Two heads of attention",
        "A grid of three places by four features is cut into two grids of two features; each has a table of weights "
        "of three by three; their outputs are put side by side.",
    )
    canvas.text(54, 66, "features", size=11, color="muted")
    canvas.text(54, 152, "3 places ×\n4 features", size=11, color="muted")
    for head, color in enumerate(COLORS):
        part, top = X[:, 2 * head : 2 * head + 2], 34 + 108 * head
        canvas.grid(14 + 2 * head * CELL, 74, part, cell=CELL, color=color, largest=1.2)
        canvas.arrow(98, 104, 118, top + 30, color=color)
        canvas.grid(122, top, part, cell=CELL, color=color, largest=1.2)
        canvas.text(142, top - 8, f"head {head + 1}", color=color, bold=True)
        if step < 1:
            continue
        weights = _weights(part)
        canvas.arrow(166, top + 30, 184, top + 30, color=color)
        canvas.grid(188, top, weights, cell=CELL, color=color, largest=1.0)
        canvas.text(218, top - 8, "weights", size=11, color="muted")
        if step < 2:
            continue
        canvas.arrow(252, top + 30, 268, 104, color=color)
        canvas.grid(272 + 2 * head * CELL, 74, weights @ part, cell=CELL, color=color, largest=1.2)
    if step == 2:
        canvas.text(312, 152, "side by side", size=11, color="muted")
    return canvas
