"""The verbs that judge: check, diagnose, review, report, compare. Parsed here, done elsewhere, and shown."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from fathom import api
from fathom.cli.options import RunArgument, takes
from fathom.errors import UserError
from fathom.interrupts import interrupts
from fathom.spelling import near_file


@takes(*api.CHECKED, seed="Of the split that would be made; 0 without.")
def check(
    data: Annotated[str, typer.Argument(help="Folder, table, or practice:cats.", show_default=False)],
    labels: Annotated[
        Path | None,
        typer.Option(
            metavar="LIST",
            help="Train on parts of it to judge the labels of the rest, and write those that are probably wrong to "
            "this CSV file.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write every example found to this CSV file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON.")] = False,
    **asked: Any,
) -> None:
    """Look for what is wrong with data, before any training: unreadable files, copies, leaks, classes, columns.

    The exit code is 0 also where something was found (see --json for a script), and 2 where the data cannot be read.
    """
    from dataclasses import asdict

    from fathom.console import LABEL, Console
    from fathom.runs.check import check as look_through
    from fathom.runs.check import lines

    with Console() as console:
        checked = look_through(data, console, out=out, labels=labels, **asked)
    if as_json:
        print(json.dumps([asdict(f) for f in checked.findings], ensure_ascii=False, indent=2, default=str))
        return
    for label, text in lines(checked, max(60, console.out.width - LABEL)):
        console.summary_line(label, text)
    if out is not None:
        console.summary_line("report", str(out))
    if labels is not None:
        console.summary_line("list", f"{labels}   look through it with fathom review, then train --exclude {labels}")


def diagnose(
    what: Annotated[Path, typer.Argument(help="A run folder, or a table of results.", show_default=False)],
    by: Annotated[str | None, typer.Option(help="Take the error apart for each class, source or group.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON.")] = False,
) -> None:
    """Say what limits a model: bias, variance, shift, too little data to tell."""
    from dataclasses import asdict

    from fathom.console import Console

    if not what.exists():
        raise UserError(f"there is no {what}{near_file(what)}: give a run folder or a table of results")
    if by is not None:
        from rich.console import Console as Rich

        from fathom.reporting.terminal import parts_table
        from fathom.runs.diagnose import taken_apart

        Rich().print(parts_table(*taken_apart(what, by)))
        return
    with Console() as console:
        findings = api.diagnose(what, console)
    if as_json:
        print(json.dumps([asdict(f) for f in findings], ensure_ascii=False, indent=2, default=str))
        return
    from rich.console import Console as Rich

    from fathom.reporting.terminal import findings_table

    Rich().print(findings_table(findings))


def review(
    run: Annotated[Path, typer.Argument(help="A run folder, such as runs/photos-1.", show_default=False)],
    labels: Annotated[
        Path | None, typer.Option(metavar="LIST", help="Labels in doubt, from fathom check --labels.")
    ] = None,
    tags: Annotated[Path | None, typer.Option(help="Where what is said is kept; beside the run without.")] = None,
    port: Annotated[int, typer.Option(help="Of this machine; any that is free without.", min=0, max=65535)] = 0,
    browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page.")] = True,
) -> None:
    """Look through mistakes on a local page: tag them, correct labels, and see what each tag is worth."""
    from fathom.runs.folder import RunFolder
    from fathom.serving.review import serve

    _, server = serve(RunFolder.open(run), labels=labels, tags=tags, port=port)
    print(server.address, flush=True)
    print("fathom: Ctrl-C ends it; all that is said is kept at once", file=sys.stderr)
    if browser:
        import webbrowser

        webbrowser.open(server.address)
    server.serve()


def report(run: RunArgument) -> None:
    """Write the report page again, and print where it is."""

    opened = api.load(run)
    interrupts.writing = True
    print(opened.report())


def card(
    run: RunArgument,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write it to this file, such as README.md.")] = None,
) -> None:
    """Tell a stranger what the model is, what it reaches and where it fails: a model card, as Markdown."""
    from fathom.data import files
    from fathom.exporting.card import card as written
    from fathom.runs.folder import RunFolder

    text = written(RunFolder.open(run))
    if out is None:
        print(text, end="")
        return
    files.refuse_existing(out)
    files.write_text(out, text)
    print(out)


@takes(
    "net", "epochs", "task", "target", "group",
    after="over",
    net="Of --over: the net.",
    epochs="Of --over: passes over the data.",
    task="Of --over: the kind of problem; found out without.",
    target="Of --over: column to predict.",
    group="Of --over: column, what belongs together.",
)  # fmt: skip
def compare(
    runs: Annotated[list[str], typer.Argument(help="Two or more run folders; with --over, data.", show_default=False)],
    over: Annotated[
        str | None,
        typer.Option(metavar="SIZES", help="100,200,400: a net against a hand-made pipeline on so many examples."),
    ] = None,
    seeds: Annotated[int, typer.Option(help="Of --over: trainings of each size.", min=1)] = 3,
    out: Annotated[Path | None, typer.Option(help="Write a page, too.")] = None,
    **asked: Any,
) -> None:
    """Compare runs side by side, with paired intervals; or see from how much data on end-to-end learning pays."""
    if over is not None:
        if len(runs) != 1:
            raise UserError("--over compares on one set of data: give one folder, table or practice:NAME")
        _compare_with_pipeline(runs[0], over, seeds, out, asked)
        return
    from rich.console import Console as Rich

    from fathom.data import files
    from fathom.reporting.terminal import comparison_table

    compared = api.compare(*runs)
    Rich().print(comparison_table(compared))
    if out is not None:
        from fathom.reporting import write_comparison

        interrupts.writing = True
        with files.replacing(out) as waiting:
            write_comparison(waiting, compared)
        print(out)


def _compare_with_pipeline(data: str, over: str, seeds: int, out: Path | None, asked: dict[str, Any]) -> None:
    """Train a net and a pipeline on growing parts of data, and show from how much on the net pays."""
    from rich.console import Console as Rich

    from fathom.console import Console
    from fathom.data import files
    from fathom.reporting import write_data_scaling
    from fathom.reporting.terminal import data_scaling_table
    from fathom.runs.data_scaling import compare_over_sizes

    with Console() as console:
        grown = compare_over_sizes(data, over, console, seeds=seeds, **asked)
    Rich().print(data_scaling_table(grown))
    if out is not None:
        with files.replacing(out) as waiting:
            write_data_scaling(waiting, grown, data)
        print(out)
