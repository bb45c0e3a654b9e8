"""Gradients of minibatches around the true one: how the cloud shrinks as batches grow."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

TRUE, SPREAD, DRAWN = np.array([1.0, 0.6]), 1.2, 60
SIZES = (1, 4, 16, 64)


def frames() -> list[Frame]:
    """One frame for each size."""
    rng = np.random.default_rng(4)
    return [_drawn(size, rng) for size in SIZES]


def _drawn(size: int, rng: np.random.Generator) -> Frame:
    means = TRUE + SPREAD / np.sqrt(size) * rng.normal(size=(DRAWN, 2))
    canvas = Canvas(
        f"Gradients of minibatches of {size}",
        f"Sixty points around the end of an arrow: the mean gradients of minibatches of {size}, and the true gradient.",
    )
    field = axes(
        canvas, 40, 30, 200, 176, (-2.6, 4.2), (-2.4, 3.6), xticks=(-2, 0, 2, 4), yticks=(-2, 0, 2),
        xlabel="gradient of weight 1", ylabel="gradient of weight 2",
    )  # fmt: skip
    field.dots(means, color="amber", radius=2.4, strength=0.6)
    canvas.arrow(*field.at(0, 0), *field.at(*TRUE), color="sea", width=2.6)
    squared = 2 * SPREAD**2 / size
    canvas.text(252, 60, f"batch of {size}", anchor="start", bold=True)
    canvas.text(252, 86, "squared error", anchor="start", color="amber")
    canvas.text(252, 102, f"{squared:.2f}", anchor="start", color="amber", bold=True)
    canvas.text(252, 128, "squared length", anchor="start", color="sea")
    canvas.text(252, 144, f"{TRUE @ TRUE:.2f}", anchor="start", color="sea", bold=True)
    canvas.text(252, 178, "the noise is", anchor="start", color="muted")
    canvas.text(252, 194, "stronger" if squared > TRUE @ TRUE else "weaker", anchor="start", color="muted")
    wide = "Single gradients (amber) point anywhere; only their mean is the true one (blue)."
    told = wide if size == 1 else f"The mean of {size} has {size} times less squared error: the cloud is smaller."
    return canvas.frame(told)
