"""Layers too narrow, targets over orders of magnitude or out of reach, and frozen norms of other inputs."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
import torch
from test_health_batches import shuffled, watched
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam

import fathom
from loops import names

Change = Callable[[Tensor], Tensor]


def crowd(classes: int, apart: float = 0.7) -> tuple[Tensor, Tensor]:
    """Clouds in eight columns: (800, 8), (800,)."""
    generator = torch.Generator().manual_seed(0)
    y = torch.randint(0, classes, (800,), generator=generator)
    centres = torch.randn(classes, 2, 8, generator=generator) * apart
    side = torch.randint(0, 2, (800,), generator=generator)
    return centres[y, side] + torch.randn(800, 8, generator=generator), y


def dense(*widths: int, act: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    torch.manual_seed(1)
    parts: list[nn.Module] = []
    for a, b in pairwise(widths):
        parts += [nn.Linear(a, b), act()]
    return nn.Sequential(*parts[:-1])


class Beside(nn.Module):
    """A narrow pair of layers whose answer is added to what they were given."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.down, self.up, self.last = dense(8, 64), nn.Linear(64, 2), nn.Linear(2, 64), nn.Linear(64, 12)

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.first(x))
        return self.last(h + self.up(F.relu(self.down(h))))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("net", "classes", "told"),
    [
        (dense(8, 64, 2, 64, 12), 12, True),
        (dense(8, 64, 64, 1, 64, 12), 12, True),
        (dense(8, 64, 64, 12), 12, False),
        (dense(8, 64, 16, 64, 12), 12, False),
        (dense(8, 64, 2, 64, 3), 3, False),
        (Beside(), 12, False),
    ],
    ids=["two units", "one unit", "wide", "sixteen", "three classes", "adapter"],
)
def test_a_layer_that_the_classes_do_not_fit_through_is_told(net: nn.Module, classes: int, told: bool) -> None:
    x, y = crowd(classes)
    found = watched(net, shuffled(x[:600], y[:600]), x[600:], epochs=12)
    assert ("layer_too_narrow" in names(found)) is told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda y: torch.exp(2.5 * y) / torch.exp(2.5 * y).std(), True),
        (lambda y: (torch.exp(2.5 * y) - torch.exp(2.5 * y).mean()) / torch.exp(2.5 * y).std(), True),
        (lambda y: y, False),
        (lambda y: torch.exp(0.8 * y), False),
        (lambda y: y.square(), False),
        (lambda y: F.relu(y - 1), False),
        (lambda y: torch.exp(2.5 * y).round().clamp(max=20), False),
    ],
    ids=["amounts", "standardized", "normal", "prices", "squares", "mostly 0", "counts"],
)
def test_targets_over_orders_of_magnitude_are_told(change: Change, told: bool) -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1000, 6, generator=generator)
    y = x[:, :1] + 0.5 * (2 * x[:, 1:2]).sin() + 0.3 * torch.randn(1000, 1, generator=generator)
    y = change((y - y.mean()) / y.std())
    net = dense(6, 48, 48, 1)
    found = watched(net, shuffled(x[:800], y[:800]), x[800:], loss=F.mse_loss, optimizer=Adam(net.parameters(), 0.002))
    assert ("targets_skewed" in names(found)) is told


@pytest.mark.parametrize(
    ("last", "loss", "scale", "told"),
    [
        (nn.Sigmoid(), F.smooth_l1_loss, 12.0, True),
        (nn.Sigmoid(), F.l1_loss, 12.0, True),
        (nn.Tanh(), F.l1_loss, 12.0, True),
        (nn.Sigmoid(), F.l1_loss, 1.0, False),
        (nn.Identity(), F.l1_loss, 12.0, False),
        (nn.Sigmoid(), lambda a, b: F.l1_loss(a, b, reduction="sum"), 1.0, False),
        (nn.Sigmoid(), lambda a, b: 10 * F.l1_loss(a, b), 1.0, False),
    ],
    ids=["pixels", "absolute", "tanh", "shares", "unbounded", "sum", "weighted"],
)
def test_absolute_errors_of_targets_that_a_bounded_answer_cannot_reach_are_told(
    last: nn.Module, loss: Callable[[Tensor, Tensor], Tensor], scale: float, told: bool
) -> None:
    torch.manual_seed(0)
    x = torch.randn(600, 6)
    y = scale * torch.sigmoid(x[:, :2] + 0.5 * torch.randn(600, 2))
    net = dense(6, 32, 2).append(last)
    found = watched(net, shuffled(x[:500], y[:500]), x[500:], loss=loss)
    assert ("wrong_output" in names(found)) is told


class Tuned(nn.Module):
    """A frozen body with a batch norm in evaluation mode, and a head."""

    def __init__(self, body: nn.Module, freeze: bool) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.body, self.head = body.requires_grad_(not freeze), nn.Linear(6, 2)

    def train(self, mode: bool = True) -> Tuned:
        super().train(mode)
        self.body.eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("change", "freeze", "told"),
    [
        (lambda x: 0.2 * x + 0.3, True, True),
        (lambda x: 60 * x + 110, True, True),
        (lambda x: x, True, False),
        (lambda x: 0.6 * x - 0.4, True, False),
        (lambda x: 0.2 * x + 0.3, False, False),
    ],
    ids=["divided only", "bytes", "alike", "a little", "not frozen"],
)
def test_a_frozen_body_that_knows_other_inputs_is_told(change: Change, freeze: bool, told: bool) -> None:
    torch.manual_seed(0)
    y = torch.arange(320) % 2
    x = torch.randn(320, 1, 8, 8)
    x[y == 1, :, :4] += 1
    body = nn.Sequential(nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    for _ in range(60):
        body(x)
    net, given = Tuned(body, freeze), change(x)
    optimizer = Adam([p for p in net.parameters() if p.requires_grad], 0.01)
    with fathom.watch(net, optimizer, pretrained=True) as health:
        for _ in range(6):
            net.train()
            for rows in torch.randperm(320).split(32):
                loss = F.cross_entropy(net(given[rows]), y[rows])
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                health.step(loss)
    assert ("inputs_of_another_scale" in names(health.findings)) is told
