"""What a first layer is given."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from fathom.training.health.signals import InputStats

MAX_EXAMPLES, MAX_FEATURES = 256, 512
"""Examples that are summed up, and features up to which a matrix is taken for a table."""


def layer_input(name: str, given: Tensor) -> InputStats:
    """Sum up what the first layer is given."""
    with torch.no_grad():
        x = given.detach()[:MAX_EXAMPLES].float()
        numbers = torch.stack([torch.linalg.vector_norm(x), *x.aminmax()])
        if x.ndim == 2 and len(x) > 1 and 1 < x.shape[1] <= MAX_FEATURES:
            numbers = torch.cat([numbers, x.std(0)])  # (3 + features,)
        norm, low, high, *spreads = numbers.tolist()  # one wait for the device
        spreads = [spread for spread in spreads if spread > 0]
        scales, widest = (max(spreads) / min(spreads), max(spreads)) if len(spreads) > 1 else (1.0, 0.0)
        return InputStats(name, norm / math.sqrt(x.numel()), low, high, scales, widest)
