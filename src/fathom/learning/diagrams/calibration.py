"""A reliability diagram, before and after the temperature."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

EXAMPLES, CLASSES, BINS, TRUE = 4000, 3, 10, 2.5
"""So many made examples; the net's logits are `TRUE` times too large."""


def frames() -> list[Frame]:
    """Too sure, then mended."""
    return [
        _drawn(1.0).frame("The net is too sure: of its answers with 0.95 far fewer are right. The gaps are amber."),
        _drawn(TRUE).frame("All logits are divided by 2.5. The same answers, and now confidence and accuracy agree."),
    ]


def _made(temperature: float) -> tuple[np.ndarray, np.ndarray]:
    """Confidence of each example, and whether it is right."""
    rng = np.random.default_rng(5)
    z = rng.normal(size=(EXAMPLES, CLASSES)) * 3.2
    label = (_soft(z / TRUE).cumsum(axis=1) > rng.random((EXAMPLES, 1))).argmax(axis=1)
    p = _soft(z / temperature)
    return p.max(axis=1), p.argmax(axis=1) == label


def _soft(z: np.ndarray) -> np.ndarray:
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def _drawn(temperature: float) -> Canvas:
    sure, right = _made(temperature)
    number = np.minimum((sure * BINS).astype(int), BINS - 1)
    canvas = Canvas(
        "A reliability diagram",
        "Bars of the share of right answers over the confidence, in ten bins, beside a diagonal on which both agree.",
        height=260,
    )
    field = axes(
        canvas, 46, 30, 190, 190, (0, 1), (0, 1), xticks=(0, 0.5, 1), yticks=(0, 0.5, 1), xlabel="confidence",
        ylabel="share that is right",
    )  # fmt: skip
    error = 0.0
    for b in np.unique(number):
        here = number == b
        accuracy, mean = float(right[here].mean()), float(sure[here].mean())
        error += here.mean() * abs(accuracy - mean)
        field.bars([b / BINS, (b + 1) / BINS], [accuracy], color="sea")
        field.curve([(mean, accuracy), (mean, mean)], color="amber", width=5)
    field.curve([(0, 0), (1, 1)], color="muted", dash="4 3", width=1.4)
    canvas.text(250, 70, f"temperature {temperature:g}", anchor="start", bold=True)
    canvas.text(250, 94, f"right {100 * right.mean():.0f} %", anchor="start", color="sea")
    canvas.text(250, 114, f"sure {100 * sure.mean():.0f} %", anchor="start", color="amber")
    canvas.text(250, 138, f"ECE {error:.3f}", anchor="start", bold=True)
    return canvas
