"""Short trainings that measure remedies: paired with an unchanged one on the same seeds, the hopeless dropped.

All are trained from the same splits and judged on dev alone; test is never looked at. Each seed is trained once
without a change and once with each remedy, so that what the seed does is in both and cancels.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from fathom import tasks
from fathom.coaching.case import Case, Change
from fathom.data.dealing import rank_of
from fathom.errors import FathomError, UserError
from fathom.records import Examples, Settings, Source, Splits
from fathom.runs import prepare
from fathom.runs.load import build_net
from fathom.runs.operating import beyond
from fathom.runs.outcomes import fit_apart, outcome_of, statistics_of
from fathom.runs.prepare import Prepared
from fathom.training.loop import Watcher

Rows = NDArray[np.float64]
FEWEST_TRAIN = 20
OVERHEAD = 0.7
"""Seconds of a probe besides its training."""

FOR_THE_FIRST = 0.5
"""Share of the budget that is kept for judging the first few on more seeds."""

MOST_JUDGED = 3
"""Candidates that are judged on more seeds; the cost of one that is dear may not keep the others from it."""


@dataclass(frozen=True)
class Probed:
    """One short training: the statistics of each dev example, ``(examples, statistics)``, and its seconds."""

    rows: Rows
    seconds: float


def data_of(case: Case, change: Change) -> tuple[Source, Examples, Splits]:
    """The examples and splits under a change: fewer of train, without some, or with copies."""
    source, splits = case.source, case.splits
    if change.source:
        source = replace(source, **change.source)
    dropped = set(change.drop)
    if change.part < 1:
        train = [e for e in case.of("train") if e.id not in dropped]
        ranked = sorted(train, key=lambda e: rank_of([e], "probe"))
        dropped |= {e.id for e in ranked[max(FEWEST_TRAIN, round(change.part * len(train))) :]}
    if dropped:
        splits = replace(splits, of={name: split for name, split in splits.of.items() if name not in dropped})
    examples, splits = prepare.with_copies(source, case.examples, splits, case.settings.seed, Watcher())
    return source, examples, splits


def encoded(case: Case, settings: Settings, change: Change | None = None) -> Prepared:
    """The data under these settings, encoded; the store is shared by all trainings of the same encoder."""
    _, examples, splits = data_of(case, change or Change())
    task = tasks.by_name(case.task.name)(settings)
    train = tuple(examples.of(splits.ids("train")))
    prepare.resolve(task, train)
    task.fit(train)
    used = replace(splits, of={name: split for name, split in splits.of.items() if split in ("train", "dev")})
    return prepare.encode(task, examples, used, Watcher())


def probe(case: Case, change: Change, seed: int, share: float, watcher: Watcher, limit: float | None = None) -> Probed:
    """Train once, for a share of the epochs, and judge dev; another net, whose pace is unknown, for a time.

    Args:
        case: the run.
        change: to be measured.
        seed: of the training.
        share: of the epochs.
        watcher: is asked whether to stop.
        limit: seconds for a net that is not the run's own.

    Raises:
        FathomError: it cannot be trained so, or the loss became infinite before any weights were worth keeping.
    """
    began = time.monotonic()
    settings = case.changed(change, seed)
    if change.fresh and limit is not None:
        settings = replace(settings, budget=max(2.0, limit))
    prepared = encoded(case, settings, change)
    task = prepared.task
    if share < 1 and task.settings.epochs is not None:
        task.settings = replace(task.settings, epochs=max(1, round(share * task.settings.epochs)))
    net = build_net(task, None if change.settings.get("net") else case.module)
    broken = beyond(task, net, prepared.of("dev")) if change.settings else ""
    if broken:
        raise UserError(f"it would not meet what is required, {broken}")
    fit_apart(net, task, prepared, Quiet(watcher))
    outcome = outcome_of(net, task, prepared, "dev", Watcher())
    return Probed(statistics_of(task, prepared.of("dev"), outcome), time.monotonic() - began)


def reached(case: Case) -> Rows | None:
    """What the run itself made of dev, in the order of the probes: ``(examples, statistics)``; None if it is gone."""
    frame = case.run.results(case.metric.needs).filter(pl.col("split") == "dev")
    kept = dict(zip(frame["id"], frame.select([f"stat_{name}" for name in case.metric.needs]).rows(), strict=True))
    ids = [e.id for e in encoded(case, case.settings).of("dev")]
    return np.array([kept[name] for name in ids], np.float64) if set(ids) <= set(kept) else None


class Quiet(Watcher):
    """Passes on the wish to stop, and nothing else."""

    def __init__(self, inner: Watcher) -> None:
        self.interrupted = inner.interrupted  # type: ignore[method-assign]


@dataclass(frozen=True)
class Candidate:
    """A remedy with its change, and its probes so far, by seed."""

    name: str
    change: Change
    probes: dict[int, Probed]
    cost: float = 1.0
    """How long it trains, against the unchanged training."""


Judge = Callable[[Rows], float]


def measure(
    case: Case, changes: Sequence[tuple[str, Change]], budget: float, judge: Judge, watcher: Watcher
) -> tuple[Candidate, list[Candidate], float]:
    """Train in rounds within a budget: all on one seed, the best few on two more, and on two again.

    Args:
        case: the run.
        changes: name and change of each candidate.
        budget: seconds for all.
        judge: the figure of statistics ``(examples, statistics)``; smaller is better.
        watcher: is told how far it is.

    Returns:
        The unchanged trainings, the candidates that were tried, the best last-judged first, and the share of the
        epochs that each was trained for.
    """
    began = time.monotonic()
    control = Candidate("unchanged", Change(), {})
    candidates = [Candidate(name, change, {}, _cost(case, change)) for name, change in changes]
    units = 1 + sum(c.cost for c in candidates) + 4 * (1 + 3 * 1.3)
    limit = budget / units
    share = min(1.0, max(limit - OVERHEAD, 0.2 * limit) / max(0.3, case.seconds))
    if case.settings.epochs:  # whole ones are trained
        share = min(1.0, max(1, round(share * case.settings.epochs)) / case.settings.epochs)
    watcher.stage("probe", 0)
    alive, first = candidates, case.settings.seed + 1000
    rounds = ((first,), (first + 1, first + 2), (first + 3, first + 4))
    for number, seeds in enumerate(rounds):
        if number:
            alive = _affordable(_ranked(alive, control, judge), control, len(seeds), _left(began, budget))
            if not alive:
                break
        for seed in seeds:
            for candidate in [control, *alive]:
                if number == 0 and candidate is not control and _left(began, budget) < FOR_THE_FIRST * budget:
                    alive = [c for c in alive if c.probes]  # those that fit best stand first
                    break
                watcher.line("probe", f"{candidate.name}, seed {seed - first + 1}")
                try:
                    candidate.probes[seed] = probe(case, candidate.change, seed, share, watcher, limit)
                except FathomError as error:
                    if candidate is control:
                        raise
                    watcher.line("", f"{candidate.name} cannot be trained: {error}")
                    alive = [c for c in alive if c is not candidate]
    return control, _ranked(candidates, control, judge), share


def _affordable(ranked: Sequence[Candidate], control: Candidate, seeds: int, left: float) -> list[Candidate]:
    """The best few that there is time for on so many seeds, each beside an unchanged training."""
    chosen: list[Candidate] = []
    left -= seeds * _seconds(control)
    for candidate in ranked:
        if len(chosen) < MOST_JUDGED and seeds * _seconds(candidate) <= left:
            chosen.append(candidate)
            left -= seeds * _seconds(candidate)
    return chosen


def _ranked(candidates: Sequence[Candidate], control: Candidate, judge: Judge) -> list[Candidate]:
    """Those that were tried, the largest mean gain first; more seeds count before fewer."""
    tried = [c for c in candidates if c.probes]

    def key(c: Candidate) -> tuple[int, float]:
        gains = [judge(control.probes[s].rows) - judge(p.rows) for s, p in c.probes.items()]
        sign = -1.0 if c.change.part < 1 else 1.0  # with less data, what is lost is what more would bring
        return -len(c.probes), -sign * float(np.mean(gains))

    return sorted(tried, key=key)


def _cost(case: Case, change: Change) -> float:
    usual = case.settings.epochs or 1
    return max(0.3, (change.settings.get("epochs") or usual) / usual * change.part)


def _left(began: float, budget: float) -> float:
    return budget - (time.monotonic() - began)


def _seconds(candidate: Candidate) -> float:
    """What its next training takes, as far as is known."""
    return float(np.mean([p.seconds for p in candidate.probes.values()])) if candidate.probes else 0.0
