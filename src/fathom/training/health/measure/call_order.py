"""In which order the layers of a net are called on a pass that is looked at, and what the first of them are given.

A net lists its layers as they were written down, which may be another order than that in which it calls them; and only
a call shows that a layer is used at all. The hooks are there for one pass: one that stays would cost every step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar, TypedDict

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _NormBase

from fathom.training.health.guard import Shield, unshielded
from fathom.training.health.measure.layer_input import layer_input
from fathom.training.health.memory import Named
from fathom.training.health.signals import Snapshot

INPUT_LAYERS = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.RNNBase)
NORM_LAYERS = (_NormBase, nn.LayerNorm, nn.GroupNorm, nn.RMSNorm)

MAX_INPUTS = 4
"""Layers whose input is summed up …"""

EARLY_SNAPSHOTS, EVERY_LATER_SNAPSHOT = 8, 4
"""… on each of the first snapshots, and on every so-manieth of the later ones, since inputs hardly change."""


class OrderKept(TypedDict):
    """Layers by their names, as the attributes of `CallOrder`."""

    used: list[str]
    unheard: list[str]
    order: list[str]
    narrowed: bool
    normed: list[str]


class CallOrder:
    """Of the layers of one net.

    Args:
        net: that is watched; of one that is compiled nothing is heard, since hooks would break its graph.
        compiled: whether it is.

    Attributes:
        used: names of the layers that were called, with a graph, on the pass that was looked at last.
        unheard: of those that were called without one, in the midst of it.
    """

    Kept: ClassVar = OrderKept

    def __init__(self, net: nn.Module, compiled: bool, shield: Shield = unshielded) -> None:
        self.net, self.shield = net, shield
        self.layers = [
            (name, m) for name, m in net.named_modules()
            if not compiled and (next(m.children(), None) is None or isinstance(m, INPUT_LAYERS))
        ]  # fmt: skip
        self.used: set[str] = set()
        self.unheard: set[str] = set()
        self.order: list[tuple[str, nn.Module]] = []
        self.parameters: list[tuple[str, nn.Parameter]] = []  # what `order` came to last
        self.parameters_order: list[tuple[str, nn.Module]] | None = None
        self.narrowed = False  # to layers that have weights: what has none is asked once for what it stands between
        self.normed: set[str] = set()  # layers that a norm follows at once

    def attach(self, snapshot: Snapshot, snapshots: int, args: tuple[Any, ...]) -> Iterator[Any]:
        """Set the hooks for one pass, and yield their handles.

        Args:
            snapshot: what this pass is measured for.
            snapshots: how many there were before.
            args: what the net is given; a net that is itself a layer is called by now, and needs no hook.
        """
        if self.order and not self.narrowed:
            self.narrow()
        self.order, self.used, self.unheard = [], set(), set()
        inputs = snapshots < EARLY_SNAPSHOTS or snapshots % EVERY_LATER_SNAPSHOT == 0
        for name, m in self.layers:
            hook = self._hook_of(name, snapshot, inputs)
            if m is self.net:
                hook(m, args)
            else:
                yield m.register_forward_pre_hook(self.shield(hook))

    def to_memory(self, named: Named) -> OrderKept:
        """What is kept from step to step."""
        return {
            "used": sorted(self.used), "unheard": sorted(self.unheard), "order": [name for name, _ in self.order],
            "narrowed": self.narrowed, "normed": sorted(self.normed),
        }  # fmt: skip

    def recall(self, kept: OrderKept, named: Named) -> None:
        """Take it up."""
        self.used, self.unheard, self.normed = set(kept["used"]), set(kept["unheard"]), set(kept["normed"])
        self.order = [(name, named.modules[name]) for name in kept["order"] if name in named.modules]
        if kept["narrowed"]:
            self.narrow()

    def narrow(self) -> None:
        """From now on hear only of layers that have weights."""
        self.layers = [one for one in self.layers if next(one[1].parameters(), None) is not None]
        self.narrowed = True

    def _hook_of(self, name: str, snapshot: Snapshot, inputs: bool) -> Callable[[nn.Module, tuple[Any, ...]], None]:
        def hook(module: nn.Module, args: tuple[Any, ...]) -> None:
            if (
                self.order
                and not self.narrowed
                and isinstance(module, NORM_LAYERS)
                and isinstance(self.order[-1][1], INPUT_LAYERS)
            ):
                self.normed.add(self.order[-1][0])
                for one in snapshot.inputs:
                    one.is_normalized |= one.name in self.normed
            self.order.append((name, module))
            (self.used if torch.is_grad_enabled() else self.unheard).add(name)
            given = args[0] if inputs and args and isinstance(module, INPUT_LAYERS) else None
            if not isinstance(given, Tensor) or not given.is_floating_point() or not given.numel():
                return
            if not given.requires_grad and len(snapshot.inputs) < MAX_INPUTS:
                found = layer_input(name, given, _fan_in(module))
                snapshot.inputs.append(replace(found, is_normalized=name in self.normed))

        return hook

    def in_order(self, listed: Mapping[str, nn.Parameter]) -> list[tuple[str, nn.Parameter]]:
        """The parameters in the order in which their layers were called; the others as the net lists them."""
        if self.parameters_order == self.order:
            return self.parameters
        first = [f"{name}.{own}" if name else own for name, m in self.order for own, _ in m.named_parameters()]
        rest = [name for name in listed if name not in set(first)]
        self.parameters = [(name, listed[name]) for name in dict.fromkeys([*first, *rest]) if name in listed]
        self.parameters_order = list(self.order)
        return self.parameters


def _fan_in(layer: nn.Module) -> int:
    """How many numbers each unit of a layer sees: of its first matrix the numbers of a row."""
    weight = next((p for p in layer.parameters() if p.ndim > 1), None)
    return 0 if weight is None else weight[0].numel()
