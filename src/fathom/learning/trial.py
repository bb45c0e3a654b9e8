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

from fathom.learning.child import Code, Seed

Floats = NDArray[np.float64]

__all__ = ["Code", "Prop", "Seed", "Trial", "Wrong", "close", "prop"]


class Callee(Protocol):
    """Code that can be called by the names of its functions."""

    def call(self, name: str, *args: Any) -> Any:
        """What the function returns."""


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


class Wrong(Exception):  # noqa: N818 (it is told, not raised to a user)
    """Something that must hold does not.

    Attributes:
        says: what, in a sentence.
        name, args: the call that shows it.
        got, expected: what came out, and what should have; None where there is no such.
    """

    def __init__(
        self, says: str, name: str = "", args: Sequence[Any] = (), got: Any = None, expected: Any = None
    ) -> None:
        super().__init__(says)
        self.says, self.name, self.got, self.expected = says, name, got, expected
        self.given = tuple(args)


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

    def same(self, name: str, *args: Any, says: str = "", rtol: float = 1e-7) -> Any:
        """The learner's function returns what the solution's does; returns it."""
        expected = self.right(name, *args)
        got = self.mine(name, *args)
        self.asserted += 1
        why = differs(got, expected, rtol)
        if why:
            raise Wrong(says or why, name, args, got, expected)
        return got

    def equal(self, got: Any, expected: Any, says: str, rtol: float = 1e-7) -> None:
        """Two values agree."""
        self.asserted += 1
        if differs(got, expected, rtol):
            name, args, _ = self.last
            raise Wrong(says, name, args, got, expected)

    def true(self, holds: Any, says: str) -> None:
        """Something holds."""
        self.asserted += 1
        if not holds:
            name, args, got = self.last
            raise Wrong(says, name, args, got)

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
        numeric = np.zeros_like(x)
        for at in np.ndindex(*x.shape):
            h = 1e-5 * max(1.0, abs(float(x[at])))
            up, down = x.copy(), x.copy()
            up[at] += h
            down[at] -= h
            numeric[at] = np.sum(upstream * (np.asarray(f(up)) - np.asarray(f(down)))) / (2 * h)
        self.asserted += 1
        if differs(got, numeric, 1e-5, 1e-7):
            raise Wrong(f"{says}: central differences say otherwise", name, args, got, numeric)
        self.last = (name, args, value)


def close(a: Any, b: Any, rtol: float = 1e-7, atol: float = 1e-9) -> bool:
    """Whether two values agree, shapes included."""
    return not differs(a, b, rtol, atol)


def differs(got: Any, expected: Any, rtol: float = 1e-7, atol: float = 1e-9) -> str:
    """How two values differ, or ""."""
    if expected is None:
        return "" if got is None else "nothing should be returned"
    if got is None:
        return "nothing comes back: is there a return?"
    if isinstance(expected, dict):
        if not isinstance(got, dict) or set(got) != set(expected):
            return "the keys differ"
        return next((w for k in expected if (w := differs(got[k], expected[k], rtol, atol))), "")
    if isinstance(expected, set):
        return "" if set(got) == expected else "the sets differ"
    if isinstance(expected, list | tuple) and not _numeric(expected):
        if not isinstance(got, list | tuple | np.ndarray):
            return f"{len(expected)} values should come back"
        if len(got) != len(expected):
            return f"{len(got)} values come back, and {len(expected)} should"
        return next((w for g, e in zip(got, expected) if (w := differs(g, e, rtol, atol))), "")
    if isinstance(expected, str | bool):
        return "" if not isinstance(got, np.ndarray | list | tuple) and got == expected else "the values differ"
    return _arrays(got, expected, rtol, atol)


def _arrays(got: Any, expected: Any, rtol: float, atol: float) -> str:
    try:
        a, b = np.asarray(got), np.asarray(expected)
    except ValueError:
        return "the rows have different lengths"
    if a.dtype.kind not in "bifuc":
        return "" if a.shape == b.shape and np.array_equal(a, b) else "the values differ"
    if a.shape != b.shape:
        return f"the shape is {a.shape}, and should be {b.shape}"
    if not np.isfinite(a).all() and np.isfinite(b).all():
        return "a value is not finite"
    if np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True):
        return ""
    return "the values differ"


def _numeric(values: Sequence[Any]) -> bool:
    """Whether a list or tuple holds plain numbers only."""
    return bool(values) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
