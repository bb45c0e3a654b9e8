"""The coach's advice in the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fathom.coaching.advice import Advice, Step, expectation
from fathom.metrics import Metric

EFFORTS = ("a flag", "an hour of looking", "days of collecting")


def advice_table(advice: Advice, metric: Metric) -> RenderableType:
    """What is most likely wrong, the upshot, a row for each step that was tried, and what to type."""
    wrong = [Text("most likely wrong", style="dim")] if advice.wrong else []
    for one in advice.wrong:
        wrong += [Text(one.title, style="yellow"), Text(f"  {one.advice}", style="dim")]
    return Group(*wrong, *[Text()] * bool(wrong), _steps(advice, metric))


def seeds_of(step: Step) -> str:
    """On how many seeds a step was judged; a dash where nothing had to be trained."""
    return "1" if step.gain is None else str(step.gain.seeds or "–")


def _steps(advice: Advice, metric: Metric) -> RenderableType:
    head = Text(advice.sentence, style="bold green" if advice.first else "bold")
    if not advice.steps:
        why = [one for one in advice.causes if one.severity == "good"]
        return Group(head, *[Text(f"  {line}", style="dim") for one in why for line in (one.title, one.advice)])
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for title in ("step", "expected", "seeds", "costs you"):
        table.add_column(title, ratio=2 if title in ("step", "expected") else None)
    for step in advice.steps:
        expected = expectation(step, metric)
        seeds = seeds_of(step)
        table.add_row(step.title, expected, seeds, EFFORTS[step.effort], style="" if step.significant else "dim")
    lines: list[RenderableType] = [head, Text(), table, Text()]
    do = advice.first or advice.likely
    if do and do.command:
        lines.append(Text(do.command, style="cyan"))
    if advice.stopped:
        lines.append(Text("stopped before it was through: this is what was known by then", style="dim"))
    told = f"without a remedy they reach dev {metric.label} {metric.show(advice.figure)}"
    length = f"trainings with {100 * advice.share:.0f} % of the epochs of the run"
    lines.append(Text(f"measured in {advice.seconds:.0f} s by {length}; {told}", style="dim"))
    return Group(*lines)
