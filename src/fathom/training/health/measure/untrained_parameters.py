"""Weights that are used and not trained.

A layer that is frozen or detached by mistake, that the optimizer was not given or that lies in a plain list stays as it
was drawn, while the rest of the net learns around it: nothing breaks, the net is only worse.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import ClassVar, TypedDict

from torch import Tensor, nn
from torch.optim import Optimizer

from fathom.training.health.measure.autograd_graph import parameter_of, walk
from fathom.training.health.measure.initial_weights import is_freshly_drawn
from fathom.training.health.measure.read_parameters import ReadParameters
from fathom.training.health.measure.weight_movement import checksum
from fathom.training.health.memory import Named
from fathom.training.health.signals import Snapshot, UntrainedParameter

STEPS_WITHOUT_READING = 5
"""First steps, at which nobody listens for weights that the net reads itself."""

MAX_UNTRAINED = 30
"""Weights that are recorded."""


class DrawnKept(TypedDict):
    """Whether weights are as they were drawn, by name; and whether one was seen that the net does not list."""

    drawn: dict[str, bool]
    unlisted: bool


class UntrainedParameters:
    """Asks, on the steps that are looked at, which weights take no part.

    Args:
        net: that is watched.
        optimizers: that step it.
    """

    Kept: ClassVar = DrawnKept

    def __init__(self, net: nn.Module, optimizers: Iterable[Optimizer]) -> None:
        self.net, self.optimizers = net, tuple(optimizers)
        self.drawn: dict[int, bool] = {}  # whether a weight is as it was drawn, by its id
        self.frozen = {id(p) for p in net.parameters() if not p.requires_grad}  # at first
        self.read = ReadParameters(net)
        self.compiled = hasattr(net, "_orig_mod") or net._compiled_call_impl is not None
        self.unlisted = False  # a weight was seen that the net does not list

    def measure(
        self, snapshot: Snapshot, parameters: Mapping[str, nn.Parameter], owned: Collection[int],
        used: Collection[str], unheard: Collection[str] = (),
    ) -> None:  # fmt: skip
        """Weights of layers that were used, and that this step does not train.

        Args:
            snapshot: where they are recorded.
            parameters: of the net, by name.
            owned: ids of what the optimizers have.
            used: names of the layers that were called.
            unheard: of those that were called without a graph; what of them the optimizer has was to be trained.
        """
        still = self._still()
        self._measure_unreached(snapshot, parameters, owned, used)
        for name, p in parameters.items():
            layer = name.rpartition(".")[0]
            called = layer in used or (layer in unheard and id(p) in owned and p.requires_grad)
            if p.ndim < 2 or not called or len(snapshot.untrained) >= MAX_UNTRAINED:
                continue
            why = "frozen" if not p.requires_grad else "no optimizer" if id(p) not in owned else ""
            why = why or ("no gradient" if p.grad is None else "rate of 0" if id(p) in still else "")
            why = "thawed" if why == "no optimizer" and id(p) in self.frozen and p.grad is not None else why
            if why and (why == "thawed" or self._is_drawn(p)):
                snapshot.untrained.append(UntrainedParameter(name, why, checksum(p)))

    def _measure_unreached(
        self, snapshot: Snapshot, parameters: Mapping[str, nn.Parameter], owned: Collection[int], used: Collection[str]
    ) -> None:
        """Weights without a gradient that the net reads, though no layer is called that they belong to."""
        if self.compiled or snapshot.step < STEPS_WITHOUT_READING:
            return
        suspects = {
            name: p for name, p in parameters.items()
            if p.grad is None and p.ndim > 1 and p.requires_grad and id(p) in owned
            and name.rpartition(".")[0] not in used
        }  # fmt: skip
        self.read.listen(suspects.values())
        for name, p in suspects.items():
            if id(p) in self.read.read and len(snapshot.untrained) < MAX_UNTRAINED:
                snapshot.untrained.append(UntrainedParameter(name, "unreached", checksum(p)))

    def measure_unlisted(self, snapshot: Snapshot, answer: Tensor) -> None:
        """Weights that the answer was computed with, and that neither the net lists nor an optimizer has."""
        if not self.unlisted and snapshot.step > 3:
            return
        known = {id(p) for p in self.net.parameters()}
        known |= {id(p) for o in self.optimizers for group in o.param_groups for p in group["params"]}
        for node in walk(answer.grad_fn):
            p = parameter_of(node)
            if p is None or p.ndim < 2 or id(p) in known or len(snapshot.untrained) >= MAX_UNTRAINED:
                continue
            if not isinstance(p, nn.Parameter):
                if name := self._kept_as(p):
                    self.unlisted = True
                    snapshot.untrained.append(UntrainedParameter(name, "no parameter", checksum(p)))
            elif self._is_drawn(p):
                self.unlisted = True
                shape = " × ".join(map(str, p.shape))
                snapshot.untrained.append(UntrainedParameter(f"a weight of {shape}", "not listed", checksum(p)))

    def _kept_as(self, tensor: Tensor) -> str:
        """The name by which a module keeps a plain tensor as an attribute; "" where none does."""
        for name, module in self.net.named_modules():
            if found := [key for key, value in vars(module).items() if value is tensor]:
                return f"{name}.{found[0]}".removeprefix(".")
        return ""

    def to_memory(self, named: Named) -> DrawnKept:
        """What is kept from step to step."""
        drawn = {name: self.drawn[id(p)] for name, p in named.parameters.items() if id(p) in self.drawn}
        return {"drawn": drawn, "unlisted": self.unlisted}

    def recall(self, kept: DrawnKept, named: Named) -> None:
        """Take it up."""
        self.drawn = {id(named.parameters[n]): drawn for n, drawn in kept["drawn"].items() if n in named.parameters}
        self.unlisted = kept["unlisted"]

    def _still(self) -> set[int]:
        """Ids of weights whose group has a rate of 0, while that of another group is above 0."""
        groups = [group for one in self.optimizers for group in one.param_groups]
        rates = [1.0 if isinstance(rate := group.get("lr"), Tensor) else rate for group in groups]  # no device waits
        if 0 not in rates or not any(rates):
            return set()
        return {id(p) for group, rate in zip(groups, rates, strict=True) if rate == 0 for p in group["params"]}

    def _is_drawn(self, p: nn.Parameter) -> bool:
        if id(p) not in self.drawn:
            self.drawn[id(p)] = is_freshly_drawn(p)
        return self.drawn[id(p)]
