"""What more data would bring: a power law through the error over growing parts of train, or silence.

The error of nets falls with the number n of training examples as a n^-b + c over wide ranges (Hestness et al. 2017;
Rosenfeld et al. 2020), so that what twice the data would bring can be said from parts of what there is. It cannot be
said where the curve is ill-behaved, as about one in seven is (Mohr et al. 2023), or where the law does not pass through
what was measured: then nothing is said. No curve is followed beyond twice the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fathom.diagnosis.intervals import percentiles
from fathom.finding_kinds import FindingKind, Role
from fathom.records import Interval

LEARNING_CURVE = FindingKind(
    name="learning_curve",
    severity="note",
    lesson="learning-curves",
    meaning="Nets were trained on growing parts of train. The curve is a power law, fitted to their errors.",
    advice="If the expected gain is worth the work, collect more data like train. If not, work on something else.",
    role=Role.NOTHING_WRONG,
    separate=True,
)
EPOCHS_CURVE = FindingKind(
    name="epochs_curve",
    severity="note",
    lesson="learning-curves",
    meaning=(
        "Nets were trained for growing numbers of epochs, each with a schedule of that length. The curve is "
        "a power law, fitted to their errors."
    ),
    advice="If the expected gain is worth the time, train for longer. If not, work on something else.",
    role=Role.NOTHING_WRONG,
    separate=True,
)

Floats = NDArray[np.float64]
EXPONENTS = np.linspace(0.05, 1.0, 20)
MIN_SIZES = 4
"""Sizes that a curve of three numbers needs at least."""

EXTRAPOLATION_FACTOR = 2.0
"""How far beyond the data the curve is followed."""


@dataclass(frozen=True)
class Curve:
    """Error over the number of training examples.

    Attributes:
        sizes: numbers of examples, rising.
        errors: at each, with 95 %.
        doubled: the error expected with twice the largest, with 95 %; None where the curve cannot be trusted.
        gain: by how much that is below the error that was measured with all the data.
        exponent: b of a n^-b + c; None where there is none.
        why: why nothing is said, or "".
        share: of its epochs that each net had.
    """

    sizes: tuple[int, ...]
    errors: tuple[Interval, ...]
    doubled: Interval | None
    gain: Interval | None
    exponent: float | None
    why: str
    share: float = 1.0


def fitted(sizes: Sequence[int], errors: Floats) -> tuple[Floats, Floats, Floats]:
    """Fit a n^-b + c with a, c ≥ 0 to many curves at once.

    Args:
        sizes: ``(sizes,)``.
        errors: ``(draws, sizes)``.

    Returns:
        a, b and c, ``(draws,)`` each.
    """
    n = np.asarray(sizes, np.float64) / sizes[-1]
    best = np.full(len(errors), np.inf)
    a, b, c = (np.zeros(len(errors)) for _ in range(3))
    for exponent in EXPONENTS:
        x = n**-exponent  # (sizes,)
        spread = x - x.mean()
        slope = np.maximum((errors * spread).sum(1) / (spread**2).sum(), 0.0)  # (draws,)
        floor = errors.mean(1) - slope * x.mean()
        through = np.maximum((errors * x).sum(1) / (x**2).sum(), 0.0)  # where the floor would be negative, it is 0
        slope, floor = np.where(floor < 0, through, slope), np.maximum(floor, 0.0)
        loss = ((errors - slope[:, None] * x - floor[:, None]) ** 2).sum(1)
        better = loss < best
        best = np.where(better, loss, best)
        a, b, c = (np.where(better, new, old) for new, old in ((slope, a), (np.full_like(b, exponent), b), (floor, c)))
    return a, b, c


def extrapolated(sizes: Sequence[int], errors: Floats, draws: Floats) -> Curve:
    """Fit, and say what twice the data would bring, or why that cannot be said.

    Args:
        sizes: numbers of training examples, rising: ``(sizes,)``.
        errors: at each: ``(sizes,)``.
        draws: the same with other dev examples and seeds drawn: ``(draws, sizes)``.
    """
    told = tuple(percentiles(drawn, float(e)) for e, drawn in zip(errors, draws.T, strict=True))
    why = _ill_behaved(sizes, errors, draws)
    if why:
        return Curve(tuple(sizes), told, None, None, None, why)
    a, b, c = fitted(sizes, np.vstack([errors[None], draws]))
    why = _misfit(sizes, told, float(a[0]), float(b[0]), float(c[0]))
    if why:
        return Curve(tuple(sizes), told, None, None, None, why)
    ahead = a * EXTRAPOLATION_FACTOR**-b + c  # (1 + draws,)
    doubled = percentiles(ahead[1:], float(ahead[0]))
    gain = percentiles(draws[:, -1] - ahead[1:], float(errors[-1] - ahead[0]))
    return Curve(tuple(sizes), told, doubled, gain, float(b[0]), "")


def _misfit(sizes: Sequence[int], measured: Sequence[Interval], a: float, b: float, c: float) -> str:
    """Why a fitted curve is not what was measured, or ""."""
    if not EXPONENTS[0] < b < EXPONENTS[-1]:
        return f"no exponent between {EXPONENTS[0]:.2g} and {EXPONENTS[-1]:.2g} fits"
    for n, one in zip(sizes, measured, strict=True):
        if not one.low <= a * (n / sizes[-1]) ** -b + c <= one.high:
            return f"the curve through all parts misses what was measured at {n:,}"
    return ""


def _ill_behaved(sizes: Sequence[int], errors: Floats, draws: Floats) -> str:
    """Why the curve cannot be followed, or ""."""
    if len(sizes) < MIN_SIZES:
        return f"{len(sizes)} sizes are too few for a curve"
    spread = draws.std(0)
    rises = errors[1:] - errors[:-1] > 2 * np.hypot(spread[1:], spread[:-1])
    if rises.any():
        return "the error rises somewhere along it"
    if errors[0] - errors[-1] < 2 * np.hypot(spread[0], spread[-1]):
        return "the error does not clearly fall"
    a, b, c = fitted(sizes[:-1], np.vstack([errors[None, :-1], draws[:, :-1]]))
    ahead = a * (sizes[-1] / sizes[-2]) ** -b + c
    off = abs(float(ahead[0] - errors[-1]))
    if off > 3 * float(np.hypot(ahead[1:].std(), spread[-1])):
        return "the curve through the smaller parts misses the whole"
    return ""
