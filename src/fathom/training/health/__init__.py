"""The health of a training: what is wrong with its steps, its layers and its inputs, said while it can be mended.

    observer   hooks on a net and its optimizers → signals
    graph      what the autograd graph tells: activations, and the loss
    signals    the measurements: plain numbers, kept with the run
    check      the contract: one class, one method
    …          one file for each idea: inputs, outputs, symmetry, order, modes, gradients, units, rate, decay, …

Earlier tools failed by crying wolf (up to 36 % of healthy trainings and more), so each check asks for two signs that
agree, and `findings` leaves out what only follows from something else that was found.
"""

from __future__ import annotations

from fathom.records import Finding
from fathom.training.health.check import Check, Seen
from fathom.training.health.decay import Decayed
from fathom.training.health.dropping import HeavyDropout
from fathom.training.health.gradients import Exploding, Vanishing
from fathom.training.health.inputs import NotScaled
from fathom.training.health.losses import Diverging, InitialLoss, InputsNotFinite, NotFinite, Oscillating, Stagnating
from fathom.training.health.modes import JudgedAwake, TrainedAsleep
from fathom.training.health.order import ClassOrder, OneClass
from fathom.training.health.outputs import Squashed
from fathom.training.health.rate import TooHigh, TooLow
from fathom.training.health.signals import Signals, from_json
from fathom.training.health.symmetry import Symmetric
from fathom.training.health.unfinished import Unfinished
from fathom.training.health.units import Dead, Saturated
from fathom.training.health.unrelated import Unrelated
from fathom.training.health.untrained import NotCleared, NotStepped, Untrained

__all__ = ["CHECKS", "Check", "Seen", "Signals", "findings", "from_json"]

CHECKS: tuple[Check, ...] = (
    InputsNotFinite(),
    NotScaled(),
    Symmetric(),
    Squashed(),
    NotStepped(),
    Untrained(),
    NotCleared(),
    OneClass(),
    ClassOrder(),
    Saturated(),
    Exploding(),
    Dead(),
    Vanishing(),
    TooHigh(),
    Oscillating(),
    Diverging(),
    Decayed(),
    HeavyDropout(),
    TooLow(),
    Unfinished(),
    JudgedAwake(),
    TrainedAsleep(),
    NotFinite(),
    InitialLoss(),
    Unrelated(),
    Stagnating(),
)
"""From causes to symptoms: in this order they are told."""


def findings(signals: Signals, checks: tuple[Check, ...] = CHECKS) -> list[Finding]:
    """What is wrong, the likeliest cause first; what only follows from another finding is left out."""
    whole = signals.until_lost()
    asked = ((check, check.look(signals if check.broken else whole)) for check in checks)
    seen = [(check, found) for check, found in asked if found is not None]

    def follows(i: int) -> bool:
        """Whether it only follows from another that was seen; of two that explain each other, the first stays."""
        name, explains = seen[i][0].name, seen[i][0].explains
        others = ((j, check) for j, (check, _) in enumerate(seen) if j != i and name in check.explains)
        return any(j < i or check.name not in explains for j, check in others)

    return [check.finding(found) for i, (check, found) in enumerate(seen) if not follows(i)]
