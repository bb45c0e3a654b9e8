"""The placement quiz: two questions for NumPy and for each part; the answers say where a learner should begin."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from fathom.errors import UserError
from fathom.learning.course import ROOT, Exercise, course


@dataclass(frozen=True)
class Question:
    """One of them.

    Attributes:
        part: that it is about; 0 for NumPy.
        question, choices: what is asked.
        answer: number of the right choice, from 0.
        why: what makes it right.
    """

    part: int
    question: str
    choices: tuple[str, ...]
    answer: int
    why: str


@dataclass(frozen=True)
class Placement:
    """What comes of the answers.

    Attributes:
        right: how many were.
        begin: the first exercise of the first part that is not known; None where all are.
        warm_up: whether NumPy should be warmed up first.
    """

    right: int
    begin: Exercise | None
    warm_up: bool


@cache
def questions() -> tuple[Question, ...]:
    """All, in order."""
    told = tomllib.loads((ROOT / "placement.toml").read_text("utf-8"))["question"]
    return tuple(_shuffled(number, one) for number, one in enumerate(told))


def _shuffled(number: int, one: Mapping[str, Any]) -> Question:
    """A question as it is asked: its choices in an order of chance, the same for all, so that no letter is the best."""
    order = list(range(len(one["choices"])))
    random.Random(number + 10).shuffle(order)
    choices = tuple(one["choices"][i] for i in order)
    return Question(one["part"], one["question"], choices, order.index(one["answer"]), one["why"])


def numbers(letters: str) -> list[int]:
    """``"abd"`` → 0, 1, 3; ``-`` for what is not known → -1.

    Raises:
        UserError: they are too many or too few, or there is no such choice.
    """
    asked = questions()
    if len(letters) != len(asked):
        raise UserError(f"there are {len(asked)} questions and {len(letters)} answers: give a letter for each, or -")
    found = [-1 if letter == "-" else ord(letter.lower()) - ord("a") for letter in letters]
    for number, (choice, one) in enumerate(zip(found, asked), 1):
        if not -1 <= choice < len(one.choices):
            raise UserError(f"question {number} has no answer {letters[number - 1]!r}: choose a to d, or -")
    return found


def place(answers: Sequence[int]) -> Placement:
    """Where to begin: in front of the first part of which not both questions were answered rightly."""
    right = [answer == one.answer for answer, one in zip(answers, questions())]
    unknown = {one.part for one, known in zip(questions(), right) if not known}
    begin = next((part.exercises[0] for part in course() if part.number in unknown), None)
    return Placement(sum(right), begin, 0 in unknown)
