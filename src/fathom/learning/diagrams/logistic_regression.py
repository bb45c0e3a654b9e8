"""Logistic regression on two features: where the boundary lies after some steps of gradient descent."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

SHOWN = (0, 1, 10, 200)
RATE = 0.5


def frames() -> list[Frame]:
    """The boundary after each number of steps in `SHOWN`."""
    rng = np.random.default_rng(4)
    x = np.concatenate([rng.normal((-1.0, -0.6), 0.9, (40, 2)), rng.normal((1.0, 0.9), 0.9, (40, 2))])
    y = np.repeat([0.0, 1.0], 40)
    w, b, found = np.zeros(2), 0.0, []
    for step in range(SHOWN[-1] + 1):
        p = 1 / (1 + np.exp(-(x @ w + b)))
        if step in SHOWN:
            found.append(_drawn(x, y, w, b, step, float(-np.log(np.where(y == 1, p, 1 - p)).mean())))
        w, b = w - RATE * x.T @ (p - y) / len(x), b - RATE * float((p - y).mean())
    return found


def _drawn(x: np.ndarray, y: np.ndarray, w: np.ndarray, b: float, step: int, loss: float) -> Frame:
    wrong = int(((x @ w + b > 0) != (y == 1)).sum())
    said = f"After {step} step{'' if step == 1 else 's'} the loss is {loss:.3f}"
    said += (
        f", and {wrong} of {len(x)} examples lie on the wrong side." if step else ": all weights are 0, every p is 0.5."
    )
    canvas = Canvas("Two classes and the boundary", "Dots of two colours and a line between them. " + said)
    field = axes(
        canvas,
        36,
        20,
        306,
        178,
        (-3.5, 3.5),
        (-3, 3),
        xticks=(-3, 0, 3),
        yticks=(-3, 0, 3),
        xlabel="feature 1",
        ylabel="",
    )
    field.dots(x[y == 0], color="amber", strength=0.6)
    field.dots(x[y == 1], color="sea", strength=0.6)
    if step:
        normal = w / np.linalg.norm(w)
        along, middle = np.array([-normal[1], normal[0]]), -b * w / (w @ w)
        field.curve([middle - 9 * along, middle + 9 * along], color="ink")
        tip = middle + normal * 0.9
        canvas.arrow(*field.at(*middle), *field.at(*tip), color="violet", width=2)
        field.text(float(tip[0]) + 0.25, float(tip[1]) + 0.1, "w", color="violet", bold=True, halo=True)
        field.text(-3.3, -2.7, "line: p = 0.5", color="ink", anchor="start", halo=True)
    return canvas.frame(said)
