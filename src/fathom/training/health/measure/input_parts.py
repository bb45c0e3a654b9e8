"""Which parts of its input a net does not read: they are exchanged between examples, and no answer is another.

A number that is read with any weight at all changes the answer by more than nothing, so that answers that are the same
to the last digits are no matter of how much was learned.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from fathom.training.health.measure.net_output import answer_of

MIN_EXAMPLES, MIN_PLACES = 4, 8
"""Examples between which parts are exchanged, and places along an axis from which it may be one of time."""

MAX_DIFFERENCE_SHARE = 1e-6
"""By which answers that are the same may differ, as a share of their size."""


def unread_parts(net: nn.Module, given: tuple[Any, ...], answer: Tensor) -> str:
    """What of the input no answer depends on, in words; "" where all of it may be read.

    Args:
        net: in evaluation mode.
        given: the examples, one tensor (batch, …) of them.
        answer: to these: (batch, …).
    """
    if len(given) != 1 or len(answer) < MIN_EXAMPLES or not bool(torch.isfinite(answer).all()):
        return ""
    x = given[0]
    other = x.roll(1, 0)

    def is_unread(exchanged: Tensor) -> bool:
        if not bool((exchanged != x).flatten(1).any(1).all()):
            return False  # some examples are as they were
        again = answer_of(net(exchanged))
        if again is None or again.shape != answer.shape:
            return False
        return float((again - answer).abs().max()) <= MAX_DIFFERENCE_SHARE * float(answer.abs().mean())

    if is_unread(other):
        return "all of it"
    axes = {2: () if x.is_floating_point() else (1,), 3: (1, 2)}.get(x.ndim, ())
    for axis in axes:
        places = x.shape[axis]
        for place, name in ((0, "first"), (places - 1, "last")) if places >= MIN_PLACES else ():
            exchanged = other.clone()
            exchanged.select(axis, place).copy_(x.select(axis, place))
            if is_unread(exchanged):
                return f"all but the {name} of {places} places along axis {axis}"
    return ""
