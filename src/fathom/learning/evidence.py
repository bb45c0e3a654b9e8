"""What a learner's function answered, on inputs of many kinds: what a known mistake must agree with to be named."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fathom.learning import child
from fathom.learning.comparison import close
from fathom.learning.sandbox import Broken
from fathom.learning.trial import UNUSABLE, Callee, Look, Prop, Trial, Wrong

TRIALS = 40
"""More trials of the property that failed at most, until `FAILING` of them fail."""

FAILING = 6
OTHERS = 5
"""Trials of each other property, and a third of its own where these are more: it is tried often for a reason."""

EACH = 8
"""Calls of one trial that are compared: central differences call a hundred times."""

PATIENCE = 0.6
"""Seconds that are spent on more trials of the property that failed, and as many on those of the others."""

Looks = Mapping[str, Look]
"""How the random answers of functions are compared, by the functions' names."""

LOOSE = 0.1
"""How much two looks may differ, relative and absolute: they are figures of random numbers."""


@dataclass(frozen=True)
class Raised:
    """Stands for an answer: the function raised an exception of this name."""

    error: str


@dataclass
class Call:
    """What a function was asked, what it gave, and whether the solution gives something else."""

    name: str
    args: tuple[Any, ...]
    got: Any
    differs: bool = False


def asked(code: Callee, name: str, args: Sequence[Any]) -> Any:
    """What a function answers; `Raised` where it raises.

    Raises:
        Broken: there is no answer of the function's own, such as after an endless loop.
    """
    try:
        return code.call(name, *args)
    except Broken as error:
        if error.error:
            return Raised(error.error)
        raise


def alike(args: tuple[Any, ...], one: Any, other: Any, look: Look | None = None) -> bool:
    """Whether two answers to the same call are the same; random ones where they look the same, or cannot be told."""
    if isinstance(one, Raised) or isinstance(other, Raised):
        return isinstance(one, Raised) and isinstance(other, Raised) and one == other
    if look is None:
        return close(one, other)
    try:
        a, b = look(args, one), look(args, other)
    except UNUSABLE:
        return False
    return a is None or b is None or close(a, b, LOOSE, LOOSE)


def collect(
    props: Sequence[Prop],
    failed: Prop,
    shown: Call,
    learner: Callee,
    right: Callee,
    seed: int,
    looks: Mapping[str, Look],
) -> tuple[list[Call], list[Call]]:
    """Calls of the function that failed, each input once, those first that the solution answers otherwise.

    Args:
        props: all of the exercise.
        failed: the property that did not hold.
        shown: the call that shows it.
        learner, right: the code, and the solution.
        seed: of the check.
        looks: at the random answers of functions.

    Returns:
        these, and calls of the other functions.
    """
    found = [shown, *_of_failed(failed, shown.name, learner, right, seed)]
    found += _of_others([one for one in props if one is not failed], shown.name, learner, right, seed)
    unlike: dict[bytes, Call] = {}
    for call in found:
        unlike.setdefault(_key(call), call)
    calls = [call for call in unlike.values() if call.name == shown.name]
    for call in calls:
        call.differs = _differs(call, right, looks.get(call.name))
    others = [call for call in unlike.values() if call.name != shown.name]
    return sorted(calls, key=lambda call: not call.differs), others


class _Enough(Exception):  # noqa: N818 (a signal)
    """So many calls were recorded that the rest of the trial tells nothing new."""


@dataclass
class _Recorder:
    """The learner's code, and what it was asked, up to `EACH` calls of each function."""

    learner: Callee
    name: str
    until_end: bool
    calls: dict[str, list[Call]] = field(default_factory=dict)

    def call(self, name: str, *args: Any) -> Any:
        """As the learner's."""
        mine = self.calls.setdefault(name, [])
        if len(mine) >= EACH:
            if name == self.name and not self.until_end:
                raise _Enough
            return self.learner.call(name, *args)
        given = child.copied(args)  # a property may go on with its arrays, and change them
        try:
            value = self.learner.call(name, *args)
        except Broken as error:
            if error.error:
                mine.append(Call(name, given, Raised(error.error)))
            raise
        mine.append(Call(name, given, value))
        return value

    def work(self, name: str, *args: Any) -> int:
        """As the learner's; nothing is recorded."""
        return self.learner.work(name, *args)

    def all(self) -> Iterator[Call]:
        """What was recorded."""
        for calls in self.calls.values():
            yield from calls


