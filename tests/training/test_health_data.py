"""Inputs that are no numbers, labels that are all alike, and labels that have nothing to do with the inputs."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from parts import Parts, clouds, trained
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam

from fathom.training.health.observer import Watch
from loops import names, net, points, regress, run


def test_a_loss_that_is_no_number_is_told() -> None:
    x, y = points()
    x[300] = math.nan
    assert names(run(net(32), x, y, epochs=2)) == ["inputs_not_finite"]
    spoiled = run(net(32), points()[0], y, epochs=2, loss=lambda a, b: F.cross_entropy(a, b) + (b[:1].sum() - 1).log())
    assert names(spoiled)[0] in ("not_finite", "high_learning_rate")  # the logarithm of 0 or less


@pytest.mark.parametrize("value", [0.0, 1.0, -2.5])
def test_targets_that_are_one_number_always_are_told(value: float) -> None:
    def loss(answer: Tensor, _: Tensor) -> Tensor:
        return F.mse_loss(answer[:, 0], torch.full((len(answer),), value))

    assert names(regress(loss))[0] == "one_class"


def test_targets_that_hardly_differ_are_not() -> None:
    def loss(answer: Tensor, y: Tensor) -> Tensor:
        return F.mse_loss(answer[:, 0], 1 + 0.01 * y)

    assert "one_class" not in names(regress(loss))


def test_labels_that_are_all_alike_are_named() -> None:
    net, (x, y) = Parts(), clouds()
    found = trained(net, SGD(net.parameters(), 0.01), data=(x, torch.full_like(y, 2)), epochs=6)
    assert names(found)[0] == "one_class"
    assert "number 2" in found[0].title


def test_an_input_that_is_no_number_is_found_on_whatever_step_it_comes() -> None:
    net, (x, y) = Parts(), clouds()
    x[torch.randperm(600, generator=torch.Generator().manual_seed(0))[7 * 30 + 5], 3] = torch.nan  # of step 7
    found = trained(net, SGD(net.parameters(), 0.01), data=(x, y))
    assert names(found) == ["inputs_not_finite"]
    assert "at step 8" in found[0].title


@pytest.mark.parametrize("seed", range(3))
def test_labels_learned_by_heart_are_told_from_labels_that_were_learned(seed: int) -> None:
    x, y = clouds(seed)

    def learned(labels: Tensor) -> list[str]:
        torch.manual_seed(seed)
        net = nn.Sequential(nn.Linear(20, 128), nn.ReLU(), nn.Linear(128, 4))
        optimizer, generator = Adam(net.parameters(), 0.005), torch.Generator().manual_seed(seed)
        with Watch(net, optimizer) as health:
            for _ in range(40):
                for rows in torch.randperm(600, generator=generator).split(30):
                    loss = F.cross_entropy(net(x[rows]), labels[rows])
                    loss.backward()  # type: ignore[no-untyped-call]
                    optimizer.step()
                    optimizer.zero_grad()
                    health.step(loss)
                with torch.no_grad():
                    net(x[:100])
        return names(health.findings)

    assert learned(y[torch.randperm(600, generator=torch.Generator().manual_seed(seed))]) == ["labels_unrelated"]
    assert learned(y) == []


@pytest.mark.parametrize("averaged", [False, True])
def test_a_loss_that_rises_where_weights_are_averaged_is_not_learned_by_heart(averaged: bool) -> None:
    """The losses said are those of labels learned by heart; where nets are averaged, they may rise by that."""
    x, y = clouds()
    net = Parts()
    optimizer, other = SGD(net.parameters(), 0.05), copy.deepcopy(net.state_dict())
    with Watch(net, optimizer) as health:
        for epoch in range(12):
            for step, rows in enumerate(torch.randperm(600).split(24)):
                if averaged and step % 8 == 0:
                    mean = {k: (v + other[k]) / 2 for k, v in net.state_dict().items()}
                    net.load_state_dict(mean)
                F.cross_entropy(net(x[rows]), y[rows]).backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                optimizer.zero_grad()
                health.step(1.39 if epoch == 0 else 1.39 - 0.02 * epoch + 0.002 * step)
            with torch.no_grad():
                net(x[:100])
    assert ("labels_unrelated" in names(health.findings)) != averaged
