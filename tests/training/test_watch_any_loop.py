"""Whatever loop a net is trained in, watching it breaks nothing, and the looks are of the calls that train."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import fathom
from fathom.training.health import findings, from_json, to_json

CLASSES, FEATURES = 4, 12


def points() -> tuple[Tensor, Tensor]:
    """Four clouds: (800, 12), (800,)."""
    rng = torch.Generator().manual_seed(0)
    y = torch.randint(0, CLASSES, (800,), generator=rng)
    middles = torch.randn(CLASSES, FEATURES, generator=rng)
    return 1.2 * middles[y] + torch.randn(800, FEATURES, generator=rng), y


class Returning(nn.Module):
    """A net whose forward is what a function says."""

    def __init__(self, forward: Callable[[Any, Tensor], Any], *layers: nn.Module) -> None:
        super().__init__()
        self.layers, self.said = nn.ModuleList(layers), forward
        self.gate = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor, **others: Tensor) -> Any:
        """As it was said."""
        return self.said(self, x, **others)


def own_loss(net: Any, x: Tensor) -> Any:
    """A net that returns its loss."""
    return F.cross_entropy(net.layers[0](x), torch.zeros(len(x), dtype=torch.long))


UNUSUAL: dict[str, Callable[[Any, Tensor], Any]] = {
    "its own loss": own_loss,
    "several losses": lambda net, x: {"one": own_loss(net, x), "two": own_loss(net, x)},
    "a gate": lambda net, x: net.layers[0](x) * torch.sigmoid(net.gate),
    "a scale": lambda net, x: net.layers[0](torch.relu(net.gate * x)),
    "no rows": lambda net, x: net.layers[0](x[:0]).sum() + net.layers[0](x),
    "a batch of its own size": lambda net, x: net.layers[0](x.view(32, FEATURES)),
}


@pytest.mark.parametrize("kind", UNUSUAL)
def test_a_net_that_can_be_trained_can_be_watched(kind: str) -> None:
    x, y = points()
    net = Returning(UNUSUAL[kind], nn.Linear(FEATURES, CLASSES))
    optimizer = torch.optim.Adam(net.parameters())
    with fathom.watch(net, optimizer) as health:
        for i in range(6):
            answer = net(x[32 * i : 32 * i + 32])
            losses = list(answer.values()) if isinstance(answer, dict) else [answer]
            loss = sum(one if one.ndim == 0 else F.cross_entropy(one, y[32 * i : 32 * i + 32]) for one in losses)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            health.step(loss)
            with torch.no_grad():
                net.eval()(x[:32])
                net.train()
    assert len(health.signals.losses.values) == 6
    assert health.signals.snapshots


def trained(net: nn.Module, step: Callable[[Tensor, Tensor], Tensor], steps: int, *optimizers: Any) -> list[str]:
    """Names of what is found of a loop whose step is a function."""
    x, y = points()
    optimizers = optimizers or (torch.optim.Adam(net.parameters(), 1e-3),)
    with fathom.watch(net, *optimizers) as health:
        for i in range(steps):
            rows = torch.arange(32 * i, 32 * i + 32) % len(x)
            loss = step(x[rows], y[rows])
            loss.backward()
            for optimizer in optimizers[::-1]:
                optimizer.step()
                optimizer.zero_grad()
            health.step(loss)
    return [one.name for one in health.findings]


def normed() -> nn.Sequential:
    """A net that behaves differently while it is judged."""
    return nn.Sequential(nn.Linear(FEATURES, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, CLASSES))


def test_a_net_that_is_called_twice_for_one_loss_was_not_judged() -> None:
    net = normed()
    found = trained(net, lambda x, y: (net(x) - net(x.flip(0))).square().mean() + F.cross_entropy(net(x), y), 40)
    assert "judged_in_training_mode" not in found


def test_a_net_that_is_asked_for_something_to_train_another_with_was_not_judged() -> None:
    net = normed()

    def step(x: Tensor, y: Tensor) -> Tensor:
        net(x).detach()  # for its critic
        return F.cross_entropy(net(x), y)

    assert "judged_in_training_mode" not in trained(net, step, 40)


def test_a_judging_before_a_step_that_is_looked_at_does_not_take_its_place() -> None:
    net = normed()

    def step(x: Tensor, y: Tensor) -> Tensor:
        net.eval()
        net(x)
        net.train()
        return F.cross_entropy(net(x), y)

    assert trained(net, step, 60) == []


def test_a_net_that_is_called_by_another_door_is_looked_at_again_and_again() -> None:
    x, y = points()
    net = normed()
    optimizer = torch.optim.Adam(net.parameters())
    with fathom.watch(net, optimizer) as health:
        for _ in range(120):
            loss = F.cross_entropy(net[3](net[2](net[1](net[0](x)))), y)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            health.step(loss)
    assert [snapshot.step for snapshot in health.signals.snapshots] == [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 100]
    assert all(math.isfinite(layer.relative_update) for one in health.signals.snapshots for layer in one.layers)


def test_several_optimizers_may_step_in_any_order() -> None:
    net = normed()
    halves = [torch.optim.Adam(part.parameters()) for part in (net[:2], net[3:])]
    x, y = points()
    with fathom.watch(net, *halves) as health:
        for _ in range(4):
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            for optimizer in halves[::-1]:
                optimizer.step()
                optimizer.zero_grad()
            health.step(loss)
    assert [snapshot.step for snapshot in health.signals.snapshots] == [0, 1, 2, 3]
    assert all(layer.relative_update > 0 for one in health.signals.snapshots for layer in one.layers)


def test_a_net_of_one_layer_shows_what_it_is_given() -> None:
    net = nn.Linear(FEATURES, CLASSES)
    assert "inputs_not_scaled" in trained(net, lambda x, y: F.cross_entropy(net(1000 * x), y), 40)


def test_a_compiled_net_is_compiled_once() -> None:
    compiled = 0

    def backend(graph: Any, inputs: Any) -> Any:
        nonlocal compiled
        compiled += 1
        return graph.forward

    whole = normed()
    net: Any = torch.compile(whole, backend=backend)
    x, y = points()
    optimizer = torch.optim.Adam(net.parameters())
    with fathom.watch(net, optimizer) as health:
        for i in range(24):
            loss = F.cross_entropy(net(x[32 * i : 32 * i + 32]), y[32 * i : 32 * i + 32])
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            health.step(loss)
    assert compiled == 1
    assert len(health.signals.snapshots) == 8


def test_infinite_answers_are_still_known_when_they_are_read_again() -> None:
    x, y = points()
    net = normed()
    with torch.no_grad():
        net[3].weight.mul_(1e38)
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    with fathom.watch(net, optimizer) as health:
        for _ in range(3):
            loss = F.cross_entropy(net(x) * 1e30, y)
            loss.backward()
            optimizer.step()
            health.step(loss)
    again = from_json(json.loads(json.dumps(to_json(health.signals))), "here")
    assert [one.name for one in findings(again)] == [one.name for one in health.findings]
