"""``fathom next``: which remedies apply, what short trainings have shown of each, and what to do first.

The ranking is by expected gain, made smaller for what costs the person work. Where no gain can be told from 0 the coach
says so, and names none.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from fathom.coaching.bayes_error import AT_FLOOR, AVOIDABLE
from fathom.coaching.causes import likely, worth_telling
from fathom.coaching.deadline import Punctual
from fathom.coaching.gains import Gain, figure, first_looks, gains, groups_among
from fathom.coaching.influence import Rows
from fathom.coaching.probe import encoded, run_statistics
from fathom.coaching.remedies import available_remedies
from fathom.coaching.remedy import Remedy
from fathom.coaching.run_context import Change, RunContext
from fathom.coaching.successive_halving import FIRST_ROUND_LIMIT, LONG_ENOUGH, Candidate, cost, measure
from fathom.diagnosis.decomposition import SMALL_GAPS
from fathom.diagnosis.intervals import interval
from fathom.finding_kinds import kind_of
from fathom.metrics import Metric
from fathom.progress import Interrupted, Watcher
from fathom.records import Finding
from fathom.runs.folder import RunFolder

FILE_NAME = "next.json"
EFFORT_WEIGHT = {0: 1.0, 1: 0.7, 2: 0.3}
"""What a gain counts for a person, by the effort that it costs: a flag, an hour of looking, days of collecting.

Days of collecting come first only where they bring three times what a flag brings, or where nothing else helps.
"""

MAX_REMEDIES = 10
"""Remedies that are probed at most; those that fit what was found come first."""

MAX_SHOWN_CAUSES = 3
"""Causes that are shown at most."""

HUMAN_LEVEL_MARGIN = AVOIDABLE
"""Share of the dev figure that may be above what people reach, where it is to count as reached.