def _of_failed(one: Prop, name: str, learner: Callee, right: Callee, seed: int) -> Iterator[Call]:
    """Calls of more trials of the property that failed, until some failed again."""
    began, failed = time.monotonic(), 0
    for i in range(TRIALS):
        if failed >= FAILING or time.monotonic() - began > PATIENCE:
            return
        recorder = _Recorder(learner, name, until_end=True)
        failed += not _held(one, Trial(recorder, right, np.random.default_rng((seed, 20_000 + i)), level=1 + i // 4))
        yield from recorder.all()


def _of_others(props: Sequence[Prop], name: str, learner: Callee, right: Callee, seed: int) -> Iterator[Call]:
    """Calls of some trials of the other properties, the first of each first."""
    began = time.monotonic()
    silent: set[int] = set()
    rounds = [max(OTHERS, one.trials // 3) for one in props]
    for i in range(max(rounds, default=0)):
        for number, one in enumerate(props):
            if time.monotonic() - began > PATIENCE:
                return
            if number in silent or i >= rounds[number]:
                continue
            recorder = _Recorder(learner, name, until_end=False)
            _held(one, Trial(recorder, right, np.random.default_rng((seed, 30_000 + number, i)), level=1 + i))
            if name not in recorder.calls:
                silent.add(number)
            yield from recorder.all()


def _held(one: Prop, trial: Trial) -> bool:
    """Whether a property held, or the learner's code gave no answer at which it could fail."""
    try:
        one.body(trial)
    except Wrong:
        return False
    except (Broken, _Enough, *UNUSABLE) as error:
        return not (isinstance(error, Broken) and error.error)
    return True


def _differs(call: Call, right: Callee, look: Look | None) -> bool:
    """Whether the solution gives something else."""
    try:
        return not alike(call.args, call.got, asked(right, call.name, call.args), look)
    except Broken:
        return False


def _key(call: Call) -> bytes:
    """The same for the same question."""
    arrays: list[np.ndarray] = []
    head = json.dumps([call.name, child.pack(list(call.args), arrays)])
    return head.encode() + b"".join(a.tobytes() for a in arrays)


def weight(calls: Sequence[Call]) -> float:
    """How much it tells that a mistake gives the same on all of these: most where the solution gives something else."""
    return sum(_weight(call.got) if call.differs else RIGHT for call in calls)


RIGHT = 0.05
"""What an answer weighs that is right."""

RICH = 3
"""Different fractions in an answer that hardly agree by chance: it weighs 2; one with few numbers behind it 1."""

POOR = 0.5
"""What an answer weighs that is yes or no, nothing, not a number or an exception."""


def _weight(value: Any) -> float:
    leaves = list(_leaves(value))
    numbers = [x for x in leaves if isinstance(x, float | int | complex) and not isinstance(x, bool)]
    finite = [x for x in numbers if np.isfinite(x)]
    if isinstance(value, Raised) or (numbers and not finite):
        return POOR
    if len(leaves) == 1 and (leaves[0] is None or isinstance(leaves[0], bool)):
        return POOR
    fractions = {x for x in finite if not float(abs(x)).is_integer()}
    return 2.0 if len(fractions) >= RICH and len(finite) == len(numbers) else 1.0


def _leaves(value: Any) -> Iterator[Any]:
    """The single values in a value, of large arrays the first."""
    if isinstance(value, child.Tensor):
        value = value.array
    if isinstance(value, np.ndarray):
        value = value.ravel()[:1000].tolist()
    elif isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple | set | frozenset):
        for part in value:
            yield from _leaves(part)
    else:
        yield value.item() if isinstance(value, np.generic) else value
