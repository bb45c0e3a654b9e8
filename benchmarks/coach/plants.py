"""One fault each, planted in a training that would be healthy without it; and what it may be called.

Several names are right where one fix serves for all: a rate that is too high makes the loss jump, and both say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.coach import nets
from benchmarks.coach.data import Set
from benchmarks.coach.training import Plan, train

Plant = Callable[[Plan, nets.Build], Plan]


@dataclass(frozen=True)
class Fault:
    """A fault: its number, its name in words, the findings that name it, and how it is planted."""

    number: int
    what: str
    names: frozenset[str]
    plant: Plant


FAULTS: dict[str, Fault] = {}


def fault(number: int, what: str, *names: str) -> Callable[[Plant], Plant]:
    """Enter a fault into `FAULTS`."""

    def enter(plant: Plant) -> Plant:
        FAULTS[plant.__name__] = Fault(number, what, frozenset(names), plant)
        return plant

    return enter


def again(plan: Plan, build: nets.Build) -> nn.Module:
    """The same net, drawn anew."""
    torch.manual_seed(plan.seed)
    return build(plan.data)


def is_cnn(net: nn.Module) -> bool:
    """Whether it has convolutions."""
    return isinstance(net, nets.Functional)


@fault(1, "12 layers of sigmoid, spread 0.05", "vanishing_gradients")
def vanishing(plan: Plan, build: nets.Build) -> Plan:
    """Deep, with sigmoids; behind convolutions where the net has them."""
    deep = nets.mlp(plan.data, (64,) * 12, nn.Sigmoid)
    net = nets.initialized(deep, lambda m: m.weight.normal_(0, 0.05))
    if is_cnn(build(plan.data)):
        front = plan.data.raw.ndim == 4
        head: list[nn.Module] = [nn.Conv2d(1, 4, 3, padding=1), nn.Sigmoid()] if front else []
        wide = replace(plan.data, raw=np.zeros((1, 4, *plan.data.raw.shape[2:]), np.float32)) if front else plan.data
        net = nn.Sequential(
            *head, *nets.initialized(nets.mlp(wide, (64,) * 11, nn.Sigmoid), lambda m: m.weight.normal_(0, 0.05))
        )
    return replace(plan, net=net)


@fault(2, "He's scale times 4, no norm", "exploding_gradients")
def exploding(plan: Plan, build: nets.Build) -> Plan:
    """Weights four times too large."""

    def large(m: Any) -> None:
        nn.init.kaiming_normal_(m.weight)
        m.weight.mul_(4)

    return replace(plan, net=nets.initialized(again(plan, build), large))


@fault(3, "biases of -3 before ReLU", "dead_units")
def dying(plan: Plan, build: nets.Build) -> Plan:
    """Hidden biases of -3; the last layer's stay."""
    net = again(plan, build)
    layers = [m for m in net.modules() if isinstance(m, (nn.Linear, nn.Conv2d))]
    for m in layers[:-1]:
        nn.init.constant_(m.bias, -3.0)  # type: ignore[arg-type]
    return replace(plan, net=net)


@fault(
    4, "rate at twice the edge of stability, batches of 8", "oscillating_loss", "high_learning_rate", "diverging_loss"
)
def oscillating(plan: Plan, build: nets.Build) -> Plan:
    """Plain gradient descent at twice the rate beyond which the loss of a fixed batch rises."""
    return replace(
        plan, net=again(plan, build), optimizer="sgd", lr=2 * edge(plan, again(plan, build)), batch=8, epochs=4
    )


def edge(plan: Plan, net: nn.Module) -> float:
    """2 / λ, λ the largest curvature at the end of a short healthy training, by power iteration."""
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    x, y = torch.from_numpy(plan.x), torch.from_numpy(plan.y)
    rng = np.random.default_rng(plan.seed)
    for _ in range(60):
        rows = torch.from_numpy(rng.choice(plan.data.train, 64))
        F.cross_entropy(net(x[rows]), y[rows]).backward()
        optimizer.step()
        optimizer.zero_grad()
    rows = torch.from_numpy(plan.data.train[:256])
    parameters = list(net.parameters())
    vector = [torch.randn_like(p) for p in parameters]
    size = 1.0
    for _ in range(15):
        norm = torch.sqrt(sum((v**2).sum() for v in vector))
        vector = [v / norm for v in vector]
        gradients = torch.autograd.grad(F.cross_entropy(net(x[rows]), y[rows]), parameters, create_graph=True)
        vector = list(torch.autograd.grad(gradients, parameters, vector, allow_unused=True))  # type: ignore[arg-type]
        vector = [torch.zeros_like(p) if v is None else v for v, p in zip(vector, parameters, strict=True)]
        size = float(torch.sqrt(sum((v**2).sum() for v in vector)))
    return 2 / size


@fault(5, "rate 300 times too low", "low_learning_rate")
def slow(plan: Plan, build: nets.Build) -> Plan:
    """A three-hundredth of the rate."""
    return replace(plan, net=again(plan, build), lr=best_rate(plan, build) / 300)


