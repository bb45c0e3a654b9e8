"""Where train-dev comes from, and two projects that only it can tell apart."""

from __future__ import annotations

from math import sqrt

from fathom.learning.diagrams.svg import Canvas, Frame

SETS = ("train", "train-dev", "dev")
COLORS = ("sea", "violet", "amber")
PROJECTS = {"variance": (1.0, 9.0, 10.0), "mismatch": (1.0, 2.0, 10.0)}
MEASURED = ((30, 3000), (24, 400), (45, 500))
"""Wrong and examples of the worked numbers."""


def errors() -> list[tuple[float, float]]:
    """The share of wrong answers of each set, and its standard error."""
    return [(wrong / n, sqrt(wrong / n * (1 - wrong / n) / n)) for wrong, n in MEASURED]


def frames() -> list[Frame]:
    """The sets, two projects, and figures with their uncertainty."""
    (a, sa), (b, sb), _ = errors()
    told = [
        _sources().frame(
            "Training data and dev come from different sources. Train-dev is a random part of the "
            "training data that is not trained on."
        )
    ]
    for name, shares in PROJECTS.items():
        step = "train to train-dev" if name == "variance" else "train-dev to dev"
        told.append(
            _bars(shares, name).frame(
                f"Train 1 %, dev 10 %. Train-dev has {shares[1]:g} %: the large step is {step}, so it is {name}."
            )
        )
    told.append(
        _uncertain().frame(
            f"Figures with two standard errors to each side. The step to train-dev is {100 * (b - a):g} points, "
            f"{(b - a) / sqrt(sa**2 + sb**2):.1f} standard errors: variance can be named."
        )
    )
    return told


def _sources() -> Canvas:
    """Two sources, three sets."""
    canvas = Canvas(
        "Where the sets come from",
        "Two boxes of data; the first is divided into train and train-dev, the second is dev and test.",
        height=230,
    )
    canvas.text(116, 22, "training data: five speakers", size=12, color="muted")
    canvas.text(290, 22, "dev: george", size=12, color="muted")
    canvas.box(10, 34, 210, 60, "2,500 recordings", color="sea", size=13)
    canvas.box(238, 34, 108, 60, "500\nrecordings", color="amber", size=13)
    canvas.arrow(78, 96, 78, 132, color="sea", width=2)
    canvas.arrow(188, 96, 188, 132, color="violet", width=2)
    canvas.arrow(292, 96, 292, 132, color="amber", width=2)
    canvas.box(10, 136, 138, 48, "train\n2,000", color="sea", size=13, bold=True)
    canvas.box(154, 136, 70, 48, "train-dev\n500", color="violet", size=12, bold=True)
    canvas.box(238, 136, 108, 48, "dev\n500", color="amber", size=13, bold=True)
    canvas.text(78, 206, "the model learns", size=12, color="muted")
    canvas.text(188, 206, "same kind", size=12, color="muted")
    canvas.text(292, 206, "another kind", size=12, color="muted")
    return canvas


def _bars(shares: tuple[float, ...], name: str) -> Canvas:
    """Three errors of a project."""
    canvas = Canvas(f"A project with {name}", "Three bars, the errors of train, train-dev and dev.", height=240)
    canvas.line(24, 200, 340, 200, color="muted")
    for i, (word, share) in enumerate(zip(SETS, shares)):
        x = 44 + 104 * i
        canvas.box(x, 200 - 15 * share, 62, 15 * share, color=COLORS[i], strength=0.5, radius=2)
        canvas.text(x + 31, 193 - 15 * share, f"{share:g} %", size=14, bold=True)
        canvas.text(x + 31, 220, word, size=13)
    gaps = [shares[1] - shares[0], shares[2] - shares[1]]
    i = gaps.index(max(gaps))
    x, low, high = 44 + 104 * i + 80, 200 - 15 * shares[i], 200 - 15 * shares[i + 1]
    canvas.arrow(x, low, x, high + 2, color="ink", width=2)
    canvas.text(x - 8, high + 16, name, size=13, bold=True, anchor="end", halo=True)
    return canvas


def _uncertain() -> Canvas:
    """Three figures with their uncertainty."""
    canvas = Canvas(
        "Errors with their uncertainty",
        "Three points with vertical lines; the lines of train and train-dev do not overlap.",
        height=240,
    )
    for percent in (0, 3, 6, 9, 12):
        y = 200 - 14.0 * percent
        canvas.line(44, y, 344, y, color="rule", width=1)
        canvas.text(38, y + 4, f"{percent} %", size=12, color="muted", anchor="end")
    for i, ((share, error), (_, n)) in enumerate(zip(errors(), MEASURED)):
        x = 92 + 100 * i
        canvas.line(x, 200 - 1400 * (share - 2 * error), x, 200 - 1400 * (share + 2 * error), color=COLORS[i], width=5)
        canvas.circle(x, 200 - 1400 * share, 6, color=COLORS[i], strength=1)
        canvas.text(x + 12, 204 - 1400 * share, f"{100 * share:g} %", size=13, bold=True, anchor="start", halo=True)
        canvas.text(x, 218, f"{SETS[i]}", size=12)
        canvas.text(x, 233, f"{n:,} examples", size=11, color="muted")
    return canvas
