"""The verbs that judge: diagnose, review, compare. Parsed here, done elsewhere, and shown."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from fathom.errors import UserError
from fathom.interrupts import interrupts


def diagnose(
    what: Annotated[Path, typer.Argument(help="A run folder, or a table of results.", show_default=False)],
    by: Annotated[str | None, typer.Option(help="Take the error apart for each class, source or group.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Findings as JSON.")] = False,
) -> None:
    """Say what limits a model: bias, variance, shift, too little data to tell."""
    from dataclasses import asdict

    from fathom import api
    from fathom.console import Console

    if not what.exists():
        raise UserError(f"there is no {what}: give a run folder or a table of results")
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


def compare(
    runs: Annotated[list[str], typer.Argument(help="Two or more run folders; with --over, data.", show_default=False)],
    over: Annotated[
        str | None,
        typer.Option(metavar="SIZES", help="100,200,400: a net against a hand-made pipeline on so many examples."),
    ] = None,
    net: Annotated[str | None, typer.Option(help="Of --over: the net.")] = None,
    seeds: Annotated[int, typer.Option(help="Of --over: trainings of each size.", min=1)] = 3,
    epochs: Annotated[int | None, typer.Option(help="Of --over: passes over the data.")] = None,
    task: Annotated[str | None, typer.Option(help="Of --over: the kind of problem; found out without.")] = None,
    target: Annotated[str | None, typer.Option(help="Of --over: column to predict.")] = None,
    group: Annotated[str | None, typer.Option(help="Of --over: column, what belongs together.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write a page, too.")] = None,
) -> None:
    """Compare runs side by side, with paired intervals; or see from how much data on end-to-end learning pays."""
    from rich.console import Console as Rich

    from fathom import api
    from fathom.data import files
    from fathom.reporting.terminal import comparison_table, growing_table

    if over is not None:
        from fathom.console import Console
        from fathom.reporting import write_growing
        from fathom.runs.data_scaling import compare_over_sizes

        if len(runs) != 1:
            raise UserError("--over compares on one set of data: give one folder, table or practice:NAME")
        with Console() as console:
            grown = compare_over_sizes(
                runs[0], over, console, net=net, seeds=seeds, epochs=epochs, task=task, target=target, group=group
            )
        Rich().print(growing_table(grown))
        if out is not None:
            with files.replacing(out) as waiting:
                write_growing(waiting, grown, runs[0])
            print(out)
        return
    compared = api.compare(*runs)
    Rich().print(comparison_table(compared))
    if out is not None:
        from fathom.reporting import write_comparison

        interrupts.writing = True
        with files.replacing(out) as waiting:
            write_comparison(waiting, compared)
        print(out)
