"""Nets that answer the most frequent class alone, and such as rightly do, or that learn the rare one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam

import fathom
from loops import names

Loss = Callable[[Tensor, Tensor], Tensor]


def rows(share: float, shift: float) -> tuple[Tensor, Tensor]:
    """Rows (1600, 8) of which a share is rare, moved by so many deviations."""
    generator = torch.Generator().manual_seed(0)
    y = (torch.rand(1600, generator=generator) < share).long()
    x = torch.randn(1600, 8, generator=generator)
    x[:, 0] += shift * y
    return x, y


def masks(share: float) -> tuple[Tensor, Tensor]:
    """Pictures (160, 1, 16, 16), and which of their places are brighter by little (160, 1, 16, 16)."""
    generator = torch.Generator().manual_seed(0)
    y = (torch.rand(160, 1, 16, 16, generator=generator) < share).float()
    return torch.randn(y.shape, generator=generator) * 0.3 + 0.8 * y, y


def said(model: nn.Module, x: Tensor, y: Tensor, loss: Loss, epochs: int, rate: float = 1e-3) -> list[str]:
    torch.manual_seed(0)
    for m in model.modules():
        if isinstance(m, nn.Linear | nn.Conv2d):
            m.reset_parameters()
    optimizer = Adam(model.parameters(), rate) if rate < 0.01 else SGD(model.parameters(), rate)
    generator = torch.Generator().manual_seed(0)
    with fathom.watch(model, optimizer) as health:
        for _ in range(epochs):
            for i in torch.randperm(len(x), generator=generator).split(max(16, len(x) // 40)):
                value = loss(model(x[i]), y[i])
                optimizer.zero_grad()
                value.backward()
                optimizer.step()
                health.step(value)
    return names(health.findings)


def dense(outputs: int) -> nn.Module:
    return nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, outputs))


def weighted(out: Tensor, y: Tensor) -> Tensor:
    return F.cross_entropy(out, y, weight=torch.tensor([1.0, 24.0]))


@pytest.mark.parametrize(("share", "shift", "loss", "told"), [
    (0.04, 0.7, F.cross_entropy, True),
    (0.04, 0.7, weighted, False),
    (0.04, 8.0, F.cross_entropy, False),
    (0.3, 0.7, F.cross_entropy, False),
])  # fmt: skip
def test_rows_of_which_nearly_all_are_of_one_class(share: float, shift: float, loss: Loss, told: bool) -> None:
    x, y = rows(share, shift)
    assert ("majority_class_only" in said(dense(2), x, y, loss, 12)) is told


def test_one_probability_a_row_may_stay_below_one_half() -> None:
    x, y = rows(0.04, 0.7)
    loss = lambda out, y: F.binary_cross_entropy_with_logits(out[:, 0], y.float())  # noqa: E731
    assert "majority_class_only" not in said(dense(1), x, y, loss, 12)


@pytest.mark.parametrize(("rate", "told"), [(0.03, True), (9e-3, False)])
def test_masks_that_stay_empty(rate: float, told: bool) -> None:
    x, y = masks(0.03)
    model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 1))
    found = said(model, x, y, F.binary_cross_entropy_with_logits, 20 if told else 50, rate)
    assert ("majority_class_only" in found) is told


def test_a_term_beside_the_loss_may_make_it_another_thing() -> None:
    x, y = rows(0.04, 0.7)
    model = dense(2)

    def loss(out: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(out, y) + 0.1 * out.square().mean()

    assert "majority_class_only" not in said(model, x, y, loss, 12)
