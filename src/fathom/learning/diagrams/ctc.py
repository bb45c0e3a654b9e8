"""The lattice of CTC for the text 'ab' in three frames: probabilities column by column, and the paths."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

P = np.array([[0.2, 0.7, 0.1], [0.3, 0.3, 0.4], [0.1, 0.1, 0.8]])
"""Of blank, a and b in each frame."""
PLACES = (0, 1, 0, 2, 0)
LETTERS = "–ab"


def allowed(before: int, after: int) -> bool:
    """Whether a path may go from one place to another between two frames."""
    skips = after - before == 2 and PLACES[after] != 0 and PLACES[after] != PLACES[before]
    return after - before in (0, 1) or skips


def forward() -> np.ndarray:
    """The probability of all beginnings that are at a place after a frame, ``(frames, places)``."""
    a = np.zeros((len(P), len(PLACES)))
    a[0, :2] = P[0, [0, 1]]
    for t in range(1, len(P)):
        for j, symbol in enumerate(PLACES):
            a[t, j] = P[t, symbol] * sum(a[t - 1, i] for i in range(len(PLACES)) if allowed(i, j))
    return a


def paths() -> list[tuple[tuple[int, ...], float]]:
    """The places of each path that gives the text, and its probability."""
    return [
        (path, float(np.prod([P[t, PLACES[j]] for t, j in enumerate(path)])))
        for path in product(range(len(PLACES)), repeat=len(P))
        if path[0] < 2 and path[-1] > 2 and all(allowed(i, j) for i, j in pairwise(path))
    ]


def frames() -> list[Frame]:
    """The lattice, the three columns, then the paths."""
    a = forward()
    told = [_drawn(0, None).frame("The text with blanks, downward, and three frames. Lines show where a path may go.")]
    told.append(_drawn(1, None).frame("Frame 1: a path begins at the first blank (0.2) or at the a (0.7)."))
    told.append(
        _drawn(2, None).frame(
            f"Frame 2: each place adds up what may come from the frame before, times its own probability. The b: "
            f"{a[0, 1]:g} · {P[1, 2]:g} = {a[1, 3]:.2f}, by skipping the blank."
        )
    )
    told.append(
        _drawn(3, None).frame(
            f"Frame 3: the last two places count. {a[2, 3]:.3f} + {a[2, 4]:.3f} = {a[2, 3] + a[2, 4]:.3f} "
            "is the probability of the text."
        )
    )
    total = 0.0
    for path, probability in paths():
        total += probability
        word = " ".join(LETTERS[PLACES[j]] for j in path)
        told.append(
            _drawn(3, path).frame(
                f"One of the five paths: {word}, probability {probability:.3f}. Sum so far: {total:.3f}."
            )
        )
    return told


def _drawn(columns: int, path: tuple[int, ...] | None) -> Canvas:
    """The lattice with the numbers of the first columns, perhaps with a path."""
    canvas = Canvas(
        "The lattice of CTC",
        "Five rows for the text with blanks, three columns for the frames, joined by lines.",
        height=262,
    )
    at = {(t, j): (110.0 + 95 * t, 50.0 + 44 * j) for t in range(3) for j in range(5)}
    for t, i, j in product(range(2), range(5), range(5)):
        if allowed(i, j) and (t > 0 or i < 2):
            on = path is not None and path[t : t + 2] == (i, j)
            canvas.line(*at[t, i], *at[t + 1, j], color="amber" if on else "rule", width=4 if on else 1.4)
    a = forward()
    for (t, j), (x, y) in at.items():
        on = path is not None and path[t] == j
        live = t < columns and a[t, j] > 0
        canvas.add("circle", cx=x, cy=y, r=19.0, fill="var(--card)")
        canvas.circle(
            x,
            y,
            19,
            f"{a[t, j]:.3f}".rstrip("0") if live else "",
            color="amber" if on else "sea" if live else "muted",
            strength=0.3 if on else 0.12,
            size=12,
            bold=on,
        )
    for j, symbol in enumerate(PLACES):
        canvas.text(52, 55 + 44 * j, LETTERS[symbol], size=17, bold=symbol > 0)
    for t in range(3):
        canvas.text(110 + 95 * t, 20, f"frame {t + 1}", size=12, color="muted")
    return canvas
