"""Data → Findings, before any training: what is wrong with the data itself, and silence where nothing is.

One idea a file; each check takes a `DataProfile` and returns findings, whose evidence leads to the examples:
``examples`` lists ids, ``sets`` lists sets of ids that belong together, ``columns`` lists columns.

    unreadable         what was left out, and why
    repaired           what was repaired or guessed when the data was read
    duplicates         the same content twice; rows that contradict each other
    near_duplicates    copies whose files differ
    across_splits      copies on both sides of a split
    groups_and_time    groups on both sides; dev and test older than train
    parted_groups      rows of a table that belong together, in several splits
    distribution_shift dev or test of another kind than train
    conflicts          copies with different labels
    split_names        classes that are called as splits are
    same_folders       classes that hold the same folders, which may be the classes
    classes            empty, missing from a split, rare, uneven, spelt alike
    columns            constant, mostly missing, row numbers, identifiers
    spellings          categories of a column that may be one
    numbers            outliers, slips of the decimal point, values cut off, -999
    leaking            a column that gives the target away
    told_together      columns whose sum is the target, and a class in several columns

What only one kind of problem has (boxes outside a picture, masks without a class) is found by its task.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from fathom.checking import (
    across_splits,
    classes,
    columns,
    conflicts,
    distribution_shift,
    duplicates,
    groups_and_time,
    leaking,
    near_duplicates,
    numbers,
    parted_groups,
    repaired,
    same_folders,
    spellings,
    split_names,
    told_together,
    unreadable,
)
from fathom.checking.data_profile import DataProfile, profile_data, profile_of_training
from fathom.finding_kinds import SEVERITIES
from fathom.records import Finding

__all__ = ["CHECKS", "DataProfile", "check", "check_quickly", "profile_data", "profile_of_training"]

CHECKS = (
    unreadable.check,
    across_splits.check,
    groups_and_time.check,
    parted_groups.check,
    distribution_shift.check,
    conflicts.check,
    leaking.check,
    told_together.check,
    split_names.check,
    same_folders.check,
    classes.check,
    repaired.check,
    duplicates.check,
    near_duplicates.check,
    columns.check,
    spellings.check,
    numbers.check,
)
"""What is asked of all data: profile → findings; where two are as severe, the earlier is told first."""


QUICK_CHECKS = (
    across_splits.check,
    groups_and_time.check,
    parted_groups.check,
    conflicts.check,
    partial(leaking.check, max_rows=2_000),
    partial(told_together.check, max_rows=2_000),
    split_names.check,
    same_folders.check,
    classes.check,
    columns.check,
    numbers.check,
)
"""Those of them that a training can wait for, since they decode and compare nothing; few rows show a leak, too."""


def check(profile: DataProfile, advance: Callable[[int], None] | None = None) -> list[Finding]:
    """Everything worth telling about this data, most severe first.

    Args:
        profile: the data.
        advance: is told after each check; None: nobody is.
    """
    return _ranked(profile, CHECKS, advance)


def check_quickly(profile: DataProfile) -> list[Finding]:
    """What is worth telling before a training, as far as it is found at once, most severe first."""
    return _ranked(profile, QUICK_CHECKS)


def _ranked(
    profile: DataProfile,
    checks: Sequence[Callable[[DataProfile], list[Finding]]],
    advance: Callable[[int], None] | None = None,
) -> list[Finding]:
    found: list[Finding] = []
    for one in checks:
        found += one(profile)
        if advance is not None:
            advance(1)
    return sorted([*found, *profile.own], key=lambda finding: SEVERITIES.index(finding.severity))
