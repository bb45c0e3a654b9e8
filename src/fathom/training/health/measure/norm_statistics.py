"""Whether the running statistics of batch norms move while a net is trained: with them it is judged."""

from __future__ import annotations

import math
from collections.abc import Collection

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from fathom.training.health.signals import Snapshot

MAX_NORMS = 8
"""Batch norms that are looked at."""


class NormStatistics:
    """Of the batch norms of one net.

    Args:
        net: that is watched.
    """

    def __init__(self, net: nn.Module) -> None:
        self.norms = [(name, m) for name, m in net.named_modules() if isinstance(m, _BatchNorm) and statistics_of(m)]

    def smallest_momentum(self) -> float:
        """Of those whose statistics are as they are made; NaN where there are none."""
        momenta = []
        for _, m in self.norms:
            mean, variance = statistics_of(m)
            if m.momentum is not None and not bool(mean.any()) and bool((variance == 1).all()):
                momenta.append(float(m.momentum))
        return min(momenta, default=math.nan)

    def measure(self, snapshot: Snapshot, used: Collection[str]) -> None:
        """A number of each that is another one as soon as its statistics are.

        Args:
            snapshot: where they are recorded.
            used: names of the layers that were called.
        """
        norms = {name: m for name, m in self.norms if m.training and name in used and statistics_of(m)}
        sums = []
        for m in list(norms.values())[:MAX_NORMS]:
            mean, variance = statistics_of(m)
            sums.append(mean.double().sum() + variance.double().square().sum())
        if sums:
            snapshot.norm_statistics = dict(zip(norms, torch.stack(sums).tolist(), strict=False))


def statistics_of(norm: _BatchNorm) -> tuple[Tensor, ...]:
    """Its running mean and variance; nothing where it keeps none."""
    mean, variance = norm.running_mean, norm.running_var
    return () if mean is None or variance is None else (mean, variance)
