"""Learning rates that are too high or too low, seen from what the steps do to the weights and to the loss.

A healthy step changes a weight matrix by about a thousandth of its size, give or take a power of ten. That alone is no
proof: the loss must show it, too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from fathom.training.health.check import Check, Seen
from fathom.training.health.checks.dead_units import (
    FLAT_AT_FIRST,
    MOST_DEAD,
    enough,
    flat_ends,
    from_the_start,
    most_dead,
)
from fathom.training.health.signals import Look, Signals

SPIKE = 2.0
"""The mean loss of some steps against the first loss, or chance: above this, the steps have made it worse."""

RECOVERED = 0.15
"""A loss that ends below this share of the first has found its way, however it began."""

RISEN = 10.0
"""A loss that is lost for the rate's sake has risen to so many times the first before it."""

UNLUCKY, SEEN, FEWEST = 3.0, 32, 8
"""Standard deviations over batches; examples whose loss says about what knowing nothing costs; and over which a loss is
averaged before it can be said to jump.
"""

SHOCK, HARDLY = 3.0, 0.8
"""A single step's loss against the first, where the last part of the training is still at this share of the first."""

LONG = 0.1
"""Early steps of this size can push a unit so far that no input wakes it again, or that none moves it."""

STRIDE, NOTHING = 0.02, 0.9
"""A step of this size is long: too long, where the loss jumps and ends at this share of the first."""

LEARNED = 0.2
"""A loss that ends below this share of the first is that of a net that has learned, whatever its steps look like."""

BY_HEART = 0.05
"""A loss that ends below this share of the first needs no units that have died."""

CATASTROPHE = 20.0
"""A loss that has been so many times as large left nothing of the first weights, wherever it went from there."""

BOUND, HALF = 0.06, 0.5
"""A median step of this size, where the loss ends above this share of the first."""

RESTLESS, NO_MORE, SETTLED = 0.03, 0.96, 200
"""A median step of this size, where the second half of the losses is no lower than this share of what lies between a
fifth and a half of the steps, of which there must be so many: they are too long for the net to settle.
"""

LEAP = 0.3
"""A median step that changes the matrices by more than this share of their size forgets what was learned."""

CREEP, CREEP_TUNED = 1e-3, 1e-5
"""A median step that changes the matrices by less than this; the second where they had been trained before."""

GONE, STILL_HIGH = 0.02, 0.25
"""The share of its highest to which a rate has come down too soon, and of chance that the loss is still at."""

STILL_TO_COME = 0.5
"""The last third must still fall at least this much as fast as the first, for a training to creep."""


def update_size(signals: Signals) -> float:
    """The median over looks of the median layer's change by one step, relative to its size; NaN where not measured.

    Nor is it of a net of one layer: its weights may begin at 0, and stay small rightly.
    """
    return _typical(signals.looks)


def largest_update(signals: Signals) -> float:
    """The median over looks of the largest change of a layer by one step: a net creeps only where all of it creeps."""
    largest = [max(sizes) for look in signals.looks if (sizes := _sizes(look))]
    return float(np.median(largest)) if largest else math.nan


def late_size(signals: Signals) -> float:
    """The same over the later looks."""
    return _typical(signals.later())


def _typical(looks: Sequence[Look]) -> float:
    medians = [_median_update(look) for look in looks if len(_sizes(look)) > 1]
    return float(np.median(medians)) if medians else math.nan


def annealed(signals: Signals) -> bool:
    """Whether the rate has come down by the end."""
    rates = [look.rate for look in signals.looks if math.isfinite(look.rate)]
    return bool(rates) and rates[-1] < 0.5 * max(rates)


def _sizes(look: Look) -> list[float]:
    return [layer.update for layer in look.layers if math.isfinite(layer.update)]


def _median_update(look: Look) -> float:
    sizes = _sizes(look)
    return float(np.median(sizes)) if sizes else math.nan


