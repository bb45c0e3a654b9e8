"""Noise that a net is to tell: drawn anew at each step, or again and again by the same seed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam

import fathom
from loops import names

Given = Callable[[Tensor, int], tuple[Tensor, Tensor]]


def drawn(x: Tensor, seed: int) -> Tensor:
    return torch.randn(x.shape, generator=torch.Generator().manual_seed(seed))


def again(x: Tensor, step: int) -> tuple[Tensor, Tensor]:
    return x + drawn(x, 7), drawn(x, 7)


def anew(x: Tensor, step: int) -> tuple[Tensor, Tensor]:
    return x + drawn(x, step), drawn(x, step)


def clean(x: Tensor, step: int) -> tuple[Tensor, Tensor]:
    return x + drawn(x, step), x


def zeros(x: Tensor, step: int) -> tuple[Tensor, Tensor]:
    return x + drawn(x, step), torch.zeros_like(x)


@pytest.mark.parametrize(
    ("given", "shuffle", "told"),
    [(again, True, True), (anew, True, False), (clean, True, False), (clean, False, False), (zeros, True, False)],
    ids=["again", "anew", "clean", "clean in order", "zeros"],
)
def test_the_same_noise_at_each_step_is_told(given: Given, shuffle: bool, told: bool) -> None:
    torch.manual_seed(0)
    x = torch.rand(320, 40).round()
    net = nn.Sequential(nn.Linear(40, 32), nn.ReLU(), nn.Linear(32, 40))
    optimizer = Adam(net.parameters(), 0.002)
    with fathom.watch(net, optimizer) as health:
        for step in range(120):
            rows = torch.randint(0, 320, (32,)) if shuffle else torch.arange(32)
            seen, wanted = given(x[rows], step)
            loss = F.mse_loss(net(seen), wanted)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            health.step(loss)
    assert ("noise_repeated" in names(health.findings)) is told
