"""Gradients that are divided, cut off, or drowned by places that do not matter, each beside a twin that is meant so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, Optimizer

import fathom
from fathom.training.health.measure.loss_terms import trained_by_divergence_alone
from loops import CLASSES, FEATURES, names, net, points

Loss = Callable[[Tensor, Tensor], Tensor]


def divided(loss: Loss, make: Callable[..., Optimizer], target: Tensor, parts: int = 1, steps: int = 240) -> list[str]:
    """What is said of a loss with so many backward passes in a step."""
    x, _ = points()
    model = net(24) if not target.is_floating_point() else nn.Sequential(nn.Linear(FEATURES, 24), nn.Tanh())
    if target.is_floating_point():
        torch.manual_seed(0)
        model.append(nn.Linear(24, target.shape[1]))
    optimizer = make(model.parameters())
    generator = torch.Generator().manual_seed(0)
    with fathom.watch(model, optimizer) as health:
        for _ in range(steps):
            optimizer.zero_grad()
            for _ in range(parts):
                rows = torch.randint(0, len(x), (32,), generator=generator)
                value = loss(model(x[rows]), target[rows])
                value.backward()
            optimizer.step()
            health.step(value)
    return names(health.findings)


def bent() -> Tensor:
    x, _ = points()
    return (2 * x[:, :1]).sin() + x[:, 1:2] * x[:, 2:3]


def plain(p: object) -> Optimizer:
    return SGD(p, 0.01, momentum=0.9)  # type: ignore[arg-type]


DIVIDED: dict[str, Loss] = {
    "divided": lambda a, y: F.mse_loss(a, y) / 64,
    "multiplied": lambda a, y: F.mse_loss(a, y) * (1 / 100),
    "by hand": lambda a, y: (a - y).square().mean() / 128,
}


@pytest.mark.parametrize("how", DIVIDED)
def test_a_loss_that_is_divided_for_parts_that_there_are_not_is_named(how: str) -> None:
    assert divided(DIVIDED[how], plain, bent())[:1] == ["loss_divided"]


def test_a_cross_entropy_that_is_divided_is_named() -> None:
    _, y = points()
    loss: Loss = lambda a, b: F.cross_entropy(a, b) / 256  # noqa: E731
    assert divided(loss, plain, y)[:1] == ["loss_divided"]


def test_a_division_that_is_meant_so_is_let_be() -> None:
    y = bent()
    for loss, make, parts in (
        (lambda a, b: F.mse_loss(a, b) / 8, lambda p: SGD(p, 1e-4), 8),  # parts of a step
        (lambda a, b: F.mse_loss(a, b) / 64, lambda p: Adam(p, 1e-4), 1),  # which makes steps of one length
        (lambda a, b: F.mse_loss(a, b, reduction="sum") / len(b), lambda p: SGD(p, 1e-4), 1),
        (lambda a, b: 0.5 * F.mse_loss(a, b), lambda p: SGD(p, 1e-4), 1),
        (lambda a, b: F.mse_loss(a, b) / 64, lambda p: SGD(p, 3.0), 1),  # and learns
    ):
        assert "loss_divided" not in divided(loss, make, y, parts)


class Coder(nn.Module):
    """A code that is drawn, and what is read from it."""

    def __init__(self, cut: bool, outputs: int, spread: str) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.enter = nn.Sequential(nn.Linear(FEATURES, 24), nn.ReLU(), nn.Linear(24, 8))
        self.leave = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, outputs))
        self.cut, self.spread = cut, spread

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, raw = self.enter(x).chunk(2, 1)
        std = F.softplus(raw) + 1e-3 if self.spread == "softplus" else (raw / 2).exp()
        bell = torch.distributions.Normal(mean, std)
        prior = torch.distributions.Normal(torch.zeros_like(mean), torch.ones_like(std))
        kl = torch.distributions.kl_divergence(bell, prior).sum(1).mean()
        return self.leave(bell.sample() if self.cut else bell.rsample()), kl


@pytest.mark.parametrize("spread", ["exp", "softplus"])
@pytest.mark.parametrize("labels", [True, False])
def test_codes_that_are_drawn_without_a_gradient_are_named(spread: str, labels: bool) -> None:
    x, y = points()
    for cut in (True, False):
        model = Coder(cut, CLASSES if labels else FEATURES, spread)
        optimizer = Adam(model.parameters(), 1e-2)
        with fathom.watch(model, optimizer) as health:
            for k in range(300):
                rows = torch.arange(32 * k, 32 * k + 32) % len(x)
                told, kl = model(x[rows])
                error = F.cross_entropy(told, y[rows]) if labels else (told - x[rows]).square().sum(1).mean()
                loss = error + 0.1 * kl
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                health.step(loss)
        assert ("codes_cut_off" in names(health.findings)) is cut


def test_a_probe_of_features_that_are_detached_on_purpose_is_let_be() -> None:
    x, y = points()
    body, probe = nn.Linear(FEATURES, 8), nn.Linear(8, CLASSES)
    known = {id(body.weight): "body", id(probe.weight): "probe"}
    features = body(x)
    similar = (features - features.roll(1, 0)).square().mean()
    told = F.cross_entropy(probe(features.detach()), y)
    spread = (probe(features.detach())[:, 0] - x[:, 0]).square() * (-probe(x[:, :8])[:, 1]).exp()
    assert trained_by_divergence_alone((similar + told).grad_fn, known) == []
    assert trained_by_divergence_alone((told + spread.mean()).grad_fn, known) == []
    each = F.cross_entropy(probe(features.detach()), y, reduction="none")
    focal = ((1 - (-each).exp()).pow(2) * each).mean()
    assert trained_by_divergence_alone((similar + focal).grad_fn, known) == []


def maps(kind: str) -> tuple[Tensor, Tensor]:
    """A cross in noise (200, 1, 12, 12), and a map of its middle, or of all that is bright."""
    torch.manual_seed(0)
    at = torch.randint(1, 11, (200, 2))
    u, v = torch.meshgrid(torch.arange(12), torch.arange(12), indexing="ij")
    far = (u - at[:, 0, None, None]).abs() + (v - at[:, 1, None, None]).abs()
    x = 1.3 * (far <= 1) + 0.5 * torch.randn(200, 12, 12)
    target = {
        "peak": (-far.square() / 0.5).exp(),
        "mask": (far == 0).float(),
        "large": (far < 7).float(),
        "rain": (torch.randn(200, 12, 12) - 1).clamp(min=0) * torch.rand(200, 1, 1),
    }[kind]
    return x[:, None], target[:, None]


@pytest.mark.parametrize(
    ("kind", "weight", "said"),
    [("peak", 0.0, True), ("mask", 0.0, True), ("peak", 60.0, False), ("large", 0.0, False), ("rain", 0.0, False)],
)
def test_maps_of_which_nearly_nothing_is_bright_are_told(kind: str, weight: float, said: bool) -> None:
    x, y = maps(kind)
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 1))
    optimizer = SGD(model.parameters(), 0.1)
    with fathom.watch(model, optimizer) as health:
        for k in range(400):
            rows = torch.arange(16 * k, 16 * k + 16) % len(x)
            loss = ((model(x[rows]) - y[rows]).square() * (1 + weight * y[rows])).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            health.step(loss)
    assert ("maps_nearly_empty" in names(health.findings)) is said


def test_maps_that_are_learned_in_spite_of_it_are_let_be() -> None:
    x, y = maps("peak")
    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 1, 3, padding=1))
    optimizer = Adam(model.parameters(), 1e-2)
    with fathom.watch(model, optimizer) as health:
        for k in range(400):
            rows = torch.arange(16 * k, 16 * k + 16) % len(x)
            loss = F.mse_loss(model(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            health.step(loss)
    assert "maps_nearly_empty" not in names(health.findings)
