"""``fathom next --apply``: advise, train anew with the best step, and again; with a log that says what and why.

It ends when the target is reached, when the time is spent or does not suffice for the next step, when nothing more is
surely gained, or when the next step is one that only a person can do.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from fathom.coaching.advice import Advice, advise, expectation
from fathom.coaching.probe import OVERHEAD_SECONDS, encoded, exceeds_limit
from fathom.coaching.remedies import available_remedies
from fathom.coaching.render import seeds_of
from fathom.coaching.run_context import Change, RunContext, context_of
from fathom.coaching.successive_halving import cost
from fathom.data import files
from fathom.progress import QuietWatcher, Watcher
from fathom.records import Settings
from fathom.runs.folder import RunFolder
from fathom.runs.request import Request, of_source
from fathom.runs.train import train

LOG = "coach.md"


@dataclass(frozen=True)
class Applied:
    """What came of it: the run that is best on dev, the runs in order, and why it ended."""

    best: RunFolder
    runs: tuple[RunFolder, ...]
    ended: str
    log: Path


def apply(run: RunFolder, budget: float, watcher: Watcher, target: float | None = None, steps: int = 5) -> Applied:
    """Go on until the target, the budget or the floor.

    What is tried is written to ``coach.md`` in its folder, after what was tried there before.

    Args:
        run: to begin with.
        budget: seconds for probes and trainings together.
        watcher: is told how it goes.
        target: the dev figure to reach, as it is shown (an error of 5 % is 0.05, an F1 of 90 % is 0.9).
        steps: trainings at most.
    """
    began, runs, ended = time.monotonic(), [run], f"{steps} steps were made"
    log = run.path / LOG
    lines = [*_earlier(log), f"# What the coach tried on {run.path.name}", ""]

    def left() -> float:
        return budget - (time.monotonic() - began)

    def note(text: str) -> None:
        lines.append(text)
        files.write_text(log, "\n".join(lines) + "\n", durable=False)

    best, best_case = run, context_of(run)
    note(f"It began at {_told(best_case)} on dev.\n")
    for number in range(1, steps + 1):
        metric, now = best_case.metric, dict(best_case.decomposition.levels)["dev"].value
        if target is not None and metric.reaches(now, target):
            ended = f"the target is reached: {metric.show(now)}"
            break
        if left() < 2 * best_case.seconds:
            ended = "the time is spent"
            break
        advice = advise(best_case, min(left() - best_case.seconds, left() / 2), watcher)
        note(f"## Step {number}\n\n{_table(advice, best_case)}\n")
        if watcher.stop_requested():
            ended = "it was stopped"
            break
        change, why = _next(best_case, advice, left, watcher)
        if change is None:
            ended = why
            break
        watcher.summary_line("apply", why)
        best, best_case = _trained(best, best_case, change, watcher, runs, note)
    note(f"It ended, since {ended}. The best run on dev is {best.path}, at {_told(best_case)}.")
    return Applied(best, tuple(runs), ended, log)


def _next(
    context: RunContext, advice: Advice, left: Callable[[], float], watcher: Watcher
) -> tuple[Change | None, str]:
    """What the best step changes, and which it is; or None, and why no step is taken."""
    first = advice.first
    if advice.stop or first is None:
        return None, advice.stop or advice.sentence
    if not first.command:
        return None, f"the next step is for a person: {first.title}"
    known = replace(context, findings=context.findings | {one.name for one in advice.causes})  # some look for a cause
    change = next(r for r in available_remedies() if r.name == first.name).probe(known)
    assert change is not None, "it was probed a moment ago"
    needed = _seconds(context, change, left(), watcher)
    if needed > left():
        about = f"about {needed:.0f} s" if math.isfinite(needed) else "longer than that"
        there = f"{max(0.0, left()):.0f} s of the time are left"
        return None, f"{there}, and the next step takes {about}: {first.title} ({first.command})"
    return change, f"{first.title}   {first.command}"


def _seconds(context: RunContext, change: Change, left: float, watcher: Watcher) -> float:
    """About how long a training with a change takes; infinity where another net takes longer than is left."""
    settings = context.settings_with(change, context.settings.seed)
    if settings.budget is not None:
        return OVERHEAD_SECONDS + settings.budget
    if not change.fresh:
        return OVERHEAD_SECONDS + (1.0 if change.answers_only else cost(context, change)) * context.seconds
    limit = left - OVERHEAD_SECONDS
    fits = limit > 0 and not exceeds_limit(encoded(context, settings, change), limit, QuietWatcher(watcher))
    return 0.0 if fits else math.inf


def _earlier(log: Path) -> list[str]:
    """What was written before, by others that began with this run."""
    return [*log.read_text("utf-8", "replace").rstrip().splitlines(), ""] if log.is_file() else []


def _trained(
    best: RunFolder,
    context: RunContext,
    change: Change,
    watcher: Watcher,
    runs: list[RunFolder],
    note: Callable[[str], None],
) -> tuple[RunFolder, RunContext]:
    """Train with that change on the same splits, and keep whichever is better on dev."""
    settings: Settings = context.settings_with(change, context.settings.seed)
    source = replace(context.source, **change.source)
    start, said = context.init_from(change), context.asked_with(change)
    request = Request(
        **of_source(source), task=context.task.name, settings=settings, splits=best.path, init_from=start, said=said
    )
    new = train(request, watcher)
    runs.append(new)
    fresh = context_of(new)
    better = dict(fresh.decomposition.levels)["dev"].value < dict(context.decomposition.levels)["dev"].value
    note(f"Trained {new.path}: {_told(fresh)} on dev; {'kept' if better else 'no better, so it is not kept'}.\n")
    return (new, fresh) if better else (best, context)


def _told(context: RunContext) -> str:
    dev = dict(context.decomposition.levels)["dev"]
    return f"{context.metric.label} {context.metric.show_with_range(dev.value, dev.low, dev.high)}"


def _table(advice: Advice, context: RunContext) -> str:
    wrong = "".join(f"- {one.title}\n" for one in advice.wrong)
    wrong = f"Most likely wrong:\n\n{wrong}\n" if wrong else ""
    if advice.stop or not advice.steps:
        return wrong + advice.sentence
    rows = [*wrong.splitlines(), "| remedy | expected on dev | seeds | why |", "|---|---|---|---|"]
    for step in advice.steps:
        gain = expectation(step, context.metric)
        rows.append(f"| {step.title} | {gain} | {seeds_of(step)} | {step.why} |")
    return "\n".join([*rows, "", f"So: {advice.sentence}."])
