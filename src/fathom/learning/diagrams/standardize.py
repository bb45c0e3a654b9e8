"""Two features before and after standardizing, and the steps of gradient descent on the loss of each."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

STEPS = 12


def frames() -> list[Frame]:
    """The examples, then the loss."""
    rng = np.random.default_rng(3)
    x = np.stack([rng.normal(6, 2.4, 60), rng.normal(2, 0.5, 60)], axis=1)
    scaled = (x - x.mean(0)) / x.std(0)
    raw = x.std(0) ** 2
    return [
        _cloud(x, f"Raw: the first feature has deviation {x[:, 0].std():.1f}, the second {x[:, 1].std():.1f}."),
        _cloud(scaled, "Standardized: both features have mean 0 and standard deviation 1."),
        _descent(raw, "The loss over the two weights, raw features. Steps that are safe for w₁ hardly move w₂."),
        _descent(np.ones(2), "The same loss with standardized features: level lines are round, few steps suffice."),
    ]


def _cloud(x: np.ndarray, caption: str) -> Frame:
    canvas = Canvas("Examples with two features", "Each dot is an example; horizontal the first feature. " + caption)
    field = axes(
        canvas, 40, 24, 300, 172, (-4, 12), (-4, 5), xticks=(-4, 0, 4, 8, 12), yticks=(-4, -2, 0, 2, 4),
        xlabel="feature 1", ylabel="feature 2",
    )  # fmt: skip
    field.dots(x, strength=0.5)
    (mx, my), (sx, sy) = x.mean(0), x.std(0)
    field.curve([(mx - sx, my), (mx + sx, my)], color="amber", width=3)
    field.curve([(mx, my - sy), (mx, my + sy)], color="amber", width=3)
    return canvas.frame(caption)


def _descent(curvature: np.ndarray, caption: str) -> Frame:
    w, rate = np.array([-1.6, 1.4]), 0.9 / curvature.max()
    path = [w]
    for _ in range(STEPS):
        path.append(path[-1] - rate * curvature * path[-1])
    loss = [0.5 * float((curvature * p**2).sum()) for p in path]
    left = 100 * loss[-1] / loss[0]
    said = f"{caption} Loss after {STEPS} steps: {'below 0.01' if left < 0.01 else f'{left:.2g}'} % of the first."
    canvas = Canvas("Gradient descent on the loss of two weights", "Level lines with a path of steps. " + said)
    field = axes(
        canvas, 40, 24, 300, 172, (-2, 2), (-1.8, 1.8), xticks=(-2, 0, 2), yticks=(-1, 0, 1), xlabel="w₁", ylabel="w₂"
    )
    for level in (0.05, 0.2, 0.5, 1, 2, 4):
        field.ellipse(0, 0, *np.sqrt(2 * level * curvature.max() / 4 / curvature))
    field.curve(path, color="amber")
    field.dots(path, color="amber")
    return canvas.frame(said)
