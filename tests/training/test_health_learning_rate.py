"""Learning rates that are too high or too low, dropout that is too strong, and units that they wreck."""

from __future__ import annotations

import torch
from parts import Parts, trained
from torch import nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, Optimizer

import fathom
from fathom.records import Finding
from loops import names, net, points, run, scaled


def test_units_that_a_long_step_has_flattened_are_laid_at_the_rate() -> None:
    x, y = points()
    found = run(net(48, 48, activation=nn.Tanh), x, y, lr=30.0)
    assert names(found)[0] == "high_learning_rate"
    assert "saturated_units" not in names(found)


def test_units_that_were_flat_at_first_are_not() -> None:
    x, y = points()
    assert names(run(scaled(net(48, 48, activation=nn.Tanh), 5), x, y, lr=0.01))[0] == "saturated_units"


def test_a_dropout_of_nearly_all_is_named_and_one_of_half_is_not() -> None:
    for share, named in ((0.95, True), (0.5, False)):
        net = Parts(nn.Dropout(share))
        assert ("heavy_dropout" in names(trained(net, Adam(net.parameters(), 0.01), epochs=6))) == named


def test_a_rate_that_comes_down_too_soon_is_named() -> None:
    def decaying(share: float) -> list[Finding]:
        net = Parts()
        optimizer = SGD(net.parameters(), 0.05)

        def step(o: Optimizer) -> None:
            o.step()
            o.param_groups[0]["lr"] *= share

        return trained(net, optimizer, step=step, epochs=6)

    assert names(decaying(0.9)) == ["low_learning_rate"]
    assert "half of the steps" in decaying(0.9)[0].title
    assert "low_learning_rate" not in names(decaying(0.98))


def test_a_loss_of_several_terms_may_rise_though_the_rate_is_right() -> None:
    """As that of an equation: what it asks of the answer and of its slope are at odds before both are met."""

    def rising(factor: float, lr: float) -> list[str]:
        torch.manual_seed(0)
        x, y = points()
        model = net(16)
        optimizer = torch.optim.SGD(model.parameters(), lr)
        with fathom.watch(model, optimizer) as health:
            for step in range(120):
                rows = torch.randint(0, len(x), (32,))
                answer = model(x[rows])
                weight = 1 + factor * step  # of the second term, which grows
                loss = F.cross_entropy(answer, y[rows]) + weight * 0.01 * (answer**2).mean().sqrt()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                health.step(loss)
        return names(health.findings)

    assert not {"high_learning_rate", "diverging_loss"} & {*rising(factor=20.0, lr=1e-4)}
    assert "high_learning_rate" in rising(factor=0.0, lr=30.0)
