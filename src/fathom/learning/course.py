"""What exercises there are: read from the folders of `fathom/course`, in the order of `course.toml`.

course/course.toml                    parts, their exercises in order, projects
course/terms.toml                     the field's words, by the exercise whose lesson explains them
course/PART/EXERCISE/exercise.toml    title, functions to write, prediction, hints, topics
                     lesson.md        the page
                     solution.py      from which the stub is made
                     check.py         what must hold
                     variants.toml    other right solutions, known mistakes, mutants that change nothing
                     swap.py          puts the functions into a training of fathom's own; not all have one
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from fathom.errors import UserError
from fathom.learning.stubs import edited, stub
from fathom.learning.trial import Look, Looked, Prop
from fathom.spelling import nearest

VALUE = "VALUE"
"""Stands in the edits of a mistake for each of its ``values``."""

ROOT = Path(__file__).parents[1] / "course"


@dataclass(frozen=True)
class Mistake:
    """A known wrong solution.

    Attributes:
        name: of the misconception.
        why: what it is, and why it is tempting.
        source: the whole code.
        edits: of the solution, by which it is made, old and new text; none where the code is written out.
    """

    name: str
    why: str
    source: str
    edits: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Predict:
    """A question to be answered before anything is written.

    Attributes:
        question: in a sentence or two.
        choices: the answers to choose from.
        answer: number of the right one, from 0.
        why: what makes it right.
    """

    question: str
    choices: tuple[str, ...]
    answer: int
    why: str


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Attributes:
        part, number: of it; from 1.
        id: ``1.5``.
        name: of its folder, ``softmax-cross-entropy``.
        folder: where it lies.
        told: what `exercise.toml` says.
    """

    part: int
    number: int
    name: str
    folder: Path
    told: Mapping[str, Any]

    @property
    def id(self) -> str:
        """``1.5``."""
        return f"{self.part}.{self.number}"

    @property
    def title(self) -> str:
        """In a few words."""
        return str(self.told["title"])

    @property
    def file(self) -> str:
        """Its name in the learner's folder: ``1_05_softmax_cross_entropy.py``."""
        return f"{self.part}_{self.number:02d}_{self.name.replace('-', '_')}.py"

    @property
    def write(self) -> tuple[str, ...]:
        """The functions that are to be written."""
        return tuple(self.told["write"])

    @property
    def trained(self) -> bool:
        """Whether its check trains something, so that it takes seconds."""
        return self.told.get("kind", "unit") == "trained"

    @property
    def libraries(self) -> tuple[str, ...]:
        """What it is written with besides NumPy: ``torch``, or nothing."""
        return tuple(self.told.get("libraries", ()))

    @property
    def seconds(self) -> float:
        """That a call may take."""
        return 30.0 if self.trained else 4.0

    @property
    def topics(self) -> tuple[str, ...]:
        """What findings call it."""
        return tuple(self.told.get("topics", ()))

    @property
    def hints(self) -> tuple[str, ...]:
        """A question, a location, a formula with a blank, an example worked out."""
        return tuple(self.told["hints"])

    @property
    def predict(self) -> Predict:
        """What is to be predicted."""
        one = self.told["predict"]
        return Predict(one["question"], tuple(one["choices"]), one["answer"], one["why"])

    @cached_property
    def solution(self) -> str:
        """The source."""
        return (self.folder / "solution.py").read_text("utf-8")

    @property
    def stub(self) -> str:
        """What a learner is given."""
        return stub(self.solution, self.write)

    @property
    def lesson(self) -> str:
        """Markdown."""
        return (self.folder / "lesson.md").read_text("utf-8")

    @cached_property
    def variants(self) -> Mapping[str, Any]:
        """What `variants.toml` says."""
        return tomllib.loads((self.folder / "variants.toml").read_text("utf-8"))

    @property
    def rights(self) -> tuple[Mistake, ...]:
        """Other right solutions."""
        return tuple(self._variant(one) for one in self.variants.get("right", ()))

    @property
    def mistakes(self) -> tuple[Mistake, ...]:
        """Known wrong ones, each with the first of its values."""
        return tuple(self._variant(one) for one in self.variants.get("wrong", ()))

    @cached_property
    def recognized(self) -> tuple[Mistake, ...]:
        """Known wrong ones with all of their values: a guard may be of 1e-8 or of 1e-12, and is the same mistake."""
        told = self.variants.get("wrong", ())
        return tuple(self._variant(one, str(value)) for one in told for value in one.get("values", ("",)))

    @property
    def other(self) -> tuple[str, str] | None:
        """The variant that comes back later: what is asked otherwise, and its solution; None where there is none."""
        one = self.variants.get("variant")
        return None if one is None else (str(one["task"]), edited(self.solution, one["edits"]))

    def looks(self) -> Mapping[str, Look]:
        """How the random answers of functions are compared, by the functions' names."""
        return {one.name: one.body for one in self._checks() if isinstance(one, Looked)}

    def allows_none(self, name: str) -> bool:
        """Whether None is an answer that the function's description speaks of."""
        for node in ast.parse(self.solution).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return "None" in (ast.get_docstring(node) or "")
        return False

    @property
    def version(self) -> str:
        """Of the check and the solution: another one makes what was solved stale."""
        text = self.solution + (self.folder / "check.py").read_text("utf-8")
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def props(self) -> tuple[Prop, ...]:
        """What must hold, in the order of the file."""
        return tuple(one for one in self._checks() if isinstance(one, Prop))

    def _checks(self) -> Iterable[Any]:
        """What `check.py` makes."""
        spec = importlib.util.spec_from_file_location(
            f"fathom_check_{self.id.replace('.', '_')}", self.folder / "check.py"
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return vars(module).values()

    def _variant(self, one: Mapping[str, Any], value: str = "") -> Mistake:
        value = value or str(next(iter(one.get("values", ())), ""))
        edits = tuple((str(old), str(new).replace(VALUE, value)) for old, new in one.get("edits", ()))
        source = one["code"] if "code" in one else edited(self.solution, edits)
        return Mistake(str(one["name"]), str(one.get("why", "")), source, edits)


@dataclass(frozen=True)
class Part:
    """One part.

    Attributes:
        number: from 1.
        title: of it.
        exercises: in order.
        project: name of the project at its end; "" where it has none.
    """

    number: int
    title: str
    exercises: tuple[Exercise, ...]
    project: str


@cache
def course() -> tuple[Part, ...]:
    """The parts, in order."""
    told = tomllib.loads((ROOT / "course.toml").read_text("utf-8"))
    parts = []
    for number, part in enumerate(told["part"], 1):
        exercises = []
        for i, name in enumerate(part["exercises"], 1):
            folder = ROOT / part["folder"] / name
            exercises.append(
                Exercise(number, i, name, folder, tomllib.loads((folder / "exercise.toml").read_text("utf-8")))
            )
        parts.append(Part(number, part["title"], tuple(exercises), part.get("project", "")))
    return tuple(parts)


def exercises() -> tuple[Exercise, ...]:
    """All, in order."""
    return tuple(one for part in course() for one in part.exercises)


def find(text: str) -> Exercise:
    """The exercise of that number, name or file, or the one whose lesson explains that word.

    Raises:
        UserError: there is none.
    """
    wanted = Path(text).name.removesuffix(".py").lower()
    for one in exercises():
        if wanted in (one.id, one.name, one.file.removesuffix(".py"), one.name.replace("-", "_")):
            return one
    found = of_topic(wanted) or of_term(wanted)
    if found is not None:
        return found
    near = [_known_terms()[word][0] for word in nearest(_plain(wanted), _known_terms(), 3, 0.75)]
    hint = f"did you mean {' or '.join(near)}?" if near else "write its number, such as 1.5"
    raise UserError(f"there is no exercise {text!r}: {hint} (fathom learn list shows them)")


def of_topic(topic: str) -> Exercise | None:
    """The exercise whose page explains what a finding names; None where there is none."""
    return next((one for one in exercises() if topic == one.name or topic in one.topics), None)


def of_term(term: str) -> Exercise | None:
    """The exercise whose page explains a word of the field, in singular or plural; None where there is none."""
    known = _known_terms().get(_plain(term))
    return None if known is None else next(one for one in exercises() if one.name == known[1])


@cache
def terms() -> Mapping[str, Sequence[str]]:
    """The field's words that are explained, by the name of the exercise: what `terms.toml` says."""
    return tomllib.loads((ROOT / "terms.toml").read_text("utf-8"))


@cache
def _known_terms() -> Mapping[str, tuple[str, str]]:
    """Each word as it is written, and the name of its exercise, by its plain form; titles and topics, too."""
    named = {_plain(word): (word, one.name) for one in exercises() for word in (one.name, one.title, *one.topics)}
    return named | {_plain(word): (word, name) for name, words in terms().items() for word in words}


def _plain(word: str) -> str:
    """``Learning  rates`` → ``learning-rate``: words that differ in form alone are the same."""
    parts = re.sub(r"[^\w+]+", "-", word.lower()).replace("_", "-").strip("-").split("-")
    return "-".join(re.sub(r"(?<=[sx])es$|(?<=..[^aisu])s$", "", part) for part in parts)
