"""Which remedies are tried for how long: paired with an unchanged training on the same seeds, the hopeless dropped.

Each seed is trained once without a change and once with each remedy, so that what the seed does is in both and cancels.
All are tried briefly; the few that did best are tried again on other seeds, for as long as the rest of the budget
allows, since a few epochs flatter whatever learns fast. What chose them does not judge them. After the successive
halving of Jamieson and Talwalkar (2016), with a single cut: three seeds that agree are worth more than further cuts.

Whoever stops it, and the end of the time, have what was found until then.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from fathom.coaching.deadline import Deadline
from fathom.coaching.influence import Rows
from fathom.coaching.probe import OVERHEAD_SECONDS, Probed, probe
from fathom.coaching.run_context import Change, RunContext
from fathom.diagnosis.intervals import resample
from fathom.errors import FathomError
from fathom.progress import Interrupted, Watcher

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

EQUAL_DRAWS = 200
"""Bootstrap samples of dev by which it is seen whether two differ by more than a standard error."""

ANSWERS_COST = 0.1
"""What judging dev once costs, against the unchanged training."""

SHORTENED = 0.5
"""Share of the length of the first round to which the last ones are made shorter, where its best is dear."""

Judge = Callable[[Rows], float]


@dataclass(frozen=True)
class Candidate:
    """A remedy with its change, and its probes so far.

    Attributes:
        name: of the remedy.
        change: that its trainings have.
        probes: by seed; the first seed is the one that chooses.
        cost: how long it trains, against the unchanged training.
        finished: it is the run itself, which stands there for every seed.
    """

    name: str
    change: Change
    probes: dict[int, Probed] = field(default_factory=dict)
    cost: float = 1.0
    finished: bool = False

    @property
    def judging(self) -> list[int]:
        """The seeds of the longer trainings; the one that chooses where there are none."""
        return list(self.probes)[1:] or list(self.probes)

    @property
    def latest(self) -> Probed:
        """The last probe."""
        return list(self.probes.values())[-1]

    @property
    def seconds(self) -> float:
        """What the last probe took; nothing before the first."""
        return self.latest.seconds if self.probes else 0.0


@dataclass
class Measured:
    """What was tried within the time.

    Attributes:
        control: the unchanged trainings.
        tried: the candidates that were tried, the best last-judged first.
        share: of the epochs, that those trainings had which judge.
        first_share: of the epochs, that those of the first round had.
        stopped: the user or the clock ended it before it was through.
    """

    control: Candidate
    tried: list[Candidate]
    share: float
    first_share: float
    stopped: bool


class _Race:
    """The trainings of one question, and what they have shown so far."""

    def __init__(self, context: RunContext, budget: float, judge: Judge, watcher: Watcher, reached: float) -> None:
        self.context, self.budget, self.judge, self.reached = context, budget, judge, reached
        self.until = time.monotonic() + budget
        self.watcher = Deadline(watcher, self.until)
        self.control, self.first = Candidate("unchanged", Change()), context.settings.seed + 1000
        self.share, self.limit = 1.0, budget

    def left(self) -> float:
        """Seconds that are left."""
        return self.until - time.monotonic()

    def look(self, candidate: Candidate) -> bool:
        """Train on the first seed: within its part of the time, or what the others have left of the first round."""
        allowed = max(2 * self.limit * candidate.cost, self.left() - (1 - FIRST_ROUND_LIMIT) * self.budget)
        return self.train(candidate, self.first, allowed)

    def train(self, candidate: Candidate, seed: int, allowed: float = math.inf) -> bool:
        """Train once within so many seconds, and tell what came of it; whether it can be trained.

        Raises:
            Interrupted: the whole is to stop.
        """
        watcher = Deadline(self.watcher, time.monotonic() + allowed)
        try:
            probed = probe(self.context, candidate.change, seed, self.share, watcher, self.limit)
        except (FathomError, Interrupted) as error:
            if candidate is self.control or self.watcher.stop_requested():
                raise
            why = error if isinstance(error, FathomError) else "it takes longer than there is time for"
            self.watcher.summary_line("", f"{_named(candidate)} cannot be trained: {why}")
            return False
        candidate.probes[seed] = probed
        self._tell(candidate, seed)
        return True

    def _tell(self, candidate: Candidate, seed: int) -> None:
        """A row of the table that fills."""
        metric, probed = self.context.metric, candidate.probes[seed]
        told = f"seed {seed - self.first + 1}   dev {metric.label} {metric.show(self.judge(probed.rows))}"
        self.watcher.summary_line("probe", f"{_named(candidate):<22} {told}   {probed.seconds:.0f} s")


def _named(candidate: Candidate) -> str:
    """Its name in words."""
    return candidate.name.replace("_", " ")


def measure(
    context: RunContext,
    changes: Sequence[tuple[str, Change]],
    budget: float,
    judge: Judge,
    watcher: Watcher,
    reached: float = math.inf,
) -> Measured:
    """Train within a budget: all briefly on one seed, then the best few for as long as there is time, on several more.

    Args:
        context: the run.
        changes: name and change of each candidate.
        budget: seconds for all.
        judge: the figure of statistics ``(examples, statistics)``; smaller is better.
        watcher: is told what each training has shown; where it asks to stop, what was found until then is returned.
        reached: the figure of the run itself, which those are held against that go on from it.

    Raises:
        FathomError: the unchanged training itself fails.
    """
    candidates = [Candidate(name, change, {}, cost(context, change)) for name, change in changes]
    race, stopped = _Race(context, budget, judge, watcher, reached), False
    race.limit = FIRST_ROUND_SHARE * budget / (1 + sum(c.cost for c in candidates))
    long = max(race.limit - OVERHEAD_SECONDS, SHORTEST * race.limit)
    race.share = _whole(context, long / max(0.3, context.seconds))
    first_share = race.share
    watcher.begin_stage("probe", 0)
    try:
        race.train(race.control, race.first)
        alive = _first_round(candidates, race.control, budget, race.left, race.look)
        to_train = [c for c in alive if not c.change.answers_only]  # on the run's own net no seed makes a difference
        _last_rounds(race, cheaper_of_equals(_ranked(race, to_train), judge))
    except Interrupted:
        stopped = True
    judging = len(race.control.probes) > 1  # else it was stopped before the last rounds had a training
    share = race.share if judging else first_share
    return Measured(race.control, _ranked(race, candidates), share, first_share, stopped)


def cheaper_of_equals(ranked: list[Candidate], judge: Judge) -> list[Candidate]:
    """The ranking, with the cheapest first of those that dev cannot tell from the best: it is judged on more seeds.

    Args:
        ranked: the best first.
        judge: the figure of statistics.
    """
    if not ranked:
        return ranked
    best = ranked[0].latest.rows
    equals = []
    for candidate in ranked:
        if candidate.change.part < 1:  # it is compared backwards
            continue
        both = np.concatenate([candidate.latest.rows, best], 1)  # (examples, 2 * statistics)
        drawn = resample(both, EQUAL_DRAWS)
        k = best.shape[1]
        worse = np.array([judge(row[None, :k]) - judge(row[None, k:]) for row in drawn])
        if worse.mean() <= worse.std():
            equals.append(candidate)
    first = min([ranked[0], *equals], key=lambda c: c.seconds)
    return [first, *(c for c in ranked if c is not first)]


def _last_rounds(race: _Race, ranked: list[Candidate]) -> None:
    """Judge the best few on other seeds."""
    alive, seeds, longer = plan_final_round(ranked, race.control, SURE * race.left(), race.share)
    if race.share * longer < 1:  # that more data helps cannot be seen in a part of the epochs
        ranked = [c for c in ranked if c.change.part == 1]
        alive, seeds, longer = plan_final_round(ranked, race.control, SURE * race.left(), race.share)
    if not alive:
        return
    race.share = _whole(race.context, race.share * longer)
    race.limit = race.left() / max(1, seeds * (1 + len(alive)))
    for number in range(seeds):
        if number:
            alive = _in_time(alive, race.control, race.left())
        if not alive:
            break
        race.train(race.control, race.first + 1 + number)
        alive = [c for c in alive if race.train(c, race.first + 1 + number)]


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
        cheapest = min((c.seconds for c in alive if not c.change.answers_only), default=0.0)
        needed = FEWEST * (control.seconds + cheapest) if alive else 0.0
        if left() < max((1 - FIRST_ROUND_LIMIT) * budget, needed + candidate.cost * control.seconds):
            break
        alive += [candidate] if train(candidate) else []
    return alive


def plan_final_round(
    ranked: Sequence[Candidate], control: Candidate, left: float, share: float
) -> tuple[list[Candidate], int, float]:
    """The best few, on how many seeds there is time for them, and how many times as long as they were trained.

    The best of all is among them: where it is dear, with shorter trainings. Where that is not enough for it, the others
    are judged without it.

    Args:
        ranked: the best first.
        control: the unchanged training.
        left: seconds.
        share: of the epochs, for which they were trained.
    """
    plans: list[tuple[list[Candidate], int, float]] = []
    long: list[tuple[list[Candidate], int, float]] = []
    for seeds, most in FINAL_ROUNDS if ranked else ():
        few = _in_time(ranked, control, left / seeds)[:most]
        if len(few) < min(most, len(ranked)):
            continue
        longer = max(1.0, left / seeds / max(0.05, sum(c.seconds for c in (control, *few))))
        if share * longer >= (1 if seeds > MANY else LONG_ENOUGH):
            long.append((few, seeds, longer))
        if seeds <= MANY:
            plans.append((few, seeds, longer))
    for among in (long, plans):
        best = [plan for plan in among if plan[0][0] is ranked[0]]
        if best:
            return best[0] if among is long else max(best, key=_worth)
    shorter = _shortened(ranked[0], control, left) if ranked else None
    return shorter or (long[0] if long else max(plans, key=_worth, default=([], 0, 1.0)))


def _worth(plan: tuple[list[Candidate], int, float]) -> tuple[bool, float]:
    """How much a plan tells: two seeds tell next to nothing, and else the longer the better."""
    return plan[1] > 2, plan[2]


def _shortened(best: Candidate, control: Candidate, left: float) -> tuple[list[Candidate], int, float] | None:
    """The best alone, on three seeds or two, in shorter trainings; None where they would be far too short."""
    spent = 2 * OVERHEAD_SECONDS
    for seeds in (3, 2):
        longer = (left / seeds - spent) / max(0.05, control.seconds + best.seconds - spent)
        if longer >= SHORTENED:
            return [best], seeds, min(1.0, longer)
    return None


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


def _ranked(race: _Race, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those that were tried, the largest mean gain first; more seeds count before fewer."""
    tried = [c for c in candidates if c.probes]

    def unchanged(c: Candidate, seed: int) -> float:
        return race.reached if c.change.beside_run else race.judge(race.control.probes[seed].rows)

    def key(c: Candidate) -> tuple[int, float]:
        gains = [unchanged(c, s) - race.judge(c.probes[s].rows) for s in c.judging]
        sign = -1.0 if c.change.part < 1 else 1.0  # with less data, what is lost is what more would bring
        return -len(c.probes), -sign * float(np.mean(gains))

    return sorted(tried, key=key)


def _whole(context: RunContext, share: float) -> float:
    """At most all of the epochs, and whole ones; or at most all of the time that was asked for."""
    epochs = context.settings.epochs if context.settings.budget is None else None
    return min(1.0, max(1, round(share * epochs)) / epochs if epochs else share)


def cost(context: RunContext, change: Change) -> float:
    """How long it trains, against the unchanged training, as far as its epochs and examples tell."""
    if change.answers_only:
        return ANSWERS_COST
    usual = context.settings.epochs or 1
    return max(0.3, (change.settings.get("epochs") or usual) / usual * change.part)
