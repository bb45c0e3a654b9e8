"""What a loss is given: labels of another coding, errors without their sign, answers that were dropped."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from test_health_losses import watched
from torch import Tensor, nn
from torch.nn import functional as F

from loops import FEATURES, names, points

Loss = Callable[[nn.Module, Tensor, Tensor], Tensor]


def net(outputs: int, *last: nn.Module) -> nn.Sequential:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(FEATURES, 24), nn.ReLU(), nn.Linear(24, outputs), *last)


def sides() -> tuple[Tensor, Tensor]:
    """Points, and labels of 0 and 1: (600, 12), (600, 1)."""
    x, y = points()
    return x, (y % 2)[:, None].float()


HINGES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "relu": lambda a, y: F.relu(1 - y * a).mean(),
    "clamp": lambda a, y: (1 - a * y).clamp(min=0).mean(),
    "maximum": lambda a, y: torch.maximum(torch.zeros(()), 1.0 - y * a).sum() / len(a),
    "squared": lambda a, y: F.relu(1 - y * a).square().mean(),
    "soft margin": lambda a, y: F.soft_margin_loss(a, y),
    "flat": lambda a, y: F.relu(1 - y[:, 0] * a[:, 0]).mean(),
}


@pytest.mark.parametrize("how", HINGES)
def test_a_hinge_loss_wants_minus_1_and_1(how: str) -> None:
    loss, (x, y) = HINGES[how], sides()
    assert names(watched(net(1), lambda model, a, b: loss(model(a), b), x, y)) == ["hinge_labels"]
    assert names(watched(net(1), lambda model, a, b: loss(model(a), 2 * b - 1), x, y)) == []


def test_hinges_that_push_both_ways_or_all_one_way_are_let_be() -> None:
    x, y = sides()
    unlabelled = torch.where(torch.rand(y.shape) < 0.3, torch.zeros(()), 2 * y - 1)
    for loss, target in (
        (lambda model, a, b: F.relu(1 - b * model(a)).mean(), unlabelled),  # some rows do not count
        (lambda model, a, b: F.relu(1 - model(a)).mean(), y),  # as of the examples that a critic calls real
        (lambda model, a, b: F.relu(1 - model(a) * (2 * b - 1) * 0.5).mean(), y),
        (lambda model, a, b: (F.relu(0.5 - b * model(a)) + F.relu(0.5 + (1 - b) * model(a))).mean(), y),
    ):
        assert "hinge_labels" not in names(watched(net(1), loss, x, target))


def quantiles(choose: Callable[[Tensor, Tensor], Tensor], absolute: bool) -> list[str]:
    x, _ = points()
    levels = torch.tensor([0.1, 0.5, 0.9])
    y = x[:, :1] + 0.5 * torch.randn(600, 1)

    def loss(model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        rest = b - model(a)
        return choose(levels, rest.abs() if absolute else rest).mean()

    return names(watched(net(3), loss, x, y))


CHOICES: tuple[Callable[[Tensor, Tensor], Tensor], ...] = (
    lambda q, e: torch.maximum(q * e, (q - 1) * e),
    lambda q, e: torch.stack([q * e, (q - 1) * e]).amax(0),
    lambda q, e: torch.max(torch.stack([(q - 1) * e, q * e], 2), 2)[0],
    lambda q, e: q * e.relu() + (1 - q) * (-e).relu(),
)


@pytest.mark.parametrize("choose", CHOICES)
def test_quantiles_of_absolute_errors_are_all_the_median(choose: Callable[[Tensor, Tensor], Tensor]) -> None:
    assert quantiles(choose, absolute=True) == ["absolute_quantiles"]
    assert quantiles(choose, absolute=False) == []


def test_absolute_errors_that_a_sign_chooses_between_are_let_be() -> None:
    for choose in (
        lambda q, e: torch.where(e >= 0, q * e.abs(), (1 - q) * e.abs()),
        lambda q, e: q * e.abs(),
        lambda q, e: torch.where(e.abs() < 1, 0.5 * e.square(), e.abs() - 0.5),
    ):
        assert quantiles(choose, absolute=False) == []


TASKS: dict[str, tuple[int, Loss, Callable[[Tensor, Tensor], Tensor]]] = {
    "classes": (4, lambda model, a, b: F.cross_entropy(model(a), b), lambda x, y: y),
    "amount": (1, lambda model, a, b: F.mse_loss(model(a), b), lambda x, y: x[:, :2].sum(1, keepdim=True)),
    "by hand": (2, lambda model, a, b: (model(a) - b).square().mean(), lambda x, y: x[:, :2] + x[:, 2:4]),
    "yes or no": (1, lambda model, a, b: F.binary_cross_entropy_with_logits(model(a)[:, 0], b), lambda x, y: y % 2.0),
}


@pytest.mark.parametrize("task", TASKS)
def test_answers_are_not_dropped(task: str) -> None:
    outputs, loss, target = TASKS[task]
    x, y = points()
    for share in (0.2, 0.5):
        found = watched(net(outputs, nn.Dropout(share)), loss, x, target(x, y), steps=100)
        assert found[0].name == "answers_dropped"
        assert found[0].evidence["share"] == pytest.approx(share, abs=0.15)
    inside = nn.Sequential(nn.Linear(FEATURES, 24), nn.ReLU(), nn.Dropout(0.3), nn.Linear(24, outputs))
    assert "answers_dropped" not in names(watched(inside, loss, x, target(x, y)))


class Features(nn.Module):
    """Features, dropped, for a head that stands outside; or scores of which a mask hides some."""

    def __init__(self, masks: bool) -> None:
        super().__init__()
        self.body, self.drop, self.masks = nn.Linear(FEATURES, 4), nn.Dropout(0.3), masks

    def forward(self, x: Tensor) -> Tensor:
        if self.masks:
            return self.body(self.drop(x)) * (torch.rand(len(x), 4) < 0.8).float()
        return self.drop(self.body(x).relu())


def test_dropped_features_and_masked_scores_are_let_be() -> None:
    x, y = points()
    head = nn.Linear(4, 4)
    for masks, loss in (
        (False, lambda model, a, b: F.cross_entropy(head(model(a)), b)),
        (True, lambda model, a, b: F.cross_entropy(model(a), b)),
    ):
        torch.manual_seed(0)
        assert "answers_dropped" not in names(watched(Features(masks), loss, x, y))
