"""``fathom serve``: parsed here, done in `fathom.serving.service`."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from fathom.errors import MissingExtra, UserError

KEY = "FATHOM_API_KEY"
"""The environment variable that holds the key."""
_SHORTEST_KEY = 16
RunsArgument = Annotated[
    list[str], typer.Argument(help="Run folders, also as NAME=FOLDER; with --onnx, exports.", show_default=False)
]


def serve(
    runs: RunsArgument,
    port: Annotated[int, typer.Option(help="Where to listen.", min=0, max=65535)] = 8000,
    host: Annotated[
        str, typer.Option(help="Address to listen at; another than this one lets other machines in.")
    ] = "127.0.0.1",
    onnx: Annotated[
        bool, typer.Option("--onnx", help="Serve folders that fathom export wrote, without torch.")
    ] = False,
    key_file: Annotated[
        Path | None, typer.Option(help=f"A file with the key that clients must send; or set {KEY}.")
    ] = None,
    limit: Annotated[
        list[str] | None, typer.Option(help="A limit, such as seconds=60; again for more.", show_default=False)
    ] = None,
    page: Annotated[bool, typer.Option("--page/--no-page", help="With a page to try it at.")] = True,
    workers: Annotated[
        int, typer.Option(help="Processes that read inputs; 0: as many as there is use for.", min=0)
    ] = 0,
) -> None:
    """Answer over HTTP: POST /predict with files, texts or rows; Ctrl-C ends it."""
    from fathom.serving.service.limits import limits_of

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is loaded: who waits leaves the processor
    limits, key = limits_of(limit or []), _key(key_file)
    try:
        from fathom.serving.service import server as serving
        from fathom.serving.service.places import named_places
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("fathom"):
            raise
        raise MissingExtra("serving", "serve") from None
    listening = serving.bound(host, port)
    service, server = serving.prepared(
        named_places(runs), exported=onnx, limits=limits, key=key, host=host, workers=workers, page=page
    )
    serving.warn(host, key)
    shown = f"[{host}]" if ":" in host else host
    print(f"http://{shown}:{listening.getsockname()[1]}", flush=True)
    print("fathom: Ctrl-C ends it", file=sys.stderr)
    serving.serve(service, server, listening)


def _key(path: Path | None) -> str:
    if path is None:
        key = os.environ.get(KEY, "")
    else:
        try:
            key = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise UserError(f"{path} cannot be read: give a text file with the key in it") from None
        if not key:
            raise UserError(f"{path} is empty: write a key of {_SHORTEST_KEY} characters or more into it")
    if key and (len(key) < _SHORTEST_KEY or not re.fullmatch(r"[\w.~+-]+", key, re.ASCII)):
        raise UserError(f"the key has to be {_SHORTEST_KEY} letters, digits and marks or more: give a longer one")
    return key
