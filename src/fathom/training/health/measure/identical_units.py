"""Units that are all the same."""

from __future__ import annotations

import torch
from torch import nn


def has_identical_units(weight: nn.Parameter) -> bool:
    """Whether all rows have the same weights and the same gradient, up to rounding."""
    if len(weight) < 2 or weight.grad is None:
        return False
    with torch.no_grad():
        for tensor in (weight.detach().flatten(1), weight.grad.flatten(1)):  # (rows, numbers)
            for some in (tensor[:2], tensor):  # of rows that differ two are enough to see it
                if float((some - some[0]).abs().max()) > 1e-5 * float(some.abs().max()):
                    return False
    return True
