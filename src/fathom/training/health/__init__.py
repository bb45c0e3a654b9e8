"""The health of a training: what is wrong with its steps, its layers and its inputs, said while it can be mended.

    observer   hooks on a net and its optimizers → signals
    measure/   what is measured: labels, activations, modes, untrained weights …
    signals    the record of it: plain numbers, kept with the run
    check      the contract: one class, one method
    checks/    the built-in checks, and the order in which they are told

Earlier tools failed by crying wolf (up to 36 % of healthy trainings and more), so each check asks for two signs that
agree, and `findings` leaves out what only follows from something else that was found.
"""

from __future__ import annotations

from fathom.records import Finding
from fathom.training.health.analysis.selection import until_nonfinite
from fathom.training.health.check import Check, Detection
from fathom.training.health.checks import CHECKS
from fathom.training.health.serialization import from_json, to_json
from fathom.training.health.signals import Signals

__all__ = ["CHECKS", "Check", "Detection", "Signals", "findings", "from_json", "to_json"]


def findings(signals: Signals, checks: tuple[Check, ...] = CHECKS) -> list[Finding]:
    """What is wrong, the likeliest cause first; what only follows from another finding is left out."""
    whole = until_nonfinite(signals)
    asked = ((check, check.run(signals if check.broken else whole)) for check in checks)
    seen = [(check, found) for check, found in asked if found is not None]

    def follows(i: int) -> bool:
        """Whether it only follows from another that was seen; of two that explain each other, the first stays."""
        name, explains = seen[i][0].name, seen[i][0].explains
        others = ((j, check) for j, (check, _) in enumerate(seen) if j != i and name in check.explains)
        return any(j < i or check.name not in explains for j, check in others)

    return [check.finding(found) for i, (check, found) in enumerate(seen) if not follows(i)]
