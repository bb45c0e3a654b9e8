"""Folds that take turns in being judged; then the bar of each class and the suspect."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

P = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.1, 0.9], [0.6, 0.4]])
LABELS = np.array([0, 0, 0, 1, 1])
FOLDS = 5


def bars() -> np.ndarray:
    """The bar of each class."""
    return np.array([P[k == LABELS, k].mean() for k in range(2)])


def frames() -> list[Frame]:
    """The rounds, the probabilities, the bars."""
    told = [
        _rounds(n).frame(
            f"Round {n}: a model learns from the blue folds and judges the orange one, which it has not seen."
        )
        for n in (1, 2, FOLDS)
    ]
    low, high = bars()
    told.append(
        _judged("p").frame(
            "The probabilities that the models give to five examples, each out of fold. Left the given label."
        )
    )
    told.append(
        _judged("bars").frame(
            f"The bar of a class is the mean over the examples with its label: {low:.3f} for class "
            f"0, {high:.2f} for class 1."
        )
    )
    told.append(
        _judged("suspect").frame(
            "Example 2 reaches the bar of class 1 only, and its label is 0: suspect. Example 4 reaches no "
            "bar: the model is not sure enough."
        )
    )
    return told


def _rounds(done: int) -> Canvas:
    """The data as five folds, once for each round so far."""
    canvas = Canvas(
        "Out of fold", "Rows of five boxes; in each row another box is judged, the others are trained on.", height=240
    )
    canvas.text(200, 20, "the data in five folds", size=12, color="muted")
    for n in range(FOLDS):
        y = 32 + 38 * n
        canvas.text(
            72,
            y + 20,
            f"round {n + 1}",
            size=13,
            anchor="end",
            bold=n == done - 1,
            color="ink" if n < done else "muted",
        )
        for k in range(FOLDS):
            judged = k == n
            color = "rule" if n >= done else "amber" if judged else "sea"
            words = "" if n >= done else "judge" if judged else "train"
            canvas.box(
                84 + 53 * k,
                y,
                48,
                30,
                words,
                color=color,
                strength=0.5 if judged and n < done else 0.15,
                size=12,
                bold=judged,
                radius=3,
            )
    return canvas


def _judged(part: str) -> Canvas:
    """Both probabilities of each example as bars, with the bars of the classes."""
    canvas = Canvas(
        "Probabilities and bars",
        "Five rows, each with two horizontal bars, the probabilities of class 0 and of class 1.",
        height=250,
    )
    wide = 104.0
    for k, left in enumerate((96.0, 230.0)):
        canvas.text(left + wide / 2, 18, f"class {k}", size=13, bold=True)
    canvas.text(46, 18, "label", size=12, color="muted")
    told = bars()
    for i, (row, label) in enumerate(zip(P, LABELS)):
        y = 32 + 36 * i
        hot = part == "suspect" and i == 2
        canvas.text(46, y + 18, f"{i}: {label}", size=14, bold=True, color="problem" if hot else "ink")
        for k, left in enumerate((96.0, 230.0)):
            reaches = part == "suspect" and row[k] >= told[k]
            color = "problem" if hot and reaches else "good" if reaches else "sea"
            canvas.box(left, y, wide * row[k], 26, color=color, strength=0.5, radius=2)
            canvas.text(left + 6, y + 18, f"{row[k]:g}", size=13, bold=True, anchor="start")
    if part != "p":
        for k, left in enumerate((96.0, 230.0)):
            x = left + wide * told[k]
            canvas.line(x, 28, x, 212, color="amber", width=2.6, dash="5 3")
            canvas.text(x, 228, f"bar {told[k]:.3f}", size=12, color="amber", bold=True)
    return canvas
