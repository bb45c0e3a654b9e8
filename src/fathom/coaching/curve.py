"""The learning curves of a run: nets trained on growing parts of its train, or for growing parts of its epochs.

All are trained on the same seeds and judged on dev. A curve over epochs is not read off one training, whose rate comes
down at its end only: each point is a training of its own, with its schedule fitted to its length.
"""

from __future__ import annotations

import time
from dataclasses import asdict

import numpy as np

from fathom.coaching.case import Case, Change
from fathom.coaching.gains import figure
from fathom.coaching.probing import FEWEST_TRAIN, OVERHEAD, probe
from fathom.diagnosis import finding, ranked
from fathom.diagnosis.intervals import resample
from fathom.diagnosis.power_law import Curve, extrapolated
from fathom.errors import UserError
from fathom.records import Interval
from fathom.training.loop import Watcher

NAMES = {"data": "curve.json", "epochs": "epochs-curve.json"}
FINDINGS = {"data": "learning_curve", "epochs": "epochs_curve"}
PARTS = (0.125, 0.25, 0.5, 1.0)
SEEDS = 3


def curve_of(case: Case, watcher: Watcher, budget: float | None = None, over: str = "data") -> Curve:
    """Train on an eighth, a quarter, half and all of it, on three seeds, and fit; kept beside the run.

    Args:
        case: the run.
        watcher: is told how far it is.
        budget: seconds; with less than it takes, all are trained for a smaller share of the epochs.
        over: ``data`` or ``epochs``: what grows.

    Raises:
        UserError: it is neither of these, or the run's length is a time and not a number of epochs.
    """
    n = _whole(case, over)
    fewest = FEWEST_TRAIN if over == "data" else 1
    parts = [part for part in PARTS if part * n >= fewest]
    share = 1.0 if budget is None else min(1.0, budget / (SEEDS * sum(parts) * (OVERHEAD + case.seconds)))
    if over == "epochs" and budget is not None and share < 1:
        raise UserError(f"these trainings take {budget / share:.0f} s: give --budget {budget / share:.0f}s or more")
    began = time.monotonic()
    rows = []
    watcher.stage("curve", SEEDS * len(parts))
    for seed in range(SEEDS):
        mine = []
        for part in parts:
            told_as = "examples" if over == "data" else "epochs"
            watcher.line("curve", f"{round(part * n):,} {told_as}, seed {seed + 1}   {time.monotonic() - began:.0f} s")
            change, long = (Change(part=part), share) if over == "data" else (Change(), part)
            mine.append(probe(case, change, case.settings.seed + 2000 + seed, long, watcher).rows)
            watcher.advance()
        rows.append(mine)
    every = np.array(rows)  # (seeds, sizes, examples, statistics)
    errors = figure(case.metric, every.sum((0, 2)))  # (sizes,)
    found = extrapolated([round(part * n) for part in parts], errors, _draws(case, every))
    case.run.write_json(NAMES[over], asdict(found))
    others = [one for one in case.run.findings() if one.name != FINDINGS[over]]
    evidence = {"sizes": found.sizes, "errors": found.errors, "doubled": found.doubled, "gain": found.gain}
    with case.run.held():
        case.run.write_findings(ranked([*others, finding(FINDINGS[over], told(found, case, over), evidence)]))
    return found


def _whole(case: Case, over: str) -> int:
    """How many examples, or epochs, there are in all."""
    if over not in NAMES:
        raise UserError(f"there is no curve over {over!r}: choose data or epochs")
    if over == "data":
        return len(case.of("train"))
    if case.settings.epochs is None or case.settings.budget is not None:
        raise UserError(f"{case.run.path} was trained for a time: train with --epochs for a curve over them")
    return case.settings.epochs


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


def told(curve: Curve, case: Case, over: str = "data") -> str:
    """The upshot in a line."""
    metric = case.metric
    if curve.doubled is None or curve.gain is None:
        return f"nothing can be said of more {over}: {curve.why}"
    return (
        f"with twice the {over} about {_shown(curve.doubled, case)} on dev, "
        f"{metric.show(curve.gain.value)} less than now; the error falls as n^-{curve.exponent:.2f}"
    )


def _shown(one: Interval, case: Case) -> str:
    return f"{case.metric.show(one.value)} ({case.metric.show_range(one.low, one.high)})"
