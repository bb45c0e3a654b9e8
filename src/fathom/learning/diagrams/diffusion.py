"""A small picture on its way to noise, and how much of each is left at every step."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

STEPS = 1000
SHOWN = (0, 100, 250, 500, 999)
SIDE = 8


def frames() -> list[Frame]:
    """The pictures, then the two curves."""
    return [_pictures(), _curves()]


def _kept() -> np.ndarray:
    """The share of the variance that is left after each of the steps."""
    return np.cumprod(1 - np.linspace(1e-4, 0.02, STEPS))


def _pictures() -> Frame:
    rng = np.random.default_rng(3)
    picture = -np.ones((SIDE, SIDE))
    picture[1:7, 3:5] = picture[3:5, 1:7] = 1
    canvas = Canvas(
        "A picture becomes noise",
        "A cross of eight by eight pixels, with more and more noise, at steps 0, 100, 250, 500 and 999 of 1,000.",
    )
    noise = rng.normal(size=picture.shape)
    for i, step in enumerate(SHOWN):
        share = _kept()[step]
        row, column = divmod(i, 3)
        x, y = 14 + 116 * column, 28 + 116 * row
        canvas.text(x + 40, y - 8, f"t = {step}", bold=True)
        canvas.grid(x, y, np.sqrt(share) * picture + np.sqrt(1 - share) * noise, cell=10, largest=2)
    canvas.text(246, 160, "forward: add noise", anchor="start", size=11, color="amber")
    canvas.text(246, 180, "backward: a net", anchor="start", size=11, color="sea")
    canvas.text(246, 194, "predicts noise", anchor="start", size=11, color="sea")
    return canvas.frame("Each picture is one draw in closed form. At the last step nothing of the cross is left.")


def _curves() -> Frame:
    share, at = _kept(), np.arange(0, STEPS, 10)
    canvas = Canvas(
        "How much of picture and noise there is",
        "Two curves over 1,000 steps: the factor of the picture falls from 1 to 0, that of the noise rises to 1.",
    )
    field = axes(
        canvas, 44, 34, 296, 160, (0, STEPS), (0, 1.05), xticks=(0, 250, 500, 750, 1000), yticks=(0, 0.5, 1),
        xlabel="step t", ylabel="factor",
    )  # fmt: skip
    field.curve(zip(at, np.sqrt(share[at])), color="sea")
    field.curve(zip(at, np.sqrt(1 - share[at])), color="amber")
    field.text(560, 0.3, "√ᾱ: picture", color="sea", anchor="start", halo=True)
    field.text(480, 0.78, "√(1 − ᾱ): noise", color="amber", anchor="start", halo=True)
    return canvas.frame("The squares of the two factors add up to 1 at every step, so the variance stays.")
