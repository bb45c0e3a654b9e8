"""The warm-up in NumPy: ten lines to write, each checked on a few small inputs, the first that fails shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fathom.learning.child import Seed
from fathom.learning.course import ROOT
from fathom.learning.render import shown
from fathom.learning.sandbox import Broken, Inside, Sandbox
from fathom.learning.stubs import stub
from fathom.learning.trial import close

FILE = "warm_up.py"
SIZES = ((2, 3), (1, 2), (4, 2), (3, 3))
"""Rows and columns of the inputs."""


@dataclass(frozen=True)
class Warmed:
    """What came of one function.

    Attributes:
        name: of it.
        holds: whether it is right; None where it is not written yet.
        says: why there is no answer; "" where there is one.
        call, got, expected: the first input that fails, what came out, and what should have; "" where none does.
    """

    name: str
    holds: bool | None
    says: str = ""
    call: str = ""
    got: str = ""
    expected: str = ""


def solution() -> str:
    """The source."""
    return (ROOT / FILE).read_text("utf-8")


def names() -> list[str]:
    """The functions that are to be written, in order."""
    return re.findall(r"^def (\w+)", solution(), re.M)


def give(folder: Path) -> tuple[Path, bool]:
    """Write the file where it is not there yet: its path, and whether it is new."""
    from fathom.learning.workspace import _write

    path = folder / FILE
    new = not path.exists()
    if new:
        _write(path, stub(solution(), names()))
    return path, new


def check(path: Path) -> Iterator[tuple[bool | None, str]]:
    """Check each function: lines to show, each with whether it holds; None for what is only told."""
    for one in checked(path):
        if one.says:
            yield one.holds, one.says
        elif one.call:
            yield False, one.call
            yield None, f"    yours     {one.got}"
            yield None, f"    expected  {one.expected}"
        else:
            yield True, one.name


def checked(path: Path) -> Iterator[Warmed]:
    """Check each function; where the process of the learner's code ends, what comes after is left out."""
    right, name = Inside(solution()), ""
    try:
        with Sandbox(path, 4.0) as code:
            for name in names():
                yield _checked(code, right, name)
    except Broken as error:
        yield Warmed(name, False, str(error))


def _checked(code: Sandbox, right: Inside, name: str) -> Warmed:
    for number, size in enumerate(SIZES):
        args = _inputs(name, size, np.random.default_rng(number))
        expected = right.call(name, *args)
        try:
            got = code.call(name, *args)
        except Broken as error:
            if error.kind in ("time", "crash"):
                raise
            return Warmed(name, None if error.kind == "unwritten" else False, str(error))
        if not close(got, expected):
            call = f"{name}({', '.join(shown(one) for one in args)})"
            return Warmed(name, False, "", call, shown(got), shown(expected))
    return Warmed(name, True)


def _inputs(name: str, size: tuple[int, int], rng: np.random.Generator) -> list[Any]:
    """What a function of the warm-up is called with."""
    rows, columns = size
    x, y = rng.normal(size=size).round(1), rng.integers(0, columns, rows)
    match name:
        case "of_right_class" | "share_right":
            return [x, y]
        case "one_hot":
            return [y, columns]
        case "layer":
            return [x, rng.normal(size=(columns, 2)).round(1), rng.normal(size=2).round(1)]
        case "products":
            return [x[:, 0], x[0]]
        case "shuffled":
            return [x, y, Seed(rows)]
        case _:
            return [x]
