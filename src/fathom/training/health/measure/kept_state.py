"""Whether a recurrent layer begins a batch with the state that the batch before ended with.

The first steps are all looked at, so that the end of one batch is seen beside the beginning of the next.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fathom.training.health.guard import Shield, unshielded
from fathom.training.health.measure.dropped_answers import dropped_share
from fathom.training.health.signals import Snapshot


class KeptState:
    """Of the first recurrent layer, or cell, of a net.

    Args:
        net: that is watched.
        compiled: then nothing is asked, since hooks inside would break its graph.
    """

    def __init__(self, net: nn.Module, compiled: bool, shield: Shield = unshielded) -> None:
        self.shield = shield
        kinds = (nn.RNNBase, nn.RNNCellBase)
        layers = [] if compiled else [m for m in net.modules() if isinstance(m, kinds)]
        self.layer: nn.Module | None = layers[0] if layers else None
        self.last: Tensor | None = None  # the state at the end of a pass
        self.ended_at = -2  # the step of it

    def attach(self, snapshot: Snapshot) -> Iterator[Any]:
        """Set the hooks for one pass, and yield their handles.

        Args:
            snapshot: what this pass is measured for.
        """
        if self.layer is None:
            return
        before = self.last if self.ended_at == snapshot.step - 1 else None
        begun: list[bool] = []

        def begin(layer: nn.Module, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
            if not begun and before is not None and torch.is_grad_enabled():
                given = _state_of(kwargs["hx"] if "hx" in kwargs else args[1] if len(args) > 1 else None)
                snapshot.details.state_kept = float(given is not None and _is_same(given, before))
            begun.append(True)
            if len(begun) > 1 and torch.is_grad_enabled():  # a cell that is called again
                state = _state_of(kwargs["hx"] if "hx" in kwargs else args[1] if len(args) > 1 else None)
                share = dropped_share(state) if state is not None and state.grad_fn is not None else math.nan
                snapshot.details.state_dropped = (share, len(begun))

        def end(layer: nn.Module, args: tuple[Any, ...], output: Any) -> None:
            if torch.is_grad_enabled():
                found = _state_of(output[1] if isinstance(layer, nn.RNNBase) else output)
                self.last, self.ended_at = None if found is None else found.detach(), snapshot.step

        yield self.layer.register_forward_pre_hook(self.shield(begin), with_kwargs=True)
        yield self.layer.register_forward_hook(self.shield(end))


def _state_of(given: Any) -> Tensor | None:
    """The hidden state among what a recurrent layer is given, or gives: of an LSTM the first of two."""
    found = given[0] if isinstance(given, tuple | list) and given else given
    return found if isinstance(found, Tensor) else None


def _is_same(given: Tensor, before: Tensor) -> bool:
    return given.shape == before.shape and bool(before.any()) and bool(torch.allclose(given.detach(), before))
