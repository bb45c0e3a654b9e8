"""What is drawn from: the softmax, a lower temperature, top-k and top-p."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

LOGITS = np.array([3.0, 2.4, 2.0, 1.1, 0.4, 0.0, -0.3, -0.6])
WORDS = ("mat", "sofa", "bed", "roof", "moon", "of", "blue", "seven")
LOW, BASE, HIGH = 30.0, 186.0, 150.0
"""Left edge, the height of the axis, and the height of a probability of 0.75."""


def frames() -> list[Frame]:
    """Four ways, on the same logits."""
    p, sharp = _softmax(LOGITS), _softmax(LOGITS / 0.5)
    order = np.argsort(-p)
    few, enough = np.isin(np.arange(8), order[:3]), np.cumsum(p) - p < 0.9
    told = (
        (p, np.ones(8, bool), "softmax, temperature 1", "All eight tokens can be drawn, also those without sense."),
        (sharp, np.ones(8, bool), "temperature 0.5", "The likely tokens are favoured; no other gets exactly 0."),
        (p, few, "top-k, k = 3", "Top-k keeps the three likeliest, and gives them what was cut off (grey)."),
        (p, enough, "top-p, 0.9", f"Top-p keeps the fewest that have 90 % together: here {int(enough.sum())}."),
    )  # fmt: skip
    return [_drawn(before, kept, name).frame(caption) for before, kept, name, caption in told]


def _softmax(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max())
    return e / e.sum()


def _drawn(before: np.ndarray, kept: np.ndarray, name: str) -> Canvas:
    """Bars of what is drawn from; what was cut off is grey."""
    after = np.where(kept, before, 0) / before[kept].sum()
    shown = ", ".join(f"{word} {value:.2f}" for word, value in zip(WORDS, after))
    canvas = Canvas(f"Probabilities: {name}", f"Bars for eight tokens: {shown}.")
    canvas.text(180, 22, f'"The cat sleeps on the …": {name}', bold=True)
    canvas.line(LOW - 6, BASE, LOW + 8 * 40, BASE)
    for i, word in enumerate(WORDS):
        x, high = LOW + i * 40, after[i] / 0.75 * HIGH
        if kept[i]:
            canvas.box(x, BASE - high, 30, high, color="sea", strength=0.5, radius=1)
            canvas.text(x + 15, BASE - high - 5, f"{after[i]:.2f}", size=11, color="sea")
        else:
            cut = before[i] / 0.75 * HIGH
            canvas.box(x, BASE - cut, 30, cut, color="muted", strength=0.15, radius=1, dash="3 3")
        canvas.text(x + 15, BASE + 16, word, size=11, color="ink" if kept[i] else "muted")
    return canvas
