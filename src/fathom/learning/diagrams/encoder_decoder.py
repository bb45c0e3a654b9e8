"""A date is written anew: where each written character looks."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

SOURCE, TARGET = "3 may 2009", "2009-05-03"
LOOKS = (6, 7, 8, 9, 9, 2, 3, 1, 0, 0)
"""Where in the source each character of the target has its largest weight: made for the picture, not measured."""
CELL, LEFT, TOP = 18, 88, 44


def frames() -> list[Frame]:
    """All steps, then three of them."""
    steps = ((0, "The year comes last in the source and first in the target: step 1 looks at the 2."),
             (6, "Step 7 writes the 5 of the month: it looks at the letters of may."),
             (9, "Step 10 writes the day, which stands at the beginning of the source."))  # fmt: skip
    whole = "Each row is a step of the decoder; dark squares show where it looks (a sketch, not measured)."
    return [_drawn(None).frame(whole), *(_drawn(step).frame(told) for step, told in steps)]


def _weights() -> np.ndarray:
    """A softmax around the place of each step, ``(steps, source)``."""
    places = np.arange(len(SOURCE))
    scores = -np.abs(places[None] - np.array(LOOKS)[:, None]) * 1.3
    e = np.exp(scores)
    return e / e.sum(1, keepdims=True)


def _drawn(step: int | None) -> Canvas:
    """The table until a step; its row stands out."""
    weights = _weights()
    upto = len(TARGET) if step is None else step + 1
    canvas = Canvas(
        "Where the decoder looks",
        f"A table with the {len(SOURCE)} characters of the source as columns and {upto} written characters as rows.",
    )
    canvas.text(LEFT + len(SOURCE) * CELL / 2, 18, "source", size=11, color="muted")
    canvas.text(LEFT - 44, 38, "written", size=11, color="muted")
    for j, letter in enumerate(SOURCE.replace(" ", "·")):
        canvas.text(LEFT + j * CELL + CELL / 2, 38, letter, bold=True)
    shown = np.where(np.arange(len(TARGET))[:, None] < upto, weights, 0)
    marked = () if step is None else [(step, j) for j in range(len(SOURCE))]
    canvas.grid(LEFT, TOP, shown, cell=CELL, largest=0.8, marked=marked)
    for i, letter in enumerate(TARGET[:upto]):
        canvas.text(LEFT - 12, TOP + i * CELL + 14, letter, bold=True, color="amber" if i == step else "ink")
        if step is not None and i == step:
            fed = TARGET[i - 1] if i else "begin"
            canvas.text(LEFT - 24, TOP + i * CELL + 14, f"{fed} →", size=11, color="violet", anchor="end")
    if step is not None:
        canvas.text(278, 100, "fed: the\nright one\nbefore", size=11, color="violet", anchor="start")
    return canvas
