"""Optimizers that maximize, remember too long, have a group without a rate, or are cleared now and then."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import pytest
import torch
from test_health_optimizers import Update, plain, trained
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR

from loops import names, net

Make = Callable[[nn.Module], Optimizer]


def scheduled(rate: Callable[[int], float]) -> Update:
    """With a schedule of its own, whose factor is that of the step."""
    schedules: list[LambdaLR] = []

    def update(model: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
        if not schedules:
            schedules.append(LambdaLR(optimizer, rate))
        plain(model, optimizer, loss)
        schedules[0].step()

    return update


def cleared(*, when: Callable[[int], bool]) -> Update:
    """Gradients are cleared at some steps only, and each step is made."""
    steps = count()

    def update(model: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
        if when(next(steps)):
            optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return update


def accumulated(model: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
    """A step is made of four batches, and cleared after it."""
    model.batches = getattr(model, "batches", 0) + 1  # type: ignore[assignment]
    (loss / 4).backward()
    if model.batches % 4 == 0:
        optimizer.step()
        optimizer.zero_grad()


def turned(model: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
    """The gradients are negated before the step."""
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    for p in model.parameters():
        if p.grad is not None:
            p.grad.neg_()
    optimizer.step()


def likelihood(answers: Tensor, labels: Tensor) -> Tensor:
    return -F.cross_entropy(answers, labels)


@pytest.mark.parametrize(
    ("make", "update", "loss", "told"),
    [
        (lambda m: SGD(m.parameters(), 0.02, maximize=True), plain, F.cross_entropy, "maximize=True"),
        (lambda m: AdamW(m.parameters(), 1e-3, maximize=True), plain, F.cross_entropy, "maximize=True"),
        (lambda m: SGD(m.parameters(), 0.02), turned, F.cross_entropy, "turned around"),
        (lambda m: SGD(m.parameters(), 0.02), turned, likelihood, ""),
        (lambda m: SGD(m.parameters(), 0.02, maximize=True), turned, F.cross_entropy, ""),
        (lambda m: SGD(m.parameters(), 0.02, maximize=True), plain, likelihood, ""),
        (lambda m: SGD(m.parameters(), 0.02), plain, F.cross_entropy, ""),
        (lambda m: SGD(m.parameters(), 0.02), scheduled(lambda k: 1 - k / 90), F.cross_entropy, "below 0"),
        (lambda m: SGD(m.parameters(), 0.02), scheduled(lambda k: max(0, 1 - k / 90)), F.cross_entropy, ""),
    ],
    ids=[
        "sgd",
        "adam",
        "turned",
        "a likelihood turned",
        "turned twice",
        "a likelihood",
        "minimizes",
        "line beyond 0",
        "line to 0",
    ],
)
def test_steps_that_go_uphill_are_told(
    make: Make, update: Update, loss: Callable[[Tensor, Tensor], Tensor], told: str
) -> None:
    model = net(24)
    found = [one for one in trained(model, make(model), update=update, loss=loss) if one.name == "steps_uphill"]
    assert bool(found) == bool(told)
    assert all(told in one.title for one in found)


def test_to_forget_on_purpose_is_no_fault() -> None:
    model = net(24)
    trained(model, Adam(model.parameters(), 5e-3))
    assert "steps_uphill" not in names(trained(model, SGD(model.parameters(), 0.001, maximize=True), epochs=2))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda m: Adam(m.parameters(), 5e-3, betas=(0.999, 0.9)), True),
        (lambda m: AdamW(m.parameters(), 5e-3, betas=(0.99, 0.9)), True),
        (lambda m: SGD(m.parameters(), 0.05, momentum=0.9995), True),
        (lambda m: Adam(m.parameters(), 5e-3, betas=(0.9, 0.95)), False),
        (lambda m: Adam(m.parameters(), 5e-3, betas=(0.95, 0.9)), False),
        (lambda m: Adam(m.parameters(), 5e-3, betas=(0.99, 0.99)), False),
        (lambda m: Adam(m.parameters(), 5e-3, betas=(0.0, 0.9)), False),
        (lambda m: SGD(m.parameters(), 0.02, momentum=0.99, nesterov=True), False),
        (lambda m: torch.optim.RMSprop(m.parameters(), 5e-3), False),
    ],
)
def test_a_momentum_of_a_thousand_steps_is_told(make: Make, told: bool) -> None:
    model = net(24)
    assert ("momentum_too_large" in names(trained(model, make(model)))) == told


def rates(*of_layers: float) -> Make:
    """Adam with a rate for each linear layer."""

    def make(model: nn.Module) -> Optimizer:
        layers = [m for m in model.modules() if isinstance(m, nn.Linear)]
        return Adam([{"params": m.parameters(), "lr": r} for m, r in zip(layers, of_layers, strict=True)])

    return make


@pytest.mark.parametrize(
    ("make", "update", "told"),
    [
        (rates(0.0, 5e-4, 5e-4), plain, True),
        (rates(5e-4, 0.0, 5e-4), plain, True),
        (rates(5e-4, 5e-3, 5e-3), plain, False),
        (rates(5e-3, 5e-3, 5e-3), scheduled(lambda k: min(1, k / 20)), False),
    ],
    ids=["first", "middle", "lower", "all are warmed up"],
)
def test_a_group_whose_rate_is_0_is_told(make: Make, update: Update, told: bool) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(12, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 4))
    found = trained(model, make(model), update=update, epochs=2)
    assert any(one.name == "untrained_layers" and "learning rate" in one.title for one in found) == told


def test_a_trained_body_with_a_rate_of_0_is_left_alone() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(12, 24), nn.Tanh(), nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 4))
    trained(model, Adam(model.parameters(), 5e-3))
    model[4] = nn.Linear(24, 4)
    assert "untrained_layers" not in names(trained(model, rates(0.0, 0.0, 5e-3)(model)))


@pytest.mark.parametrize(
    ("update", "told"),
    [
        (cleared(when=lambda k: k % 30 == 0), True),
        (cleared(when=lambda k: k % 4 == 0), True),
        (cleared(when=lambda k: False), True),
        (cleared(when=lambda k: True), False),
        (accumulated, False),
    ],
    ids=["each epoch", "each fourth step", "never", "each step", "accumulated"],
)
def test_gradients_that_are_cleared_now_and_then_are_told(update: Update, told: bool) -> None:
    model = net(24)
    assert ("gradients_not_cleared" in names(trained(model, SGD(model.parameters(), 0.01), update=update))) == told
