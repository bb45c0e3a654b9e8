"""The course of the loss: not finite, diverging, oscillating, stagnating, or wrong from the first step on.

These are symptoms; where one of the other checks has found the cause, they are left out.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Seen
from fathom.training.health.checks.high_learning_rate import FEWEST, reference, running
from fathom.training.health.signals import Signals

DIVERGED = 2.0
"""The loss at the end against its lowest part."""

HARDLY = 0.05
"""A loss that fell by less than this share has stagnated."""

BETTER = 1.0
"""Standard errors by which answers are better than the most frequent class: then something was learned, if not much."""

NOTHING = 1e-3
LEARNED = 0.7
"""A first loss below this share of chance is that of a net that was trained before."""

UNLEARNED = 10
"""Steps within which a wrong beginning that is soon put right does no harm."""

ENOUGH = 100
"""Steps after which a loss should have moved."""


class NotFinite(Check):
    """The loss is no number."""

    name: ClassVar[str] = "not_finite"
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = "Weights or inputs are infinite or undefined, so that nothing can be learned any more."
    advice: ClassVar[str] = (
        "See that the inputs hold no NaN, that nothing divides by 0 or takes the logarithm of 0, and lower the rate."
    )

    def look(self, signals: Signals) -> Seen | None:
        """The first step at which it happened."""
        lost = signals.losses.lost
        return None if lost is None else Seen(f"the loss is no finite number at step {lost + 1}", {"step": lost})


class InputsNotFinite(Check):
    """The net was given NaN or infinity: whatever else is seen follows from it."""

    name: ClassVar[str] = "inputs_not_finite"
    lesson: ClassVar[str] = "learning-rate"
    broken: ClassVar[bool] = True
    meaning: ClassVar[str] = "One number in the input that is none makes the loss none, and with it every weight."
    advice: ClassVar[str] = (
        "Look for empty cells, and for columns that were divided by a standard deviation of 0; fill or drop them."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "inputs_not_scaled", "exploding_gradients", "high_learning_rate", "dead_units", "saturated_units",
        "wrong_initial_loss", "diverging_loss", "oscillating_loss", "stagnating_loss", "labels_unrelated",
        "vanishing_gradients", "low_learning_rate", "not_finite", "unfinished",
    )  # fmt: skip

    def look(self, signals: Signals) -> Seen | None:
        """The first look at which a first layer was given such."""
        for look in signals.looks:
            for one in look.inputs:
                if not math.isfinite(one.rms) and signals.losses.lost is not None:
                    title = f"the inputs of {one.name or 'the net'} are no finite numbers at step {look.step + 1}"
                    return Seen(title, {"layer": one.name, "step": look.step})
        return None


class InitialLoss(Check):
    """Before the first step the net is surely wrong, rather than undecided."""

    name: ClassVar[str] = "wrong_initial_loss"
    severity = "warning"
    lesson: ClassVar[str] = "initialization"
    meaning: ClassVar[str] = (
        "A net that knows nothing should give all classes about the same chance; this one begins sure of what is "
        "wrong, and must unlearn it first."
    )
    advice: ClassVar[str] = "Initialize the last layer with small weights, and scale the inputs."

    def look(self, signals: Signals) -> Seen | None:
        """Compare with the logarithm of the number of classes."""
        known, first = signals.undecided(), signals.losses.first
        begun = signals.losses.values[UNLEARNED : 2 * UNLEARNED] if signals.losses.per == 1 else []
        if begun and float(np.mean(begun)) < known:
            return None  # it was unlearned within a few steps
        if signals.pretrained or signals.classes < 2 or signals.loss != "cross-entropy" or not math.isfinite(known):
            return None
        if not first > 2 * known + 2:
            return None
        title = f"the first loss is {first:.3g}; undecided between {signals.classes} classes it were {known:.2g}"
        return Seen(title, {"first": first, "undecided": known})


class Diverging(Check):
    """The loss ends well above where it had been."""

    name: ClassVar[str] = "diverging_loss"
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = "The training had found something better and lost it."
    advice: ClassVar[str] = "Lower the learning rate, let it come down towards the end, or clip the gradient."
    explains: ClassVar[tuple[str, ...]] = ("oscillating_loss", "stagnating_loss")

    def look(self, signals: Signals) -> Seen | None:
        """The last tenth against the lowest tenth, where it matters beside the first loss."""
        parts = signals.losses.windows(10)
        if signals.losses.steps < 50 or len(parts) < 10 or not np.isfinite(parts).all() or signals.signed():
            return None
        low, last, start = float(parts.min()), float(parts[-1]), reference(signals)
        if last < DIVERGED * low or last - low < 0.3 * start:
            return None
        return Seen(f"the mean loss fell to {low:.3g} and rose again to {last:.3g}", {"lowest": low, "last": last})


class Oscillating(Check):
    """The loss jumps to where it began, again and again."""

    name: ClassVar[str] = "oscillating_loss"
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = (
        "Some steps undo what others have learned: the rate is near the edge of what the loss allows, or the batches "
        "are too small for it."
    )
    advice: ClassVar[str] = "Lower the learning rate, take larger batches, or clip the gradient (--clip 1)."
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "labels_unrelated")

    def look(self, signals: Signals) -> Seen | None:
        """In the second half, jumps well above the first loss, and much lower losses between them."""
        losses = signals.losses
        batch = max((look.batch for look in signals.looks), default=0)
        wide = max(1, FEWEST // batch) if batch else 1  # of a few examples one may be hard; that is no jump
        late = running(np.array(losses.values[len(losses.values) // 2 :]), wide)[::wide]
        if losses.steps < 50 or losses.per > 8 or not np.isfinite(late).all() or signals.signed():
            return None
        start = reference(signals)
        jumps = int((late > 1.5 * start).sum())
        if jumps < max(3, 0.02 * len(late)) or float(np.median(late)) > 1.2 * start:
            return None
        title = (
            f"{jumps} of the last {len(late)} steps had a loss of more than 1.5 times the first one, {losses.first:.3g}"
        )
        return Seen(title, {"jumps": jumps, "steps": len(late), "median": float(np.median(late))})


class Stagnating(Check):
    """The loss has hardly fallen at all."""

    name: ClassVar[str] = "stagnating_loss"
    severity = "warning"
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = "The net answers as one who has not looked at the input."
    advice: ClassVar[str] = (
        "See whether it can learn 16 examples by heart; if not, look for what keeps the gradient away. Then try other "
        "learning rates, and look whether inputs and labels belong together."
    )

    def look(self, signals: Signals) -> Seen | None:
        """The end against the beginning, where the beginning was that of a net that knows nothing."""
        losses, known = signals.losses, signals.chance()
        if losses.steps < ENOUGH or losses.lost is not None or signals.several() or signals.signed():
            return None
        if signals.advantage()[0] > BETTER:
            return None
        parts = losses.windows(10)
        begun = max(float(losses.first), float(parts[0]))
        ended = float(parts[-1])
        if known <= NOTHING * losses.first:
            return None  # there is nothing to learn: all targets are alike
        if math.isfinite(known):  # a net that begins sure and wrong falls to chance, and has learned nothing
            if begun < LEARNED * known:
                return None  # it had learned before
            begun = min(begun, known)
            if ended < (1 - HARDLY) * begun:
                return None
        elif begun <= 0 or ended < (1 - HARDLY) * begun or signals.pretrained or not signals.loss:
            return None
        return Seen(
            f"the loss was {begun:.3g}, and is {ended:.3g} after {losses.steps:,} steps",
            {"first": begun, "last": ended},
        )
