"""Two ways in which a split lets a net know what it should not: groups on both sides, and time running backwards."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from fathom.checking.data_profile import DataProfile
from fathom.data.splits.time_series import is_series
from fathom.data.splits.times import parse_time
from fathom.data.table.cells import parse_number
from fathom.finding_kinds import FindingKind, Role
from fathom.records import Finding

GROUPS_ACROSS_SPLITS = FindingKind(
    name="groups_across_splits",
    severity="problem",
    lesson="train-dev-test",
    meaning=(
        "Examples of one group (one patient, one speaker, one film) are similar. A net that has seen some of "
        "them knows the others, so the figure is too good for new groups."
    ),
    advice="Put each group in one split. Without ready-made splits fathom does so by itself (--group).",
    role=Role.DATA,
)
TIME_RUNS_BACKWARDS = FindingKind(
    name="time_runs_backwards",
    severity="note",
    lesson="train-dev-test",
    meaning=(
        "Train has rows that are later than the rows it is judged on. If things change with time, the figure "
        "is too good: in use the future is not known."
    ),
    advice="If the model will be used on later data, split with --split-by time={column}.",
)

SERIES_DEALT_AT_RANDOM = FindingKind(
    name="series_dealt_at_random",
    severity="warning",
    lesson="train-dev-test",
    meaning=(
        "The rows follow each other in time at even steps, and each is much like its neighbours. Dealt at random, "
        "a row of dev has its neighbours in train: the figure says little of what comes after."
    ),
    advice="Hold out the newest: --split-by time={column}.",
    role=Role.DATA,
)

MIN_DATE_SHARE = 0.95
"""Share of a column's values that must be dates for it to be one of dates."""
MAX_OLDER_SHARE = 0.05
"""Share of what is judged by that may be older than the newest of train, through rounding and late entries."""


def check(profile: DataProfile) -> list[Finding]:
    """Tell of groups that a ready-made split parts, and of dev and test that are older than train."""
    return [*_groups(profile), *_time(profile)]


def _groups(profile: DataProfile) -> list[Finding]:
    if profile.splits is None or profile.source.group is None:
        return []
    splits: dict[str, set[str]] = defaultdict(set)
    for e in profile.examples.items:
        if e.group is not None and (split := profile.split_of(e.id)):
            splits[e.group].add("train" if split == "train-dev" else split)
    parted = sorted(group for group, where in splits.items() if len(where) > 1)
    if not parted:
        return []
    members = [e.id for e in profile.examples.items if e.group in set(parted)]
    shown = ", ".join(parted[:5]) + (" …" if len(parted) > 5 else "")
    title = f"{len(parted):,} of {len(splits):,} groups ({profile.source.group}) are in more than one split: {shown}"
    return [GROUPS_ACROSS_SPLITS.found(title, {"groups": parted, "count": len(members), "examples": members})]


def _time(profile: DataProfile) -> list[Finding]:
    if profile.splits is None or any(e.time is not None for e in profile.examples.items):
        return []  # split by time already
    for name in _date_columns(profile):
        times = {e.id: parse_time(_value(e, name)) for e in profile.examples.items}
        known = {i: t for i, t in times.items() if t is not None}
        train = [t for i, t in known.items() if profile.split_of(i) in ("train", "train-dev")]
        held = [(i, t) for i, t in known.items() if profile.split_of(i) in ("dev", "test")]
        if not train or not held:
            continue
        newest = float(np.quantile(train, 0.99))
        older = [i for i, t in held if t < newest]
        if len(older) <= MAX_OLDER_SHARE * len(held):
            continue
        title = f"{100 * len(older) / len(held):.0f} % of dev and test is older than the newest of train, by {name!r}"
        evidence = {"columns": [name], "examples": older, "share": len(older) / len(held)}
        if len(known) == len(times) and is_series(list(known.values())):
            return [SERIES_DEALT_AT_RANDOM.found(title, evidence, column=name)]
        return [TIME_RUNS_BACKWARDS.found(title, evidence, column=name)]
    return []


def _value(example: Any, name: str) -> Any:
    given = example.input.get(name) if isinstance(example.input, dict) else None
    return example.metadata.get(name, given)


def _date_columns(profile: DataProfile) -> list[str]:
    """The columns whose values are dates, and not plain numbers."""
    names = dict.fromkeys([*profile.columns, *(name for e in profile.examples.items[:200] for name in e.metadata)])
    sample = profile.examples.items[:: max(1, len(profile.examples.items) // 200)]
    found = []
    for name in names:
        values = [v for e in sample if (v := _value(e, name)) is not None]
        dates = sum(parse_number(v) is None and parse_time(v) is not None for v in values)
        if len(values) >= 10 and dates >= MIN_DATE_SHARE * len(values) and len({str(v) for v in values}) > 2:
            found.append(name)
    return found
