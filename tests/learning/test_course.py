"""Every exercise passes one contract; the gate, on more seeds and with mutants, is ``make gate``."""

from __future__ import annotations

import ast
import json
import re
import tomllib
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import fathom
from fathom.coaching.remedies import available_remedies
from fathom.finding_catalogue import every_kind
from fathom.learning import lessons
from fathom.learning.checking import verify
from fathom.learning.comparison import close
from fathom.learning.course import Exercise, course, exercises, find, of_topic
from fathom.learning.gate import misnamed, passes
from fathom.learning.mutants import mutants
from fathom.learning.sandbox import Inside
from fathom.learning.stubs import MARK, body_lines, edited, functions, stub
from fathom.training.health import CHECKS

SOURCE = Path(fathom.__file__).parent
ALL = pytest.mark.parametrize("one", exercises(), ids=lambda e: e.name)
FIRST = [one for one in exercises() if one.id.endswith(".1")]
"""The first of each part."""


@ALL
def test_an_exercise_keeps_the_contract(one: Exercise) -> None:
    assert set(one.write) <= {name for name, _ in functions(ast.parse(one.solution))}
    assert one.stub.count(MARK) == len(one.write)
    assert 1 <= body_lines(one.solution, one.write) <= 30
    assert len(one.hints) == 4
    assert all(len(hint) > 20 for hint in one.hints)
    assert 0 <= one.predict.answer < len(one.predict.choices)
    assert len(one.rights) >= 2
    assert len(one.mistakes) >= 6
    assert all(mistake.why for mistake in one.mistakes)
    assert one.topics
    assert str(one.told["own"]).startswith("fathom ")


@pytest.mark.parametrize("one", FIRST, ids=lambda e: e.name)
def test_an_exercise_is_checked_on_some_seeds(one: Exercise) -> None:
    """The others are left to the gate, which asks the same of all of them on more seeds."""
    passed = passes(one, 2, 2, mutate=False, named=2)
    assert passed.faults == ()
    assert passed.asserted > 0


@ALL
def test_a_lesson_has_its_parts(one: Exercise) -> None:
    text = one.lesson
    assert text.startswith("# ")
    blocks = [m[1] for m in lessons.BLOCK.finditer(text)]
    assert "math" in blocks
    assert {"plot", "diagram"} & set(blocks)
    for path in re.findall(r"`src/fathom/([\w/.-]+)`", text):
        assert (SOURCE / path).exists(), f"{path} is not there"
    for m in lessons.BLOCK.finditer(text):
        if m[1] == "plot":
            told = tomllib.loads(m[2])
            assert set(told) - {"y"} == {"title", "x", "curves", "sliders"}
        elif m[1] == "math":
            plain = lessons.plain(m[2])
            assert "\\" not in plain
            assert plain


@ALL
def test_a_lesson_is_shown_in_the_browser(one: Exercise) -> None:
    pytest.importorskip("latex2mathml")
    page = lessons.web(one)
    assert "<math" in page
    assert "PIECE" not in page
    told = re.findall(r'data-plot="([^"]*)"', page)
    assert told or 'class="diagram"' in page
    for text in told:
        json.loads(
            text.replace("&quot;", '"')
            .replace("&#x27;", "'")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
        )


def test_every_finding_leads_to_a_lesson() -> None:
    named = {kind.lesson for kind in every_kind().values()} | {check.lesson for check in CHECKS}
    named |= {remedy.lesson for remedy in available_remedies()}
    assert [name for name in sorted(named) if of_topic(name) is None] == []


def test_every_exercise_is_found_by_its_number_its_name_and_its_file() -> None:
    assert len({one.name for one in exercises()}) == sum(len(part.exercises) for part in course())
    for one in exercises():
        assert find(one.id) is find(one.name) is find(one.file) is one


def test_a_check_names_the_mistake_on_a_small_input() -> None:
    one = find("softmax-cross-entropy")
    mistake = next(m for m in one.mistakes if m.name == "the wrong axis")
    verdict = verify(one, Inside(mistake.source), seed=1)
    assert verdict.failure is not None
    assert verdict.failure.mistake == "the wrong axis"
    assert verdict.failure.args[0].size <= 4


