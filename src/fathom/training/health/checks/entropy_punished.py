"""The entropy of a policy in its loss, with the wrong sign."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 3
"""On which the factor must be above 0, and never below."""

MAX_ENTROPY, ENDS = 0.2, 3
"""Share of the most that is left on the last snapshots: the policy has stopped exploring."""


class EntropyPunished(Check):
    """The loss of a policy grows with its entropy."""

    name: ClassVar[str] = "entropy_punished"
    lesson: ClassVar[str] = "losses"
    meaning: ClassVar[str] = (
        "The entropy is added to the loss, so the policy is rewarded for being sure. It soon takes one action always, "
        "and explores no more."
    )
    advice: ClassVar[str] = "Turn the sign: loss = policy_loss - factor * entropy, with a factor of about 0.01."
    explains: ClassVar[tuple[str, ...]] = ("gradients_zero", "stagnating_loss", "one_class", "labels_unrelated")

    def run(self, signals: Signals) -> Detection | None:
        """The factor on all snapshots on which it can be told, and what is left of the entropy."""
        seen = [one.details.entropy for one in signals.snapshots if one.details.entropy[1] >= 0]
        factors = [factor for factor, _ in seen if factor == factor]
        if len(factors) < MIN_SNAPSHOTS or min(factors) <= 0:
            return None
        if len(seen) < ENDS or max(share for _, share in seen[-ENDS:]) > MAX_ENTROPY:
            return None
        title = (
            f"the entropy of the policy is added to the loss, with a factor of {factors[0]:.2g}: its sign is wrong, "
            f"and {100 * seen[-1][1]:.0f} % of the entropy is left"
        )
        return Detection(title, {"factor": factors[0], "entropy": seen[-1][1]})
