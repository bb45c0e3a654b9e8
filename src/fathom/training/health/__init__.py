"""The health of a training: what is wrong with its steps, its layers and its inputs, said while it can be mended.

    observer        watches any training loop: `Watch`, and `fathom.watch`
    callbacks       the same in the loops of Lightning and Hugging Face
    recorder        the hooks on a net and its optimizers
    measure/        what the hooks measure, one thing a file
    signals         the record of it: plain numbers, kept with the run
    loss_series     the losses in it
    serialization   the record as JSON: ``health.json`` of a run
    analysis/       what is worked out from the record for several checks
    check           the contract: one class, one method
    checks/         the built-in checks, one a file, and the order in which they are reported

A new check is one file, ``checks/NAME.py``, with a class that says what it means and advises, and whose `run` looks at
the signals; it is run as soon as it stands in ``checks/__init__.py``, causes before symptoms. It is tried on signals
made by hand:

    >>> class ZeroFirstLoss(Check):
    ...     name = "zero_first_loss"
    ...     lesson = "losses"
    ...     meaning = "There is nothing to learn: perhaps the loss compares the answers with themselves."
    ...     advice = "See what the loss is given."
    ...     explains = ("stagnating_loss",)  # is left out beside this one
    ...
    ...     def run(self, signals):
    ...         return Detection("the first loss is 0", {"first": 0.0}) if signals.losses.first == 0 else None
    >>> signals = Signals()
    >>> findings(signals, (ZeroFirstLoss(),))
    []
    >>> signals.losses.add(0.0)
    >>> [(found.name, found.title) for found in findings(signals, (ZeroFirstLoss(),))]
    [('zero_first_loss', 'the first loss is 0')]

What the signals do not have yet is measured by a file in ``measure/``, called from a hook in `recorder`, and is a field
of `Signals` or of `Snapshot`. In ``tests/training/test_health_checks.py`` the fault is planted, and healthy trainings
must be passed over. Earlier tools failed by crying wolf (up to 36 % of healthy trainings and more), so each check asks
for two signs that agree, and `findings` leaves out what only follows from something else that was found.
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
    """Run the checks on what was measured of one training.

    Args:
        signals: what was measured.
        checks: causes before symptoms.

    Returns:
        What is wrong, the likeliest cause first; what only follows from another finding is left out.
    """
    finite = until_nonfinite(signals)
    results = ((check, check.run(signals if check.broken else finite)) for check in checks)
    found = [(check, detection) for check, detection in results if detection is not None]

    def follows(i: int) -> bool:
        """Whether it only follows from another that was found; of two that explain each other, the first stays."""
        name, explains = found[i][0].name, found[i][0].explains
        others = ((j, check) for j, (check, _) in enumerate(found) if j != i and name in check.explains)
        return any(j < i or check.name not in explains for j, check in others)

    return [check.finding(detection) for i, (check, detection) in enumerate(found) if not follows(i)]
