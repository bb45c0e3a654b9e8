"""What was repaired or guessed when the data was read."""

from __future__ import annotations

from fathom.checking.data_profile import DataProfile
from fathom.finding_kinds import FindingKind
from fathom.records import Examples, Finding

REPAIRED = FindingKind(
    name="repaired",
    severity="note",
    lesson="looking-at-data",
    meaning=(
        "The files are not quite as such files are expected to be. They were read in the way that is most likely meant."
    ),
    advice="Check that this is what you mean. If not, correct the file, or say it with the option that is named.",
)
_SHOWN = 5
"""Repairs that are told in the title; all of them are in the evidence."""


def check(profile: DataProfile) -> list[Finding]:
    """Tell what was repaired or guessed."""
    return repairs_told(profile.examples)


def repairs_told(examples: Examples) -> list[Finding]:
    """One finding of all that was repaired or guessed when examples were read; none where nothing was.

    Args:
        examples: as they were read.
    """
    told = examples.repairs
    if not told:
        return []
    more = f"; and {len(told) - _SHOWN:,} more" if len(told) > _SHOWN else ""
    evidence = {"count": len(told), "repairs": list(told)}
    return [REPAIRED.found(f"repaired or guessed on reading: {'; '.join(told[:_SHOWN])}{more}", evidence)]
