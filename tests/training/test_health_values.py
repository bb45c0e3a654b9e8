"""Inputs and targets whose values cannot be meant."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from test_health_batches import mlp, shuffled, watched
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam

from loops import names, points

Change = Callable[[Tensor], Tensor]


def pictures() -> tuple[Tensor, Tensor]:
    """Bytes of a bright half: (400, 1, 6, 6), (400,)."""
    torch.manual_seed(0)
    y = torch.arange(400) % 2
    x = torch.randint(0, 120, (400, 1, 6, 6))
    for i, k in enumerate(y.tolist()):
        x[i, 0, 3 * k : 3 * k + 3] += 110
    return x.to(torch.uint8), y


def conv() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(96, 2))


@pytest.mark.parametrize(
    ("scaled", "named"),
    [
        (lambda x: x.float() / 255 / 255, "inputs_not_scaled"),
        (lambda x: (x // 255).float(), "inputs_constant"),
        (lambda x: torch.zeros(x.shape), "inputs_constant"),
        (lambda x: x.float(), "inputs_not_scaled"),
        (lambda x: x.float() / 255, ""),
        (lambda x: (x > 100).float(), ""),
    ],
    ids=["twice", "whole numbers", "never filled", "not at all", "once", "black and white"],
)
def test_pixels_that_are_divided_wrongly_are_told(scaled: Change, named: str) -> None:
    x, y = pictures()
    x = scaled(x)
    found = watched(conv(), shuffled(x[:300], y[:300]), x[300:])
    assert "".join(names(found)[:1]) == named
    if named == "inputs_not_scaled":
        assert f"{float(x.max()):.2g}"[:3] in found[0].title or "reach from 0 to 22" in found[0].title


@pytest.mark.parametrize(
    ("wrong", "told"),
    [(lambda x: 7 * x + 20, True), (lambda x: x / 255, True), (lambda x: x, False), (lambda x: 1.5 * x + 1, False)],
    ids=["raw", "divided", "alike", "a little"],
)
def test_inputs_that_are_judged_after_another_preparation_are_told(wrong: Change, told: bool) -> None:
    x, y = points()
    x = (x - x.mean(0)) / x.std(0)
    found = watched(mlp(), shuffled(x[:450], y[:450]), wrong(x[450:]))
    assert names(found) == ["judged_on_other_inputs"] * told
    if told:
        assert f"have mean {float(wrong(x[450:][:256]).mean()):.3g}" in found[0].title


def amounts(scale: float, shift: float) -> tuple[Tensor, Tensor]:
    """A curve of three columns, of this spread and mean."""
    torch.manual_seed(0)
    x = torch.randn(600, 12)
    return x, scale * (x[:, 0] + x[:, 1] * x[:, 2]) + shift


class Multiplied(nn.Module):
    """Its answer is of the targets' size."""

    def __init__(self, scale: float, shift: float) -> None:
        super().__init__()
        self.net, self.scale, self.shift = mlp(12, 1), scale, shift

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x).squeeze(1) * self.scale + self.shift  # type: ignore[no-any-return]


