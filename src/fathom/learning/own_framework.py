"""mynn: a framework of the learner's own, put together of the exercises that are solved.

The layers, losses and optimizers in `fathom/course/mynn` are thin: each wraps functions that an exercise asks for. What
is solved is copied beside them, so that the package in the learner's folder runs on NumPy alone.
"""

from __future__ import annotations

import ast
import shutil
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fathom.errors import UserError
from fathom.learning.course import ROOT, Exercise, exercises, find
from fathom.learning.progress import code_of
from fathom.learning.sandbox import Broken, Sandbox
from fathom.learning.workspace import Workspace

NAME = "mynn"
MARK = "# Made by `fathom learn mynn`, and made anew by it: change the exercise, not this file.\n"
SESSION = "session"
SECONDS = 60.0
"""Of CPU time that the tests of one file may take."""

NEAR = 1e-6
"""How far a gradient may lie from central differences, relative to the largest number of it or to 1."""

LEARNED = 0.1
"""Loss below which a small net has learned twelve examples by heart; it begins at about 1.1."""

Line = tuple[bool | None, str]


@dataclass(frozen=True)
class Piece:
    """A file of the package.

    Attributes:
        name: of it.
        title: what it holds.
        needs: names of the exercises whose functions it wraps.
        gives: the classes and functions that it has.
        source: the whole code.
        tested: whether it has layers whose gradients can be checked.
    """

    name: str
    title: str
    needs: tuple[str, ...]
    gives: tuple[str, ...]
    source: str
    tested: bool


@dataclass(frozen=True)
class Built:
    """What was put together.

    Attributes:
        folder: of the package.
        pieces: that are in it.
        missing: those that are not, each with the exercises that it waits for, and why.
    """

    folder: Path
    pieces: tuple[Piece, ...]
    missing: Mapping[Piece, tuple[str, ...]]

    def has(self, name: str) -> bool:
        """Whether a class or function is in it."""
        return any(name in one.gives for one in self.pieces)


@cache
def pieces() -> tuple[Piece, ...]:
    """All files that there can be: in the order of the exercises that they need."""
    order = [one.name for one in exercises()]
    found = []
    for path in sorted((ROOT / NAME).glob("*.py")):
        if path.stem != SESSION:
            source = path.read_text("utf-8")
            told = _constants(source)
            title = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
            gives, needs = tuple(told["__all__"]), tuple(told["NEEDS"])
            found.append(Piece(path.stem, title, needs, gives, source, "\ndef examples(" in source))
    return tuple(sorted(found, key=lambda one: max((order.index(name) for name in one.needs), default=-1)))


def _constants(source: str) -> dict[str, Any]:
    """What is assigned to names at the top of a file, as far as it is written out."""
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


def standing(workspace: Workspace) -> Built:
    """What can be put together; nothing is written.

    Args:
        workspace: the learner's.
    """
    return _standing(workspace)[0]


def _standing(workspace: Workspace) -> tuple[Built, dict[str, str]]:
    """The same, and the code of each exercise that is needed and solved."""
    solved: dict[str, str] = {}
    waits: dict[str, str] = {}
    for name in sorted({name for one in pieces() for name in one.needs}):
        text, why = _solved(workspace, find(name))
        (waits if why else solved)[name] = why or text
    has = tuple(one for one in pieces() if not any(name in waits for name in one.needs))
    missing = {one: tuple(waits[n] for n in one.needs if n in waits) for one in pieces() if one not in has}
    return Built(workspace.folder / NAME, has, missing), solved


def build(workspace: Workspace) -> Built:
    """Write the package into the learner's folder; what it held before is replaced.

    Args:
        workspace: the learner's.

    Raises:
        UserError: there is a folder of that name which was not made here, or it cannot be written.
    """
    folder = workspace.folder / NAME
    first = folder / "__init__.py"
    if folder.exists() and not (first.is_file() and first.read_text("utf-8", errors="replace").startswith(MARK)):
        raise UserError(f"{folder} was not made by fathom learn mynn: move it away")
    built, solved = _standing(workspace)
    needed = {name for one in built.pieces for name in one.needs}
    try:
        if folder.exists():
            shutil.rmtree(folder)
        (folder / "solved").mkdir(parents=True)
        for path, text in _files(built.pieces, {name: solved[name] for name in needed}):
            (folder / path).write_text(MARK + text, "utf-8")
    except OSError as error:
        raise UserError(f"{folder} cannot be written ({error.strerror}): make the folder writable") from None
    return built


def _files(has: tuple[Piece, ...], solved: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The path and the text of each file."""
    names = ", ".join(one.name for one in has)
    stars = "".join(f"from .{one.name} import *\n" for one in has)
    yield "__init__.py", f'"""A framework of your own."""\n\nfrom . import {names}\n{stars}\nFILES = ({names},)\n'
    yield "solved/__init__.py", '"""What you wrote, as it passed its check."""\n'
    yield f"{SESSION}.py", (ROOT / NAME / f"{SESSION}.py").read_text("utf-8")
    for one in has:
        yield f"{one.name}.py", one.source
    for name, text in solved.items():
        yield f"solved/{name.replace('-', '_')}.py", text


def _solved(workspace: Workspace, one: Exercise) -> tuple[str, str]:
    """The learner's code as it passed, and ""; or else "" and why there is none."""
    path, state = workspace.path(one), workspace.state(one)
    told = f"{one.id} {one.name}"
    if state.solved is None or not path.is_file():
        return "", f"{told} is not solved"
    text = path.read_text("utf-8", errors="replace")
    passed = {
        str(event.get("code"))
        for event in workspace.progress.events
        if event["event"] == "checked" and event.get("exercise") == one.name and event.get("passed")
    }
    if code_of(text) not in passed:
        return "", f"{told} was changed since it passed"
    return (text, "") if not state.stale(one) else ("", f"{told} was solved under an older check")


def told(built: Built) -> Iterator[Line]:
    """What is in the package, and what is missing: lines to show."""
    for one in built.pieces:
        of = f"   of your {', '.join(find(name).id for name in one.needs)}" if one.needs else ""
        yield True, f"{', '.join(one.gives):28} {one.title}{of}"
    for one, why in built.missing.items():
        yield None, f"{', '.join(one.gives):28} missing: {'; '.join(why)}"


def tests(built: Built) -> Generator[Line, None, None]:
    """Test the package as a whole: the gradients of each layer, and whether a small net learns.

    Args:
        built: the package.

    Returns:
        lines to show, each with whether it holds.
    """
    try:
        with Sandbox(built.folder / f"{SESSION}.py", SECONDS) as box:
            for one in built.pieces:
                if one.tested:
                    yield from _checked(box, one)
            yield from _learns(box, built)
    except Broken as error:
        yield False, str(error)


def _checked(box: Sandbox, one: Piece) -> Iterator[Line]:
    try:
        for layer, count, worst in box.call("gradient_check", one.name):
            says = f"{count} gradients within {worst:.0e} of central differences"
            yield worst <= NEAR, f"{layer}: {says}"
    except Broken as error:
        if error.kind in ("time", "crash"):
            raise
        yield False, f"{one.name}: {error}"


def _learns(box: Sandbox, built: Built) -> Iterator[Line]:
    if not (built.has("Dense") and built.has("CrossEntropy")):
        yield None, "a small net needs Dense and CrossEntropy"
        return
    first, last = box.call("fits")
    yield last < LEARNED, f"a small net learns twelve examples by heart: the loss falls from {first:.2f} to {last:.3f}"
