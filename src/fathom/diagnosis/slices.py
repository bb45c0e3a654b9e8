"""Are there some of the examples, with something in common, on which the net is clearly worse?

Every class, source and group, every word of a category, the low and the high end of every number and every cluster is
tried. Each is compared with all the others by a two-sample t statistic, and the largest of these with the largest that
arises when the mistakes are dealt to the examples at random (Westfall and Young 1993): so that a hundred questions
cost no more false alarms than one, however much the slices overlap. Where examples belong together in groups, whole
groups' mistakes are what is dealt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fathom.diagnosis.example_metadata import COLUMN_PREFIX, columns_of
from fathom.diagnosis.intervals import gap, interval
from fathom.finding_kinds import FindingKind
from fathom.metrics import Metric
from fathom.number_format import significant
from fathom.records import Finding, Interval

SLICE_IS_WORSE = FindingKind(
    name="slice_is_worse",
    severity="warning",
    lesson="error-analysis",
    meaning=(
        "The net makes more mistakes on these examples than chance explains, even after the number of slices "
        "is taken into account."
    ),
    advice=(
        "Look at these examples: are the labels right, and are there enough of them? More data of this kind "
        "helps most if the slice is both large and bad."
    ),
    rank=1,
)

Mask = NDArray[np.bool_]

PERMUTATIONS = 500
FAMILYWISE_LEVEL = 0.05
"""Probability that anything is told where nothing is worse."""
MIN_SLICE_EXAMPLES = 15
"""Examples that a slice must have."""
TAIL_SHARES = (0.05, 0.07, 0.1, 0.14, 0.2, 0.28)
"""Shares of the examples at either end of a number that are tried."""
MAX_SLICE_SHARE = 0.5
"""What is more than half is not a slice."""
MIN_GAP = 0.03
"""Points of a rate by which a slice must be worse to be told."""
MAX_SLICES = 5
"""Slices told at most."""
MAX_OVERLAP = 0.4
"""Two slices whose overlap is a larger share of their union are told once."""


@dataclass(frozen=True)
class Worse:
    """A slice that is clearly worse than the rest.

    Attributes:
        name: what its examples have in common.
        ids: which they are.
        figure: the metric on it.
        rest: the metric on all others that are in no slice told before.
        gap: how much worse it is.
        p: probability that chance makes any slice stand out as much.
    """

    name: str
    ids: tuple[str, ...]
    figure: Interval
    rest: Interval
    gap: Interval
    p: float


def worse_slices(frame: pl.DataFrame, metric: Metric, seed: int = 0) -> list[Worse]:
    """The slices of these examples that are clearly worse than the others, the surest first.

    Args:
        frame: results of one split, with ``look_…`` columns.
        metric: whose figure is compared.
        seed: of the deals.
    """
    bad = badness(frame, metric)
    if frame.height < 2 * MIN_SLICE_EXAMPLES or bad.std() == 0:
        return []
    slices = [
        (name, mask)
        for name, mask in candidates(frame)
        if MIN_SLICE_EXAMPLES <= mask.sum() <= MAX_SLICE_SHARE * len(mask)
    ]
    if not slices:
        return []
    masks = np.stack([mask for _, mask in slices]).astype(np.float64)  # (slices, examples)
    told = _t(masks, bad)
    rng = np.random.default_rng(seed)
    dealt = np.array([_t(masks, deal).max() for deal in _deals(frame, bad, rng)])
    found: list[Worse] = []
    taken: list[Mask] = []
    for i in np.argsort(-told, kind="stable"):
        p = (1 + float((dealt >= told[i]).sum())) / (1 + PERMUTATIONS)
        if p > FAMILYWISE_LEVEL or len(found) == MAX_SLICES:
            break
        mask = slices[i][1]
        if any((mask & other).sum() > MAX_OVERLAP * (mask | other).sum() for other in taken):
            continue
        if one := _judged(frame, metric, slices[i][0], mask, p, bad, taken):
            found.append(one)
            taken.append(mask)
    return found


def check(frame: pl.DataFrame, metric: Metric) -> list[Finding]:
    """Name the slices of dev that are clearly worse; silent where none is."""
    dev = frame.filter(pl.col("split") == "dev")
    if dev.is_empty() or metric.pooled:
        return []
    found: list[Finding] = []
    for one in worse_slices(dev, metric):
        unit = " points" if metric.percent else ""
        worse = f"{metric.show_size_range(one.gap.low, one.gap.high, to=True)}{unit} worse"
        others = "the others" if not found else "those in no slice told above"
        title = (
            f"{one.name}: {metric.label} {metric.show(one.figure.value)} on {len(one.ids):,} dev examples against "
            f"{metric.show(one.rest.value)} on {others} ({worse})"
        )
        evidence = {
            "slice": one.name,
            "figure": one.figure,
            "rest": one.rest,
            "gap": one.gap,
            "p": one.p,
            "examples": list(one.ids),
        }
        found.append(SLICE_IS_WORSE.found(title, evidence))
    return found


def badness(frame: pl.DataFrame, metric: Metric) -> NDArray[np.float64]:
    """How badly each example went: its own figure where it has one, else its loss."""
    if metric.needs and not metric.pooled:
        sums = {name: frame[f"stat_{name}"].cast(pl.Float64).to_numpy() for name in metric.needs}
        with np.errstate(all="ignore"):
            each = np.asarray(metric.of(sums), dtype=np.float64)
        if np.isfinite(each).all():
            return each
    weight = np.maximum(frame["weight"].cast(pl.Float64).to_numpy(), 1e-9)
    loss = frame["loss"].cast(pl.Float64).fill_null(0.0).to_numpy() / weight
    return np.where(np.isfinite(loss), loss, 0.0)


def candidates(frame: pl.DataFrame) -> Iterator[tuple[str, Mask]]:
    """Name and members of each slice that is tried."""
    for column, told in (("target", "class"), ("source", "source"), ("group", "group")):
        if column in frame.columns and not frame[column].dtype.is_float():
            yield from _levels(frame[column], told)
    for column in columns_of(frame):
        name, series = column.removeprefix(COLUMN_PREFIX), frame[column]
        if series.dtype.is_numeric():
            yield from _ends(series.cast(pl.Float64).fill_null(float("nan")).to_numpy(), name)
        else:
            yield from _levels(series, name)


def _levels(series: pl.Series, told: str) -> Iterator[tuple[str, Mask]]:
    words = series.cast(pl.String).fill_null("")
    if words.n_unique() > max(2, len(words) // MIN_SLICE_EXAMPLES):
        return
    for level in sorted(set(words.to_list()) - {""}):
        yield f"{told} {level}", (words == level).to_numpy()


def _ends(values: NDArray[np.float64], name: str) -> Iterator[tuple[str, Mask]]:
    known = values[~np.isnan(values)]
    levels = np.unique(known)
    if len(levels) <= 2:
        for level in levels:
            yield f"{name} = {level:g}", values == level
        return
    for share in TAIL_SHARES:
        low, high = np.quantile(known, [share, 1 - share])
        yield f"{name} up to {significant(low)}", values <= low
        yield f"{name} from {significant(high)}", values >= high


def _t(masks: NDArray[np.float64], bad: NDArray[np.float64]) -> NDArray[np.float64]:
    """Welch's t of each slice against the others, with the variances drawn towards the whole: ``(slices,)``."""
    n = masks.sum(1)
    total, square = bad.sum(), (bad * bad).sum()
    inside, inside2 = masks @ bad, masks @ (bad * bad)
    a, b = inside / n, (total - inside) / (len(bad) - n)
    whole = bad.var()
    var_a = (inside2 - n * a * a + 5 * whole) / (n + 5)  # a slice without any mistake is not without any doubt
    var_b = ((square - inside2) - (len(bad) - n) * b * b + 5 * whole) / (len(bad) - n + 5)
    return (a - b) / np.sqrt(np.maximum(var_a / n + var_b / (len(bad) - n), 1e-12))