That the interval holds what people reach is not enough: of a few dev examples it holds nearly anything.
"""

MAX_REMEDIES_SMALL_BUDGET = 6
"""So many where the budget gives each but a few seconds."""


@dataclass(frozen=True)
class Step:
    """One possible next step.

    Attributes:
        name, title, why, effort, lesson: of the remedy.
        command: what to type; "" where a person must do it.
        gain: what it brings, or None where it was dropped before it could be judged.
        first_look: what the one training has shown that chose which are judged.
        trains: seconds of a training with it, as short as it was last.
    """

    name: str
    title: str
    why: str
    effort: int
    lesson: str
    command: str
    gain: Gain | None
    first_look: Gain | None = None
    trains: float = 0.0

    @property
    def seen(self) -> Gain | None:
        """The gain, from the longest trainings that there are."""
        return self.gain or self.first_look

    @property
    def probable(self) -> bool:
        """Whether it probably helps, and is not sure to."""
        return self.seen is not None and self.seen.probable and not self.significant

    @property
    def significant(self) -> bool:
        """Whether it helps, as far as 95 % go."""
        return self.gain is not None and self.gain.significant


@dataclass(frozen=True)
class Advice:
    """What the coach says.

    Attributes:
        stop: why it is time to stop, or "".
        steps: the possible next steps, the best first.
        sentence: the upshot, in words.
        share: of the epochs, that the short trainings had.
        seconds: that it took.
        figure: of the unchanged short trainings on dev.
        causes: what is most likely wrong, causes before symptoms.
        stopped: the user or the clock ended it before it was through.
    """

    stop: str
    steps: tuple[Step, ...]
    sentence: str
    share: float
    seconds: float
    figure: float
    causes: tuple[Finding, ...] = ()
    stopped: bool = False

    @property
    def first(self) -> Step | None:
        """What to do, where one step surely helps."""
        return next((step for step in self.steps if step.significant), None)

    @property
    def likely(self) -> Step | None:
        """What to try, where nothing is sure and one step probably helps."""
        return None if self.first else _likeliest(self.steps)

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """The likeliest causes that are shown."""
        return tuple(one for one in self.causes if one.severity != "good")[:MAX_SHOWN_CAUSES]


def advise(
    context: RunContext,
    budget: float,
    watcher: Watcher,
    began: float | None = None,
    pool: Sequence[Remedy] | None = None,
) -> Advice:
    """Look for causes, probe remedies within a budget of seconds, rank, and keep what was found beside the run.

    Args:
        context: the run, its data and what was found of it.
        budget: seconds for all of it.
        watcher: is told how far it is; where it asks to stop, the advice is what is known by then.
        began: when the time began, by the monotonic clock; None: now.
        pool: remedies that may be tried; None for all there are.

    Returns:
        the causes, and the possible next steps, the best first; what was found of the run before, where it ended
        before the first training.

    Raises:
        FathomError: the unchanged training itself fails.
    """
    began = time.monotonic() if began is None else began
    looking = Punctual(watcher, began + budget)
    found = None
    try:
        found = tuple(likely(context, budget, looking))
        context = replace(context, findings=context.findings | {one.name for one in found})
        advice = _probed(context, budget, began, looking, pool)
    except Interrupted:
        advice = untried(context.run, context.metric, budget, watcher.stop_requested())
    advice = replace(advice, causes=advice.causes if found is None else found)
    context.run.write_json(FILE_NAME, as_json(advice))
    return advice


def untried(run: RunFolder, metric: Metric, budget: float, by_user: bool, ended: bool = True) -> Advice:
    """What is said where no remedy was tried: what was found of the run when it was trained.

    Args:
        run: finished.
        metric: by which it is judged.
        budget: seconds that there were.
        by_user: it was stopped.
        ended: it did not come to its end; else no remedy could be trained within the time.
    """
    more = f"give it more time, such as --budget {math.ceil((2 * budget + 60) / 60)}m"
    told = f"the {budget:.0f} seconds were over before any remedy had been tried: {more}"
    if by_user:
        told = "it was stopped before any remedy had been tried"
    elif not ended:
        told = f"no remedy could be trained within {budget:.0f} seconds: {more}"
    dev = interval(run.results(metric.needs).filter(pl.col("split") == "dev"), metric).value
    return Advice("", (), told, 0.0, 0.0, dev, tuple(worth_telling(run.findings())), stopped=True)


def _probed(
    context: RunContext, budget: float, began: float, looking: Punctual, pool: Sequence[Remedy] | None
) -> Advice:
    """What short trainings say, unless it is time to stop."""
    reason, watcher = reason_to_stop(context), looking.inner
    if reason:
        return Advice(reason, (), reason, 0.0, 0.0, _dev(context))
    known = {remedy.name: remedy for remedy in (available_remedies() if pool is None else pool)}
    looking.begin_stage("look for remedies", 0)
    most = MAX_REMEDIES_SMALL_BUDGET if budget < 8 * context.seconds else MAX_REMEDIES
    changes = candidates(context, list(known.values()), most, looking)
    if not changes:
        return Advice("", (), "no remedy that can be probed applies", 0.0, 0.0, _dev(context))
    metric = context.additive_metric

    def judge(rows: Rows) -> float:
        return float(figure(metric, rows.sum(0)))

    dev = encoded(context, context.settings).of("dev")  # those that could be read, in the order of the rows
    whole = run_statistics(context, dev)
    reached = math.inf if whole is None else judge(whole)
    spent = time.monotonic() - began
    measured = measure(context, changes, max(1.0, budget - spent), judge, watcher, reached)
    control, tried, share = measured.control, measured.tried, measured.share
    if not control.probes or not tried:
        return untried(context.run, metric, budget, watcher.stop_requested(), measured.stopped)
    groups = groups_among(dev)
    looks = first_looks(control, tried, metric, groups, whole, measured.first_share < 1)
    found = {gain.name: gain for gain in gains(control, tried, metric, groups, whole, share < 1)}
    steps = [_step(known[c.name], context, c, found.get(c.name), looks.get(c.name)) for c in tried]
    steps.sort(key=_rank)
    unchanged = float(np.mean([judge(control.probes[s].rows) for s in control.judging]))
    needed = _budget_to_be_sure(steps, control, tried, budget)
    told = sentence(steps, metric, share, budget, needed)
    return Advice("", tuple(steps), told, share, time.monotonic() - began, unchanged, stopped=measured.stopped)


def _budget_to_be_sure(steps: Sequence[Step], control: Candidate, tried: Sequence[Candidate], budget: float) -> float:
    """Seconds in which the likeliest step would be judged on three more seeds, after the same first round."""
    likely = _likeliest(steps)
    if likely is None:
        return budget
    first = sum(next(iter(c.probes.values())).seconds for c in (control, *tried))
    return max(first / FIRST_ROUND_LIMIT, first + 3 * 1.2 * (control.seconds + likely.trains), 1.5 * budget)


def reason_to_stop(context: RunContext) -> str:
    """Why there is nothing more to gain, or ""."""
    metric, levels = context.metric, dict(context.decomposition.levels)
    dev = levels["dev"]
    if context.decomposition.kind is SMALL_GAPS:
        return f"stop here: the {metric.label} on dev is {metric.show(dev.value)}, and the gaps are small"
    human = context.settings.human_error
    if (
        human is not None
        and dev.low <= human
        and (1 - HUMAN_LEVEL_MARGIN) * dev.value <= human
        and not _unlearned(context)
    ):
        reached = metric.show_with_range(dev.value, dev.low, dev.high)
        return f"stop here: dev, {reached}, cannot be told from what people reach, {metric.show(human)}"
    if AT_FLOOR.name in context.findings:
        return f"stop here: the {metric.label} on dev, {metric.show(dev.value)}, is about as low as these columns allow"
    return ""


def _unlearned(context: RunContext) -> bool:
    """Whether something was found by which more is to be had, however near to people's the figure is."""
    return any(kind_of(name).unlearned for name in context.findings)


