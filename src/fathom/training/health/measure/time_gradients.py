"""How far back through time the gradient of a recurrent net reaches, on a step that is looked at.

For that step a recurrent layer is given a copy of its input that asks for its gradient; the numbers are the same. Cells
that are called once for each step of time are asked what comes back to what they say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from fathom.training.health.guard import Shield, unshielded
from fathom.training.health.signals import Snapshot

MIN_STEPS_OF_TIME = 16
"""Steps of time from which a gradient may fade on its way."""

PART = 10
"""The first and the last tenth of them are compared."""


class TimeGradients:
    """Of the first recurrent layer, or cell, of a net.

    Args:
        net: that is watched.
    """

    def __init__(self, net: nn.Module, shield: Shield = unshielded) -> None:
        self.shield = shield
        kinds = (nn.RNNBase, nn.RNNCellBase)
        recurrent = [(name, m) for name, m in net.named_modules() if isinstance(m, kinds)]
        self.name = recurrent[0][0] if recurrent else ""
        self.layer: nn.Module | None = recurrent[0][1] if recurrent else None
        self.norms: list[tuple[int, Tensor]] = []  # of a cell: which call, and the gradient of what it said

    def attach(self, snapshot: Snapshot) -> Iterator[Any]:
        """Set a hook for one pass, and yield its handle.

        Args:
            snapshot: what this pass is measured for.
        """
        if isinstance(self.layer, nn.RNNBase):
            yield self.layer.register_forward_pre_hook(self.shield(self._hook_of(snapshot, self.layer.batch_first)))
        elif self.layer is not None:
            self.norms, calls = [], [0]
            yield self.layer.register_forward_hook(self.shield(self._cell_hook(calls)))

    def measure(self, snapshot: Snapshot) -> None:
        """Before the step: of a cell, what came back to its first and last calls.

        Args:
            snapshot: where it is kept.
        """
        found, self.norms = sorted(self.norms, key=lambda one: one[0]), []
        if len(found) >= MIN_STEPS_OF_TIME:
            _keep(snapshot, self.name, torch.stack([norm for _, norm in found]))

    def _hook_of(self, snapshot: Snapshot, batch_first: bool) -> Any:
        def hook(layer: nn.Module, args: tuple[Any, ...]) -> Any:
            x = args[0] if args else None
            time = 1 if batch_first else 0
            if not isinstance(x, Tensor) or x.ndim != 3 or x.shape[time] < MIN_STEPS_OF_TIME:
                return None
            if not torch.is_grad_enabled() or not x.is_floating_point():
                return None
            asking = x if x.requires_grad else x.detach().requires_grad_()

            def keep(gradient: Tensor) -> None:
                norms = torch.linalg.vector_norm(gradient.detach().float(), dim=(1 - time, 2))  # (time,)
                _keep(snapshot, self.name, norms)

            asking.register_hook(self.shield(keep))
            return (asking, *args[1:])

        return hook

    def _cell_hook(self, calls: list[int]) -> Any:
        def hook(cell: nn.Module, args: tuple[Any, ...], output: Any) -> None:
            said = output[0] if isinstance(output, tuple) else output
            if not isinstance(said, Tensor) or not said.requires_grad:
                return
            at, calls[0] = calls[0], calls[0] + 1

            def keep(gradient: Tensor) -> None:
                self.norms.append((at, torch.linalg.vector_norm(gradient.detach().float())))

            said.register_hook(self.shield(keep))

        return hook


def _keep(snapshot: Snapshot, name: str, norms: Tensor) -> None:
    """The largest gradient of the first and of the last tenth of the time.

    Args:
        snapshot: where it is kept.
        name: of the layer.
        norms: at each step of time, (time,).
    """
    part = max(1, len(norms) // PART)
    first, last = torch.stack([norms[:part].max(), norms[-part:].max()]).tolist()
    snapshot.through_time = (name, len(norms), first, last)
