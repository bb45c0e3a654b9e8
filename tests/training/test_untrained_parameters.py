"""Weights that are used and not trained, not stepped, or with gradients that are not cleared."""

from __future__ import annotations

import pytest
import torch
from parts import Listed, Parts, frozen, trained
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, Optimizer

from loops import names


def test_layers_that_nothing_trains_are_named_with_the_reason() -> None:
    listed, left, cut = Listed(), Parts(), Parts(lambda z: z.detach())
    stopped = frozen(Parts())
    for net, weights, why in (
        (cut, cut.parameters(), "no gradient reaches body.0.weight, body.2.weight"),
        (left, left.head.parameters(), "the optimizer was not given body.0.weight, body.2.weight"),
        (stopped, stopped.head.parameters(), "requires_grad is off"),
        (listed, listed.parameters(), "model.parameters() does not list"),
    ):
        found = trained(net, Adam(weights, 0.003))
        assert names(found) == ["untrained_layers"], (why, [one.title for one in found])
        assert why in found[0].title


class Plain(nn.Module):
    """Its first weight is a tensor that wants a gradient: a parameter, or an attribute like any other."""

    def __init__(self, *, listed: bool) -> None:
        super().__init__()
        torch.manual_seed(1)
        weight = torch.randn(20, 32) * 0.2
        self.first: Tensor = nn.Parameter(weight) if listed else weight.requires_grad_()
        self.head = nn.Linear(32, 4)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 20) → (batch, 4)."""
        return self.head(F.relu(x @ self.first))  # type: ignore[no-any-return]


def test_a_tensor_that_wants_a_gradient_and_is_no_parameter_is_told() -> None:
    net = Plain(listed=False)
    found = trained(net, Adam(net.parameters(), 0.003))
    assert names(found) == ["untrained_layers"]
    assert found[0].title.startswith("the net keeps first as plain tensor, not as nn.Parameter")
    whole = Plain(listed=True)
    assert not trained(whole, Adam(whole.parameters(), 0.003))


def test_a_plain_tensor_that_an_optimizer_has_or_that_somebody_steps_is_none() -> None:
    net = Plain(listed=False)
    assert not trained(net, Adam([*net.parameters(), net.first], 0.003))
    own = Plain(listed=False)

    def step(optimizer: Optimizer) -> None:
        optimizer.step()
        assert own.first.grad is not None
        own.first.data -= 0.05 * own.first.grad
        own.first.grad = None

    assert "untrained_layers" not in names(trained(own, Adam(own.parameters(), 0.003), step=step))


def test_what_was_trained_before_and_what_is_trained_elsewhere_may_rest() -> None:
    net = Parts()
    assert not trained(net, Adam(net.parameters(), 0.01), epochs=8)
    assert not trained(frozen(net), Adam(net.head.parameters(), 0.01))  # its body is trained
    both = Parts()
    other = Adam(both.body.parameters(), 0.01)  # an optimizer that is not watched

    def step(optimizer: Optimizer) -> None:
        optimizer.step()
        other.step()

    def clear(optimizer: Optimizer) -> None:
        optimizer.zero_grad()
        other.zero_grad()

    assert not trained(both, Adam(both.head.parameters(), 0.01), step=step, clear=clear)


def test_an_optimizer_that_does_not_step_the_net_is_named() -> None:
    net = Parts()
    found = trained(net, Adam(net.parameters(), 0.01), step=lambda o: None)
    assert names(found) == ["weights_not_stepped"]
    assert "never stepped" in found[0].title
    found = trained(net, Adam(Parts().parameters(), 0.01))  # of another net
    assert names(found) == ["weights_not_stepped"]
    assert "none of the net's weights" in found[0].title


def test_gradients_that_are_not_cleared_are_named() -> None:
    net = Parts()
    found = trained(net, SGD(net.parameters(), 0.01), clear=lambda o: None)
    assert names(found) == ["gradients_not_cleared"]


@pytest.mark.parametrize("penalty", [0.0, 1e-3])
def test_gradients_may_be_cleared_before_the_backward_pass_and_a_penalty_is_no_old_gradient(penalty: float) -> None:
    net = Parts()
    optimizer = SGD(net.parameters(), 0.05)

    def loss(answer: Tensor, y: Tensor) -> Tensor:
        optimizer.zero_grad()  # after the forward pass
        return F.cross_entropy(answer, y) + penalty * sum(p.square().sum() for p in net.parameters())

    assert "gradients_not_cleared" not in names(trained(net, optimizer, loss=loss, clear=lambda o: None))


def test_several_batches_may_share_a_step() -> None:
    net, calls = Parts(), [0]
    optimizer = SGD(net.parameters(), 0.05)

    def every_second(o: Optimizer) -> None:
        calls[0] += 1
        if calls[0] % 2 == 0:
            o.step()
            o.zero_grad()

    assert "gradients_not_cleared" not in names(trained(net, optimizer, step=every_second, clear=lambda o: None))
