"""Which weights take part in the training, measured: those that are used but not trained, not moved, or not cleared.

A layer that is frozen or detached by mistake, that the optimizer was not given or that lies in a plain list stays as it
was drawn, while the rest of the net learns around it: nothing breaks, the net is only worse. That weights are still as
they were drawn is seen from their numbers: they are spread as the usual initializations spread them, evenly or
normally, with rows and columns alike. What has been trained before, and is frozen on purpose, is not.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

from fathom.training.health.measure import autograd_graph
from fathom.training.health.signals import Idle, Look, Signals

FEWEST, MOST_ROWS, MOST_COLUMNS = 64, 256, 512
"""Numbers of a weight from which its spread can be judged, and as many of it as are looked at."""

EVEN, NORMAL = 1.6, 1.1
"""The largest distance of the distributions (Kolmogorov and Smirnov), times the root of their number."""

ENOUGH_FOR_ANY, ENOUGH_FOR_NORMAL = 300, 4000
"""Numbers from which other bounds than PyTorch's own can be told from chance, and a normal spread."""

SHORTFALL = 8.0
"""The largest of n evenly spread numbers is nearly always less than so many n-ths below the bound, and never above."""

ALIKE = 4.0
"""Standard errors by which the sizes of rows, of columns, and of the whole may be off."""

MOST_IDLE, MOST_MOVED, SHORT = 30, 6, 512
"""Layers that are told, weights that are watched for whether they move, and numbers of each."""


def drawn(weight: Tensor) -> bool:
    """Whether a weight (rows, …) is spread as one that was just drawn at random by a usual initialization.

    A training that moved it, however little, leaves some numbers beyond the bound of an even spread.
    """
    if weight.numel() < FEWEST or not weight.is_floating_point():
        return False
    rows, fan_in = len(weight), weight[0].numel()
    sample = weight.detach().flatten(1)[:MOST_ROWS, :MOST_COLUMNS]  # (rows, columns)
    numbers = sample.double().cpu().numpy()
    if numbers.size < FEWEST or not np.isfinite(numbers).all() or not numbers.any():
        return False
    x = np.sort(numbers.ravel())
    n, largest, spread = len(x), float(np.abs(x).max()), float(x.std())
    bounds, spreads = _usual(rows, fan_in, own=n < ENOUGH_FOR_ANY)
    even = any(bound * (1 - SHORTFALL / n) <= largest <= bound * (1 + 1e-6) for bound in bounds)
    if even and _distance(0.5 + 0.5 * x / largest) * math.sqrt(n) < EVEN:
        return all(_alike(side, 0.8) for side in (numbers, numbers.T))
    normal = n >= ENOUGH_FOR_NORMAL and any(abs(spread / one - 1) < ALIKE / math.sqrt(2 * n) for one in spreads)
    if not normal or _distance(torch.special.ndtr(torch.from_numpy(x / spread)).numpy()) * math.sqrt(n) > NORMAL:
        return False
    return all(_alike(side, 2.0) for side in (numbers, numbers.T))


def _usual(rows: int, fan_in: int, own: bool) -> tuple[list[float], list[float]]:
    """Bounds of even, and deviations of normal initializations: PyTorch's `own`, and Glorot's, He's, and those of
    transformers and embeddings. A recurrent layer's bound follows from its width: its rows are 1, 3 or 4 times that.
    """
    bounds = [math.sqrt(1 / fan_in), *(math.sqrt(parts / rows) for parts in (1, 3, 4))]
    if not own:
        bounds += [math.sqrt(k / fan_in) for k in (3, 6)]
        bounds += [gain * math.sqrt(6 / (fan_in + rows)) for gain in (1, 5 / 3)]
    normal = [math.sqrt(k / fan) for k in (1, 2) for fan in (fan_in, rows)] + [math.sqrt(2 / (fan_in + rows))]
    return bounds, [*normal, 0.01, 0.02, 1.0]


def _distance(shares: NDArray[np.float64]) -> float:
    """From what they were if they were spread evenly from 0 to 1; they are sorted."""
    steps = np.arange(len(shares) + 1) / len(shares)
    return float(max(np.abs(shares - steps[1:]).max(), np.abs(shares - steps[:-1]).max()))


