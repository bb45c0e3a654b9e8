"""The sigmoid, the loss of both labels, and what is left of the loss when it is computed naively."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame


def frames() -> list[Frame]:
    """Probability, loss, and its rounding."""
    return [_probability(), _loss(), _rounding()]


def _probability() -> Frame:
    z = np.linspace(-6, 6, 121)
    p = 1 / (1 + np.exp(-z))
    canvas = Canvas("The sigmoid", "A curve from 0 to 1 in the form of an S, 0.5 at score 0, and its slope.")
    field = axes(
        canvas, 40, 24, 300, 172, (-6, 6), (0, 1), xticks=(-6, -3, 0, 3, 6), yticks=(0, 0.5, 1), xlabel="score z"
    )
    field.curve(zip(z, p))
    field.curve(zip(z, p * (1 - p)), color="amber", dash="5 3")
    field.dots([(0, 0.5)])
    field.text(2.1, 0.72, "probability p", color="sea", anchor="start")
    field.text(-3.6, 0.2, "slope p (1 − p)", color="amber", size=12)
    return canvas.frame("The sigmoid turns any score into a probability. Far from 0 its slope (dashed) is almost 0.")


def _loss() -> Frame:
    z = np.linspace(-6, 6, 121)
    canvas = Canvas(
        "The loss of one example", "Two curves: for label 1 the loss falls with the score, for label 0 it rises."
    )
    field = axes(
        canvas,
        40,
        24,
        300,
        172,
        (-6, 6),
        (0, 6),
        xticks=(-6, -3, 0, 3, 6),
        yticks=(0, 2, 4, 6),
        xlabel="score z",
        ylabel="loss",
    )
    field.curve(zip(z, np.log1p(np.exp(-z))))
    field.curve(zip(z, np.log1p(np.exp(z))), color="amber")
    field.dots([(0, np.log(2))], color="ink")
    field.text(-4.2, 4.9, "label 1", color="sea", anchor="start")
    field.text(4.2, 4.9, "label 0", color="amber", anchor="end")
    field.text(0, 1.0, "0.69", color="ink")
    return canvas.frame("A score of 0 means p = 0.5 and costs log 2 = 0.69. A sure and wrong score costs about |z|.")


def _rounding() -> Frame:
    z = np.linspace(30, 42, 601)
    with np.errstate(divide="ignore"):
        naive = -np.log(1 - 1 / (1 + np.exp(-z)))
    last = z[np.isfinite(naive)][-1]
    canvas = Canvas(
        "The loss of label 0, computed in two ways",
        "The stable one is a straight line, the naive one a staircase that ends.",
    )
    field = axes(
        canvas,
        40,
        24,
        300,
        172,
        (30, 42),
        (30, 42),
        xticks=(30, 34, 38, 42),
        yticks=(30, 34, 38, 42),
        xlabel="score z",
        ylabel="loss",
    )
    field.curve(zip(z, np.log1p(np.exp(-z)) + z))
    field.curve(zip(z, naive), color="amber")
    field.text(40.9, 38.6, "stable", color="sea")
    field.text(33.2, 36.2, "naive", color="amber")
    field.text(39.3, 33.4, f"infinite from\nz = {last:.1f}", color="problem")
    return canvas.frame(
        f"Label 0, float64. The naive loss −log(1 − p) becomes a staircase and, above z = {last:.1f}, infinite. "
        "The stable form stays right."
    )
