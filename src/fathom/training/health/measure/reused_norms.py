"""Batch norms that are called for several places of a net in one pass, and whether they see the same there.

A batch norm keeps one running mean and one running variance. Called after two layers, it keeps those of neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from fathom.training.health.guard import Shield, unshielded
from fathom.training.health.signals import Snapshot

MAX_NORMS, MAX_SNAPSHOTS = 4, 6
"""Norms that are looked at, and times."""


class ReusedNorms:
    """Of one net."""

    def __init__(self, shield: Shield = unshielded) -> None:
        self.shield = shield
        self.seen: dict[str, list[tuple[Tensor, Tensor]]] = {}

    def attach(self, snapshots: Sequence[Snapshot], called: Sequence[tuple[str, nn.Module]]) -> Iterator[Any]:
        """Set the hooks for one pass, and yield their handles.

        Args:
            snapshots: that were made so far.
            called: the layers in the order of the pass that was looked at last, by name.
        """
        self.seen = {}
        if len(snapshots) > MAX_SNAPSHOTS:
            return
        times = Counter(name for name, m in called if isinstance(m, _BatchNorm))
        layers = dict(called)
        for name in [name for name, n in times.items() if n > 1][:MAX_NORMS]:
            yield layers[name].register_forward_pre_hook(self.shield(self._hook_of(name)))

    def _hook_of(self, name: str) -> Any:
        def hook(norm: nn.Module, args: tuple[Any, ...]) -> None:
            x = args[0] if args else None
            if not norm.training or not isinstance(x, Tensor) or x.ndim < 2 or not torch.is_grad_enabled():
                return
            with torch.no_grad():
                numbers = x.detach().float().transpose(0, 1).flatten(1)  # (channels, numbers)
                if numbers.shape[1] > 1:
                    self.seen.setdefault(name, []).append((numbers.mean(1), numbers.std(1)))

        return hook

    def measure(self, snapshot: Snapshot) -> None:
        """After the pass: which norm sees the most different numbers.

        Args:
            snapshot: where it is kept.
        """
        found = {name: _difference(places) for name, places in self.seen.items() if len(places) > 1}
        self.seen = {}
        if found:
            name = max(found, key=lambda one: found[one])
            snapshot.details.norm_reused = (name, found[name])


def _difference(places: Sequence[tuple[Tensor, Tensor]]) -> float:
    """The largest difference between two places: the median channel's, of its mean by its deviation, or in powers of 2
    of its deviation.
    """
    worst = 0.0
    for i, (mean, std) in enumerate(places):
        for other_mean, other_std in places[:i]:
            scale = torch.maximum(std, other_std).clamp(min=1e-12)
            apart = float(((mean - other_mean).abs() / scale).median())
            powers = float((std.clamp(min=1e-12) / other_std.clamp(min=1e-12)).log2().abs().median())
            worst = max(worst, apart, powers)
    return worst
