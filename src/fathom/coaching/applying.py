"""``fathom next --apply``: advise, train anew with the best step, and again; with a log that says what and why.

It ends when the target is reached, when the time is spent, when nothing more is surely gained, or when the next step is
one that only a person can do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from fathom.coaching.advice import Advice, advise, shown
from fathom.coaching.case import Case, case_of
from fathom.data import files
from fathom.records import Settings
from fathom.runs.folder import RunFolder
from fathom.runs.request import Request, of_source
from fathom.runs.train import train
from fathom.training.loop import Watcher

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

    Args:
        run: to begin with.
        budget: seconds for probes and trainings together.
        watcher: is told how it goes.
        target: the dev figure to reach, in the metric's own unit (an error of 5 % is 0.05).
        steps: trainings at most.
    """
    began, runs, ended = time.monotonic(), [run], f"{steps} steps were made"
    log = run.path / LOG
    lines = [f"# What the coach tried on {run.path.name}", ""]

    def left() -> float:
        return budget - (time.monotonic() - began)

    def note(text: str) -> None:
        lines.append(text)
        files.write_text(log, "\n".join(lines) + "\n", durable=False)

    best, best_case = run, case_of(run)
    note(f"It began at {_told(best_case)} on dev.\n")
    for number in range(1, steps + 1):
        metric, now = best_case.metric, dict(best_case.decomposition.levels)["dev"].value
        if target is not None and now <= target:
            ended = f"the target is reached: {metric.show(now)}"
            break
        if left() < 2 * best_case.seconds:
            ended = "the time is spent"
            break
        advice = advise(best_case, min(left() - best_case.seconds, left() / 2), watcher)
        note(f"## Step {number}\n\n{_table(advice, best_case)}\n")
        first = advice.first
        if advice.stop or first is None:
            ended = advice.stop or advice.sentence
            break
        if not first.command:
            ended = f"the next step is for a person: {first.title}"
            break
        watcher.line("apply", f"{first.title}   {first.command}")
        best, best_case = _trained(best, best_case, first.name, watcher, runs, note)
    note(f"It ended, since {ended}. The best run on dev is {best.path}, at {_told(best_case)}.")
    return Applied(best, tuple(runs), ended, log)


def _trained(
    best: RunFolder, case: Case, name: str, watcher: Watcher, runs: list[RunFolder], note: Callable[[str], None]
) -> tuple[RunFolder, Case]:
    """Train with that remedy on the same splits, and keep whichever is better on dev."""
    from fathom.coaching.remedy import remedies

    change = next(r for r in remedies() if r.name == name).probe(case)
    assert change is not None, "it was probed a moment ago"
    settings: Settings = case.changed(change, case.settings.seed)
    source = replace(case.source, **change.source)
    start, said = case.begins(change), case.said(change)
    request = Request(
        **of_source(source), task=case.task.name, settings=settings, splits=best.path, start=start, said=said
    )
    new = train(request, watcher)
    runs.append(new)
    fresh = case_of(new)
    better = dict(fresh.decomposition.levels)["dev"].value < dict(case.decomposition.levels)["dev"].value
    note(f"Trained {new.path}: {_told(fresh)} on dev; {'kept' if better else 'no better, so it is not kept'}.\n")
    return (new, fresh) if better else (best, case)


def _told(case: Case) -> str:
    dev = dict(case.decomposition.levels)["dev"]
    return f"{case.metric.name} {case.metric.show(dev.value)} ({case.metric.show_range(dev.low, dev.high)})"


def _table(advice: Advice, case: Case) -> str:
    wrong = "".join(f"- {one.title}\n" for one in advice.wrong)
    wrong = f"Most likely wrong:\n\n{wrong}\n" if wrong else ""
    if advice.stop or not advice.steps:
        return wrong + advice.sentence
    rows = [*wrong.splitlines(), "| remedy | expected on dev | seeds | why |", "|---|---|---|---|"]
    for step in advice.steps:
        gain = shown(step.gain, case.metric) if step.gain else "not among the best of the first round"
        rows.append(f"| {step.title} | {gain} | {step.gain.seeds if step.gain else 1} | {step.why} |")
    return "\n".join([*rows, "", f"So: {advice.sentence}."])
