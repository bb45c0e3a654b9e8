"""``fathom learn mynn``: the learner's own framework, built, tested, and trained with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def mynn(
    name: Annotated[
        str | None,
        typer.Argument(metavar="TRAINING", help="cats, digits or names; without: build and test.", show_default=False),
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Of CPU time that your side may take.", min=1, show_default=False),
    ] = None,
) -> None:
    """Put what you solved together as a framework of your own, test it, and train with it beside PyTorch."""
    from rich.console import Console

    from fathom.learning import own_framework, own_training
    from fathom.learning.workspace import Workspace

    console = Console(highlight=False, markup=False)
    training = None if name is None else own_training.find(name)
    workspace = Workspace.find(Path.cwd())
    built = own_framework.build(workspace)
    if training is not None:
        for line in own_training.run(workspace, built, training, own_training.LIMIT if seconds is None else seconds):
            console.print(line, soft_wrap=True)
        return
    held = True
    for holds, line in (*own_framework.told(built), (None, ""), *own_framework.tests(built)):
        held = held and holds is not False
        console.print(f"{ {True: '✓', False: '✗', None: '·' if line else ' '}[holds] } {line}", soft_wrap=True)
    console.print(f"\n{built.folder}   `import mynn` there; fathom learn mynn cats trains with it")
    if not held:
        raise typer.Exit(2)
