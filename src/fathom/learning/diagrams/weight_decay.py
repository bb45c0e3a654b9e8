"""A polynomial of degree 9 through noisy points, with three strengths of weight decay."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

DEGREE = 9


def frames() -> list[Frame]:
    """No decay, some, too much."""
    return [
        _fit(0.0, "Without decay the curve goes through every point, and swings between them."),
        _fit(0.003, "Some decay: the curve misses the points a little and comes near the true curve (dashed)."),
        _fit(3.0, "Too much decay: all weights are small, and the curve is too flat. This is underfitting."),
    ]


def _fit(strength: float, caption: str) -> Frame:
    rng = np.random.default_rng(5)
    x = np.sort(rng.uniform(-1, 1, 10))
    y = np.sin(3 * x) + rng.normal(0, 0.25, 10)
    powers = np.arange(DEGREE + 1)
    design = x[:, None] ** powers
    spared = np.diag(np.where(powers == 0, 0.0, strength))  # the bias is not decayed
    w = np.linalg.solve(design.T @ design + spared, design.T @ y) if strength else np.linalg.solve(design, y)
    grid = np.linspace(-1, 1, 301)
    out = (grid[:, None] ** powers) @ w
    inside = (grid >= x[0]) & (grid <= x[-1])
    error = float(np.sqrt(((out - np.sin(3 * grid))[inside] ** 2).mean()))
    told = f"λ = {strength:g}" if strength else "λ = 0"
    canvas = Canvas(f"A curve of ten weights through ten points, {told}", caption)
    field = axes(
        canvas, 40, 26, 300, 172, (-1, 1), (-2, 2), xticks=(-1, 0, 1), yticks=(-2, -1, 0, 1, 2), xlabel="x", ylabel="y"
    )
    field.curve(zip(grid, np.sin(3 * grid)), color="muted", dash="5 3")
    field.curve(zip(grid, out))
    field.dots(zip(x, y), color="amber", radius=3.4)
    largest = float(np.abs(w).max())
    canvas.text(
        338,
        20,
        f"{told} · largest weight {largest:,.{0 if largest > 100 else 1}f} · error {error:.2f}",
        anchor="end",
        size=12,
        bold=True,
    )
    return canvas.frame(f"{caption} Error: typical distance from the true curve.")
