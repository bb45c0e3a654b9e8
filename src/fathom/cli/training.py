"""The verbs that train: train, tune, next. Parsed here, done elsewhere, and shown."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from fathom import api
from fathom.cli.options import takes
from fathom.declared_options import DataOptions, RunOptions, settings_of, sorted_out, training_options
from fathom.errors import UserError
from fathom.interrupts import CODE, Stopped, interrupts
from fathom.option_kinds import seconds

Data = Annotated[str | None, typer.Argument(help="Folder, table, or practice:cats.", show_default=False)]
NOT_OF_A_SEARCH = ("budget", "init_from", "out", "recipe")
"""Options of a training that a search says otherwise, or cannot take."""


@takes("task", *training_options(), panels=True)
def train(
    data: Data = None,
    resume: Annotated[Path | None, typer.Option(help="Go on with this run.", rich_help_panel="Run")] = None,
    **asked: Any,
) -> None:
    """Train on your own data: folder in, trained and tested model out."""
    from fathom.console import Console

    settings_of(sorted_out(asked, DataOptions, RunOptions)[1])  # a wrong setting is said at once
    with Console() as console:
        goes_on = {} if resume is None else {"resume": resume}
        api.train(data, watcher=console, **goes_on, **asked)


@takes(
    "task", *(name for name in training_options() if name not in NOT_OF_A_SEARCH),
    after="study",
    panels=True,
    dev="Data to judge by.",
    net="The net; the task's usual one without.",
    epochs="Of each trial, at most.",
    require="Only nets with: latency_ms<20, megabytes<5.",
)  # fmt: skip
def tune(
    data: Data = None,
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
    out: Annotated[Path | None, typer.Option(help="Folder of the search.")] = None,
    resume: Annotated[
        Path | None,
        typer.Option(help="Go on with the search in this folder; only --budget and --trials may be others."),
    ] = None,
    **asked: Any,
) -> None:
    """Search for better settings: learning rate, batch size, width, weight decay, dropout, augmentation.

    What is said of them here is held fixed.
    """
    from fathom.console import Console

    if (data is None) == (resume is None):
        raise UserError("give data to search on, or --resume FOLDER to go on with a search")
    with Console() as console:
        done = api.tune(
            data, budget=budget, trials=trials, sampler=sampler, storage=storage, study=study, out=out,
            resume=resume, watcher=console, **asked,
        )  # fmt: skip
        console.summary_line("run", str(done.best.path))
        console.summary_line("page", str(done.folder / "tune.html"))


def next_(
    run: Annotated[Path, typer.Argument(help="A run folder, such as runs/photos-1.", show_default=False)],
    budget: Annotated[str, typer.Option(help="Time for the short trainings: 90s, 5m, 1h.")] = "5m",
    apply: Annotated[bool, typer.Option("--apply", help="Train with the best step, and go on from there.")] = False,
    target: Annotated[
        float | None, typer.Option(help="With --apply: the dev figure to reach, as it is shown: 0.05 for 5 %.")
    ] = None,
    curve: Annotated[
        str | None,
        typer.Option(metavar="OVER", help="Only say what twice the 'data', or the 'epochs', would bring."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The advice as JSON.")] = False,
) -> None:
    """Say what to do next, ranked by what short trainings have shown."""
    if target is not None and not apply:
        raise UserError("--target is what --apply works towards: give both, or neither")
    said = {"--apply": apply, "--curve": curve is not None, "--json": as_json}
    chosen = [name for name, there in said.items() if there]
    if len(chosen) > 1:
        raise UserError(f"{' and '.join(chosen)} do not go together, each says something else: give one of them")
    if apply:
        _apply(run, seconds(budget), target)
    elif curve is not None:
        _curve(run, seconds(budget), curve)
    else:
        _advise(run, seconds(budget), as_json)


def _apply(run: Path, budget: float, target: float | None) -> None:
    """Train with what is advised for as long as it helps."""
    from fathom.coaching.apply_advice import apply
    from fathom.console import Console
    from fathom.runs.folder import RunFolder

    with Console() as console:
        done = apply(RunFolder.open(run), budget - (time.monotonic() - interrupts.began), console, target)
        console.summary_line("ended", done.ended)
        console.summary_line("best", str(done.best.path))
        console.summary_line("log", str(done.log))


def _curve(run: Path, budget: float, over: str) -> None:
    """Say what twice the data, or the epochs, would bring."""
    from fathom.coaching.learning_curve import curve_of, summary
    from fathom.coaching.run_context import context_of
    from fathom.console import Console
    from fathom.runs.folder import RunFolder

    with Console() as console:
        context = context_of(RunFolder.open(run))
        found = curve_of(context, console, budget, over)
        console.summary_line(over, summary(found, context, over))


def _advise(run: Path, budget: float, as_json: bool) -> None:
    """Say what would help, as a table or as JSON."""
    from fathom.coaching import advice as coach
    from fathom.coaching.run_context import context_of
    from fathom.console import Console
    from fathom.runs.folder import RunFolder
    from fathom.runs.load import load_task

    folder = RunFolder.open(run)
    folder.check_finished()
    metric = load_task(folder, folder.read_recipe(), to_train=True).metric
    with Console() as console:
        try:
            given = coach.advise(context_of(folder), budget, console, interrupts.began)
        except Stopped:  # while the data was read or looked at
            given = coach.untried(folder, metric, budget, by_user=True)
    if as_json:
        print(json.dumps(coach.as_json(given), ensure_ascii=False, indent=2, default=str))
    else:
        from rich.console import Console as Rich

        from fathom.coaching.render import advice_table

        Rich().print(advice_table(given, metric))
    if interrupts.asked or interrupts.leaving:  # what was found until then has been told
        raise typer.Exit(CODE)
