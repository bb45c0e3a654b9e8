"""Nets through which too little comes: without biases, too deep, or with inputs that are mostly one row."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from test_health_batches import shuffled, watched
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam

from loops import names, points

Change = Callable[[Tensor], Tensor]


def ring() -> tuple[Tensor, Tensor]:
    """Points of a plane, and how far each lies from the middle: (600, 2), (600, 1)."""
    torch.manual_seed(0)
    x = torch.randn(600, 2)
    y = (x.norm(dim=1, keepdim=True) - 1.25).abs()
    return x, (y - y.mean()) / y.std()


def way() -> tuple[Tensor, Tensor]:
    """The same points, and what their direction tells, of mean 0."""
    x, _ = ring()
    return x, x[:, :1] + 0.5 * x[:, 1:]


def unrelated() -> tuple[Tensor, Tensor]:
    x, _ = ring()
    return x, torch.randn(600, 1)


def layers(bias: bool, act: Callable[[], nn.Module] = nn.ReLU) -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(
        nn.Linear(2, 32, bias=bias), act(), nn.Linear(32, 32, bias=bias), act(), nn.Linear(32, 1, bias=bias)
    )


def normed() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(2, 32, bias=False), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 1, bias=False))


@pytest.mark.parametrize(
    ("net", "data", "told"),
    [
        (layers(bias=False), ring, True),
        (layers(bias=False, act=nn.Tanh), ring, True),
        (layers(bias=False, act=nn.LeakyReLU), ring, True),
        (layers(bias=True), ring, False),
        (layers(bias=False), way, False),
        (layers(bias=True), unrelated, False),
        (normed(), unrelated, False),
    ],
    ids=["relu", "tanh", "leaky", "with biases", "learns", "stuck with biases", "stuck with norms"],
)
def test_nets_without_any_bias_are_told_where_nothing_is_learned(
    net: nn.Module, data: Callable[[], tuple[Tensor, Tensor]], told: bool
) -> None:
    x, y = data()
    found = watched(net, shuffled(x[:500], y[:500]), x[500:], loss=F.mse_loss, optimizer=Adam(net.parameters(), 0.003))
    assert ("biases_missing" in names(found)) is told
    assert not (told and "stagnating_loss" in names(found))


def deep(count: int, lowest: float = 0.0) -> nn.Module:
    """As PyTorch draws it; with biases of the second layer at `lowest`."""
    torch.manual_seed(2)
    parts: list[nn.Module] = [nn.Linear(12, 10), nn.ReLU()]
    for _ in range(count):
        parts += [nn.Linear(10, 10), nn.ReLU()]
    net = nn.Sequential(*parts, nn.Linear(10, 4))
    if lowest:
        nn.init.constant_(net[2].bias, lowest)  # type: ignore[arg-type]
    return net


@pytest.mark.parametrize(
    ("net", "named"), [(deep(17), "vanishing_gradients"), (deep(3, -20.0), "dead_units")], ids=["deep", "dead"]
)
def test_a_gradient_that_is_lost_from_layer_to_layer_is_no_matter_of_dead_units(net: nn.Module, named: str) -> None:
    x, y = points()
    found = watched(net, shuffled(x[:450], y[:450]), x[450:], optimizer=SGD(net.parameters(), 0.03, momentum=0.9))
    assert names(found)[0] == named


def sparse(x: Tensor) -> Tensor:
    """Three of four rows are all 0, as where nothing has happened, and then of one class."""
    return torch.where((torch.arange(len(x)) % 4 == 0)[:, None], x, torch.zeros(()))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda x: ((x - x.amin(0)) / (x.amax(0) - x.amin(0))).long().float(), True),
        (lambda x: (x / 100).long().float(), True),
        (lambda x: ((x - x.mean(0)) / x.std(0)).long().float(), False),
        (lambda x: ((x - x.amin(0)) / (x.amax(0) - x.amin(0))).round(), False),
        (sparse, False),
    ],
    ids=["scaled and cast", "all cut off", "standardized and cast", "rounded", "sparse"],
)
def test_inputs_of_which_most_are_one_row_are_told_where_nothing_is_learned(change: Change, told: bool) -> None:
    x, y = points()
    x = change(x)
    y = torch.where(x.any(1), y, 0) if change is sparse else y
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 4))
    found = watched(net, shuffled(x[:450], y[:450]), x[450:])
    assert (names(found)[:1] == ["inputs_constant"]) is told
