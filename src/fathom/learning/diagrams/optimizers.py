"""The paths of gradient descent, momentum, RMSprop and Adam in one narrow valley."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

CURVATURE = np.array([1.0, 25.0])
START = np.array([-4.0, 1.2])
STEPS = 40

Rule = Callable[[np.ndarray, dict[str, np.ndarray], int], np.ndarray]
"""Gradient, what is remembered, number of the step → change of the weights."""


def frames() -> list[Frame]:
    """One path each, all from the same start."""
    told: tuple[tuple[str, Rule, str], ...] = (
        (
            "gradient descent, η = 0.075",
            lambda g, kept, t: -0.075 * g,
            "It swings across the valley and moves slowly along it.",
        ),
        (
            "momentum, η = 0.03, β = 0.8",
            _momentum,
            "Across the valley gradients cancel, along it they add up.",
        ),
        (
            "RMSprop, η = 0.2",
            _rmsprop,
            "Each gradient is divided by its usual size: the steep direction no longer limits the other.",
        ),
        ("Adam, η = 0.6", _adam, "Both ideas together. Here it overshoots; with noisy gradients its smoothing helps."),
    )
    return [_path(*one) for one in told]


def _momentum(g: np.ndarray, kept: dict[str, np.ndarray], t: int) -> np.ndarray:
    kept["v"] = 0.8 * kept.get("v", np.zeros(2)) + g
    return -0.03 * kept["v"]


def _rmsprop(g: np.ndarray, kept: dict[str, np.ndarray], t: int) -> np.ndarray:
    kept["v"] = 0.9 * kept.get("v", np.zeros(2)) + 0.1 * g**2
    return -0.2 * g / (np.sqrt(kept["v"]) + 1e-8)


def _adam(g: np.ndarray, kept: dict[str, np.ndarray], t: int) -> np.ndarray:
    kept["m"] = 0.9 * kept.get("m", np.zeros(2)) + 0.1 * g
    kept["v"] = 0.999 * kept.get("v", np.zeros(2)) + 0.001 * g**2
    return -0.6 * (kept["m"] / (1 - 0.9**t)) / (np.sqrt(kept["v"] / (1 - 0.999**t)) + 1e-8)


def _path(name: str, rule: Rule, caption: str) -> Frame:
    w, kept = START, dict[str, np.ndarray]()
    path = [w]
    for t in range(1, STEPS + 1):
        w = w + rule(CURVATURE * w, kept, t)
        path.append(w)
    first, last = (0.5 * float((CURVATURE * one**2).sum()) for one in (START, w))
    end = "below 0.0001" if last < 1e-4 else f"{last:.2g}"
    said = f"{caption} Loss: {first:.1f} at the start, {end} after {STEPS} steps."
    canvas = Canvas(f"The path of {name}", "Level lines of a narrow valley, and a path to its lowest point. " + said)
    field = axes(
        canvas, 36, 34, 312, 162, (-5, 3), (-2, 2), xticks=(-4, -2, 0, 2), yticks=(-2, 0, 2), xlabel="w₁", ylabel=""
    )
    for level in (0.3, 2, 6, 14, 26, 42):
        field.ellipse(0, 0, *np.sqrt(2 * level / CURVATURE))
    field.curve(path, color="amber", width=1.8)
    field.dots(path, color="amber", radius=2.2)
    field.dots([(0, 0)], color="sea", radius=4)
    canvas.text(180, 18, name, bold=True, size=13)
    return canvas.frame(said)
