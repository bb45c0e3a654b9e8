"""The learning curves of a run: nets trained on growing parts of its train, or for growing parts of its epochs.

All are trained on the same seeds and judged on dev. A curve over epochs is not read off one training, whose rate comes
down at its end only: each point is a training of its own, with its schedule fitted to its length.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import product
from typing import NotRequired, TypedDict

import numpy as np

from fathom.coaching.gains import figure, groups_among
from fathom.coaching.probe import MIN_SECONDS, MIN_TRAIN, OVERHEAD_SECONDS, encoded, probe
from fathom.coaching.run_context import Change, RunContext
from fathom.coaching.successive_halving import LONG_ENOUGH
from fathom.diagnosis.intervals import resample, sum_groups
from fathom.diagnosis.power_law import EPOCHS_CURVE, LEARNING_CURVE, Curve, extrapolated
from fathom.errors import UserError
from fathom.metrics import Metric
from fathom.progress import Watcher
from fathom.records import Interval
from fathom.runs import findings
from fathom.runs.file_schemas import checked
from fathom.spelling import choice
from fathom.validation import Finite

FILE_NAMES = {"data": "curve.json", "epochs": "epochs-curve.json"}
KINDS = {"data": LEARNING_CURVE, "epochs": EPOCHS_CURVE}
TRAIN_SHARES = (0.125, 0.25, 0.5, 1.0)
SEEDS = 3
BOOTSTRAP_DRAWS = 200
"""Of the examples of dev, for each way to draw the seeds."""


class KeptCurve(TypedDict):
    """What is read of ``curve.json``."""

    share: NotRequired[Finite]


def curve_of(context: RunContext, watcher: Watcher, budget: float | None = None, over: str = "data") -> Curve:
    """Train on an eighth, a quarter, half and all of it, on three seeds, and fit; kept beside the run.

    A curve whose nets had a larger share of their epochs stays beside the run, whatever a shorter one says.

    Args:
        context: the run.
        watcher: is told how far it is.
        budget: seconds; with less than it takes, all are trained for a smaller share of the epochs.
        over: ``data`` or ``epochs``: what grows.

    Raises:
        UserError: it is neither of these, the run's length is a time and not a number of epochs, or the budget is too
            small for anything to be said.
    """
    n = _whole(context, over)
    fewest = MIN_TRAIN if over == "data" else 1
    parts = [part for part in TRAIN_SHARES if part * n >= fewest]
    share = _share(context, parts, budget, over)
    longest = _longest(context, FILE_NAMES[over])
    if share < 1:
        watcher.summary_line(
            "note", f"for --budget each net is trained for {100 * share:.0f} % of {_length(context)} only"
        )
    every = _measured(context, parts, share, over, watcher)
    metric = context.additive_metric
    errors = figure(metric, every.sum((0, 2)))  # (sizes,)
    groups = groups_among(encoded(context, context.settings).of("dev"))  # of those that could be read, as in the rows
    found = extrapolated(
        [round(part * n) for part in parts], errors, bootstrap_errors(context.additive_metric, every, groups)
    )
    found = replace(found, share=share)
    if longest > share:
        watcher.summary_line(
            "note", f"{FILE_NAMES[over]} stays as it is: its nets had {100 * longest:.0f} % of {_length(context)}"
        )
        return found
    context.run.write_json(FILE_NAMES[over], asdict(found))
    evidence = {name: getattr(found, name) for name in ("sizes", "errors", "doubled", "gain", "share")}
    curve = KINDS[over].found(summary(found, context, over), evidence)
    with context.run.locked():
        known = findings.known(context.run, context.recipe)
        findings.write(context.run, context.run.results(context.metric.needs), context.metric, known, fresh=[curve])
    return found


def _share(context: RunContext, parts: Sequence[float], budget: float | None, over: str) -> float:
    """Of the epochs, or of the seconds, that each net is to have; what learns faster is not what ends better."""
    takes = SEEDS * sum(parts) * (OVERHEAD_SECONDS + context.seconds)
    if budget is None or budget >= takes:
        return 1.0
    if over == "epochs":
        raise UserError(f"these trainings take {takes:.0f} s: give `budget={takes:.0f}s` or more")
    asked, least = context.settings, LONG_ENOUGH
    if asked.budget is not None:
        share = min(1.0, max(MIN_SECONDS / asked.budget, budget / takes))
    else:
        epochs = asked.epochs or 1
        share = max(1, round(epochs * budget / takes)) / epochs
        least = math.ceil(LONG_ENOUGH * epochs) / epochs
    if share < least:
        raise UserError(
            f"of twice the data nothing can be said where nets have less than half of {_length(context)}: give "
            f"`budget={math.ceil(least * takes)}s` or more; {math.ceil(takes)}s is enough for all of {_length(context)}"
        )
    return share


def _length(context: RunContext) -> str:
    return "the epochs" if context.settings.budget is None else "the seconds"


def _measured(context: RunContext, parts: Sequence[float], share: float, over: str, watcher: Watcher) -> np.ndarray:
    """Train on each part, on each seed: ``(seeds, sizes, examples, statistics)``."""
    n, began = _whole(context, over), time.monotonic()
    rows = []
    watcher.begin_stage("curve", SEEDS * len(parts))
    for seed in range(SEEDS):
        mine = []
        for part in parts:
            told_as = "examples" if over == "data" else "epochs"
            watcher.summary_line(
                "curve", f"{round(part * n):,} {told_as}, seed {seed + 1}   {time.monotonic() - began:.0f} s"
            )
            change, long = (Change(part=part), share) if over == "data" else (Change(), part)
            mine.append(probe(context, change, context.settings.seed + 2000 + seed, long, watcher).rows)
            watcher.advance()
        rows.append(mine)
    return np.array(rows)


def _longest(context: RunContext, name: str) -> float:
    """The share of their epochs that the nets of the curve had that lies beside the run; 0 where there is none."""
    if not context.run.has(name):
        return 0.0
    return checked(context.run.read_json(name), KeptCurve, context.run.path / name, "it").get("share", 0.0)


def _whole(context: RunContext, over: str) -> int:
    """How many examples, or epochs, there are in all."""
    if over not in FILE_NAMES:
        raise UserError(f"there is no curve over {over!r}{choice(over, FILE_NAMES)}")
    if over == "data":
        return len(context.of("train"))
    if context.settings.epochs is None or context.settings.budget is not None:
        raise UserError(f"{context.run.path} was trained for a time: train with `epochs` for a curve over them")
    return context.settings.epochs


def bootstrap_errors(metric: Metric, every: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """Errors with other dev examples, or whole groups of them, and other seeds drawn: (draws, sizes).

    Of n seeds n - 1 are drawn, with replacement, each way as often as any other: drawing n of them would make their
    mean look steadier than it is, by a third of the variance with three.

    Args:
        metric: by which they are judged.
        every: statistics, ``(seeds, sizes, examples, statistics)``.
        groups: of each example, or None.
    """
    seeds, sizes, examples, k = every.shape
    found = []
    for i, chosen in enumerate(product(range(seeds), repeat=seeds - 1)):
        summed = every[list(chosen)].sum(0)  # (sizes, examples, statistics)
        units = sum_groups(summed.transpose(1, 0, 2).reshape(examples, sizes * k), groups)
        sums = resample(units, BOOTSTRAP_DRAWS, seed=i).reshape(-1, sizes, k)  # (draws, sizes, statistics)
        found.append(figure(metric, sums))
    return np.concatenate(found)


def summary(curve: Curve, context: RunContext, over: str = "data") -> str:
    """The upshot in a line."""
    short = f"with {100 * curve.share:.0f} % of {_length(context)}: " if curve.share < 1 else ""
    if curve.doubled is None or curve.gain is None:
        return f"{short}nothing can be said of more {over}: {curve.why}"
    falls = context.metric.lack if context.metric.higher_is_better else "error"
    return (
        f"{short}with twice the {over} about {_shown(curve.doubled, context)} on dev, "
        f"{_fall(curve, curve.gain, context)}; the {falls} falls as n^-{curve.exponent:.2f}"
    )


def _fall(curve: Curve, gain: Interval, context: RunContext) -> str:
    """``3.1 points less than now (1.2 to 5.0)``; nets with fewer epochs than the run are not what is there now."""
    metric = context.metric
    now = "now" if curve.share == 1 else f"the {metric.show(curve.errors[-1].value)} without"
    bounds = metric.show_size_range(gain.low, gain.high, to=True)
    word = "more" if metric.higher_is_better else "less"
    if gain.value > 0:
        return f"{metric.show_size(gain.value)} {word} than {now} ({bounds})"
    return f"no {word} than {now} ({bounds}{' points' if metric.percent else ''})"


def _shown(one: Interval, context: RunContext) -> str:
    return context.metric.show_with_range(one.value, one.low, one.high)
