"""Copies on both sides of a split: what makes a dev or test figure look better than it is.

Examples of the same content never part in a split that fathom makes, but for tables of which most rows equal another by
chance; so exact copies are found in ready-made splits only. Near copies part in any split that knows no groups.
"""

from __future__ import annotations

from collections.abc import Sequence

from fathom.checking.data_profile import DataProfile, Set
from fathom.data.table.tables import mostly_different
from fathom.finding_kinds import FindingKind, Role
from fathom.records import Finding

LEAK_ACROSS_SPLITS = FindingKind(
    name="leak_across_splits",
    severity="problem",
    lesson="train-dev-test",
    meaning="The net is judged on {kind} that it was trained on. So the figure is too good.",
    advice="Delete these from train, or from the split that you judge by.",
    role=Role.DATA,
)
NEAR_LEAK_ACROSS_SPLITS = FindingKind(
    name="near_leak_across_splits",
    severity="warning",
    lesson="train-dev-test",
    meaning=(
        "The net is judged on {kind} that are almost the same as ones it was trained on. So the figure is too good."
    ),
    advice=(
        "Keep one of each set. If they belong together (one burst, one film), list the {kind} in a CSV. Give "
        "it a column that names the set, and name this column with --group."
    ),
    role=Role.DATA,
)
ROWS_ACROSS_SPLITS = FindingKind(
    name="rows_across_splits",
    severity="warning",
    lesson="train-dev-test",
    meaning=(
        "Some dev or test rows are also in train. Unless new rows repeat old ones as often, the figure is too good."
    ),
    advice="Delete these rows from train, or let fathom make the split: it keeps equal rows together.",
    role=Role.DATA,
)

MIN_SHARED_ROWS = 0.01
"""Rows repeat by chance where columns have few values; below this share of a split they are told as repeated only."""


def check(profile: DataProfile) -> list[Finding]:
    """Tell of copies that lie in train and in dev or test, or in dev and test."""
    if profile.splits is None:
        return []
    found = []
    if exact := _parted(profile, profile.same):
        told = profile.examples.kind
        count = _held_out(profile, exact)
        evidence = {"count": count, "sets": exact, "splits": _splits(profile, exact)}
        if not profile.rows:
            title = f"{_counted(profile, exact)} also in another split, as the same file"
            found.append(LEAK_ACROSS_SPLITS.found(title, evidence, kind=told))
        elif _worth_telling(profile, exact):
            title = f"{_counted(profile, exact)} also in another split, with the same input"
            found.append(ROWS_ACROSS_SPLITS.found(title, evidence))
    if near := _parted(profile, profile.near_sets):
        evidence = {"count": _held_out(profile, near), "sets": near, "splits": _splits(profile, near)}
        title = f"{_counted(profile, near)} also in another split, as others {profile.similarity}"
        found.append(NEAR_LEAK_ACROSS_SPLITS.found(title, evidence, kind=profile.examples.kind))
    return found


def _parted(profile: DataProfile, sets: Sequence[Set]) -> list[Set]:
    return [names for names in sets if len({profile.split_of(name) for name in names}) > 1]


def _splits(profile: DataProfile, sets: Sequence[Set]) -> list[list[str | None]]:
    """The split of each example of the sets."""
    return [[profile.split_of(name) for name in names] for names in sets]


def _leaked(profile: DataProfile, sets: Sequence[Set]) -> dict[str, int]:
    """How many examples of each split that is judged by have a copy in another split."""
    counts: dict[str, int] = {}
    for names in sets:
        splits = [profile.split_of(name) for name in names]
        for split in splits:
            # a copy counts where it is judged by; between dev and test, in test
            if split in ("dev", "train-dev", "test") and ("train" in splits or split == "test"):
                counts[split] = counts.get(split, 0) + 1
    return counts


def _held_out(profile: DataProfile, sets: Sequence[Set]) -> int:
    return sum(_leaked(profile, sets).values())


def _counted(profile: DataProfile, sets: Sequence[Set]) -> str:
    """``3 of 50 test pictures (6.0 %) are``."""
    parts = []
    leaked = _leaked(profile, sets)
    for split in ("train-dev", "dev", "test"):
        if n := leaked.get(split):
            whole = len(profile.splits.ids(split)) if profile.splits else n
            parts.append(f"{n:,} of {whole:,} {split} {profile.examples.kind} ({100 * n / whole:.1f} %)")
    return " and ".join(parts) + " are" if parts else f"{len(sets):,} {profile.examples.kind} are"


def _worth_telling(profile: DataProfile, sets: Sequence[Set]) -> bool:
    """Whether more rows are shared than repeats within train make likely: the share is large, and twice as large."""
    assert profile.splits is not None
    of = profile.splits.of
    train = [name for name, split in of.items() if split == "train"]
    twins = sum(n for same in profile.same if (n := sum(of.get(name) == "train" for name in same)) > 1)
    within = twins / max(1, len(train))
    shared = max(n / len(profile.splits.ids(split)) for split, n in (_leaked(profile, sets) or {"train": 0}).items())
    return shared >= MIN_SHARED_ROWS and (
        shared > 2 * within or mostly_different(profile.examples.items, profile.columns)
    )
