"""What may be taken for granted of the loss."""

from __future__ import annotations

import numpy as np

from fathom.training.health.signals import Signals

MAX_DIFFERENCE_SHARE = 0.1
"""Share by which a loss may differ from the plain one that was found again from its gradient: of a step that takes
several batches only the first is seen, and the last one's loss is given.
"""

LONG_STEP = 0.02
"""Share of the weights' size by which a step is long: too long, where a loss rises that is no single known error."""

MAX_SNAPSHOTS = 8
"""The first so many are compared."""


def is_plain(signals: Signals) -> bool:
    """Whether the loss is what its gradient says and nothing else: no sum, no weights, no further term."""
    if signals.loss_kind == "squared":
        seen = [(x.loss, x.targets.squared_error) for x in signals.snapshots if x.targets]
    else:
        labels = [(x.loss, x.labels) for x in signals.snapshots if x.labels]
        seen = [(loss, one.cross_entropy, one.cross_entropy * one.share_with_gradient) for loss, one in labels]  # type: ignore[misc]
    known = [one for one in seen if np.isfinite(one).all()][:MAX_SNAPSHOTS]
    if not known:
        return False
    given, *own = (float(np.mean(part)) for part in zip(*known, strict=True))
    return any(abs(given - one) <= MAX_DIFFERENCE_SHARE * one + 1e-3 for one in own)


def is_weighted(signals: Signals) -> bool:
    """Whether the loss is a cross-entropy in which answers count by weights that its gradient shows."""
    seen = [(x.loss, x.labels.weighted_loss) for x in signals.snapshots if x.labels]
    known = [one for one in seen if np.isfinite(one).all()][:MAX_SNAPSHOTS]
    if not known:
        return False
    given, own = (float(np.mean(part)) for part in zip(*known, strict=True))
    return abs(given - own) <= MAX_DIFFERENCE_SHARE * own + 1e-3


def may_be_negative(signals: Signals) -> bool:
    """Whether the loss may be below 0, so that it has no zero that a share of it could be taken of."""
    return any(value < 0 for value in signals.losses.values)


def may_rise(signals: Signals, size: float) -> bool:
    """Whether the loss may rise though each step is right: of a game of two nets, or a sum of terms, by short steps.

    And of an error that is not squared: it is chosen where a few targets lie far away, which batches have by chance.

    Args:
        signals: of the training.
        size: of its typical step, as a share of the weights.
    """
    is_steady = signals.loss_kind and signals.is_single_term and signals.loss_kind != "absolute"
    return not is_steady and not size > LONG_STEP


def has_several_passes_per_step(signals: Signals) -> bool:
    """Whether the net is called several times a step, as in games of two nets: nobody knows then what its loss should
    do.
    """
    return signals.forward_passes > 1.5 * max(1, signals.losses.steps)
