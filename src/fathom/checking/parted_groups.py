"""Rows of a table that belong together, dealt to several splits: several of one patient, each with the same answer.

A column of words (or of numbers, where it is called after persons) tells it where in every one of its groups the target
is the same, though by chance it would not be, and rows of a group differ otherwise: what was learned of one row is the
answer of the next. A column that is called after persons is told in any case, as a note.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from fathom.checking.data_profile import DataProfile
from fathom.data.splits.times import parse_time
from fathom.data.splits.whom import may_name_somebody
from fathom.data.table.cells import is_number_like
from fathom.finding_kinds import FindingKind, Role
from fathom.records import Finding

SAME_TARGET_IN_GROUPS = FindingKind(
    name="same_target_in_groups",
    severity="warning",
    lesson="train-dev-test",
    meaning=(
        "Rows with the same value here have the same target. Some of them are in train and others in dev and test, so "
        "that a model can know the answer from having seen the value. The figure is too good for new values."
    ),
    advice="If the model will meet new values of it, keep these rows together: --group {column}.",
    role=Role.DATA,
)
PERSONS_IN_SEVERAL_SPLITS = FindingKind(
    name="persons_in_several_splits",
    severity="note",
    lesson="train-dev-test",
    meaning=(
        "Rows of one of them are alike, and some are in train and others in dev and test. The figure is too good for "
        "those whom the model has never seen."
    ),
    advice="If the model will meet new ones, keep the rows of each together: --group {column}.",
    role=Role.DATA,
)

MIN_GROUPS = 10
MAX_MEAN_SIZE = 8.0
"""Rows of a group, above which a column that gives the target away is told as such."""
MAX_LOG_CHANCE = math.log(1e-6)
"""Logarithm of the chance, at most, that all groups agree though the target has nothing to do with them."""


def check(profile: DataProfile) -> list[Finding]:
    """Tell of a column whose equal values were parted, though they say that rows belong together."""
    items = profile.examples.items
    if not profile.columns or profile.splits is None or profile.source.group is not None:
        return []
    if any(e.group is not None or e.time is not None for e in items):
        return []
    targets = [str(e.target) for e in items]
    persons = ""
    for name in profile.columns:
        values = profile.column(name)
        called = may_name_somebody(name)
        groups = _groups(values, called)
        if not groups or not _parted(profile, groups):
            continue
        size = sum(map(len, groups)) / len(groups)
        if (called or size <= MAX_MEAN_SIZE) and _agree(groups, targets) and _differ(profile, name, groups):
            title = (
                f"rows with the same {name} have the same {profile.examples.target}, and were dealt to several splits"
            )
            evidence = {"columns": [name], "groups": len(groups)}
            return [SAME_TARGET_IN_GROUPS.found(title, evidence, column=name)]
        persons = persons or name * called
    if not persons:
        return []
    title = f"rows of one {persons} lie in several splits"
    return [PERSONS_IN_SEVERAL_SPLITS.found(title, {"columns": [persons]}, column=persons)]


def _groups(values: Sequence[Any], called: bool) -> list[list[int]]:
    """The rows of each value that comes more than once; none where the column seems to name no groups."""
    present = [v for v in values if v is not None]
    distinct = len(set(present))
    if not MIN_GROUPS <= distinct <= 0.67 * len(values) or 2 * len(present) < len(values):
        return []
    if not called and (is_number_like(present) or parse_time(present[0]) is not None):
        return []
    if called and is_number_like(present) and any(float(v) != int(float(v)) for v in present):
        return []
    rows: dict[Any, list[int]] = defaultdict(list)
    for i, value in enumerate(values):
        if value is not None:
            rows[value].append(i)
    several = [group for group in rows.values() if len(group) > 1]
    return several if len(several) >= MIN_GROUPS and 2 * sum(map(len, several)) >= len(values) else []


def _parted(profile: DataProfile, groups: Sequence[Sequence[int]]) -> bool:
    """Whether most groups have rows in several splits."""
    items = profile.examples.items
    parted = sum(len({profile.split_of(items[i].id) for i in group} - {None}) > 1 for group in groups)
    return 4 * parted > len(groups)


def _agree(groups: Sequence[Sequence[int]], targets: Sequence[str]) -> bool:
    """Whether the target is the same in each group, though by chance it would not be."""
    if any(len({targets[i] for i in group}) > 1 for group in groups):
        return False
    shares = [n / len(targets) for n in Counter(targets).values()]
    sizes = Counter(map(len, groups))
    chance = sum(n * math.log(max(sum(p**size for p in shares), 1e-300)) for size, n in sizes.items())
    return chance <= MAX_LOG_CHANCE


def _differ(profile: DataProfile, name: str, groups: Sequence[Sequence[int]]) -> bool:
    """Whether rows of most groups differ in another column: else they are copies, which are told as such."""
    items = profile.examples.items
    others = [c for c in profile.columns if c != name]
    differing = sum(len({tuple(str(items[i].input.get(c)) for c in others) for i in group}) > 1 for group in groups)
    return 2 * differing > len(groups)
