"""The verbs for pictures: what is like this one, and one picture in the manner of another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from fathom.errors import UserError


def similar(
    run: Annotated[Path, typer.Argument(help="A run of verification or image classification.", show_default=False)],
    photo: Annotated[str, typer.Argument(help="The picture asked about.", show_default=False)],
    most: Annotated[int, typer.Option("-k", help="How many to name.")] = 5,
    among: Annotated[
        Path | None, typer.Option(help="A folder to look in; without, the run's own pictures.", show_default=False)
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="A picture to write: all in a row.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON record a line.")] = False,
) -> None:
    """Find the pictures most like one, as a run's net sees them: a line each, the nearest first."""
    from fathom import api
    from fathom.runs.load import load_task
    from fathom.runs.similar import write_matches_picture

    if among is not None and not among.exists():
        raise UserError(f"there is no {among}: give a folder of pictures")
    opened = api.load(run)
    likes = opened.similar(photo, most=most, among=among)
    for like in likes:
        if as_json:
            told = {"id": like.example.id, "target": like.example.target, "distance": like.distance, "same": like.same}
            print(json.dumps(told, ensure_ascii=False))
            continue
        verdict = {None: "", True: "  the same", False: "  another"}[like.same]
        name = like.example.id if like.example.id.isprintable() else ascii(like.example.id)
        print(f"{like.distance:.3f}  {name}{verdict}")
    if out is not None:
        write_matches_picture(photo, load_task(opened.folder), likes, out)


def style(
    content: Annotated[Path, typer.Argument(help="The picture whose things are kept.", show_default=False)],
    manner: Annotated[
        Path, typer.Argument(metavar="STYLE", help="The picture whose manner is taken.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The picture to write, with a page beside it.")] = Path(
        "styled.png"
    ),
    size: Annotated[int, typer.Option(help="Longer side in pixels.")] = 384,
    steps: Annotated[int, typer.Option(help="Steps of the optimization.")] = 150,
    strength: Annotated[float, typer.Option(help="Of the manner: 1 is usual.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
) -> None:
    """Draw what one picture shows in the manner of another (Gatys et al. 2016)."""
    from fathom.console import Console
    from fathom.runs.style import style as draw

    with Console() as console:
        page = draw(content, manner, out, size=size, steps=steps, strength=strength, seed=seed, watcher=console)
        console.summary_line("picture", str(out))
        console.summary_line("page", str(page))
