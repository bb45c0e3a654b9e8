"""A confusion matrix with precision and recall; and the scores of messages with a threshold that moves."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

COUNTS = ((100, 34), (20, 846))
"""Truth in rows (spam, no spam), prediction in columns."""
EDGES = np.linspace(0, 1, 21)


def scores() -> tuple[np.ndarray, np.ndarray]:
    """Made-up scores of 134 messages of spam and of 866 others."""
    rng = np.random.default_rng(0)
    return rng.beta(5, 2.2, 134), rng.beta(1.6, 6, 866)


def at(threshold: float) -> tuple[float, float, float]:
    """Precision, recall and F1 if what is above the threshold is called spam."""
    spam, other = scores()
    tp, fp = float((spam > threshold).sum()), float((other > threshold).sum())
    precision, recall = tp / (tp + fp), tp / len(spam)
    return precision, recall, 2 * tp / (tp + fp + len(spam))


def frames() -> list[Frame]:
    """The matrix, the two figures, and three thresholds."""
    (tp, fn), (fp, _) = COUNTS
    told = [
        _matrix("").frame("The confusion matrix of 1,000 messages: the truth in rows, the prediction in columns."),
        _matrix("precision").frame(
            f"Precision looks at the column 'spam': {tp} / ({tp} + {fp}) = {tp / (tp + fp):.3f} "
            "of what was marked is spam."
        ),
        _matrix("recall").frame(
            f"Recall looks at the row 'spam': {tp} / ({tp} + {fn}) = {tp / (tp + fn):.3f} of the spam was found."
        ),
    ]
    for threshold in (0.3, 0.5, 0.7):
        precision, recall, both = at(threshold)
        told.append(
            _histogram(threshold).frame(
                f"Threshold {threshold:g}: precision {precision:.2f}, recall {recall:.2f}, F1 "
                f"{both:.2f}. A higher threshold gives "
                "fewer false alarms and more misses."
            )
        )
    return told


def _matrix(part: str) -> Canvas:
    """The four counts, with a column or a row marked."""
    canvas = Canvas("A confusion matrix", "Two rows and two columns of counts: 100, 34, 20 and 846.", height=240)
    names = (("tp", "fn"), ("fp", "tn"))
    canvas.text(218, 20, "predicted", size=12, color="muted")
    for j, word in enumerate(("spam", "no spam")):
        canvas.text(163 + 110 * j, 40, word, size=13, bold=True)
        canvas.text(100, 90 + 76 * j, word, size=13, bold=True, anchor="end")
    canvas.text(46, 128, "truth", size=12, color="muted")
    for i, row in enumerate(COUNTS):
        for j, count in enumerate(row):
            inside = (part == "precision" and j == 0) or (part == "recall" and i == 0)
            right = i == j
            color = ("good" if right else "problem") if inside or not part else "rule"
            canvas.box(
                110 + 110 * j,
                50 + 76 * i,
                106,
                72,
                f"{names[i][j]}\n{count}",
                color=color,
                strength=0.25,
                size=15,
                bold=inside,
                radius=3,
            )
    if part:
        x, y, wide, high = (107, 47, 112, 154) if part == "precision" else (107, 47, 222, 78)
        canvas.outline(x, y, wide, high)
        canvas.text(218, 226, part, size=14, color="amber", bold=True)
    return canvas


def _histogram(threshold: float) -> Canvas:
    """The scores of both classes, and the threshold."""
    canvas = Canvas(
        "Scores and a threshold", f"Two histograms of scores that overlap, and a line at {threshold:g}.", height=240
    )
    field = axes(
        canvas,
        40,
        26,
        306,
        168,
        (0, 1),
        (0, 20),
        xticks=(0, 0.25, 0.5, 0.75, 1),
        yticks=(0, 10, 20),
        xlabel="score for spam",
        ylabel="% of each class",
    )
    for values, color in zip(scores(), ("amber", "sea")):
        counts = np.histogram(values, EDGES)[0] / len(values) * 100
        field.bars(EDGES, np.minimum(counts, 20), color=color, strength=0.4)
    field.curve([(threshold, 0), (threshold, 20)], color="ink", width=2.6)
    field.text(0.2, 18.6, "no spam", size=12, color="sea", bold=True, halo=True)
    field.text(0.87, 18.6, "spam", size=12, color="amber", bold=True, halo=True)
    return canvas