def _deals(frame: pl.DataFrame, bad: NDArray[np.float64], rng: np.random.Generator) -> Iterator[NDArray[np.float64]]:
    """The mistakes dealt at random; among large groups each group's own rate goes along as a whole."""
    groups = frame["group"].to_numpy() if "group" in frame.columns and frame["group"].null_count() == 0 else None
    if groups is None or len(np.unique(groups)) < 8 or len(np.unique(groups)) > frame.height / 2:
        for _ in range(PERMUTATIONS):
            yield rng.permutation(bad)
        return
    names, index = np.unique(groups, return_inverse=True)
    mean = np.bincount(index, weights=bad) / np.bincount(index)
    rest = bad - mean[index]
    for _ in range(PERMUTATIONS):
        yield mean[rng.permutation(len(names))][index] + rng.permutation(rest)


def _judged(
    frame: pl.DataFrame, metric: Metric, name: str, mask: Mask, p: float, bad: NDArray[np.float64], taken: list[Mask]
) -> Worse | None:
    """The slice, where it is worse by enough, also without the examples of those that were told before."""
    before = np.any(taken, axis=0) if taken else np.zeros(len(mask), bool)
    fresh, others = mask & ~before, ~mask & ~before
    if taken and (
        fresh.sum() < MIN_SLICE_EXAMPLES or _t(fresh[None].astype(np.float64)[:, ~before], bad[~before])[0] < 3
    ):
        return None
    inside, outside = frame.filter(pl.Series(mask)), frame.filter(pl.Series(others if taken else ~mask))
    rise, _ = gap(outside, inside, metric, draws=2_000)
    if rise.low <= 0 or (metric.percent and rise.value < MIN_GAP):
        return None
    ids = tuple(str(i) for i in inside["id"].to_list())
    return Worse(name, ids, interval(inside, metric), interval(outside, metric), rise, p)
