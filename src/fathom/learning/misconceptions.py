"""Names the known mistake that a wrong answer comes from, or says nothing: a wrong name leads further astray than none.

One output may coincide with a mistake's by chance. So the function is asked on inputs of all properties, and a mistake
is named only where it alone gives what the learner gives on every one of them, right or wrong, and several are wrong.
The exercise's own mistakes come first, then two of them at once, then slips that are made everywhere.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from itertools import combinations

from fathom.learning.course import Exercise, Mistake
from fathom.learning.evidence import Call, Looks, alike, asked, collect, weight
from fathom.learning.sandbox import Broken, Inside
from fathom.learning.slips import Slip, slips
from fathom.learning.stubs import edited
from fathom.learning.trial import Callee, Prop

SEVERAL = 3
"""Inputs that must be answered wrongly in the same way, and what they must weigh together; for two mistakes at once
and for slips `RARE` times as much, since more of them are tried."""

RARE = 2

PATIENCE = 0.8
"""Seconds that are spent on mistakes that are not the exercise's own."""


def name_of(
    exercise: Exercise, props: Sequence[Prop], failed: Prop, shown: Call, learner: Callee, right: Callee, seed: int
) -> Mistake | None:
    """The known mistake behind a failure, or None.

    Args:
        exercise: what was to be written.
        props: all that must hold.
        failed: what did not.
        shown: the call that shows it.
        learner, right: the code, and the solution.
        seed: of the check.
    """
    looks = exercise.looks()
    look = looks.get(shown.name)
    calls, others = collect(props, failed, shown, learner, right, seed, looks)
    wrong = sum(call.differs for call in calls)
    if wrong < SEVERAL or weight(calls) < SEVERAL:
        return None
    own = [mistake for mistake in exercise.recognized if _agrees(mistake.source, calls, looks)]
    if len({mistake.name for mistake in own}) > 1:  # what else the code does may tell
        own = [mistake for mistake in own if _agrees(mistake.source, others, looks)] or own
    if own:
        return own[0] if len({mistake.name for mistake in own}) == 1 else None
    return _rarer(exercise, calls, looks) if weight(calls) >= RARE * SEVERAL and look is None else None


def _rarer(exercise: Exercise, calls: Sequence[Call], looks: Looks) -> Mistake | None:
    """Two of the exercise's mistakes at once, or a slip that is made everywhere; None unless it is one alone."""
    began = time.monotonic()
    both: list[Mistake] = []
    for mistake in _pairs(exercise):
        if time.monotonic() - began > PATIENCE:
            return None
        if _agrees(mistake.source, calls, looks):
            both.append(mistake)
    if both:
        return both[0] if len({mistake.name for mistake in both}) == 1 else None
    named: dict[str, Slip] = {}
    for slip in slips(exercise.solution, exercise.write):
        if time.monotonic() - began > PATIENCE:
            return None
        if slip.name not in named and _agrees(slip.code, calls, looks):
            named[slip.name] = slip
    if len(named) != 1:
        return None
    (slip,) = named.values()
    return Mistake(slip.name, slip.why, "")


def _pairs(exercise: Exercise) -> Iterator[Mistake]:
    """Two mistakes at once, where both can be made."""
    for a, b in combinations([one for one in exercise.mistakes if one.edits], 2):
        try:
            source = edited(exercise.solution, [*a.edits, *b.edits])
        except ValueError:
            continue
        yield Mistake(f"{a.name}; and {b.name}", f"{a.why} And: {b.why}", source)


def _agrees(source: object, calls: Sequence[Call], looks: Looks) -> bool:
    """Whether a mistake gives what the learner gives, always."""
    try:
        code = Inside(source)  # type: ignore[arg-type]
        return all(
            alike(call.args, call.got, asked(code, call.name, call.args), looks.get(call.name)) for call in calls
        )
    except (Broken, SyntaxError):
        return False