@pytest.mark.parametrize("loss", [F.mse_loss, lambda a, b: ((a - b) ** 2).mean()], ids=["of the library", "by hand"])
def test_targets_in_dollars_are_told_where_they_are_not_reached(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    x, y = amounts(90_000, 350_000)
    found = watched(Multiplied(1, 0), shuffled(x[:450], y[:450]), x[450:], loss=loss)
    assert names(found) == ["targets_not_scaled"]


def test_targets_in_dollars_are_told_where_the_first_step_leaps() -> None:
    x, y = amounts(90_000, 350_000)
    net = Multiplied(1, 0)
    found = watched(net, shuffled(x, y), x, loss=F.mse_loss, optimizer=SGD(net.parameters(), 0.1), epochs=3)
    assert names(found)[0] == "targets_not_scaled"


def test_targets_that_the_answer_can_reach_are_passed_over() -> None:
    x, y = amounts(90_000, 350_000)
    assert names(watched(Multiplied(90_000, 350_000), shuffled(x, y), x, loss=F.mse_loss, epochs=15)) == []
    x, y = amounts(9, 22)
    net = Multiplied(1, 0)
    found = watched(net, shuffled(x, y), x, loss=F.mse_loss, optimizer=Adam(net.parameters(), 0.01), epochs=20)
    assert names(found) == []


@pytest.mark.parametrize(
    ("targets", "told"),
    [
        (lambda y: y.float(), True),
        (lambda y: (y % 2).float(), False),
        (lambda y: y.float() / 4, False),
        (lambda y: torch.poisson(y.float(), torch.Generator().manual_seed(0)), False),
    ],
    ids=["class numbers", "two", "fractions", "counts"],
)
def test_class_numbers_under_a_squared_error_are_told(targets: Change, told: bool) -> None:
    x, y = points()
    y = targets(y)
    found = watched(mlp(12, 1), shuffled(x, y), x, loss=lambda a, b: F.mse_loss(a[:, 0], b), epochs=15)
    assert ("class_numbers_as_amounts" in names(found)) == told


def one_hot(axis: int) -> Callable[[Tensor, Tensor], Tensor]:
    def loss(a: Tensor, b: Tensor) -> Tensor:
        t = torch.zeros(len(b), 4).scatter_(axis, b[:, None], 1.0)
        return -(t * a.log_softmax(1)).sum(1).mean()

    return loss


def test_one_hot_targets_along_the_wrong_axis_are_told_from_labels_that_are_left_out() -> None:
    x, y = points()
    found = watched(mlp(), shuffled(x, y), x, loss=one_hot(0))
    assert names(found)[0] == "targets_missing"
    assert "only 12 of 96 examples in 3 batches have a target" in found[0].title
    assert names(watched(mlp(), shuffled(x, y), x, loss=one_hot(1))) == []
    unlabeled = torch.where(torch.arange(600) % 4 > 0, torch.full_like(y, -100), y)
    assert "targets_missing" not in names(watched(mlp(), shuffled(x, unlabeled), x, epochs=20))


def test_many_outputs_that_cannot_reach_their_targets_are_named() -> None:
    x, _ = points()

    def found(last: nn.Module) -> list[str]:
        return names(watched(nn.Sequential(*mlp(12, 12), last), shuffled(x, x), x, loss=F.mse_loss))

    assert found(nn.Sigmoid())[0] == "wrong_output"
    assert "wrong_output" not in found(nn.Identity())


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (lambda x: (x + 150).float(), True),
        (lambda x: (x - 90).float() / 255, True),
        (lambda x: x.float() / 255, False),
        (lambda x: (x.float() - 60) / 30, False),
        (lambda x: torch.randint(0, 256, x.shape).float() / 255, False),
        (lambda x: 255 * (x > 100).float(), False),
    ],
    ids=["added", "subtracted", "fractions", "standardized", "noise", "black and white"],
)
def test_bytes_that_ran_over_are_told(changed: Change, told: bool) -> None:
    torch.manual_seed(0)
    y = torch.arange(200) % 2
    x = 90 + 12 * torch.randn(200, 1, 12, 12)
    for i, k in enumerate(y.tolist()):
        x[i, 0, 5 * k : 5 * k + 5] += 70
    torch.manual_seed(1)
    net = nn.Sequential(nn.Conv2d(1, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(600, 2))
    x = changed(x.clamp(0, 255).to(torch.uint8))
    assert ("inputs_overflowed" in names(watched(net, shuffled(x, y), x, epochs=2))) == told


@pytest.mark.parametrize("classes", [True, False])
def test_a_target_among_the_columns_is_told(classes: bool) -> None:
    x, y = points() if classes else amounts(1, 0)

    def loss(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(a, b) if classes else F.mse_loss(a[:, 0], b)

    def found(more: Tensor) -> list[str]:
        given = torch.cat([x, more[:, None]], 1)
        return names(watched(mlp(13, 4 if classes else 1), shuffled(given, y), given, loss=loss, epochs=6))

    assert "leaking_input" in found(2.0 * y.float() - 3)
    assert "leaking_input" not in found(y + torch.randn(600, generator=torch.Generator().manual_seed(0)))


def test_a_log_softmax_that_is_taken_twice_changes_nothing_and_is_not_told() -> None:
    x, y = points()
    assert watched(nn.Sequential(*mlp(), nn.LogSoftmax(1)), shuffled(x, y), x) == []
    assert watched(nn.Sequential(*mlp(), nn.LogSoftmax(1)), shuffled(x, y), x, loss=F.nll_loss) == []
