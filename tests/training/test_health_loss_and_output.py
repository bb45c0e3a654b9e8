"""What is known of a loss, and outputs that do not suit it."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import pytest
import torch
from parts import Parts, clouds, trained
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam

import fathom
from fathom.records import Finding
from loops import names, net, points, regress, run


def test_answers_that_are_compared_each_with_each_are_told() -> None:
    assert names(regress(lambda a, b: F.mse_loss(a[:, 0], b))) == []
    by_hand = (lambda a, b: ((a - b) ** 2).mean(), lambda a, b: ((a[:, 0] - b[:, None]) ** 2).mean())
    for loss in (F.mse_loss, *by_hand, F.l1_loss, F.smooth_l1_loss):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert names(regress(loss))[:1] == ["wrong_output"]


def test_answers_that_are_compared_with_each_other_on_purpose_are_not() -> None:
    def ranked(answer: Tensor, target: Tensor) -> Tensor:
        """RankNet's: each pair of examples should stand in the order of their targets."""
        margins = answer - answer.T  # (batch, batch)
        return F.softplus(-margins * (target[:, None] - target[None]).sign()).mean()

    assert names(regress(ranked)) == []


def test_a_layer_as_wide_as_the_batch_is_no_comparison_of_each_with_each() -> None:
    """A penalty on the gradient brings the layers' own products into the graph of the loss."""
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(2, 32), nn.Tanh(), nn.Linear(32, 1))
    optimizer = Adam(critic.parameters(), 1e-3)
    with fathom.watch(critic, optimizer) as health:
        for _ in range(40):
            x = torch.randn(32, 2).requires_grad_()
            (slope,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
            loss = ((slope.norm(dim=1) - 1) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            health.step(loss)
    assert "wrong_output" not in names(health.findings)


def test_a_first_squared_error_is_measured_by_the_targets() -> None:
    assert "exploding_gradients" in names(regress(lambda a, b: F.mse_loss(a[:, 0], b), scale=9.0))
    assert names(regress(lambda a, b: F.mse_loss(a[:, 0], b), batch=2)) == []  # one small batch says little


def test_a_loss_that_is_more_than_a_cross_entropy_is_not_taken_for_one() -> None:
    x, y = points()
    for loss in (
        lambda a, b: F.cross_entropy(a, b) * 10,
        lambda a, b: F.cross_entropy(a, b, reduction="sum"),
        lambda a, b: F.cross_entropy(a, b) + 3,
    ):
        rate = 0.1 if float(loss(torch.zeros(8, 4), torch.zeros(8, dtype=torch.long))) < 6 else 0.003
        assert names(run(net(32), x, y, loss=loss, lr=rate)) == []


def test_a_loss_below_zero_has_no_share_that_it_could_fall_to() -> None:
    x, y = points()
    assert names(run(net(32), x, y, loss=lambda a, b: F.cross_entropy(a, b) - 2)) == []


def test_constant_targets_beside_a_further_term_are_no_comparison_of_each_with_each() -> None:
    def ones(answer: Tensor, _: Tensor) -> Tensor:
        return ((answer[:, 0] - 1) ** 2).mean() + 0.5

    assert "wrong_output" not in names(regress(ones))


@pytest.mark.parametrize("first", [0.0, 1.0])
def test_losses_and_targets_of_nothing_are_survived(first: float) -> None:
    def zeros(answer: Tensor, _: Tensor) -> Tensor:
        return F.mse_loss(answer[:, 0], torch.zeros(len(answer))) * first

    assert "exploding_gradients" not in names(regress(zeros))


def regressed(between: Callable[[Tensor], Tensor]) -> list[Finding]:
    """A regression whose answers pass through a function."""
    x, _ = clouds()
    y = x[:, :3].sum(1)
    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(20, 32), nn.Tanh(), nn.Linear(32, 1))

    class Bounded(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, x: Tensor) -> Tensor:
            return between(self.net(x)).squeeze(1)

    return trained(Bounded(), Adam(net.parameters(), 0.01), loss=F.mse_loss, data=(x, y), epochs=10)


def test_targets_out_of_reach_are_named() -> None:
    for between, title in ((torch.tanh, "cannot leave -1 to 1"), (torch.sigmoid, "cannot leave 0 to 1")):
        found = regressed(between)
        assert names(found)[0] == "wrong_output"
        assert title in found[0].title
    assert "wrong_output" not in names(regressed(lambda z: z))
    assert "wrong_output" not in names(regressed(lambda z: 20 * torch.tanh(z)))


def test_a_loss_with_the_wrong_sign_or_a_softmax_over_the_batch_is_named() -> None:
    net = Parts()
    found = trained(net, SGD(net.parameters(), 0.01), loss=lambda a, y: -F.cross_entropy(a, y))
    assert names(found)[0] == "wrong_output"
    assert "never below 0" in found[0].title
    net = Parts()
    found = trained(net, Adam(net.parameters(), 0.01), loss=lambda a, y: F.nll_loss(a.log_softmax(0), y))
    assert names(found)[0] == "wrong_output"
    assert "over the batch" in found[0].title
