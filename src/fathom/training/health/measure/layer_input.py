"""What a first layer is given."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from fathom.training.health.measure.far_targets import far_columns
from fathom.training.health.measure.input_details import channel_means, fillers, roughness
from fathom.training.health.signals import InputStats

MAX_EXAMPLES, MAX_FEATURES = 256, 512
"""Examples that are summed up, and features up to which a matrix is taken for a table."""


MAX_COLUMNS_KEPT = 64
"""Columns of a table, of which each mean and deviation is kept."""

MAX_COMPARED = 16
"""Examples that are compared with the first of a batch."""


def layer_input(name: str, given: Tensor, fan_in: int = 0, *, trained: bool = True) -> InputStats:
    """Sum up what the first layer is given.

    Args:
        name: of the layer.
        given: (batch, …).
        fan_in: how many numbers a unit of it sees; 0 where that is not known.
        trained: else it is judged, and single numbers of it are not asked for.
    """
    with torch.no_grad():
        x = given.detach()[:MAX_EXAMPLES].float()
        apart = (x[1:MAX_COMPARED] - x[:1]).abs().amax() if len(x) > 1 else x.new_ones(())
        numbers = torch.stack([torch.linalg.vector_norm(x), *x.aminmax(), x.mean(), apart])
        if x.ndim == 2 and len(x) > 1 and 1 < x.shape[1] <= MAX_FEATURES:
            numbers = torch.cat([numbers, x.std(0)])  # (5 + features,)
        norm, low, high, mean, differ, *spreads = numbers.tolist()  # one wait for the device
        spreads = [spread for spread in spreads if spread > 0]
        scales, widest = (max(spreads) / min(spreads), max(spreads)) if len(spreads) > 1 else (1.0, 0.0)
        rms = norm / math.sqrt(x.numel())
        std = math.sqrt(max(0.0, rms**2 - mean**2))
        found = InputStats(name, rms, low, high, scales, widest, False, mean, std, fan_in, differ == 0)
        if not name:  # of the net itself
            found.channels, found.roughness = channel_means(x), roughness(x)
            if x.ndim == 2 and len(x) > 1 and x.shape[1] <= MAX_FEATURES:
                if trained:
                    found.fillers, found.filler = fillers(x)
                if x.shape[1] <= MAX_COLUMNS_KEPT:
                    far = far_columns(x.double().cpu().numpy()) if trained else [0.0] * x.shape[1]
                    found.columns = list(zip(x.mean(0).tolist(), x.std(0).tolist(), far, strict=True))
        return found
