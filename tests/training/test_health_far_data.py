"""Rows in another unit, batches whose targets are flipped or standardized by themselves, columns in another order."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam

import fathom
from fathom.records import Finding
from loops import names, points

Prepare = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]


def curves(seed: int = 0) -> tuple[Tensor, Tensor]:
    """A target (600, 1) of mean 3 and deviation 0.5 that columns (600, 6) tell."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(600, 6, generator=g)
    y = (x[:, :1] * x[:, 1:2] + x[:, 2:3]) / 1.4
    return x, 3 + 0.5 * y


def fitted(
    x: Tensor,
    y: Tensor,
    *,
    batch: Prepare = lambda a, b: (a, b),
    dev: Callable[[Tensor], Tensor] = lambda a: a,
    loss: Callable[[Tensor, Tensor], Tensor] = F.mse_loss,
    outputs: int = 1,
    size: int = 32,
    epochs: int = 8,
) -> list[Finding]:
    """A small net by Adam, judged after each epoch."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(x.shape[1], 48), nn.ReLU(), nn.Linear(48, outputs))
    optimizer = Adam(model.parameters(), 5e-3)
    g = torch.Generator().manual_seed(1)
    with fathom.watch(model, optimizer) as health:
        for _ in range(epochs):
            model.train()
            for rows in torch.randperm(500, generator=g).split(size):
                a, b = batch(x[rows], y[rows])
                value = loss(model(a), b)
                optimizer.zero_grad()
                value.backward()
                optimizer.step()
                health.step(value)
            model.eval()
            with torch.no_grad():
                model(dev(x[500:]))
    return health.findings


def every(part: int, change: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """Change each so-manieth row."""
    return lambda y: torch.where((torch.arange(len(y)) % part == 3)[:, None], change(y), y)


def heavy(y: Tensor) -> Tensor:
    return y.sub(3).mul(3).exp()


TARGETS: dict[str, tuple[Callable[[Tensor], Tensor], bool]] = {
    "another unit": (every(30, lambda y: 1000 * y), True),
    "a hundredth": (every(20, lambda y: 100 * y), True),
    "a code": (every(12, lambda y: torch.full_like(y, -999)), True),
    "the logarithm of 0": (lambda y: (every(12, torch.zeros_like)(y.sub(3).mul(2).exp()) + 1e-12).log(), True),
    "as they are": (lambda y: y, False),
    "a heavy tail": (heavy, False),
    "many zeros": (every(4, torch.zeros_like), False),
    "two kinds": (every(2, lambda y: 40 + y), False),
    "a few twice as large": (every(20, lambda y: 2 * y), False),
    "whole numbers": (lambda y: y.round(), False),
    "mostly 0": (lambda y: torch.where(torch.arange(len(y))[:, None] % 10 == 0, 50 * y, 0 * y), False),
}


@pytest.mark.parametrize("kind", TARGETS)
def test_a_few_targets_far_from_all_others_are_told(kind: str) -> None:
    x, y = curves()
    change, told = TARGETS[kind]
    assert ("outliers" in names(fitted(x, change(y)))) == told


COLUMNS: dict[str, tuple[Callable[[Tensor], Tensor], bool]] = {
    "another unit": (lambda x: torch.cat([x[:, :1], every(15, lambda v: 1000 * v + 3000)(x[:, 1:])], 1), True),
    "as they are": (lambda x: x, False),
    "a heavy tail": (lambda x: (2 * x).exp(), False),
    "seldom 1": (lambda x: (x > 1.5).float(), False),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_few_numbers_of_a_column_far_from_all_others_are_told(kind: str) -> None:
    x, y = curves()
    change, told = COLUMNS[kind]
    assert ("outliers" in names(fitted(change(x), y - 3))) == told


def of_itself(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    return a, (b - b.mean()) / b.std()


@pytest.mark.parametrize(
    ("batch", "size", "told"),
    [
        (of_itself, 32, True),
        (lambda a, b: (a, (b - b.mean()) / b.std(correction=0)), 16, True),
        (lambda a, b: (a, (b - 3) / 0.5), 32, False),
        (lambda a, b: (a, b - b.mean()), 32, False),
        (of_itself, 500, False),
    ],
    ids=["by itself", "by all its rows", "once", "only the mean", "all of train"],
)
def test_targets_that_are_standardized_batch_by_batch_are_told(batch: Prepare, size: int, told: bool) -> None:
    x, y = curves()
    assert (
        "standardized_by_batch" in names(fitted(x, y, batch=batch, size=size, epochs=8 if size < 500 else 30))
    ) == told


@pytest.mark.parametrize(
    ("batch", "size", "told"),
    [
        (lambda a, b: ((a - a.mean(0)) / a.std(0), b), 32, True),
        (lambda a, b: ((a - a.mean(0)) / a.std(0, correction=0), b), 16, True),
        (lambda a, b: ((a - a.mean()) / a.std(), b), 32, False),
        (lambda a, b: (a - a.mean(0), b), 32, False),
        (lambda a, b: ((a - a.mean(0)) / a.std(0), b), 500, False),
    ],
    ids=["by itself", "by all its rows", "all columns as one", "only the mean", "all of train"],
)
def test_columns_that_are_standardized_batch_by_batch_are_told(batch: Prepare, size: int, told: bool) -> None:
    x, y = points()
    found = fitted(sized(x), y, batch=batch, size=size, loss=F.cross_entropy, outputs=4, epochs=4 if size < 500 else 30)
    assert any(one.name == "standardized_by_batch" and "columns" in one.title for one in found) == told


def now_and_then(change: Callable[[Tensor], Tensor], *, both: bool = False) -> Prepare:
    """A change of the inputs, of half of the batches; of both with their targets."""
    g = torch.Generator().manual_seed(3)

    def prepare(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
        if torch.rand((), generator=g) < 0.5:
            return change(a), change(b) if both else b
        return a, b

    return prepare


@pytest.mark.parametrize(
    ("batch", "told"),
    [
        (now_and_then(lambda a: a.flip(0)), True),
        (now_and_then(lambda a: a.roll(1, 0)), True),
        (now_and_then(lambda a: a.flip(0), both=True), False),
        (now_and_then(lambda a: a * 1.01), False),
    ],
    ids=["flipped", "moved on", "both flipped", "scaled"],
)
@pytest.mark.parametrize("classes", [True, False])
def test_batches_that_are_flipped_without_their_targets_are_told(batch: Prepare, told: bool, classes: bool) -> None:
    x, y = points() if classes else curves()
    y = y if classes else y - 3
    loss = F.cross_entropy if classes else F.mse_loss
    found = names(fitted(x, y, batch=batch, loss=loss, outputs=4 if classes else 1, epochs=16))
    assert ("targets_displaced" in found) == told


def sized(x: Tensor) -> Tensor:
    """Columns of different means and spreads."""
    n = x.shape[1]
    return x * torch.linspace(0.5, 1.5, n) + 2 * torch.linspace(-2, 2, n)


@pytest.mark.parametrize(
    ("dev", "told"),
    [
        (lambda x: x.flip(1), True),
        (lambda x: x.roll(1, 1), True),
        (lambda x: x[:, [1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 11, 10]], True),
        (lambda x: x, False),
        (lambda x: x + 0.3, False),
        (lambda x: torch.cat([x[:, :1] + 5, x[:, 1:]], 1), False),
    ],
    ids=["reversed", "moved on", "neighbours", "as they are", "a little more", "one is another"],
)
def test_columns_in_another_order_at_evaluation_are_told(dev: Callable[[Tensor], Tensor], told: bool) -> None:
    x, y = points()
    found = fitted(sized(x) / 3, y, dev=dev, loss=F.cross_entropy, outputs=4, epochs=4)
    assert any("another order" in one.title for one in found) == told


def one_column(change: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    return lambda x: torch.cat([x[:, :3], change(x[:, 3:4]), x[:, 4:]], 1)


@pytest.mark.parametrize(
    ("dev", "told"),
    [
        (one_column(lambda v: 1000 * v), True),
        (one_column(lambda v: v + 30), True),
        (one_column(lambda v: 2 * v + 2), False),
        (one_column(torch.zeros_like), False),
        (lambda x: x, False),
    ],
    ids=["in another unit", "counted from elsewhere", "shifted a little", "not known there", "as it is"],
)
def test_a_column_of_another_size_at_evaluation_is_told(dev: Callable[[Tensor], Tensor], told: bool) -> None:
    x, y = points()
    found = fitted(x, y, dev=dev, loss=F.cross_entropy, outputs=4, epochs=4)
    assert any(one.name == "judged_on_other_inputs" for one in found) == told


@pytest.mark.parametrize(
    ("scale", "folded", "told"),
    [(60.0, False, True), (1.0, False, False), (60.0, True, False)],
    ids=["bytes", "as it was trained", "takes bytes"],
)
def test_a_frozen_body_that_is_given_bytes_is_told(scale: float, folded: bool, told: bool) -> None:
    torch.manual_seed(0)
    x, y = points()
    first = nn.Linear(12, 48)
    body = nn.Sequential(first, nn.Tanh(), nn.Linear(48, 48), nn.Tanh())
    learned(nn.Sequential(body, nn.Linear(48, 4)), x, y, epochs=12)
    if folded:  # into its first layer
        with torch.no_grad():
            first.weight /= scale
            first.bias -= first.weight.sum(1) * 50 * scale
    body.requires_grad_(False)
    x = scale * (x + 50) if scale > 1 else x
    assert ("inputs_not_scaled" in learned(nn.Sequential(body, nn.Linear(48, 4)), x, y, epochs=6)) == told


def learned(model: nn.Module, x: Tensor, y: Tensor, epochs: int) -> list[str]:
    """What is found where classes are learned by Adam."""
    optimizer = Adam([p for p in model.parameters() if p.requires_grad], 3e-3)
    with fathom.watch(model, optimizer, pretrained=True) as health:
        for _ in range(epochs):
            for part in torch.randperm(600).split(30):
                loss = F.cross_entropy(model(x[part]), y[part])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                health.step(loss)
    return names(health.findings)


def test_a_column_that_is_seldom_anything_but_0_may_be_spread_wider() -> None:
    x, y = points()
    x = one_column(torch.zeros_like)(x)
    x[::40, 3], x[510::20, 3] = 0.5, 25.0
    assert "judged_on_other_inputs" not in names(fitted(x, y, loss=F.cross_entropy, outputs=4, epochs=4))


@pytest.mark.parametrize("seed", range(3))
def test_far_targets_under_a_robust_loss_are_no_high_rate(seed: int) -> None:
    x, y = curves(seed)
    noise = torch.randn(y.shape, generator=torch.Generator().manual_seed(seed))
    y = torch.where((torch.arange(len(y)) % 15 == 3)[:, None], y + 15 * noise, y) - 3

    def robust(a: Tensor, b: Tensor) -> Tensor:
        return F.huber_loss(a, b, delta=0.3)

    assert not fitted(x, y, loss=robust, epochs=22)
