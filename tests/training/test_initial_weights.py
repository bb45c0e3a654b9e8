"""Weights that are still as they were drawn."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from parts import clouds, trained
from torch import Tensor, nn
from torch.optim import Adam

from fathom.training.health.measure.initial_weights import is_freshly_drawn, rests_on_trained_weights


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Linear(20, 32).weight, lambda: nn.Conv2d(8, 16, 3).weight, lambda: nn.LSTM(8, 32).weight_hh_l0,
        lambda: nn.init.xavier_uniform_(torch.empty(40, 30)), lambda: nn.init.kaiming_normal_(torch.empty(64, 96)),
        lambda: nn.Embedding(200, 32).weight,
    ],
)  # fmt: skip
def test_that_weights_were_just_drawn_is_seen(make: Callable[[], Tensor]) -> None:
    torch.manual_seed(0)
    assert sum(is_freshly_drawn(make()) for _ in range(50)) >= 40
    assert not is_freshly_drawn(make() * 0)


def test_weights_that_have_learned_are_not_taken_for_drawn() -> None:
    found = []
    for seed in range(6):
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Linear(20, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 4))
        if seed % 2:
            for layer in (net[0], net[2]):
                nn.init.kaiming_normal_(layer.weight)  # type: ignore[arg-type]
        trained(net, Adam(net.parameters(), 0.01), epochs=10, data=clouds(seed))
        found += [is_freshly_drawn(net[0].weight), is_freshly_drawn(net[2].weight)]  # type: ignore[arg-type]
    assert sum(found) == 0


def test_a_trained_net_that_is_frozen_may_begin_with_any_loss() -> None:
    """Adapters beside it learn other labels than its own: the first loss is high, and nothing is wrong."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 4))
    x, y = clouds(0)
    assert not rests_on_trained_weights(net)
    for p in net.parameters():
        p.requires_grad_(False)
    assert not rests_on_trained_weights(net)  # frozen as it was drawn
    for p in net.parameters():
        p.requires_grad_(True)
    trained(net, Adam(net.parameters(), 0.01), epochs=30, data=(x, y))
    assert not rests_on_trained_weights(net)  # trained and not frozen: it may be a faulty start as well
    for p in net.parameters():
        p.requires_grad_(False)
    assert rests_on_trained_weights(net)
    with torch.no_grad():
        net[2].weight.mul_(8)  # type: ignore[union-attr,operator]
    adapted = nn.Sequential(net, nn.Linear(4, 4))
    nn.init.eye_(adapted[1].weight)  # type: ignore[arg-type]
    found = trained(adapted, Adam(adapted[1].parameters(), 1e-4), epochs=3, data=(x, (y + 1) % 4))
    assert "wrong_initial_loss" not in {one.name for one in found}
