"""What was left out, and why."""

from __future__ import annotations

from fathom.checking.look import Look, shares
from fathom.diagnosis.registry import finding
from fathom.records import Finding


def check(look: Look) -> list[Finding]:
    """Tell how many examples were left out, with the most frequent reasons, and why no splits can be made."""
    found = []
    skipped = look.examples.skipped
    if skipped:
        reasons = shares([s.reason for s in skipped])
        told = ", ".join(f"{n:,} {reason}" if len(reasons) > 1 else reason for reason, n in list(reasons.items())[:3])
        more = f", {len(reasons) - 3} other reasons" if len(reasons) > 3 else ""
        evidence = {
            "count": len(skipped),
            "reasons": reasons,
            "examples": [s.id for s in skipped],
            "details": [s.reason for s in skipped],
        }
        whole = len(skipped) + len(look.examples.items)
        title = f"{len(skipped):,} of {whole:,} {look.examples.kind} are left out: {told}{more}"
        found.append(finding("left_out", title, evidence))
    if look.obstacle:
        found.append(finding("cannot_split", look.obstacle, {"count": len(look.examples.items)}))
    return found
