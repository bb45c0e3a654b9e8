"""Which remedies are tried for how long: paired with an unchanged training on the same seeds, the hopeless dropped.

Each seed is trained once without a change and once with each remedy, so that what the seed does is in both and cancels.
All are tried briefly; the few that did best are tried again on other seeds, for as long as the rest of the budget
allows, since a few epochs flatter whatever learns fast. What chose them does not judge them. After the successive
halving of Jamieson and Talwalkar (2016), with a single cut: three seeds that agree are worth more than further cuts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from fathom.coaching.probe import OVERHEAD_SECONDS, Probed, Rows, probe
from fathom.coaching.run_context import Change, RunContext
from fathom.errors import FathomError
from fathom.progress import Watcher

FIRST_ROUND_SHARE, FIRST_ROUND_LIMIT = 0.35, 0.5
"""Shares of the budget in which all should be tried on one seed, and after which no further one is."""

FINAL_ROUNDS = ((10, 3), (7, 3), (5, 3), (4, 3), (4, 2), (3, 2), (4, 1), (3, 1), (2, 2))
"""On how many seeds how many candidates are judged, what tells most first: what chance does is known from seeds times
candidates, and two candidates beside each other show which of them only learned faster.
"""

MANY = 4
"""More seeds than these only where there is time for all of the epochs on each of them."""

FEWEST = 3
"""So many seeds of the best of those that were tried must remain affordable, or trying them was in vain."""

SURE = 0.9
"""Share of the time that is left for which it is planned: trainings take a little more and less."""

LONG_ENOUGH = 0.5
"""Share of the epochs for which fewer are judged on fewer seeds, rather than more for a shorter time."""

SHORTEST = 0.2
"""Share of a probe's time that is its training at least."""

Judge = Callable[[Rows], float]


@dataclass(frozen=True)
class Candidate:
    """A remedy with its change, and its probes so far, by seed; the first seed is the one that chooses."""

    name: str
    change: Change
    probes: dict[int, Probed] = field(default_factory=dict)
    cost: float = 1.0
    """How long it trains, against the unchanged training."""

    @property
    def judging(self) -> list[int]:
        """The seeds of the longer trainings; the one that chooses where there are none."""
        return list(self.probes)[1:] or list(self.probes)

    @property
    def seconds(self) -> float:
        """What the last probe took; nothing before the first."""
        return list(self.probes.values())[-1].seconds if self.probes else 0.0


def measure(
    context: RunContext, changes: Sequence[tuple[str, Change]], budget: float, judge: Judge, watcher: Watcher
) -> tuple[Candidate, list[Candidate], float]:
    """Train within a budget: all briefly on one seed, then the best few for as long as there is time, on several more.

    Args:
        context: the run.
        changes: name and change of each candidate.
        budget: seconds for all.
        judge: the figure of statistics ``(examples, statistics)``; smaller is better.
        watcher: is told how far it is.

    Returns:
        The unchanged trainings, the candidates that were tried, the best last-judged first, and the share of the
        epochs for which those were trained that judge.
    """
    began, first = time.monotonic(), context.settings.seed + 1000
    control = Candidate("unchanged", Change())
    candidates = [Candidate(name, change, {}, cost(context, change)) for name, change in changes]
    limit = FIRST_ROUND_SHARE * budget / (1 + sum(c.cost for c in candidates))
    share = _whole(context, max(limit - OVERHEAD_SECONDS, SHORTEST * limit) / max(0.3, context.seconds))
    watcher.begin_stage("probe", 0)

    def train(candidate: Candidate, seed: int) -> bool:
        watcher.summary_line("probe", f"{candidate.name}, seed {seed - first + 1}")
        try:
            candidate.probes[seed] = probe(context, candidate.change, seed, share, watcher, limit)
        except FathomError as error:
            if candidate is control:
                raise
            watcher.summary_line("", f"{candidate.name} cannot be trained: {error}")
            return False
        return True

    def left() -> float:
        return budget - (time.monotonic() - began)

    train(control, first)
    alive = _first_round(candidates, control, budget, left, lambda candidate: train(candidate, first))
    ranked = _ranked(alive, control, judge)
    alive, seeds, longer = plan_final_round(ranked, control, SURE * left(), share)
    if share * longer < 1:  # that more data helps cannot be seen in a part of the epochs
        ranked = [c for c in ranked if c.change.part == 1]
        alive, seeds, longer = plan_final_round(ranked, control, SURE * left(), share)
    share, limit = _whole(context, share * longer), left() / max(1, seeds * (1 + len(alive)))
    for number in range(seeds):
        if number:
            alive = _in_time(alive, control, left())
        if not alive:
            break
        train(control, first + 1 + number)
        alive = [c for c in alive if train(c, first + 1 + number)]
    return control, _ranked(candidates, control, judge), share


