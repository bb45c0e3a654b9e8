"""Examples that could not be read."""

from __future__ import annotations

from fathom.finding_kinds import FindingKind, Role
from fathom.records import Finding

SKIPPED_EXAMPLES = FindingKind(
    name="skipped_examples",
    severity="note",
    lesson="looking-at-data",
    meaning="These examples were left out of training and of all figures.",
    advice="Read skipped.csv in the folder of the run. It names each file with the reason.",
    role=Role.NOTHING_WRONG,
)


def check(skipped: int) -> list[Finding]:
    """Tell how many there were.

    Args:
        skipped: their number.
    """
    if not skipped:
        return []
    return [SKIPPED_EXAMPLES.found(f"{skipped:,} examples could not be read", {"skipped": skipped})]
