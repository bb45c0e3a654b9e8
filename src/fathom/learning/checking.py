"""Runs a check: every property on inputs that grow, with a fresh seed that is told, until one fails.

Of what fails the smallest input is looked for; and where the output is that of a known mistake, the mistake is named.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fathom.learning.child import Tensor
from fathom.learning.comparison import NOTHING
from fathom.learning.course import Exercise
from fathom.learning.evidence import Call, asked
from fathom.learning.misconceptions import name_of
from fathom.learning.sandbox import Broken, Inside
from fathom.learning.trial import UNUSABLE, Callee, Prop, Trial, Wrong

PLAIN = 40
"""Small inputs, with numbers that are easy to read, that are tried to show a failure on."""

PATIENCE = 0.5
"""Seconds that are spent on looking for one."""


@dataclass(frozen=True)
class Failure:
    """What did not hold.

    Attributes:
        title: of the property.
        says: what, in a sentence.
        name, args: the call that shows it; "" where none did.
        got, expected: what came out, and what should have.
        mistake, why: the known mistake that gives the same, and why it is tempting; "" where none does.
        line: of the learner's file where it was raised, from 1; 0 where nothing was.
        rtol, atol: how far the two may lie apart, relative to what is expected, and absolutely; 0 where nothing was
            compared.
        kind: ``wrong``, or why there was no answer: ``syntax``, ``unwritten``, ``time``, ``crash``, ``mutation``,
            ``error``.
    """

    title: str
    says: str
    name: str = ""
    args: tuple[Any, ...] = ()
    got: Any = None
    expected: Any = None
    mistake: str = ""
    why: str = ""
    kind: str = "wrong"
    rtol: float = 0.0
    atol: float = 0.0
    line: int = 0


@dataclass(frozen=True)
class Verdict:
    """What came of a check.

    Attributes:
        failure: the first, or None.
        seed: of everything random.
        asserted: comparisons made.
        seconds: that it took.
        held: titles of the properties that held.
    """

    failure: Failure | None
    seed: int
    asserted: int
    seconds: float
    held: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether all held."""
        return self.failure is None


def verify(
    exercise: Exercise,
    learner: Callee,
    seed: int,
    *,
    props: Sequence[Prop] | None = None,
    reference: Callee | None = None,
    explain: bool = True,
) -> Verdict:
    """Try every property.

    Args:
        exercise: whose.
        learner: the code.
        seed: of everything random.
        props: read from the exercise without.
        reference: the solution without; that of a variant where one is checked.
        explain: look for the smallest input and the known mistake.
    """
    began, asserted = time.monotonic(), 0
    held: list[str] = []
    right = reference or Inside(exercise.solution)
    every = exercise.props() if props is None else props
    for number, one in enumerate(every):
        before = asserted
        for i in range(one.trials):
            trial = Trial(learner, right, np.random.default_rng((seed, number, i)), level=i // 2)
            try:
                one.body(trial)
            except (Wrong, Broken, *UNUSABLE) as error:
                failure = _told(exercise, one, error, trial)
                if explain:
                    failure = _explained(exercise, every, one, failure, learner, right, seed)
                asserted += trial.asserted
                return Verdict(failure, seed, asserted, time.monotonic() - began, tuple(held))
            asserted += trial.asserted
        if asserted == before:
            raise AssertionError(f"the property {one.title!r} of {exercise.id} compares nothing")
        held.append(one.title)
    return Verdict(None, seed, asserted, time.monotonic() - began, tuple(held))


def _told(exercise: Exercise, one: Prop, error: Exception, trial: Trial) -> Failure:
    if isinstance(error, Wrong):
        says = error.says
        if says == NOTHING and exercise.allows_none(error.name):
            says = "None comes back, and there is an answer"
        return Failure(
            one.title, says, error.name, error.given, error.got, error.expected, rtol=error.rtol, atol=error.atol
        )
    name, args, got = trial.last
    if isinstance(error, Broken):
        return Failure(one.title, str(error), name, args, kind=error.kind, line=error.line)
    if got is None and not exercise.allows_none(name):
        return Failure(one.title, NOTHING, name, args)
    says = f"what {name} returns cannot be used ({type(error).__name__}: {error})"
    return Failure(one.title, says, name, args, got)


def _explained(
    exercise: Exercise, props: Sequence[Prop], one: Prop, failure: Failure, learner: Callee, right: Callee, seed: int
) -> Failure:
    """The failure on a smaller input, and with the known mistake behind it where that is sure."""
    if failure.kind not in ("wrong", "error") or not failure.name:
        return failure
    if failure.kind == "wrong" and not exercise.trained and one.trials > 1:
        failure = _smallest(exercise, one, learner, right, seed) or failure
    try:  # what was compared may only follow from what was answered
        got = asked(learner, failure.name, failure.args)
    except Broken:
        return failure
    mistake = name_of(exercise, props, one, Call(failure.name, failure.args, got), learner, right, seed)
    return failure if mistake is None else replace(failure, mistake=mistake.name, why=mistake.why)


def _smallest(exercise: Exercise, one: Prop, learner: Callee, right: Callee, seed: int) -> Failure | None:
    """The failure again, on the smallest input with readable numbers that shows it."""
    found: Failure | None = None
    began = time.monotonic()
    for i in range(PLAIN):
        if time.monotonic() - began > PATIENCE:
            break
        trial = Trial(learner, right, np.random.default_rng((seed, 10_000 + i)), level=i // 10, plain=True)
        try:
            one.body(trial)
        except Wrong as error:
            new = _told(exercise, one, error, trial)
            if found is None or _size(new) < _size(found):
                found = new
        except (Broken, *UNUSABLE):
            continue
    return found


def _size(failure: Failure) -> tuple[int, float]:
    """Numbers in the arguments, and how long they are to write."""
    arrays = [np.asarray(a) for a in failure.args if isinstance(a, np.ndarray | int | float | Tensor)]
    return sum(a.size for a in arrays), float(sum(len(repr(x)) for a in arrays for x in a.ravel()[:50].tolist()))