def _first_round(
    candidates: Sequence[Candidate],
    control: Candidate,
    budget: float,
    left: Callable[[], float],
    train: Callable[[Candidate], bool],
) -> list[Candidate]:
    """Train each briefly, those that fit best first, for as long as time is left for longer trainings; who could be."""
    alive: list[Candidate] = []
    for candidate in candidates:
        cheapest = min((c.seconds for c in alive), default=0.0)
        needed = FEWEST * (control.seconds + cheapest) if alive else 0.0
        if left() < max((1 - FIRST_ROUND_LIMIT) * budget, needed + candidate.cost * control.seconds):
            break
        alive += [candidate] if train(candidate) else []
    return alive


def plan_final_round(
    ranked: Sequence[Candidate], control: Candidate, left: float, share: float
) -> tuple[list[Candidate], int, float]:
    """The best few, on how many seeds there is time for them, and how many times as long as they were trained.

    Args:
        ranked: the best first.
        control: the unchanged training.
        left: seconds.
        share: of the epochs, for which they were trained.
    """
    found: list[tuple[list[Candidate], int, float]] = []
    for seeds, most in FINAL_ROUNDS if ranked else ():
        few = _in_time(ranked, control, left / seeds)[:most]
        if len(few) < min(most, len(ranked)):
            continue
        both = [control, *few]
        longer = max(1.0, left / seeds / max(0.05, sum(c.seconds for c in both)))
        if share * longer >= (1 if seeds > MANY else LONG_ENOUGH):
            return few, seeds, longer
        if seeds <= MANY:
            found.append((few, seeds, longer))
    return max(found, key=lambda plan: (plan[1] > 2, plan[2]), default=([], 0, 1.0))  # two seeds tell next to nothing


def _in_time(ranked: Sequence[Candidate], control: Candidate, left: float) -> list[Candidate]:
    """The first that there is time for on one more seed, beside an unchanged training.

    One that is dear does not keep the others from being judged.
    """
    found: list[Candidate] = []
    left -= control.seconds
    for candidate in ranked:
        if candidate.seconds <= left:
            found.append(candidate)
            left -= candidate.seconds
    return found


def _ranked(candidates: Sequence[Candidate], control: Candidate, judge: Judge) -> list[Candidate]:
    """Those that were tried, the largest mean gain first; more seeds count before fewer."""
    tried = [c for c in candidates if c.probes]

    def key(c: Candidate) -> tuple[int, float]:
        gains = [judge(control.probes[s].rows) - judge(c.probes[s].rows) for s in c.judging]
        sign = -1.0 if c.change.part < 1 else 1.0  # with less data, what is lost is what more would bring
        return -len(c.probes), -sign * float(np.mean(gains))

    return sorted(tried, key=key)


def _whole(context: RunContext, share: float) -> float:
    """At most all of the epochs, and whole ones; or at most all of the time that was asked for."""
    epochs = context.settings.epochs if context.settings.budget is None else None
    return min(1.0, max(1, round(share * epochs)) / epochs if epochs else share)


def cost(context: RunContext, change: Change) -> float:
    """How long it trains, against the unchanged training, as far as its epochs and examples tell."""
    usual = context.settings.epochs or 1
    return max(0.3, (change.settings.get("epochs") or usual) / usual * change.part)
