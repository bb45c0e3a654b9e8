"""Copies with different labels: one of the labels must be wrong, or the input does not tell."""

from __future__ import annotations

from collections import Counter

from fathom.checking.data_profile import DataProfile, Set
from fathom.finding_kinds import FindingKind
from fathom.records import Finding

CONFLICTING_LABELS = FindingKind(
    name="conflicting_labels",
    severity="problem",
    lesson="label-errors",
    meaning="The same content has two different labels. At least one of them is wrong.",
    advice="Look at these {kind}, keep the right one of each set and delete the others.",
)
NEAR_CONFLICTING_LABELS = FindingKind(
    name="near_conflicting_labels",
    severity="warning",
    lesson="label-errors",
    meaning="They are almost the same but have different labels. One of the labels is probably wrong.",
    advice="Look at these {kind} side by side, keep the right one of each set and delete the others.",
)
CONTRADICTORY_ROWS = FindingKind(
    name="contradictory_rows",
    severity="note",
    lesson="label-errors",
    meaning=(
        "Rows with equal columns have different targets. Either these columns cannot tell the cases apart, "
        "or some targets are wrong. Training cannot change that."
    ),
    advice="Add a column that tells the cases apart, or correct the targets.",
)


def check(profile: DataProfile) -> list[Finding]:
    """Tell of examples with the same content, or nearly so, but different classes."""
    if profile.classes is None:
        return []
    found = []
    n, kind = len(profile.examples.items), profile.examples.kind
    if exact := [names for names in profile.same if len(_targets(profile, names)) > 1]:
        count = sum(len(names) for names in exact)
        wrong = sum(len(names) - max(_targets(profile, names).values()) for names in exact)
        evidence = {"count": count, "least_error": wrong / n, "sets": exact, "targets": _named(profile, exact)}
        if profile.rows:
            title = (
                f"{count:,} of {n:,} rows have the same input as another row but another {profile.examples.target}: "
                f"any model is wrong on at least {wrong:,} of them"
            )
            found.append(CONTRADICTORY_ROWS.found(title, evidence))
        else:
            title = f"{count:,} {kind} have copies with another label"
            found.append(CONFLICTING_LABELS.found(title, evidence, kind=kind))
    if near := [names for names in profile.near_sets if len(_targets(profile, names)) > 1]:
        count = sum(len(names) for names in near)
        title = f"{count:,} {kind} have another label than others {profile.similarity}"
        evidence = {"count": count, "sets": near, "targets": _named(profile, near)}
        found.append(NEAR_CONFLICTING_LABELS.found(title, evidence, kind=kind))
    return found


def _targets(profile: DataProfile, names: Set) -> Counter[str]:
    return Counter(profile.class_of[name] for name in names)


def _named(profile: DataProfile, sets: list[Set]) -> list[list[str]]:
    return [[profile.class_of[name] for name in names] for names in sets]
