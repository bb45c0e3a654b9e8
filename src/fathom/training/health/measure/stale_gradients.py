"""Whether the gradient of the step before still lies in the weights at a backward pass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, TypedDict

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from fathom.training.health.details import TrainingDetails
from fathom.training.health.guard import Shield, unshielded
from fathom.training.health.memory import Named
from fathom.training.health.signals import Signals, Snapshot
from fathom.validation import Real

MAX_NUMBERS = 512
"""Of a gradient that are kept from one step to the next."""

MAX_SHARE_LEFT = 0.99
"""Of a gradient that was made smaller."""


class GradientKept(TypedDict):
    """Numbers of the gradient of the last step of each optimizer, by the name of its parameter."""

    gradient: dict[str, list[Real]]


class _Kept:
    """Some of the gradient that one optimizer made its last step with.

    Args:
        parameter: whose it is.
        numbers: the first of the gradient.
    """

    def __init__(self, parameter: nn.Parameter, numbers: Tensor) -> None:
        self.parameter, self.numbers = parameter, numbers
        self.content = numbers  # what must still lie there when the next one comes, if nothing has cleared it
        self.handles: list[Any] = []
        self.lay_there = False  # as was seen at the last gradient that came
        self.found: bool | None = None  # at all that were added

    def attach(self, shield: Shield) -> None:
        """Look when the next gradient comes to the weight."""
        self.detach()
        p = self.parameter
        if p.requires_grad:
            after = p.register_post_accumulate_grad_hook(shield(self.after))
            self.handles = [p.register_hook(shield(self.before)), after]

    def detach(self) -> None:
        """Look no more, and forget what was seen."""
        for handle in self.handles:
            handle.remove()
        self.handles, self.found, self.content = [], None, self.numbers

    def before(self, _: Tensor) -> None:
        """A gradient has come, and is not added yet; it may have been asked for by autograd.grad, and never be.

        What lies there must be the very same numbers as before: a penalty on the weights may have put other ones there.
        """
        grad = self.parameter.grad
        now = None if grad is None or grad.is_sparse else grad.detach().flatten()[:MAX_NUMBERS]
        self.lay_there = now is not None and bool(self.numbers.any()) and torch.equal(now, self.content)

    def after(self, _: Tensor) -> None:
        """It was added; of several in a step each must be added to those before."""
        self.found = self.lay_there and self.found is not False
        if self.found and self.parameter.grad is not None:
            self.content = self.parameter.grad.detach().flatten()[:MAX_NUMBERS].clone()


class StaleGradients:
    """Keeps some of the gradient of a step, where the next one is looked at.

    It is asked for when a gradient is about to be added to what lies in the weight: a gradient that the loss itself is
    made of, as that of a penalty on slopes, passes the net before anybody need have cleared anything. Where there are
    several optimizers each is asked for its own: another's loss may leave something in its weights.

    Args:
        optimizers: that step the net.
        shield: around each hook.
    """

    Kept: ClassVar = GradientKept

    def __init__(self, optimizers: Sequence[Optimizer], shield: Shield = unshielded) -> None:
        self.optimizers, self.shield = tuple(optimizers), shield
        self.kept: dict[int, _Kept] = {}  # of the last step, where the next is looked at, by the optimizer's place
        self.gradient: tuple[nn.Parameter, Tensor] | None = None  # that was kept last

    def to_memory(self, named: Named) -> GradientKept:
        """What is kept from step to step."""
        names = named.names([one.parameter for one in self.kept.values()])
        found = zip(names, self.kept.values(), strict=True)
        return {"gradient": {name: one.numbers.tolist() for name, one in found}}

    def recall(self, kept: GradientKept, named: Named) -> None:
        """Take it up."""
        for name, numbers in kept["gradient"].items():
            if (p := named.parameters.get(name)) is None:
                continue
            for i, optimizer in enumerate(self.optimizers):
                if any(p is one for group in optimizer.param_groups for one in group["params"]):
                    self._keep(i, p, torch.tensor(numbers, dtype=p.dtype, device=p.device))
                    break

    def _keep(self, place: int, p: nn.Parameter, numbers: Tensor) -> None:
        self.kept[place], self.gradient = _Kept(p, numbers), (p, numbers)

    def keep(self, optimizer: Optimizer) -> None:
        """Keep some of the gradient that a step was made with."""
        place = next((i for i, one in enumerate(self.optimizers) if one is optimizer), 0)
        if (old := self.kept.pop(place, None)) is not None:
            old.detach()
        self.gradient = None
        weights = (p for group in optimizer.param_groups for p in group["params"])
        p = next((p for p in weights if p.ndim > 1 and p.grad is not None and not p.grad.is_sparse), None)
        if p is not None:
            self._keep(place, p, p.grad.detach().flatten()[:MAX_NUMBERS].clone())

    def count_changed(self, signals: Signals) -> None:
        """After the loop's work on a step: was its gradient made smaller since, as by clipping, and not cleared?

        What another loss has added to it since is no such thing.
        """
        if self.gradient is None:
            return
        p, before = self.gradient
        if p.grad is None or p.grad.is_sparse:
            return
        now = p.grad.detach().flatten()[:MAX_NUMBERS]
        size, left = torch.linalg.vector_norm(torch.stack([before, now]), 1, 1, dtype=torch.float32).tolist()
        if not math.isfinite(size) or not left > 0:
            return
        is_less = left < MAX_SHARE_LEFT * size and bool(((now * before >= 0) & (now.abs() <= before.abs())).all())
        asked, changed = signals.changed_after_step
        signals.changed_after_step = (asked + 1, changed + is_less)

    def attach(self) -> None:
        """Look when the next gradient comes to the weight."""
        for one in self.kept.values():
            one.attach(self.shield)

    def detach(self) -> None:
        """Look no more."""
        for one in self.kept.values():
            one.detach()

    def measure(self, details: TrainingDetails, snapshot: Snapshot, optimizer: Optimizer) -> None:
        """Before a step of an optimizer: whether the gradient kept still lay there, so that new ones were added."""
        place = next((i for i, one in enumerate(self.optimizers) if one is optimizer), 0)
        one = self.kept.pop(place, None)
        found = None if one is None else one.found
        if one is not None:
            one.detach()
        if found is None:
            return
        looks = details.stale_looks
        looks += [[0, 0] for _ in range(place + 1 - len(looks))]
        looks[place] = [looks[place][0] + 1, looks[place][1] + found]
        if len(self.optimizers) == 1:
            snapshot.stale_gradient = float(found)
        self.gradient = None
