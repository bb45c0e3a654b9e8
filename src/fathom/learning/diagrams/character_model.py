"""A bigram table of the word banana: counts, smoothing, probabilities, and the bits of a text."""

from __future__ import annotations

import itertools

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

TEXT, JUDGED, LETTERS, SMOOTHING = "banana", "bana", "abn", 0.5


def counts() -> np.ndarray:
    """How often each letter follows each other, ``(letters, letters)``."""
    found = np.zeros((3, 3))
    for before, after in itertools.pairwise(TEXT):
        found[LETTERS.index(before), LETTERS.index(after)] += 1
    return found


def frames() -> list[Frame]:
    """The pairs counted one after another, smoothed, normalized, and read off."""
    told, so_far = [], np.zeros((3, 3))
    for i, (before, after) in enumerate(itertools.pairwise(TEXT)):
        at = LETTERS.index(before), LETTERS.index(after)
        so_far[at] += 1
        if i in (0, 1, 4):
            told.append(
                _table(so_far, "{:g}", TEXT, i, at, "counts").frame(
                    f"Pair {i + 1} of 5: {after} after {before}. Row {before}, column {after} is "
                    f"raised to {so_far[at]:g}."
                )
            )
    smooth = counts() + SMOOTHING
    p = smooth / smooth.sum(1, keepdims=True)
    told.append(
        _table(smooth, "{:g}", "", 0, None, "counts + 0.5").frame(
            "Smoothing: 0.5 is added to every cell, so that no pair is impossible."
        )
    )
    told.append(
        _table(p, "{:.2f}", "", 0, None, "probabilities").frame(
            f"Each row is divided by its own sum ({smooth[0].sum():g}, {smooth[1].sum():g}, "
            f"{smooth[2].sum():g}). Now it sums to 1."
        )
    )
    costs = []
    for i, (before, after) in enumerate(itertools.pairwise(JUDGED)):
        at = LETTERS.index(before), LETTERS.index(after)
        costs.append(float(-np.log2(p[at])))
        told.append(
            _table(p, "{:.2f}", JUDGED, i, at, "probabilities").frame(
                f"The text {JUDGED}: {after} after {before} has probability {p[at]:.3f} and "
                f"costs {costs[-1]:.3f} bits. "
                f"Mean so far: {np.mean(costs):.3f} bits."
            )
        )
    return told


def _table(values: np.ndarray, show: str, text: str, place: int, at: tuple[int, int] | None, name: str) -> Canvas:
    """The table, with a text above it in which a pair is marked."""
    canvas = Canvas(
        f"A bigram table: {name}", f"Three rows and columns for the letters a, b and n, with {name}.", height=240
    )
    for i, letter in enumerate(text):
        on = i in (place, place + 1)
        canvas.box(180 - 14 * len(text) + 28 * i, 6, 26, 28, letter, color="amber" if on else "muted", size=15, bold=on)
    canvas.text(208, 52, "letter after", size=12, color="muted")
    canvas.text(112, 86, "letter\nbefore", size=12, color="muted", anchor="end")
    for i, letter in enumerate(LETTERS):
        canvas.text(158 + 48 * i, 70, letter, size=15, bold=True)
        canvas.text(124, 106 + 48 * i, letter, size=15, bold=True)
    canvas.grid(
        136, 78, values, cell=46, largest=max(1.0, float(values.max())), show=show, size=14, marked=[at] if at else ()
    )
    canvas.text(206, 234, name, size=12, color="muted")
    return canvas
