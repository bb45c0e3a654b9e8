"""A picture, the sign of the gradient, and their sum; and how the logit moves with the number of pixels."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

SIDE, SIZE = 6, 0.15
CELL = 16


def frames() -> list[Frame]:
    """The pictures, then the curve."""
    return [_pictures(), _curve()]


def _pictures() -> Frame:
    rng = np.random.default_rng(1)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    picture = 0.15 + 0.7 * ((rows - 2.5) ** 2 + (columns - 2.5) ** 2 < 5)
    weights = rng.normal(size=picture.shape)
    step = -SIZE * np.sign(weights)
    canvas = Canvas(
        "A picture and its adversarial twin",
        "A disc of six by six pixels, a change of the same size at every pixel, up or down, and the sum of both, which "
        "still shows the disc.",
    )
    before, after = float((weights * picture).sum()) + 2, float((weights * (picture + step)).sum()) + 2
    for i, (values, name) in enumerate(((picture, "picture"), (step, "change"), (picture + step, "sum"))):
        x = 12 + 122 * i
        canvas.text(x + 3 * CELL, 40, name, bold=True)
        canvas.grid(x, 52, values, cell=CELL, largest=1.0 if i != 1 else 0.4)
        if i < 2:
            canvas.text(x + 109, 106, "+="[i], size=16, bold=True)
    canvas.text(12 + 3 * CELL, 176, f"logit {before:+.1f}".replace("-", "−"), color="good", bold=True)
    canvas.text(134 + 3 * CELL, 176, f"± {SIZE:g} each", color="muted")
    canvas.text(256 + 3 * CELL, 176, f"logit {after:+.1f}".replace("-", "−"), color="problem", bold=True)
    canvas.text(180, 214, "blue: more light, amber: less", color="muted")
    return canvas.frame("Every pixel moves by the same small amount, against the sign of its weight. The disc stays.")


def _curve() -> Frame:
    canvas = Canvas(
        "How far the logit moves",
        "A straight line: with a change of 0.01 at each pixel and weights of size 0.1 it moves by 0.001 for each "
        "pixel, which is 10 at 10,000 pixels.",
    )
    field = axes(
        canvas, 44, 34, 290, 160, (0, 12000), (0, 12), xticks=(0, 4000, 8000, 12000), yticks=(0, 4, 8, 12),
        xlabel="pixels", ylabel="the logit moves by",
    )  # fmt: skip
    field.curve([(0, 0), (12000, 12)], color="amber")
    field.dots([(10000, 10)], color="amber", radius=4)
    field.text(9600, 10.3, "10,000 pixels: 10", anchor="end", halo=True)
    return canvas.frame("Each pixel changes by 0.01 only. With many pixels, the small changes add up to a large one.")
