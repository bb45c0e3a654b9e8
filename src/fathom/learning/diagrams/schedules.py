"""Learning rates over a training, and what two of them do with noisy gradients."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

STEPS, WARMUP = 100, 10


def frames() -> list[Frame]:
    """The rates, then the loss under a constant one and under a cosine."""
    return [
        _rates(),
        _noisy(
            "constant rate",
            lambda t: 0.5,
            "amber",
            "Constant rate, noisy gradients: the loss falls fast, then stays on a level that noise sets.",
        ),
        _noisy(
            "cosine",
            lambda t: 0.5 * cosine(t, 0),
            "sea",
            "Cosine: steps become smaller towards the end, and the noise with them.",
        ),
        _noisy(
            "small constant rate",
            lambda t: 0.02,
            "violet",
            "A small rate from the start: little noise, but 100 steps are not enough.",
        ),
    ]


def cosine(t: float, warmup: int = WARMUP) -> float:
    """The rate at step t as a share of the peak."""
    if t < warmup:
        return t / warmup
    return float(0.5 * (1 + np.cos(np.pi * (t - warmup) / (STEPS - warmup))))


def _rates() -> Frame:
    t = np.arange(STEPS + 1)
    canvas = Canvas(
        "Three schedules", "Rates over 100 steps: a level line, stairs that fall, and a rise followed by half a cosine."
    )
    field = axes(
        canvas, 40, 26, 304, 170, (0, STEPS), (0, 1.1), xticks=(0, 25, 50, 75, 100), yticks=(0, 0.5, 1), xlabel="step",
        ylabel="rate / peak",
    )  # fmt: skip
    field.curve([(0, 1), (100, 1)], color="amber", dash="6 3")
    field.curve([(0, 1), (50, 1), (50, 0.3), (75, 0.3), (75, 0.09), (100, 0.09)], color="violet", width=1.8)
    field.curve([(float(i), cosine(float(i))) for i in t], color="sea", width=2.6)
    field.text(80, 1.03, "constant", color="amber")
    field.text(59, 0.33, "in steps", color="violet", halo=True)
    field.text(23, 0.6, "warm-up, cosine", color="sea", halo=True)
    return canvas.frame("Three schedules. The blue one rises for 10 steps (warm-up), then falls along half a cosine.")


def _noisy(name: str, rate: Callable[[int], float], color: str, caption: str) -> Frame:
    rng = np.random.default_rng(6)
    w, losses = np.full(200, 3.0), list[float]()  # 200 trainings, of which the mean is shown, and the first alone
    alone = []
    for t in range(STEPS):
        losses.append(float((w**2).mean()))
        alone.append(float(w[0] ** 2))
        w = w - rate(t) * (2 * w + rng.normal(0, 2.0, 200)) / 2
    canvas = Canvas(
        f"Loss with noisy gradients, {name}", "A ragged curve of one training, and the mean of 200. " + caption
    )
    field = axes(
        canvas, 44, 26, 300, 170, (0, STEPS), (-3, 1.2), xticks=(0, 50, 100), yticks=(-3, -2, -1, 0, 1), xlabel="step",
        ylabel="log₁₀ loss",
    )  # fmt: skip
    field.curve([(t, np.log10(max(v, 1e-9))) for t, v in enumerate(alone)], color="muted", width=0.9)
    field.curve([(t, np.log10(v)) for t, v in enumerate(losses)], color=color, width=2.6)
    canvas.text(340, 20, f"{name}: {losses[-1]:.2g} at the end", anchor="end", bold=True, color=color, size=12)
    return canvas.frame(caption + " Thick: mean of 200 trainings; thin: one of them.")
