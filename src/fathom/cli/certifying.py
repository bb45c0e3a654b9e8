"""``fathom learn certificate``: a signed page of what was solved, and whether such a page is genuine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Of the page; certificate.html beside your exercises without.")
]


def certificate(
    name: Annotated[str, typer.Option(metavar="NAME", help="Yours, as it shall stand there.", show_default=False)] = "",
    out: Out = None,
    verify: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Say whether this page is genuine, and whose key it is.", show_default=False),
    ] = None,
) -> None:
    """A signed page of what you solved: when, with how many attempts, and the figures of your projects."""
    from fathom.learning import certificate as signed
    from fathom.learning.workspace import Workspace

    if verify is not None:
        workspace = Workspace.at(Path.cwd())
        _verified(verify, "" if workspace is None else signed.own(workspace.folder))
        return
    workspace = Workspace.find(Path.cwd())
    path = workspace.folder / signed.PAGE if out is None else out
    record = signed.write(workspace, path, name)
    print(f"{path}: {len(record['exercises'])} of {record['of']} exercises, {len(record['projects'])} projects")
    print(f"signed by your key {record['key']}, which is in {workspace.folder / signed.KEY}: keep it to yourself")
    print("it proves that the page was not changed since; not who you are, nor that the work was yours")


def _verified(path: Path, own: str) -> None:
    from fathom.learning import certificate as signed

    found = signed.verify(path)
    if not found.genuine or found.record is None:
        print(f"not genuine: {found.why}")
        raise typer.Exit(2)
    record = found.record
    whose = "your own, of this folder" if own and own == found.key else "not that of this folder" if own else ""
    print(f"genuine: not changed since it was signed, as it says on {record['issued'][:10]}")
    print(f"key      {found.key}{f'   ({whose})' if whose else ''}")
    print(f"name     {record['name'] or 'none is given'}   (as the holder of the key typed it)")
    print(f"says     {len(record['exercises'])} of {record['of']} exercises, {len(record['projects'])} projects")
    print("nobody has vouched for the key: ask its holder for the same key by another way")
