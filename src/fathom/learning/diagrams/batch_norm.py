"""Three features of a batch: before batch norm, normalized, and with the learned scale and shift."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

COLORS = ("sea", "amber", "violet")


def frames() -> list[Frame]:
    """The histograms of each stage, and how the statistics of a batch scatter with its size."""
    rng = np.random.default_rng(0)
    z = rng.normal((-4, 1, 5), (0.6, 2.4, 1.2), (512, 3))
    normal = (z - z.mean(0)) / z.std(0)
    gamma, beta = np.array([0.5, 1.5, 1.0]), np.array([1.0, 0.0, -2.0])
    return [
        _bars(z, "Before: in a batch of 512 examples, three features have different means and deviations."),
        _bars(normal, "Normalized: subtract the mean of the batch, divide by its deviation. All three agree."),
        _bars(
            gamma * normal + beta,
            "Scaled by γ = (0.5, 1.5, 1) and shifted by β = (1, 0, −2): the net learns these numbers.",
        ),
        _scatter(z[:, 1]),
    ]


def _bars(z: np.ndarray, caption: str) -> Frame:
    canvas = Canvas("Three features of a batch", "Three histograms below each other. " + caption)
    for i, color in enumerate(COLORS):
        field = axes(canvas, 88, 8 + i * 70, 258, 60, (-8, 10), (0, 200), xticks=(-8, -4, 0, 4, 8) if i == 2 else ())
        counts, edges = np.histogram(z[:, i], bins=45, range=(-8, 10))
        field.bars(edges, counts, color=color)
        x, _ = field.at(0, 0)
        canvas.line(x, field.y, x, field.y + 60, color="muted", width=1, dash="3 3")
        mean = f"{z[:, i].mean():.1f}".replace("-0.0", "0.0").replace("-", "−")
        canvas.text(6, 30 + i * 70, f"mean {mean}", anchor="start", size=12, color=color)
        canvas.text(6, 47 + i * 70, f"dev. {z[:, i].std():.1f}", anchor="start", size=12, color=color)
    return canvas.frame(caption)


def _scatter(z: np.ndarray) -> Frame:
    rng = np.random.default_rng(1)
    canvas = Canvas(
        "Means of small and of large batches", "Dots at four batch sizes; they scatter less, the larger the batch."
    )
    field = axes(
        canvas,
        40,
        24,
        306,
        172,
        (0.5, 4.5),
        (-3, 5),
        yticks=(-2, 0, 2, 4),
        xlabel="examples in a batch",
        ylabel="mean of the batch",
    )
    for i, size in enumerate((2, 8, 32, 128)):
        means = [float(rng.choice(z, size, replace=False).mean()) for _ in range(40)]
        field.dots([(i + 1 + rng.uniform(-0.2, 0.2), m) for m in means], color="amber", strength=0.5)
        x, y = field.at(i + 1, -3)
        canvas.text(x, y + 15, str(size), size=12, color="muted")
    field.curve([(0.5, float(z.mean())), (4.5, float(z.mean()))], color="ink", width=1.2, dash="5 3")
    return canvas.frame(
        "The mean of a batch (dots, 40 batches each) scatters around the true mean. With 2 it is often far off."
    )
