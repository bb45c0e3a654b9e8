"""What is written in the page: the files of the learner's folder, none of which is overwritten in silence.

A file is named by what it is for: ``1.5``, ``review/1.5``, ``project/cats``, ``warm-up``. Each save names the version
that it began from; where the file is another one by now, nothing is written, and the page offers both.
"""

from __future__ import annotations

import ast
import hashlib
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fathom.errors import UserError
from fathom.learning import projects, warm_up
from fathom.learning.course import Exercise, find
from fathom.learning.render import PRINTED
from fathom.learning.sandbox import Broken, Sandbox
from fathom.learning.stubs import MARK, stub
from fathom.learning.workspace import LARGEST, REVIEW, Workspace, _write

_SAVING = threading.Lock()


@dataclass(frozen=True)
class Written:
    """A file that can be written in the page.

    Attributes:
        name: as the page calls it.
        path: of it.
        stub: what it holds at first.
        exercise: it is of; None where it is of none.
    """

    name: str
    path: Path
    stub: str
    exercise: Exercise | None = None


def written(workspace: Workspace, name: str) -> Written:
    """The file of that name.

    Raises:
        UserError: there is none.
    """
    kind, _, of = name.partition("/")
    if name == "warm-up":
        return Written(name, workspace.folder / warm_up.FILE, stub(warm_up.solution(), warm_up.names()))
    if kind == "project":
        project = projects.find(of)
        if not project.file:
            raise UserError(f"nothing is written for the project {of}")
        return Written(name, workspace.folder / project.file, project.stub)
    if kind == "review":
        one = find(of)
        return Written(name, workspace.folder / f"{REVIEW}{one.file}", one.stub, one)
    one = find(name)
    return Written(name, workspace.path(one), one.stub, one)


def read(one: Written) -> dict[str, Any]:
    """What the page shows: the text, its version, and whether it is on the disk.

    Raises:
        UserError: it cannot be read.
    """
    raw = _raw(one.path)
    if raw is None:
        return {"file": one.name, "path": str(one.path), "text": one.stub, "version": "", "there": False}
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{one.path} is no UTF-8: save it as UTF-8 where you wrote it, and it is shown here") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return {"file": one.name, "path": str(one.path), "text": text, "version": _version(raw), "there": True}


def save(workspace: Workspace, one: Written, text: str, version: str, force: bool = False) -> dict[str, Any]:
    """Write the text, where the file is still that version.

    Args:
        workspace: the learner's.
        one: the file.
        text: to be written.
        version: that it was written from; "" where there was no file.
        force: write it over whatever is there.

    Returns:
        the new version; or, with ``conflict``, what is there instead, and nothing was written.

    Raises:
        UserError: it cannot be read or written.
    """
    if len(text.encode("utf-8", "replace")) > LARGEST:
        raise UserError(f"that is more than {LARGEST // 1000} kB: an exercise is a few lines")
    with _SAVING:
        raw = _raw(one.path)
        if not force and raw is not None and _version(raw) != version:
            return {**read(one), "conflict": True}
        if one.exercise is not None and one.name == one.exercise.id:
            workspace.place(one.exercise)
        if raw is None or raw.decode("utf-8", "replace").replace("\r\n", "\n") != text:
            _write(one.path, text.replace("\n", "\r\n") if raw is not None and b"\r\n" in raw else text)
        return {"conflict": False, "version": _version(_raw(one.path) or b""), "there": True}


def run(one: Written, tried: str) -> dict[str, Any]:
    """Run the file, and then some lines that are tried; nothing is checked.

    Args:
        one: the file.
        tried: Python that is run after it; the value of its last line is shown.

    Returns:
        what was printed, and what went wrong: a sentence and the line, 0 where it is not in the file.
    """
    text = read(one)["text"]
    lines = len(text.splitlines())
    fault = {"says": "", "line": 0}
    with tempfile.TemporaryDirectory() as place:
        path = one.path
        if tried.strip():
            path = Path(place) / one.path.name
            path.write_text(text + "\n" * (not text.endswith("\n")) + _shown(tried), "utf-8")
        of = one.exercise
        sandbox = Sandbox(path, of.seconds, of.libraries) if of else Sandbox(path, 30.0)
        try:
            with sandbox:
                pass
        except Broken as error:
            fault = {"says": str(error), "line": error.line if error.line <= lines else 0}
    printed = sandbox.printed.decode("utf-8", "replace").splitlines()
    unwritten = MARK in text
    return {"printed": printed[: 4 * PRINTED], "more": len(printed) > 4 * PRINTED, "unwritten": unwritten, **fault}


def _shown(tried: str) -> str:
    """The lines with the value of the last one printed, where it has one."""
    try:
        tree = ast.parse(tried)
    except SyntaxError:
        return tried
    if tree.body and isinstance(last := tree.body[-1], ast.Expr):
        call = ast.Call(ast.Name("print", ast.Load()), [last.value], [])
        tree.body[-1] = ast.Expr(call)
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _raw(path: Path) -> bytes | None:
    """The bytes of a file; None where there is none."""
    try:
        if not path.exists():
            return None
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise UserError(f"{path} is no exercise: move it away, and it is given again")
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): give yourself the right to") from None


def _version(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:16]