def candidates(
    context: RunContext, pool: Sequence[Remedy], most: int, looking: Punctual | None = None
) -> list[tuple[str, Change]]:
    """Name and change of each remedy that applies.

    Those that fit what was found come first; among them those that keep the net, since another one may be dear to
    train; and among those the cheapest, so that a dear one does not use up a small budget alone.

    Args:
        context: the run, its data and what was found of it.
        pool: remedies that may be tried.
        most: of them that are tried.
        looking: ends it when it is over, since some remedies look at the data for a while; None: never.

    Raises:
        Interrupted: it is over.
    """
    fitting = sorted(pool, key=lambda remedy: not remedy.fits(context))
    found: list[tuple[bool, str, Change]] = []
    for remedy in fitting:
        if len(found) >= most:
            break
        if looking is not None:
            looking.check()
        change = remedy.probe(context)
        if change is not None:
            found.append((not remedy.fits(context), remedy.name, change))
    found.sort(key=lambda one: (one[0], one[2].fresh, cost(context, one[2])))
    return [(name, change) for _, name, change in found]


def sentence(
    steps: Sequence[Step], metric: Metric, share: float = 1.0, budget: float = 0.0, needed: float = 0.0
) -> str:
    """The upshot; where nothing is sure, what is likely, or the budget with which the trainings would be longer.

    Args:
        steps: the best first.
        metric: by which they were judged.
        share: of the epochs, that the trainings had.
        budget: seconds that there were.
        needed: seconds in which what is likely would be made sure.
    """
    best, likely = next((step for step in steps if step.significant), None), _likeliest(steps)
    if best is None and likely is not None and likely.seen is not None:
        how = "in one short training" if likely.seen.seeds < 2 else f"on {likely.seen.seeds} seeds"
        if not likely.seen.seeds:
            gain = format_gain(likely.seen, metric)
            return f"probably: {likely.title} ({gain}, with the net of the run); only more of dev could make it sure"
        told = f"probably: {likely.title} ({format_gain(likely.seen, metric)}, {how})"
        return f"{told}; to be sure, --budget {math.ceil(max(needed, budget) / 60)}m"
    if best is None or best.gain is None:
        judged = sum(step.gain is not None and step.gain.seeds > 1 for step in steps)
        told = (
            f"no remedy can be told from doing nothing: {len(steps)} {'were' if len(steps) > 1 else 'was'} tried, "
            f"{judged or 'none'} of them on several seeds"
        )
        if share >= LONG_ENOUGH:
            return told
        minutes = math.ceil(budget * LONG_ENOUGH / max(share, 0.01) / 60)
        return (
            f"{told}, for {100 * share:.0f} % of the epochs of the run each; with --budget {minutes}m they would have "
            "half of them"
        )
    return f"{best.title}: {format_gain(best.gain, metric)}"


def _likeliest(steps: Sequence[Step]) -> Step | None:
    """The step that probably helps most; None where none does."""
    probable = [step for step in steps if step.probable and step.seen is not None]
    return max(probable, key=lambda step: step.seen.interval.value * EFFORT_WEIGHT[step.effort], default=None)  # type: ignore[union-attr]


def expectation(step: Step, metric: Metric) -> str:
    """What a step brings, as far as it was judged: its gain, or what one short training has shown."""
    if step.gain is not None:
        return format_gain(step.gain, metric)
    if step.first_look is None:
        return "less data cannot be compared in a part of the epochs"
    return f"{_change(step.first_look, metric)} in one short training"


def format_gain(gain: Gain, metric: Metric) -> str:
    """``dev error 3.1 points lower (1.2 to 5.0)``."""
    low, value, high = gain.interval.low, gain.interval.value, gain.interval.high
    bounds = metric.show_size_range(*((low, high) if value >= 0 else (-high, -low)), to=True)
    return f"{_change(gain, metric)} ({bounds})"


def _change(gain: Gain, metric: Metric) -> str:
    """``dev error 3.1 points lower``, and than what, where that is no training as short as its own."""
    value = gain.interval.value
    than = " than the finished run" if gain.beside_run else ""
    if metric.show_size(value) == metric.show_size(0.0):
        return f"dev {metric.label} as {'in the finished run' if gain.beside_run else 'without it'}"
    word = "lower" if (value >= 0) is not metric.higher_is_better else "higher"
    return f"dev {metric.label} {metric.show_size(abs(value))} {word}{than}"


def _rank(step: Step) -> tuple[int, float]:
    if step.gain is None:
        return 2, -step.first_look.interval.value * EFFORT_WEIGHT[step.effort] if step.first_look else 0.0
    return (0 if step.significant else 1), -step.gain.interval.value * EFFORT_WEIGHT[step.effort]


def _step(remedy: Remedy, context: RunContext, tried: Candidate, gain: Gain | None, look: Gain | None) -> Step:
    title, command = remedy.describe(context, tried.change), context.command(tried.change)
    return Step(remedy.name, title, remedy.why, remedy.effort, remedy.lesson, command, gain, look, tried.seconds)


def _dev(context: RunContext) -> float:
    return dict(context.decomposition.levels)["dev"].value


def as_json(advice: Advice) -> dict[str, Any]:
    """Plain JSON."""
    return asdict(advice)
