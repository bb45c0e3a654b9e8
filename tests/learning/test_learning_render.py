"""Verdicts, values and solutions as the terminal shows them."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from rich.console import Console

from fathom.learning.checking import Verdict
from fathom.learning.course import exercises
from fathom.learning.render import coloured, shown, verdict_lines

ONE = exercises()[0]


def test_what_is_printed_is_shown_briefly() -> None:
    verdict = Verdict(None, 0, 1, 0.0, ())
    said = text_of(verdict_lines(ONE, verdict, "".join(f"line {i}\n" for i in range(50))))
    assert "printed:" in said
    assert "line 0" in said
    assert "line 49" not in said


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (np.array(["a"] * 50), "shape (50,): 'a', 'a', 'a', 'a', …"),
        (np.array([True] * 50), "shape (50,): True, True, True, True, …"),
        (np.array([1 + 2j] * 50), "shape (50,): (1+2j), (1+2j), (1+2j), (1+2j), …"),
        (np.array([-0.0, 1.0]), "[0., 1.]"),
        (("input",), "('input',)"),
        (-0.0, "0"),
    ],
)
def test_values_are_shown_whatever_they_are(value: object, told: str) -> None:
    assert shown(value) == told


def text_of(what: object) -> str:
    console = Console(file=io.StringIO(), width=80, highlight=False)
    console.print(what)
    return console.file.getvalue()  # type: ignore[attr-defined]


def test_a_solution_is_coloured_without_white_and_not_cut() -> None:
    console = Console(file=io.StringIO(), width=40, force_terminal=True, color_system="standard", highlight=False)
    console.print(coloured(f"{'x' * 60} = 'text'  # why\n\n\ndef f(x):\n    return 1\n"), soft_wrap=True)
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert not re.search(r"\x1b\[[\d;]*\b(30|37|90|97)m", said)
    assert "\x1b[" in said
    plain = re.sub(r"\x1b\[[\d;]*m", "", said)
    assert plain.splitlines()[0] == f"{'x' * 60} = 'text'  # why"
