"""Steps that rounding loses, gradients clipped too late, and layers made anew; each beside its twin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from test_health_optimizers import plain, trained
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, Optimizer

import fathom
from loops import names, net, points


@pytest.mark.parametrize(("dtype", "rate", "lost"), [
    (torch.bfloat16, 1e-4, True), (torch.bfloat16, 1e-2, False), (torch.float32, 1e-9, False),
])  # fmt: skip
def test_steps_that_weights_in_16_bits_round_away_are_told(dtype: torch.dtype, rate: float, lost: bool) -> None:
    x, y = points()
    model = nn.Sequential(nn.Linear(x.shape[1], 64), nn.ReLU(), nn.Linear(64, int(y.max()) + 1)).to(dtype)
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(4)
    optimizer = Adam(model.parameters(), rate, eps=1e-6)
    with fathom.watch(model, optimizer) as health:
        for _ in range(6):
            for i in torch.randperm(len(x)).split(32):
                optimizer.zero_grad()
                loss = F.cross_entropy(model(x[i].to(dtype)).float(), y[i])
                loss.backward()
                optimizer.step()
                health.step(loss)
    assert ("steps_rounded_away" in names(health.findings)) == lost


def clipping(before: bool, after: bool) -> Callable[[nn.Module, Optimizer, Tensor], None]:
    """A step whose gradients are clipped where that is said."""

    def update(model: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
        optimizer.zero_grad()
        loss.backward()
        for clips, then in ((before, optimizer.step), (after, lambda: None)):
            if clips:
                nn.utils.clip_grad_norm_(model.parameters(), 1e-2)
            then()

    return update


@pytest.mark.parametrize(("before", "after"), [(False, True), (True, True), (True, False), (False, False)])
def test_gradients_that_are_clipped_after_the_step_are_told(before: bool, after: bool) -> None:
    model = net(32)
    found = names(trained(model, SGD(model.parameters(), 0.1), update=clipping(before, after), epochs=4))
    assert ("clipped_too_late" in found) == (after and not before)


def test_what_another_loss_adds_to_the_gradients_of_a_step_is_no_clipping() -> None:
    model = net(32)
    x, y = points()

    def update(model: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
        plain(model, optimizer, loss)
        (-0.3 * F.cross_entropy(model(x[:32]), y[:32])).backward()

    assert "clipped_too_late" not in names(trained(model, SGD(model.parameters(), 0.1), update=update, epochs=4))


class Careless(nn.Module):
    """Has a layer in the middle that may be made in forward."""

    def __init__(self, inputs: int, classes: int, anew: bool) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(inputs, 24), nn.Linear(24, classes)
        self.middle = None if anew else nn.Linear(24, 24)

    def forward(self, x: Tensor) -> Tensor:
        middle = self.middle or nn.Linear(24, 24)
        return self.last(middle(self.first(x).relu()).relu())


@pytest.mark.parametrize("anew", [True, False])
def test_a_layer_that_is_made_in_forward_is_told(anew: bool) -> None:
    x, y = points()
    model = Careless(x.shape[1], int(y.max()) + 1, anew)
    found = [one for one in trained(model, Adam(model.parameters(), 3e-3), epochs=4) if one.name == "untrained_layers"]
    assert [one.evidence["why"] for one in found] == ["made anew"] * anew
