"""What checks are written with: draws that grow from small to large, comparisons, gradients, and properties.

    @prop("each row sums to 1")
    def rows(t: Trial) -> None:
        scores = t.normal(t.dim(4), t.dim(5))
        t.same("softmax", scores)

A property is tried on inputs that begin as small as can be, so that the first failure is among the smallest there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fathom.learning.child import Code, Seed, Tensor
from fathom.learning.comparison import (
    ATOL,
    CERTAIN,
    RTOL,
    SLOPE_ATOL,
    SLOPE_RTOL,
    Floats,
    allowed,
    central,
    close,
    differs,
    tolerance,
)

__all__ = ["Code", "Look", "Looked", "Prop", "Seed", "Tensor", "Trial", "Wrong", "close", "look", "prop"]

UNUSABLE = (TypeError, ValueError, AttributeError, IndexError, KeyError)
"""What a check raises where it cannot use what came back."""

Look = Callable[[tuple[Any, ...], Any], Any]
"""What tells random answers apart: figures of the arguments and the answer, or None where these say nothing."""


class Callee(Protocol):
    """Code that can be called by the names of its functions."""

    def call(self, name: str, *args: Any) -> Any:
        """What the function returns."""

    def work(self, name: str, *args: Any) -> int:
        """How many steps of Python a call takes."""


@dataclass(frozen=True)
class Prop:
    """Something that must hold.

    Attributes:
        title: what, in words.
        body: draws, calls and compares.
        trials: how often it is tried.
        always: whether it also holds of a variant of the exercise.
    """

    title: str
    body: Callable[[Trial], None]
    trials: int
    always: bool


def prop(title: str, trials: int = 10, always: bool = True) -> Callable[[Callable[[Trial], None]], Prop]:
    """Make a property of a function of a `Trial`."""
    return lambda body: Prop(title, body, trials, always)


@dataclass(frozen=True)
class Looked:
    """How the random answers of a function are compared with those of known mistakes.

    Attributes:
        name: of the function.
        body: what tells two answers apart.
    """

    name: str
    body: Look


def look(name: str) -> Callable[[Look], Looked]:
    """Make it of a function of the arguments and the answer, which may come from other draws of the same seed."""
    return lambda body: Looked(name, body)


class Wrong(Exception):  # noqa: N818 (it is told, not raised to a user)
    """Something that must hold does not.

    Attributes:
        says: what, in a sentence.
        name, args: the call that shows it.
        got, expected: what came out, and what should have; None where there is no such.
        rtol, atol: how far the two may lie apart.
    """

    def __init__(
        self, says: str, name: str = "", args: Sequence[Any] = (), got: Any = None, expected: Any = None,
        rtol: float = 0.0, atol: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(says)
        self.says, self.name, self.got, self.expected = says, name, got, expected
        self.given, self.rtol, self.atol = tuple(args), rtol, atol


@dataclass
class Trial:
    """One trial of a property.

    Attributes:
        learner: the code under check.
        reference: the solution.
        rng: everything random comes from it.
        level: how large what is drawn may be, from 0.
        plain: whether numbers are drawn that are easy to read.
        asserted: comparisons made.
    """

    learner: Callee
    reference: Callee
    rng: np.random.Generator
    level: int = 0
    plain: bool = False
    asserted: int = 0
    last: tuple[str, tuple[Any, ...], Any] = field(default=("", (), None))

    def dim(self, most: int, least: int = 1) -> int:
        """A size: the least at first, then growing; every second one is as large as it may be by then."""
        top = min(most, least + self.level)
        return top if self.rng.random() < 0.5 else int(self.rng.integers(least, top + 1))

    def pick(self, *values: Any) -> Any:
        """One of these; the first of all at the lowest level."""
        return values[0 if self.level == 0 else int(self.rng.integers(len(values)))]

    def normal(self, *shape: int, scale: float = 1.0) -> Floats:
        """Normal numbers, or small whole ones where they shall be read."""
        if self.plain:
            return np.round(self.rng.normal(0, 2, shape)) * max(1.0, round(scale)) + 0.0  # no -0.
        return self.rng.normal(0, scale, shape)

    def uniform(self, low: float, high: float, *shape: int) -> Any:
        """Numbers between two ends; one alone without a shape."""
        found = self.rng.uniform(low, high, shape)
        if self.plain:
            found = np.clip(np.round(found, 1), low, high)
        return found if shape else float(found)

    def tensor(self, *shape: int, scale: float = 1.0, dtype: str = "float32", grad: bool = False) -> Tensor:
        """Normal numbers as a tensor of PyTorch: for exercises that are written with it."""
        return Tensor(self.normal(*shape, scale=scale).astype(np.float32), dtype, grad)

    def labels(self, n: int, classes: int) -> NDArray[np.int64]:
        """Class numbers from 0, ``(n,)``."""
        return self.rng.integers(0, classes, n)

    def seed(self) -> Seed:
        """Stands for a random generator, the same for every receiver."""
        return Seed(int(self.rng.integers(2**31)))

    def mine(self, name: str, *args: Any) -> Any:
        """What the learner's function returns."""
        self.last = (name, args, None)
        got = self.learner.call(name, *args)
        self.last = (name, args, got)
        return got

    def right(self, name: str, *args: Any) -> Any:
        """What the solution's function returns."""
        return self.reference.call(name, *args)

    def same(self, name: str, *args: Any, says: str = "", rtol: float = RTOL) -> Any:
        """The learner's function returns what the solution's does; returns it."""
        expected = self.right(name, *args)
        got = self.mine(name, *args)
        self.asserted += 1
        why = differs(got, expected, rtol)
        if why:
            rtol = tolerance(expected, rtol)
            raise Wrong(why if why in CERTAIN else says or why, name, args, got, expected, rtol, ATOL)
        return got

    def equal(self, got: Any, expected: Any, says: str, rtol: float = RTOL) -> None:
        """Two values agree."""
        self.asserted += 1
        why = differs(got, expected, rtol)
        if why:
            name, args, _ = self.last
            rtol = tolerance(expected, rtol)
            raise Wrong(why if why in CERTAIN else says, name, args, got, expected, rtol, ATOL)

    def true(self, holds: Any, says: str) -> None:
        """Something holds."""
        self.asserted += 1
        if not holds:
            name, args, got = self.last
            raise Wrong(says, name, args, got)

    def whole(self, name: str, few: Sequence[Any], many: Sequence[Any], more: int, says: str) -> None:
        """Whole arrays are computed with: more examples take no more steps of Python.

        Args:
            name: of the learner's function.
            few, many: the arguments of two calls.
            more: examples that the second has more than the first.
            says: what is not done.
        """
        self.last = (name, tuple(few), None)
        steps = self.learner.work(name, *many) - self.learner.work(name, *few)
        self.asserted += 1
        if steps >= more:
            raise Wrong(f"{says}: {more:,} examples more take {steps:,} more steps of Python", name, few)

    def gradient(self, got: Any, f: Callable[[Floats], Any], x: Floats, upstream: Any, says: str) -> None:
        """A gradient agrees with central differences.

        Args:
            got: what is claimed: the gradient of the sum of ``upstream * f(x)`` with respect to x.
            f: of an array like x.
            x: where.
            upstream: the gradient that arrives from above, of the shape of ``f(x)``.
            says: what it is, in words.
        """
        name, args, value = self.last
        self.asserted += 1
        numeric, unsure = central(f, x, upstream, got)
        why = differs(got, numeric, SLOPE_RTOL, SLOPE_ATOL)
        values = why.startswith("the values")
        if why and not (values and (np.abs(np.asarray(got) - numeric) <= allowed(numeric) + unsure).all()):
            told = "central differences say otherwise" if values else why
            raise Wrong(f"{says}: {told}", name, args, got, numeric, SLOPE_RTOL, SLOPE_ATOL)
        self.last = (name, args, value)
