"""The same content twice: as a note, since a split of fathom's keeps copies together."""

from __future__ import annotations

from fathom.checking.data_profile import DataProfile, counted
from fathom.finding_kinds import FindingKind
from fathom.records import Finding

EXACT_DUPLICATES = FindingKind(
    name="exact_duplicates",
    severity="note",
    lesson="looking-at-data",
    meaning=(
        "Files with the same content count twice in training. Where fathom makes the splits, copies stay in one split."
    ),
    advice="Delete the copies, unless such {kind} really occur that often.",
)
REPEATED_ROWS = FindingKind(
    name="repeated_rows",
    severity="note",
    lesson="looking-at-data",
    meaning=(
        "In a table of few columns rows repeat by chance. Otherwise the table was perhaps joined or exported "
        "twice. Where fathom makes the splits, equal rows stay in one split, unless most rows of a table of "
        "few values have a copy."
    ),
    advice="If they are the same case, delete the repetitions.",
)


def check(profile: DataProfile) -> list[Finding]:
    """Tell of examples with the same input and the same target; files that a split parts are told as a leak."""
    sets = []
    for same in profile.same:
        if not profile.rows and len({profile.split_of(name) for name in same}) > 1:
            continue
        by_target: dict[str, list[str]] = {}
        for name in same:
            by_target.setdefault(str(profile.by_id[name].target), []).append(name)
        sets += [tuple(names) for names in by_target.values() if len(names) > 1]
    if not sets:
        return []
    extra = sum(len(names) - 1 for names in sets)
    share = extra / len(profile.examples.items)
    evidence = {"count": extra, "share": share, "sets": sets}
    if profile.rows:
        title = f"{counted(profile, extra, 'repeats', 'repeat')} another ({_percent(share)})"
        return [REPEATED_ROWS.found(title, evidence)]
    title = f"{counted(profile, extra, 'is a copy', 'are copies')} of another ({_percent(share)})"
    return [EXACT_DUPLICATES.found(title, evidence, kind=profile.examples.kind)]


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.001 else "under 0.1 %"
