"""Whether the running statistics of batch norms move while a net is trained: with them it is judged."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from fathom.training.health.guard import Shield
from fathom.training.health.signals import Snapshot

MAX_NORMS = 8
"""Batch norms that are looked at."""

LAST_STEP, MIN_NUMBERS = 5, 64
"""Up to which a frozen norm is asked for its input, and numbers of each channel that are needed."""


class NormStatistics:
    """Of the batch norms of one net.

    Args:
        net: that is watched.
    """

    def __init__(self, net: nn.Module) -> None:
        self.norms = [(name, m) for name, m in net.named_modules() if isinstance(m, _BatchNorm) and statistics_of(m)]

    def momenta(self) -> tuple[float, float]:
        """Smallest and largest of those whose statistics are as they are made; NaN where there are none."""
        momenta = []
        for _, m in self.norms:
            mean, variance = statistics_of(m)
            if m.momentum is not None and not bool(mean.any()) and bool((variance == 1).all()):
                momenta.append(float(m.momentum))
        return min(momenta, default=math.nan), max(momenta, default=math.nan)

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

    def attach(self, snapshot: Snapshot, shield: Shield) -> Iterator[Any]:
        """Set a hook for one pass on the first norm that is frozen with statistics of its own, and yield its handle.

        Args:
            snapshot: where is kept how far off these are.
            shield: around the hook.
        """
        frozen = [(name, m) for name, m in self.norms if not m.training and _is_frozen(m)]
        for name, m in frozen[:1] if snapshot.step <= LAST_STEP else ():

            def hook(norm: nn.Module, args: tuple[Any, ...], name: str = name) -> None:
                if args and isinstance(args[0], Tensor) and args[0].ndim > 1 and isinstance(norm, _BatchNorm):
                    snapshot.details.frozen_norm = (name, *_off(norm, args[0]))

            yield m.register_forward_pre_hook(shield(hook))


def _is_frozen(norm: _BatchNorm) -> bool:
    """Whether nothing trains it, and its statistics are not as they are made."""
    mean, variance = statistics_of(norm)
    learns = norm.weight is not None and norm.weight.requires_grad
    return not learns and (bool(mean.any()) or bool((variance != 1).any()))


def _off(norm: _BatchNorm, x: Tensor) -> tuple[float, float]:
    """Of what a norm is given, the median channel's distance from its mean, and its spread, both by its deviation."""
    mean, variance = statistics_of(norm)
    with torch.no_grad():
        numbers = x.detach().float().transpose(0, 1).flatten(1)  # (channels, numbers)
        if numbers.shape[1] < MIN_NUMBERS:
            return math.nan, math.nan
        deviation = (variance.float() + norm.eps).sqrt()
        apart = ((numbers.mean(1) - mean).abs() / deviation).median()
        off, spread = torch.stack([apart, (numbers.std(1) / deviation).median()]).tolist()
        return off, spread


def statistics_of(norm: _BatchNorm) -> tuple[Tensor, ...]:
    """Its running mean and variance; nothing where it keeps none."""
    mean, variance = norm.running_mean, norm.running_var
    return () if mean is None or variance is None else (mean, variance)