def test_the_gate_tells_a_mistake_that_is_called_by_another_name() -> None:
    one = find("standardize")
    wrong = next(m for m in one.mistakes if m.name == "divided by the variance")
    assert list(misnamed(one, [wrong])) == []
    told = list(misnamed(one, [wrong, replace(wrong, name="divided by the deviation")]))
    assert told == ["the mistake 'divided by the deviation' is called 'divided by the variance'"]
    unnamed = replace(wrong, source=one.solution)
    assert list(misnamed(one, [unnamed])) == ["none of 1 known mistakes is called by its name"]


def test_what_agrees_with_a_mistake_on_one_input_only_is_not_named() -> None:
    one = find("standardize")
    mistake = next(m for m in one.mistakes if m.name == "divided by n − 1")
    alike_for_two = one.solution.replace("x.std(axis=0)", "x.std(axis=0) * (2**0.5 if len(x) == 2 else 3)")
    x = np.array([[1.0, 2.0, 3.5], [4.0, 3.0, 9.0]])
    assert close(Inside(alike_for_two).call("fit", x), Inside(mistake.source).call("fit", x))
    for seed in range(5):
        failure = verify(one, Inside(alike_for_two), seed).failure
        assert failure is not None
        assert failure.mistake == ""


def test_of_the_mistakes_that_are_tried_on_an_answer_nothing_is_heard() -> None:
    one = find("standardize")
    forgot = Inside(one.solution.replace("== 0", "== 5"))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        failures = [verify(one, forgot, seed).failure for seed in range(3)]
    assert all(f is not None and f.mistake for f in failures)
    assert not heard  # on a single row, the mistake that divides by n - 1 divides by 0


def test_the_same_seed_gives_the_same_check() -> None:
    one = find("convolution")
    wrong = Inside(one.mistakes[0].source)
    first, again, other = (verify(one, wrong, seed).failure for seed in (5, 5, 6))
    assert first is not None
    assert again is not None
    assert other is not None
    assert [a.tolist() for a in first.args[:2]] == [a.tolist() for a in again.args[:2]]
    assert [a.tolist() for a in first.args[:2]] != [a.tolist() for a in other.args[:2]]


def test_a_check_that_compares_nothing_is_no_check() -> None:
    from fathom.learning.trial import prop

    empty = prop("nothing")(lambda t: None)
    with pytest.raises(AssertionError, match="compares nothing"):
        verify(find("1.1"), Inside(find("1.1").solution), 0, props=[empty])


def test_a_stub_keeps_what_is_given() -> None:
    source = 'def given(x):\n    return x\n\n\ndef mine(x):\n    """Twice."""\n    y = 2\n    return y * x\n'
    made = stub(source, ["mine"])
    assert "return x\n" in made
    assert '"""Twice."""\n    raise NotImplementedError' in made
    assert "y = 2" not in made
    compile(made, "stub", "exec")


METHODS = """class Scale:
    def __init__(self, factor):
        self.factor = factor

    def forward(self, x):
        return x * self.factor


def forward(x):
    return x + 1
"""


def test_a_method_is_written_as_a_function_is() -> None:
    made = stub(METHODS, ["Scale.forward"])
    assert made.count(MARK) == 1
    assert "x * self.factor" not in made
    assert "self.factor = factor" in made
    assert "return x + 1" in made
    assert body_lines(METHODS, ["Scale.__init__", "Scale.forward"]) == 2
    assert {m.edit for m in mutants(METHODS, ["Scale.forward"])} == {
        "Scale.forward: return x * self.factor → return x / self.factor"
    }


def test_an_edit_that_fits_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="to replace"):
        edited("a = 1", [["b", "c"]])


def test_mutants_are_single_edits_that_differ() -> None:
    source = "def f(x, y):\n    z = x + 1\n    return z * y if x > y else -z\n"
    made = list(mutants(source, ["f"]))
    assert len({m.source for m in made}) == len(made)
    edits = {m.edit for m in made}
    assert "f: z = x + 1 → z = x - 1" in edits
    assert "f: z = x + 1 → z = x + 2" in edits
    assert "f: z = x + 1 → (left out)" in edits
    assert any(">=" in edit for edit in edits)
