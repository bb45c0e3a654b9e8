"""Three projects with the same dev error and three causes; and Wilson's interval over the number of examples."""

from __future__ import annotations

import itertools
from math import log10, sqrt

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

NAMES = ("human", "train", "train-dev", "dev")
PROJECTS = {
    "bias": (1.0, 8.0, 9.0, 10.0),
    "variance": (1.0, 2.0, 9.0, 10.0),
    "mismatch": (1.0, 2.0, 3.0, 10.0),
}
"""Errors in percent."""
CURES = {
    "bias": "a larger net or longer training",
    "variance": "more data or regularization",
    "mismatch": "training data that is more like dev",
}
SHARE = 0.1


def wilson(share: float, n: float, c: float = 1.96) -> tuple[float, float]:
    """The ends of the interval of a share of n examples."""
    centre = (share + c * c / (2 * n)) / (1 + c * c / n)
    half = c / (1 + c * c / n) * sqrt(share * (1 - share) / n + c * c / (4 * n * n))
    return centre - half, centre + half


def frames() -> list[Frame]:
    """The projects, then the interval."""
    told = []
    for name, errors in PROJECTS.items():
        gaps = [b - a for a, b in itertools.pairwise(errors)]
        told.append(
            _bars(name, errors).frame(
                f"Dev error 10 %. The largest step is {max(gaps):g} points, {NAMES[gaps.index(max(gaps))]} to "
                f"{NAMES[gaps.index(max(gaps)) + 1]}: {name}. Try {CURES[name]}."
            )
        )
    low, high = wilson(SHARE, 100)
    told.append(
        _interval().frame(
            f"An observed error of 10 %: with 100 examples the true error lies between {100 * low:.1f} and "
            f"{100 * high:.1f} %, with 95 %. "
            "Four times the examples halve the width."
        )
    )
    return told


def _bars(name: str, errors: tuple[float, ...]) -> Canvas:
    """A bar for each error; the largest step in amber."""
    canvas = Canvas(
        f"An error taken apart: {name}",
        "Four bars, human, train, train-dev and dev; each is higher than the one before.",
        height=240,
    )
    gaps = [b - a for a, b in itertools.pairwise(errors)]
    canvas.line(24, 200, 340, 200, color="muted")
    for i, (word, error) in enumerate(zip(NAMES, errors)):
        x, high = 34 + 80 * i, 15 * error
        canvas.box(x, 200 - high, 52, high, color="sea", strength=0.35, radius=2)
        if i:
            step = 15 * gaps[i - 1]
            most = gaps[i - 1] == max(gaps)
            canvas.box(
                x, 200 - high, 52, step, color="amber" if most else "muted", strength=0.7 if most else 0.3, radius=2
            )
            if most:
                canvas.text(
                    x - 6, 200 - high + step / 2 + 4, name, size=13, color="amber", bold=True, anchor="end", halo=True
                )
        canvas.text(x + 26, 194 - high, f"{error:g} %", size=13, bold=True)
        canvas.text(x + 26, 218, word, size=12)
    return canvas


def _interval() -> Canvas:
    """The ends of the interval over the number of examples, on a logarithmic axis."""
    canvas = Canvas("Wilson's interval", "A band around 10 % that becomes narrower from left to right.", height=240)
    field = axes(
        canvas,
        40,
        26,
        306,
        168,
        (1, 4),
        (0, 45),
        xticks=(1, 2, 3, 4),
        yticks=(0, 10, 20, 30, 40),
        xlabel="",
        ylabel="error in %",
        number="{:g}",
    )
    sizes = [10 ** (1 + 3 * i / 60) for i in range(61)]
    lows, highs = zip(*(wilson(SHARE, n) for n in sizes))
    band = [field.at(log10(n), 100 * v) for n, v in zip(sizes, highs)] + [
        field.at(log10(n), 100 * v) for n, v in zip(sizes[::-1], lows[::-1])
    ]
    canvas.area(band, color="sea", strength=0.3)
    field.curve([(1, 10), (4, 10)], color="amber", width=2)
    for n in (2,):
        low, high = wilson(SHARE, 10**n)
        field.curve([(n, 100 * low), (n, 100 * high)], color="ink", width=3)
    field.text(2.06, 20, "100 examples", size=12, bold=True, anchor="start", halo=True)
    canvas.text(193, 228, "log10 of the number of examples", size=11, color="muted")
    return canvas
