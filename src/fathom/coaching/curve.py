"""The learning curve of a run: nets trained on growing parts of its train, on the same seeds, judged on its dev."""

from __future__ import annotations

import time
from dataclasses import asdict

import numpy as np

from fathom.coaching.case import Case, Change
from fathom.coaching.gains import figure
from fathom.coaching.probing import FEWEST_TRAIN, probe
from fathom.diagnosis import finding, ranked
from fathom.diagnosis.intervals import resample
from fathom.diagnosis.power_law import Curve, extrapolated
from fathom.records import Interval
from fathom.training.loop import Watcher

NAME, FINDING = "curve.json", "learning_curve"
PARTS = (0.125, 0.25, 0.5, 1.0)
SEEDS = 3


def curve_of(case: Case, watcher: Watcher, budget: float | None = None) -> Curve:
    """Train on an eighth, a quarter, half and all of train, on three seeds, and fit; kept beside the run.

    Args:
        case: the run.
        watcher: is told how far it is.
        budget: seconds; with less than it takes, all are trained for a smaller share of the epochs.
    """
    n = len(case.of("train"))
    parts = [part for part in PARTS if part * n >= FEWEST_TRAIN]
    share = 1.0 if budget is None else min(1.0, budget / (SEEDS * sum(parts) * max(0.3, case.seconds)))
    began = time.monotonic()
    rows = []
    watcher.stage("curve", SEEDS * len(parts))
    for seed in range(SEEDS):
        mine = []
        for part in parts:
            watcher.line("curve", f"{round(part * n):,} examples, seed {seed + 1}   {time.monotonic() - began:.0f} s")
            mine.append(probe(case, Change(part=part), case.settings.seed + 2000 + seed, share, watcher).rows)
            watcher.advance()
        rows.append(mine)
    every = np.array(rows)  # (seeds, sizes, examples, statistics)
    errors = figure(case.metric, every.sum((0, 2)))  # (sizes,)
    found = extrapolated([round(part * n) for part in parts], errors, _draws(case, every))
    case.run.write_json(NAME, asdict(found))
    others = [one for one in case.run.findings() if one.name != FINDING]
    evidence = {"sizes": found.sizes, "errors": found.errors, "doubled": found.doubled, "gain": found.gain}
    with case.run.held():
        case.run.write_findings(ranked([*others, finding(FINDING, told(found, case), evidence)]))
    return found


def _draws(case: Case, every: np.ndarray) -> np.ndarray:
    """Errors with other dev examples and other seeds drawn: (draws, sizes)."""
    seeds, sizes, examples, k = every.shape
    rng = np.random.default_rng(0)
    drawn = []
    for i in range(20):
        chosen = every[rng.integers(0, seeds, seeds)].sum(0)  # (sizes, examples, statistics)
        units = chosen.transpose(1, 0, 2).reshape(examples, sizes * k)
        sums = resample(units, 100, seed=i).reshape(-1, sizes, k)  # (draws, sizes, statistics)
        drawn.append(figure(case.metric, sums))
    return np.concatenate(drawn)


def told(curve: Curve, case: Case) -> str:
    """The upshot in a line."""
    metric = case.metric
    if curve.doubled is None or curve.gain is None:
        return f"nothing can be said of more data: {curve.why}"
    return (
        f"with twice the data about {_shown(curve.doubled, case)} on dev, "
        f"{metric.show(curve.gain.value)} less than now; the error falls as n^-{curve.exponent:.2f}"
    )


def _shown(one: Interval, case: Case) -> str:
    return f"{case.metric.show(one.value)} ({case.metric.show_range(one.low, one.high)})"