def best_rate(plan: Plan, build: nets.Build) -> float:
    """The rate with the lowest dev error after 300 steps, of seven."""
    found = {}
    for rate in (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3):
        short = replace(plan, net=again(plan, build), lr=rate, fewest=0, most=300)
        with np.errstate(all="ignore"):
            found[rate] = train(short).history[-1]["dev_metric"]
    return min(found, key=lambda rate: found[rate])


@fault(6, "rate 30 times too high", "high_learning_rate", "oscillating_loss", "diverging_loss")
def fast(plan: Plan, build: nets.Build) -> Plan:
    """Thirty times the best rate."""
    return replace(plan, net=again(plan, build), lr=best_rate(plan, build) * 30)


@fault(7, "tanh, weights times 5", "saturated_units")
def saturated(plan: Plan, build: nets.Build) -> Plan:
    """The net with tanh, and weights five times as large."""
    net = again(plan, build)
    if is_cnn(net):
        front = nn.Conv2d(1, 8, 3, padding=1) if plan.data.pictures else None
        shape = (1, 8, *plan.data.raw.shape[2:]) if front else plan.data.raw[:1].shape
        rest = nets.mlp(replace(plan.data, raw=np.zeros(shape, np.float32)), (64,), nn.Tanh)
        net = nn.Sequential(front, nn.Tanh(), *rest) if front else nets.mlp(plan.data, (64,), nn.Tanh)
    else:
        widths = [m.out_features for m in net.modules() if isinstance(m, nn.Linear)][:-1]
        net = nets.mlp(plan.data, tuple(widths), nn.Tanh)

    def large(m: Any) -> None:
        nn.init.xavier_normal_(m.weight)
        m.weight.mul_(5)

    return replace(plan, net=nets.initialized(net, large))


@fault(8, "pixels from 0 to 255, columns as they come", "inputs_not_scaled")
def unscaled(plan: Plan, build: nets.Build) -> Plan:
    """Inputs as they are stored; columns that are scaled already, times 100."""
    raw = plan.data.raw if plan.data.raw.max() > 50 else plan.data.raw * 100
    return replace(plan, net=again(plan, build), x=raw)


@fault(9, "all weights alike", "symmetric_weights")
def constant(plan: Plan, build: nets.Build) -> Plan:
    """Weights of 0.05."""
    net = nets.initialized(again(plan, build), lambda m: (m.weight.fill_(0.05), m.bias.zero_()))
    return replace(plan, net=net)


@fault(10, "in the order of classes, not shuffled", "class_order")
def ordered(plan: Plan, build: nets.Build) -> Plan:
    """Sorted by class."""
    train = plan.data.train[np.argsort(plan.y[plan.data.train], kind="stable")]
    return replace(plan, net=again(plan, build), data=replace(plan.data, train=train), shuffle=False)


@fault(11, "softmax twice", "wrong_output")
def twice(plan: Plan, build: nets.Build) -> Plan:
    """A softmax before the cross-entropy."""

    def loss(output: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(output.softmax(1), y)

    return replace(plan, net=again(plan, build), loss=loss)


@fault(
    12,
    "four units wide, or a weight decay of 1",
    "train_error_dominates",
    "avoidable_bias",
    "weights_shrunk",
)
def biased(plan: Plan, build: nets.Build) -> Plan:
    """Too small a net, or one held down."""
    if is_cnn(again(plan, build)):
        return replace(plan, net=again(plan, build), decay=10.0)
    return replace(plan, net=nets.mlp(plan.data, (2,)))


@fault(13, "200 examples, a wide net", "variance")
def varying(plan: Plan, build: nets.Build) -> Plan:
    """Few examples, learned by heart."""
    few = plan.data.smaller(200)
    net = nets.mlp(few, (512, 512)) if not is_cnn(again(plan, build)) else nets.Functional(few, (48, 48), norm=False)
    return replace(plan, net=net, data=few, epochs=60)


@fault(14, "2 of 30 epochs", "still_improving", "unfinished")
def unfinished(plan: Plan, build: nets.Build) -> Plan:
    """Stopped early, at a rate that had not come down."""
    return replace(plan, net=again(plan, build), lr=plan.lr, epochs=2, fewest=0)


@fault(22, "dropout at work while it is judged", "judged_in_training_mode")
def awake(plan: Plan, build: nets.Build) -> Plan:
    """Dropout, and no call of eval; or a function that always drops."""
    if is_cnn(again(plan, build)):
        return replace(plan, net=nets.Functional(plan.data, (12, 24), norm=False, dropout=0.4), sleepless=True)
    return replace(plan, net=nn.Sequential(again(plan, build)[:-1], Dropping(), again(plan, build)[-1]))  # type: ignore[index]


class Dropping(nn.Module):
    """Dropout that does not ask in which mode it is."""

    def forward(self, x: Tensor) -> Tensor:
        """Drop 4 of 10, always."""
        return F.dropout(x, 0.4, training=True)


def usual(data: Set, build: nets.Build, seed: int) -> Plan:
    """A healthy training of this net, before a fault is planted."""
    torch.manual_seed(seed)
    return Plan(build(data), data.x, data.y, data, seed, fewest=600)


LOOPED: Mapping[str, Fault] = FAULTS
"""The faults of a training loop."""
