"""Copies whose files differ: rescaled, recompressed, cut a little, re-lit."""

from __future__ import annotations

from fathom.checking.data_profile import DataProfile, counted
from fathom.finding_kinds import FindingKind
from fathom.records import Finding

NEAR_DUPLICATES = FindingKind(
    name="near_duplicates",
    severity="note",
    lesson="looking-at-data",
    meaning="These {kind} are almost the same. They count twice or more in training and add nothing new.",
    advice="Keep one of each set, the one of the best quality.",
)


def check(profile: DataProfile) -> list[Finding]:
    """Tell of near copies that no other check tells of: those of one class within one split."""
    sets = [
        names
        for names in profile.near_sets
        if len({profile.split_of(name) for name in names}) == 1
        and len({str(profile.by_id[n].target) for n in names}) == 1
    ]
    if not sets:
        return []
    extra = sum(len(names) - 1 for names in sets)
    title = f"{counted(profile, extra, 'has', 'have')} others {profile.similarity}"
    return [NEAR_DUPLICATES.found(title, {"count": extra, "sets": sets}, kind=profile.examples.kind)]
