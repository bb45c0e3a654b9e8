"""Names the known mistake that a wrong answer comes from, or says nothing: a wrong name leads further astray than none.

One output may coincide with a mistake's by chance. So the property is tried on more inputs; a mistake is named only
where it gives what the learner gives on all of them, and does so on several where the solution gives something else.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fathom.learning import child
from fathom.learning.course import Exercise, Mistake
from fathom.learning.sandbox import Broken, Inside
from fathom.learning.trial import Callee, Prop, Trial, Wrong, close

TRIALS = 40
"""More inputs that are tried at most, until `FAILING` of them fail."""

FAILING = 6
EACH = 8
"""Calls of one trial that are compared: central differences call a hundred times."""

PATIENCE = 0.6
"""Seconds that are spent on more inputs."""

ENOUGH = 3
"""What the inputs must weigh together on which mistake and solution differ; one with few numbers behind it weighs 1."""

RICH = 3
"""Different numbers in an output that hardly agree by chance: it weighs 2."""


@dataclass
class Call:
    """What the learner's code was asked, what it gave, and whether the solution gives something else."""

    name: str
    args: tuple[Any, ...]
    got: Any
    differs: bool = False


@dataclass
class _Recorder:
    """The learner's code, and what it was asked."""

    learner: Callee
    calls: list[Call] = field(default_factory=list)

    def call(self, name: str, *args: Any) -> Any:
        """As the learner's."""
        value = self.learner.call(name, *args)
        self.calls.append(Call(name, args, value))
        return value


def name_of(exercise: Exercise, one: Prop, shown: Call, learner: Callee, right: Callee, seed: int) -> Mistake | None:
    """The known mistake behind a failure, or None.

    Args:
        exercise, one: what failed.
        shown: the call that shows it.
        learner, right: the code, and the solution.
        seed: of the check.
    """
    calls = [shown, *_more(one, learner, right, seed)]
    for call in calls:
        call.differs = _differs(call, right)
    calls = _different(calls)
    weights = [_weight(call.got) for call in calls if call.differs]
    if sum(weights) < ENOUGH:
        return None
    alike = [mistake for mistake in exercise.mistakes if _alike(mistake, calls)]
    sure = max(weights) > 1 or len(alike) == 1  # poor answers are often those of several mistakes
    return alike[0] if alike and sure else None


def _more(one: Prop, learner: Callee, right: Callee, seed: int) -> list[Call]:
    """Calls of more trials of the property, until some failed."""
    found: list[Call] = []
    began, failed = time.monotonic(), 0
    for i in range(TRIALS):
        if failed >= FAILING or time.monotonic() - began > PATIENCE:
            break
        recorder = _Recorder(learner)
        trial = Trial(recorder, right, np.random.default_rng((seed, 20_000 + i)), level=1 + i // 4)
        try:
            one.body(trial)
        except Wrong:
            failed += 1
        except (Broken, TypeError, ValueError, AttributeError, IndexError, KeyError):
            pass  # what was answered until then counts
        found += recorder.calls[:EACH]
    return found


def _differs(call: Call, right: Callee) -> bool:
    """Whether the solution gives something else."""
    try:
        return not close(call.got, right.call(call.name, *call.args))
    except Broken:
        return False


def _different(calls: list[Call]) -> list[Call]:
    """Each input once; those first on which the answer is wrong."""
    found: list[Call] = []
    for call in sorted(calls, key=lambda c: not c.differs):
        if not any(c.name == call.name and _same(c.args, call.args) for c in found):
            found.append(call)
    return found


def _same(a: tuple[Any, ...], b: tuple[Any, ...]) -> bool:
    x: list[np.ndarray] = []
    y: list[np.ndarray] = []
    return child.pack(list(a), x) == child.pack(list(b), y) and all(map(np.array_equal, x, y))


def _alike(mistake: Mistake, calls: list[Call]) -> bool:
    """Whether the mistake gives what the learner gives, always."""
    try:
        code = Inside(mistake.source)
        return all(close(call.got, code.call(call.name, *call.args)) for call in calls)
    except (Broken, SyntaxError):
        return False


def _weight(value: Any) -> int:
    """How much it tells that two give this: nothing, 1 or 2."""
    leaves = list(_leaves(value))
    numbers = [x for x in leaves if isinstance(x, float | int | complex) and not isinstance(x, bool)]
    finite = [x for x in numbers if np.isfinite(x)]
    if (len(leaves) == 1 and (leaves[0] is None or isinstance(leaves[0], bool))) or (numbers and not finite):
        return 0
    fractions = {x for x in finite if not float(abs(x)).is_integer()}
    return 2 if len(fractions) >= RICH and len(finite) == len(numbers) else 1


def _leaves(value: Any) -> Iterator[Any]:
    """The single values in a value, of large arrays the first."""
    if isinstance(value, np.ndarray):
        value = value.ravel()[:1000].tolist()
    elif isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from _leaves(part)
    else:
        yield value.item() if isinstance(value, np.generic) else value
