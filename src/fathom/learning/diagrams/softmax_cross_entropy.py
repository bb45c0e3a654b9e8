"""From scores to probabilities, to the loss, to its gradient: three classes as bars."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

CLASSES = ("cat", "dog", "fox")
Z = np.array([2.0, 1.0, -1.0])
RIGHT = 1


def frames() -> list[Frame]:
    """Scores, exponentials, probabilities, gradient."""
    e = np.exp(Z)
    p = e / e.sum()
    g = p - (np.arange(3) == RIGHT)
    return [
        _bars(
            Z,
            (-2, 3),
            "score z",
            "The net gives each class a score. The right class is dog; cat has the highest score.",
        ),
        _bars(e, (0, 8), "exp(z)", f"The exponential makes every score positive. The sum is {e.sum():.2f}."),
        _bars(
            p,
            (0, 1),
            "probability p",
            f"Divided by the sum they add up to 1. The loss is −log {p[RIGHT]:.2f} = {-np.log(p[RIGHT]):.2f}.",
        ),
        _bars(
            g,
            (-1, 1),
            "gradient p − [right class]",
            "The gradient: a step against it lowers cat and fox, and raises dog.",
        ),
    ]


def _bars(values: np.ndarray, ys: tuple[float, float], name: str, caption: str) -> Frame:
    told = ", ".join(f"{one} {value:.2f}" for one, value in zip(CLASSES, values))
    canvas = Canvas(name, f"Three bars: {told}.", height=220)
    field = axes(canvas, 44, 32, 300, 150, (0, 3), ys, yticks=(ys[0], 0, ys[1]) if ys[0] else (0, ys[1]))
    canvas.text(190, 16, name, size=13, bold=True)
    _, zero = field.at(0, 0)
    canvas.line(44, zero, 344, zero, color="muted")
    for i, value in enumerate(values):
        left, top = field.at(i + 0.2, max(0.0, float(value)))
        right, low = field.at(i + 0.8, min(0.0, float(value)))
        canvas.box(left, top, right - left, low - top, color="good" if i == RIGHT else "sea", strength=0.5, radius=2)
        canvas.text(
            (left + right) / 2,
            top - 5 if value >= 0 else low + 14,
            f"{value:.2f}".replace("-", "−"),
            bold=True,
            halo=True,
        )
        canvas.text(
            (left + right) / 2, 210, CLASSES[i], size=13, color="good" if i == RIGHT else "ink", bold=i == RIGHT
        )
    return canvas.frame(caption)
