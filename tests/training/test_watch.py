"""fathom.watch: it changes nothing, leaves nothing behind, and refuses what it cannot watch."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F

import fathom
from fathom.errors import UserError
from loops import asked, net, points, run


def test_watching_changes_no_bit() -> None:
    x, y = points()
    weights = []
    for watched in (True, False):
        model = nn.Sequential(net(32)[0], nn.ReLU(), nn.Dropout(0.5), net(32)[2])
        torch.manual_seed(3)
        run(model, x, y, epochs=3, judge=asked, watched=watched)
        weights.append(torch.cat([p.flatten() for p in model.parameters()]))
    assert torch.equal(*weights)


def test_it_is_a_context_manager_that_leaves_no_hooks() -> None:
    model = net(8)
    optimizer = torch.optim.Adam(model.parameters())
    with fathom.watch(model, optimizer) as health:
        F.cross_entropy(model(points()[0]), points()[1]).backward()
        optimizer.step()
        health.step(1.0)
    assert not model._forward_hooks
    assert not model._forward_pre_hooks
    assert health.signals.losses.values == [1.0]


@pytest.mark.parametrize("loss", [torch.ones(3), [1.0, 2.0], None, "0.5"])
def test_a_loss_that_is_no_number_is_refused_at_once(loss: Any) -> None:
    model = net(8)
    with fathom.watch(model, torch.optim.SGD(model.parameters(), lr=0.1)) as health:
        with pytest.raises(UserError, match=r"loss\.mean\(\)"):
            health.step(loss)
        health.step(torch.ones(1))


@pytest.mark.parametrize("given", [(1, 2), (nn.Linear(2, 2),), (nn.Linear(2, 2), "sgd")])
def test_what_is_no_model_with_an_optimizer_is_refused(given: Any) -> None:
    with pytest.raises(UserError, match=r"watch\(model, optimizer\)"):
        fathom.watch(*given)


def test_a_loop_that_tells_no_loss_is_told_so() -> None:
    model, (x, y) = net(8), points()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def loop() -> None:
        with fathom.watch(model, optimizer):
            F.cross_entropy(model(x), y).backward()
            optimizer.step()

    with pytest.warns(UserWarning, match="never called"):
        loop()
