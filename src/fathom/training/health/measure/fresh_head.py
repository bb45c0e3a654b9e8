"""A last layer that is drawn at random, on layers that had been trained before."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from fathom.training.health.measure.initial_weights import MIN_NUMBERS, is_freshly_drawn
from fathom.training.health.signals import LayerStats

MAX_UPDATE = 1e-3
"""Share of its size by which the first step changes the last layer; above, it is stepped fast enough in any case."""

MAX_WEIGHTS = 4
"""Of the others, the largest so many are looked at."""


def fresh_head(layers: Sequence[LayerStats], parameters: dict[str, nn.Parameter]) -> str:
    """The name of the last weight, where it is as drawn at random and hardly moves, and most of the others are trained.

    Args:
        layers: after the first step, in the order in which they are used.
        parameters: of the net, by name.
    """
    if len(layers) < 2 or not layers[-1].relative_update < MAX_UPDATE:
        return ""
    head = parameters.get(layers[-1].name)
    if head is None or not is_freshly_drawn(head, MAX_UPDATE):
        return ""
    others = [p for name, p in parameters.items() if p.ndim > 1 and p.numel() >= MIN_NUMBERS and p is not head]
    asked = sorted(others, key=Tensor.numel, reverse=True)[:MAX_WEIGHTS]
    trained = sum(p.numel() for p in asked if not is_freshly_drawn(p, MAX_UPDATE))
    return layers[-1].name if 2 * trained > sum(p.numel() for p in asked) > 0 else ""
