"""Dropout and batch norm in the wrong mode."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import fathom
from loops import CLASSES, FEATURES, asked, names, points, run


class Dropping(nn.Module):
    """Drops in each mode."""

    def forward(self, x: Tensor) -> Tensor:
        """Drop half."""
        return F.dropout(x, 0.5, training=True)


def test_an_eval_that_still_drops_is_told() -> None:
    x, y = points()
    model = nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU(), Dropping(), nn.Linear(32, CLASSES))
    assert "judged_in_training_mode" in names(run(model, x, y, judge=asked))


@pytest.mark.parametrize("passes", [1, 3])
def test_a_judging_that_keeps_its_graph_is_told_from_training(passes: int) -> None:
    x, y = points()
    model = nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, CLASSES))

    def judge(awake: bool) -> Callable[[nn.Module], None]:
        def ask(model: nn.Module) -> None:
            model.train(awake)
            for part in x.chunk(passes):
                model(part)

        return ask

    assert "judged_in_training_mode" in names(run(model, x, y, judge=judge(awake=True)))
    assert "judged_in_training_mode" not in names(run(model, x, y, judge=judge(awake=False)))


def test_a_training_in_evaluation_mode_is_told() -> None:
    x, y = points()
    model = nn.Sequential(nn.Linear(FEATURES, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, CLASSES))
    model.train = lambda mode=True: model  # type: ignore[method-assign, assignment]
    nn.Sequential.train(model, False)
    assert "trained_in_evaluation_mode" in names(run(model, x, y))


def test_norms_of_a_pretrained_net_may_rest() -> None:
    x, y = points()
    model = nn.Sequential(nn.Linear(FEATURES, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, CLASSES)).eval()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with fathom.watch(model, optimizer, pretrained=True) as health:
        for rows in torch.randperm(len(x)).split(32):
            value = F.cross_entropy(model(x[rows]), y[rows])
            value.backward()
            optimizer.step()
            optimizer.zero_grad()
            health.step(value)
    assert names(health.findings) == []


class Rounding(nn.Module):
    """In low precision it rounds as the size of the batch has it, as kernels do that part the work by size."""

    def __init__(self) -> None:
        super().__init__()
        self.head = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        step = 0.05 * len(x) / 64 if torch.is_autocast_enabled("cpu") else 0.0
        return self.head(x).float() * (1 + step)


@pytest.mark.parametrize(("net", "told"), [(Rounding, False), (Dropping, True)])
def test_low_precision_is_no_second_answer(net: type[nn.Module], told: bool) -> None:
    x, y = points()
    model = nn.Sequential(nn.Linear(FEATURES, FEATURES), net(), nn.Linear(FEATURES, CLASSES)) if told else net()

    def judge(model: nn.Module) -> None:
        model.eval()
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            model(x)
        model.train()

    assert ("judged_in_training_mode" in names(run(model, x, y, judge=judge))) == told


@pytest.mark.parametrize(("times", "told"), [(2, True), (10, False)])
@pytest.mark.parametrize("parts", [1, 4])
def test_answers_that_are_drawn_by_dropout_on_purpose_are_no_fault(times: int, told: bool, parts: int) -> None:
    x, y = points()
    model = nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, CLASSES))

    def judge(model: nn.Module) -> None:
        with torch.no_grad():
            for _ in range(times):
                for part in x.chunk(parts):
                    model(part.clone())

    assert ("judged_in_training_mode" in names(run(model, x, y, judge=judge))) == told
