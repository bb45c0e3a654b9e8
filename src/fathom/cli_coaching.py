"""The verbs of the coach: next. Parsed here, done elsewhere, and shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from fathom.errors import UserError


def seconds(text: str) -> float:
    """``90``, ``90s``, ``5m`` or ``1h`` in seconds."""
    units = {"s": 1, "m": 60, "h": 3600}
    number, unit = (text[:-1], units[text[-1]]) if text[-1:] in units else (text, 1)
    try:
        found = float(number) * unit
    except ValueError:
        found = 0.0
    if not 1 <= found <= 10_000_000:
        raise UserError(f"--budget {text} is no time: write 90s, 5m or 1h")
    return found


def next_(
    run: Annotated[Path, typer.Argument(help="A run folder, such as runs/photos-1.", show_default=False)],
    budget: Annotated[str, typer.Option(help="Time for the short trainings: 90s, 5m, 1h.")] = "5m",
    apply: Annotated[bool, typer.Option("--apply", help="Train with the best step, and go on from there.")] = False,
    target: Annotated[float | None, typer.Option(help="With --apply: the dev figure to reach, e.g. 0.05.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The advice as JSON.")] = False,
) -> None:
    """Say what to do next, ranked by what short trainings have shown."""
    from fathom.coaching import advice as coach
    from fathom.coaching.applying import apply as go_on
    from fathom.coaching.case import case_of
    from fathom.console import Console
    from fathom.runs.folder import RunFolder

    if target is not None and not apply:
        raise UserError("--target is what --apply works towards: give both, or neither")
    folder = RunFolder.open(run)
    if apply:
        with Console() as console:
            done = go_on(folder, seconds(budget), console, target)
            console.line("ended", done.ended)
            console.line("best", str(done.best.path))
            console.line("log", str(done.log))
        return
    with Console() as console:
        case = case_of(folder)
        given = coach.advise(case, seconds(budget), console)
    if as_json:
        print(json.dumps(coach.as_json(given), ensure_ascii=False, indent=2, default=str))
        return
    from rich.console import Console as Rich

    from fathom.coaching.telling import advice_table

    Rich().print(advice_table(given, case.metric))