def _alike(rows: NDArray[np.float64], varies: float) -> bool:
    """Whether the squared sizes of rows (rows, columns) vary as chance has it.

    Args:
        rows: numbers.
        varies: the variance of a squared number, by the square of its mean.
    """
    n, columns = rows.shape
    if n < 4:
        return True
    sizes = (rows**2).mean(1)
    found = float(sizes.var(ddof=1) / sizes.mean() ** 2)
    return found < varies / columns * (1 + ALIKE * math.sqrt((2 + 6 * varies / columns) / (n - 1)))


class TakingPart:
    """Asks, on the steps that are looked at, which weights take part.

    Args:
        net: that is watched.
        optimizers: that step it.
    """

    def __init__(self, net: nn.Module, optimizers: Iterable[Optimizer]) -> None:
        self.net, self.optimizers = net, tuple(optimizers)
        self.judged: dict[int, bool] = {}  # whether a weight was drawn, by its id
        self.listed = False  # a weight was seen that the net does not list
        self.gradient: tuple[nn.Parameter, Tensor] | None = None  # of the last step, where the next is looked at
        self.first: list[float] | None = None  # sums of some weights, at the first look

    def owned(self) -> set[int]:
        """Ids of what the optimizers have."""
        return {id(p) for o in self.optimizers for group in o.param_groups for p in group["params"]}

    def idle(
        self, look: Look, parameters: Mapping[str, nn.Parameter], owned: Collection[int], used: Collection[str]
    ) -> None:
        """Weights of layers that were used, and that this step does not train."""
        for name, p in parameters.items():
            if p.ndim < 2 or name.rpartition(".")[0] not in used or len(look.idle) >= MOST_IDLE:
                continue
            why = "frozen" if not p.requires_grad else "no optimizer" if id(p) not in owned else ""
            why = why or ("no gradient" if p.grad is None else "")
            if why and self._drawn(p):
                look.idle.append(Idle(name, why, _mark(p)))

    def outside(self, look: Look, answer: Tensor) -> None:
        """Weights that the answer was computed with, and that neither the net lists nor an optimizer has."""
        if not self.listed and look.step > 3:
            return
        known = {id(p) for p in self.net.parameters()} | self.owned()
        for node in autograd_graph.walk(answer.grad_fn):
            p = getattr(node, "variable", None)
            if not isinstance(p, nn.Parameter) or p.ndim < 2 or id(p) in known or len(look.idle) >= MOST_IDLE:
                continue
            if self._drawn(p):
                self.listed = True
                shape = " × ".join(map(str, p.shape))
                look.idle.append(Idle(f"a weight of {shape}", "not listed", _mark(p)))

    def keep_gradient(self, optimizer: Optimizer) -> None:
        """Keep some of the gradient of a step, where the next one is looked at."""
        weights = (p for group in optimizer.param_groups for p in group["params"])
        p = next((p for p in weights if p.ndim > 1 and p.grad is not None and not p.grad.is_sparse), None)
        self.gradient = None if p is None else (p, p.grad.detach().flatten()[:SHORT].clone())

    def at_backward(self, look: Look) -> None:
        """Whether the gradient of the step before still lies there, so that the new one is added to it.

        It must be the very same numbers: a penalty on the weights may have put other ones there before the net's own.
        """
        if self.gradient is None:
            return
        (p, before), self.gradient = self.gradient, None
        now = None if p.grad is None or p.grad.is_sparse else p.grad.detach().flatten()[:SHORT]
        look.stale = float(now is not None and bool(before.any()) and torch.equal(now, before))

    def moved(self, signals: Signals, parameters: Mapping[str, nn.Parameter]) -> None:
        """Whether any of some weights has moved since the first look."""
        if signals.still < 0:
            return
        weights = [p for p in parameters.values() if p.requires_grad and p.ndim > 1 and p.is_floating_point()]
        now = [_mark(p) for p in weights[:: -(-len(weights) // MOST_MOVED) or 1]]
        if self.first is None:
            self.first = now
            signals.unowned = self.owned().isdisjoint(map(id, parameters.values()))
        elif now != self.first:
            signals.still = -1
        else:
            signals.still += bool(now)

    def _drawn(self, p: nn.Parameter) -> bool:
        if id(p) not in self.judged:
            self.judged[id(p)] = drawn(p)
        return self.judged[id(p)]


def _mark(weight: Tensor) -> float:
    """A number that is another one as soon as the weight is."""
    return float(weight.detach().flatten()[:SHORT].double().sum())
