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


def tune(
    data: Annotated[str | None, typer.Argument(help="Folder, table, or practice:cats.", show_default=False)] = None,
    budget: Annotated[str, typer.Option(help="Time to search for: 90s, 10m, 1h.")] = "10m",
    trials: Annotated[int | None, typer.Option(help="At most so many, of all processes.", show_default=False)] = None,
    sampler: Annotated[str | None, typer.Option(help="tpe, or random; tpe without.", show_default=False)] = None,
    storage: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A database that processes and machines share, if they search the same."),
    ] = None,
    study: Annotated[
        str | None, typer.Option(help="The name of the search there; fathom without.", show_default=False)
    ] = None,
    task: Annotated[str | None, typer.Option(help="The kind of problem; found out without.")] = None,
    target: Annotated[str | None, typer.Option(help="Column to predict.")] = None,
    dev: Annotated[str | None, typer.Option(help="Data to judge by.")] = None,
    test: Annotated[str | None, typer.Option(help="Data to test on, at the end; not looked at.")] = None,
    group: Annotated[str | None, typer.Option(help="Column: what belongs together.")] = None,
    net: Annotated[str | None, typer.Option(help="The net; the task's usual one without.")] = None,
    epochs: Annotated[int | None, typer.Option(help="Of each trial, at most.")] = None,
    require: Annotated[
        list[str] | None, typer.Option(metavar="WHAT", help="Only nets with: latency_ms<20, megabytes<5.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything random; 0 without.", show_default=False)] = None,
    out: Annotated[Path | None, typer.Option(help="Folder of the search.")] = None,
    resume: Annotated[
        Path | None,
        typer.Option(help="Go on with the search in this folder; only --budget and --trials may be others."),
    ] = None,
) -> None:
    """Search for better settings: learning rate, batch size, width, weight decay, dropout, augmentation."""
    from fathom import api
    from fathom.console import Console

    if (data is None) == (resume is None):
        raise UserError("give data to search on, or --resume FOLDER to go on with a search")
    fixed = {
        "require": tuple(require) if require else None,
        "task": task,
        "target": target,
        "dev": dev,
        "test": test,
        "group": group,
        "net": net,
        "epochs": epochs,
        "seed": seed,
    }
    with Console() as console:
        done = api.tune(
            data, budget=seconds(budget), trials=trials, sampler=sampler, storage=storage, study=study, out=out,
            resume=resume, watcher=console, **{k: v for k, v in fixed.items() if v is not None},
        )  # fmt: skip
        console.summary_line("run", str(done.best.path))
        console.summary_line("page", str(done.folder / "tune.html"))


def next_(
    run: Annotated[Path, typer.Argument(help="A run folder, such as runs/photos-1.", show_default=False)],
    budget: Annotated[str, typer.Option(help="Time for the short trainings: 90s, 5m, 1h.")] = "5m",
    apply: Annotated[bool, typer.Option("--apply", help="Train with the best step, and go on from there.")] = False,
    target: Annotated[float | None, typer.Option(help="With --apply: the dev figure to reach, e.g. 0.05.")] = None,
    curve: Annotated[
        str | None,
        typer.Option(metavar="OVER", help="Only say what twice the 'data', or the 'epochs', would bring."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The advice as JSON.")] = False,
) -> None:
    """Say what to do next, ranked by what short trainings have shown."""
    from fathom.coaching import advice as coach
    from fathom.coaching.apply_advice import apply as go_on
    from fathom.coaching.run_context import context_of
    from fathom.console import Console
    from fathom.runs.folder import RunFolder

    if target is not None and not apply:
        raise UserError("--target is what --apply works towards: give both, or neither")
    said = {"--apply": apply, "--curve": curve is not None, "--json": as_json}
    chosen = [name for name, there in said.items() if there]
    if len(chosen) > 1:
        raise UserError(f"{' and '.join(chosen)} do not go together, each says something else: give one of them")
    folder = RunFolder.open(run)
    if apply:
        with Console() as console:
            done = go_on(folder, seconds(budget), console, target)
            console.summary_line("ended", done.ended)
            console.summary_line("best", str(done.best.path))
            console.summary_line("log", str(done.log))
        return
    if curve is not None:
        from fathom.coaching.learning_curve import curve_of, summary

        with Console() as console:
            case = context_of(folder)
            found = curve_of(case, console, seconds(budget), curve)
            console.summary_line(curve, summary(found, case, curve))
        return
    with Console() as console:
        case = context_of(folder)
        given = coach.advise(case, seconds(budget), console)
    if as_json:
        print(json.dumps(coach.as_json(given), ensure_ascii=False, indent=2, default=str))
        return
    from rich.console import Console as Rich

    from fathom.coaching.render import advice_table

    Rich().print(advice_table(given, case.metric))