def reference(signals: Signals) -> float:
    """What a loss is compared with that may have risen: the largest that knowing nothing may cost on a batch.

    That is the first loss, or what one who knows the classes' shares (or the targets' mean) loses on an unlucky batch.
    Where that is not known and batches are small, it is the mean loss of the first examples, since one batch says
    little.
    """
    losses, seen = signals.losses, signals.chances()
    if len(seen):
        return max(losses.first, float(seen.mean() + UNLUCKY * seen.std()))
    known = signals.chance()
    if math.isfinite(known):
        return max(losses.first, known)
    batch = max((look.batch for look in signals.looks), default=0) * losses.per
    few = 0 < batch < SEEN * losses.per and len(losses.values) > 0
    return max(losses.first, float(np.mean(losses.values[: -(-SEEN // batch)]))) if few else losses.first


class TooHigh(Check):
    """The steps have made the loss much larger than it was, or replace the weights."""

    name: ClassVar[str] = "high_learning_rate"
    cause: ClassVar[str] = "the learning rate is too high"
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = "Each step leaps over the valley that it should go down, so that the loss rises or jumps."
    advice: ClassVar[str] = (
        "Divide the learning rate by 10 (or let --lr auto find it), warm it up, or take larger batches."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "dead_units", "saturated_units", "stagnating_loss", "labels_unrelated", "diverging_loss", "oscillating_loss",
        "not_finite", "vanishing_gradients", "unfinished",
    )  # fmt: skip

    def look(self, signals: Signals) -> Seen | None:
        """A rise above where it began, or leaps, with units that were alive at first."""
        losses = signals.losses
        if not math.isfinite(losses.first) or (losses.steps < 10 and losses.lost is None) or signals.signed():
            return None
        start, size = reference(signals), update_size(signals)
        if losses.lost is not None:
            return _lost(signals, start, size)
        end, batch = float(losses.windows(5)[-1]), max((look.batch for look in signals.looks), default=0) * losses.per
        return (
            _risen(signals, start, size, end, batch)
            or _killing(signals, start, end)
            or _jumping(signals, start, size, end, batch)
            or _restless(signals, start, size, end)
        )


def _lost(signals: Signals, start: float, size: float) -> Seen | None:
    """No number any more, after it had risen or leapt; where it was lost at once, that had another reason."""
    losses = signals.losses
    finite = [value for value in losses.values if math.isfinite(value)]
    if losses.lost is None or (max(finite[1:], default=0.0) < RISEN * start and not size > LEAP):
        return None
    title = f"the loss was {losses.first:.3g} at first and no finite number from step {losses.lost + 1} on"
    return Seen(title, {"step": losses.lost, "update": size})


def _risen(signals: Signals, start: float, size: float, end: float, batch: int) -> Seen | None:
    """Well above where it began, for some steps; of a few examples one may be hard, which is no rise."""
    losses = signals.losses
    several = -(-2 * SEEN // batch) if batch else 1
    means = running(np.array(losses.values[1:]), max(5, 16 // losses.per, several))
    worst = float(means.max()) if len(means) and start > 0 else 0.0
    if not worst > (CATASTROPHE if end < RECOVERED * start else SPIKE) * start:
        return None
    title = f"the loss rose from {losses.first:.3g} to {worst:.3g} after the first steps"
    return Seen(title, {"first": losses.first, "highest": worst, "update": size})


def _killing(signals: Signals, start: float, end: float) -> Seen | None:
    """An early step was so long that units never woke again, or lie at their flat ends since."""
    early = max((one for one in map(_median_update, signals.looks[:8]) if math.isfinite(one)), default=0.0)
    if not early > LONG:
        return None
    step = f"a step changed the weights by {100 * early:.0f} % of their size, and units of"
    died, flat = most_dead(signals, enough(signals)), flat_ends(signals)
    if died is not None and died[1] > MOST_DEAD and not from_the_start(signals, died[0]) and end > BY_HEART * start:
        return Seen(f"{step} {died[0]} died of it", {"update": early, "layer": died[0], "dead": died[1]})
    if flat is not None and flat[2] < FLAT_AT_FIRST:
        return Seen(
            f"{step} {flat[0]} lie at their flat ends since", {"update": early, "layer": flat[0], "flat": flat[1]}
        )
    return None


def _jumping(signals: Signals, start: float, size: float, end: float, batch: int) -> Seen | None:
    """Single steps far above where it began, of a training that got nowhere; or steps that are leaps."""
    losses = signals.losses
    few = -(-FEWEST // batch) if batch else 1
    highest = float(running(np.array(losses.values[1:]), few).max(initial=0.0))
    leaping = size > STRIDE and highest > 1.5 * start and end > NOTHING * start
    if leaping or (highest > SHOCK * start and end > HARDLY * start):
        title = f"the loss jumped from {losses.first:.3g} to {highest:.3g}, and ends at {end:.3g}"
        return Seen(title, {"first": losses.first, "highest": highest, "last": end, "update": size})
    if (size > LEAP and end > LEARNED * start) or (size > BOUND and end > HALF * start):
        title = f"a step changes the weights by {100 * size:.0f} % of their size"
        return Seen(title, {"update": size, "last_loss": end})
    return None


def _restless(signals: Signals, start: float, size: float, end: float) -> Seen | None:
    """Long steps to the end, and no lower for half of the training."""
    parts = signals.losses.windows(10)
    if not size > RESTLESS or signals.losses.steps < SETTLED or len(parts) < 10 or annealed(signals):
        return None
    if signals.several() or not min(end, parts[-1]) > RECOVERED * start or not late_size(signals) > RESTLESS:
        return None
    late, before = float(parts[5:].mean()), float(parts[2:5].mean())
    if not late > NO_MORE * before:
        return None
    title = f"the loss came to rest at {late:.3g}, while each step changes the weights by {100 * size:.0f} %"
    return Seen(title, {"update": size, "last_loss": end, "before": before})


class TooLow(Check):
    """The loss creeps: tiny steps, and as fast a fall at the end as at the beginning."""

    name: ClassVar[str] = "low_learning_rate"
    cause: ClassVar[str] = "the learning rate is too low"
    severity = "warning"
    lesson: ClassVar[str] = "learning-rate"
    meaning: ClassVar[str] = (
        "The loss falls as evenly as a stone in syrup: the steps are too small to get anywhere in time."
    )
    advice: ClassVar[str] = "Multiply the learning rate by 10, and by 10 again (or let --lr auto find it)."
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "labels_unrelated", "unfinished")

    def look(self, signals: Signals) -> Seen | None:
        """Tiny updates; the loss far from its floor, and its last third falls about as fast as its first."""
        size, losses = largest_update(signals), signals.losses
        if losses.steps < 20 or losses.lost is not None or signals.signed():
            return None
        if gone := _gone(signals):
            return gone
        if not size < (CREEP_TUNED if signals.pretrained else CREEP):
            return None
        parts = losses.windows(12)
        if len(parts) < 12:
            return None
        begun, ended = float(parts[:2].mean()), float(parts[-2:].mean())
        known = signals.chance()
        if ended < 0.5 * begun or (math.isfinite(known) and begun < 0.5 * known):
            return None  # it got somewhere, or had been there before
        first, last = float(parts[0] - parts[4]), float(parts[-5] - parts[-1])
        if first > 0 and last < STILL_TO_COME * first and ended < 0.9 * begun:
            return None  # it had fallen, and flattened
        title = f"a step changes the weights by {size:.0e} of their size; the loss went from {begun:.3g} to {ended:.3g}"
        return Seen(title, {"update": size, "first": begun, "last": ended})


def _gone(signals: Signals) -> Seen | None:
    """The rate has come down to next to nothing by half of the steps, and the loss is still high."""
    losses = signals.losses
    rates = [(look.step, look.rate) for look in signals.looks if math.isfinite(look.rate)]
    early = [rate for step, rate in rates if step <= losses.steps / 2]
    end, high = float(losses.windows(10)[-1]), STILL_HIGH * signals.knowing_nothing()
    if len(early) < 3 or max(rate for _, rate in rates) > max(early) or not end > high:
        return None
    share = early[-1] / max(early) if max(early) > 0 else 1.0
    if share > GONE or rates[-1][1] > early[-1]:
        return None
    title = f"it had come down to {100 * share:.2g} % of its highest by half of the steps; the loss ends at {end:.3g}"
    return Seen(title, {"share": share, "last_loss": end})


def running(values: np.ndarray, width: int) -> np.ndarray:
    """Means over so many neighbours: ``(n - width + 1,)``."""
    if len(values) < width:
        return np.zeros(0)
    return np.convolve(values, np.ones(width) / width, "valid")
