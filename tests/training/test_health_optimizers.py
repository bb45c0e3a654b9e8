"""Who steps the weights, what the optimizer remembers, gradients that are 0, norms that stand still, and no step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, Optimizer

import fathom
from fathom.records import Finding
from fathom.training.health.observer import Watch
from loops import asked, names, net, points

Update = Callable[[nn.Module, Optimizer, Tensor], None]


def plain(_: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
    """Clear, go back, step."""
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()


def anew(model: nn.Module, _: Optimizer, loss: Tensor) -> None:
    """With an optimizer of this one step."""
    plain(model, Adam(model.parameters(), 0.003), loss)


def forgetting(model: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
    """The state is thrown away before each step."""
    optimizer.state = defaultdict(dict)
    plain(model, optimizer, loss)


def trained(
    model: nn.Module,
    *optimizers: Optimizer,
    update: Update = plain,
    loss: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,
    epochs: int = 6,
    judge: Callable[[nn.Module], None] = lambda model: None,
    each_epoch: Callable[[Watch], Watch] = lambda health: health,
) -> list[Finding]:
    """A loop as anybody writes it; the watch may be exchanged after each epoch."""
    x, y = points()
    generator = torch.Generator().manual_seed(0)
    health = Watch(model, *optimizers).attach()
    for _ in range(epochs):
        model.train()
        for rows in torch.randperm(len(x), generator=generator).split(20):
            value = loss(model(x[rows]), y[rows])
            update(model, optimizers[0], value)
            health.step(value)
        judge(model)
        health = each_epoch(health)
    health.detach()
    return health.findings


def adam(model: nn.Module) -> Optimizer:
    return Adam(model.parameters(), 0.003)


def momentum(model: nn.Module) -> Optimizer:
    return SGD(model.parameters(), 0.05, momentum=0.9)


@pytest.mark.parametrize("make", [adam, momentum])
@pytest.mark.parametrize(
    ("update", "told"),
    [(anew, "each new one starts empty"), (forgetting, "state was new"), (plain, "")],
    ids=["made anew", "cleared", "kept"],
)
def test_an_optimizer_that_forgets_is_told(make: Callable[[nn.Module], Optimizer], update: Update, told: str) -> None:
    model = net(32)
    found = [one for one in trained(model, make(model), update=update) if one.name == "optimizer_made_anew"]
    assert [told in one.title for one in found] == [True] * bool(told)
    if update is anew:
        assert found[0].evidence == {"optimizers": 180, "made": 180}


def test_an_optimizer_without_memory_may_be_made_anew() -> None:
    model = net(32)
    count = [0]

    def update(m: nn.Module, first: Optimizer, loss: Tensor) -> None:
        count[0] += 1
        plain(m, SGD(m.parameters(), 0.1) if count[0] % 2 else first, loss)

    assert "optimizer_made_anew" not in names(trained(model, SGD(model.parameters(), 0.1), update=update))


def test_phases_with_an_optimizer_each_and_one_for_each_weight_are_passed_over() -> None:
    model = net(32)
    rest = [Adam([p], 0.003) for p in list(model.parameters())[1:]]
    phases = [Adam(model.parameters(), 0.003) for _ in range(4)]
    count = [0]

    def update(m: nn.Module, first: Optimizer, loss: Tensor) -> None:
        plain(m, first, loss)
        for one in rest:
            one.step()
        phases[count[0] // 50].step()
        count[0] += 1

    assert "optimizer_made_anew" not in names(trained(model, Adam([next(model.parameters())], 0.003), update=update))


def test_another_optimizer_than_the_watched_one_is_told() -> None:
    model = net(32)
    other = Adam(model.parameters(), 0.003)
    found = trained(model, adam(model), update=lambda m, _, loss: plain(m, other, loss))
    assert names(found)[0] == "optimizer_made_anew"
    assert found[0].evidence == {"made": 180}


@pytest.mark.parametrize("stepped", [False, True])
def test_one_of_two_optimizers_that_is_never_stepped_is_told(stepped: bool) -> None:
    model = net(32, 32)
    low, high = Adam(model[:2].parameters(), 0.003), Adam(model[2:].parameters(), 0.003)

    def update(m: nn.Module, first: Optimizer, loss: Tensor) -> None:
        plain(m, first, loss)
        if stepped:
            low.step()
            low.zero_grad()

    found = trained(model, high, low, update=update)
    assert ("weights_not_stepped" in names(found)) != stepped
    if not stepped:
        assert found[0].evidence == {"weight": "0.weight", "steps_of_others": 180}
        assert "0.weight" in found[0].title
        assert "180" in found[0].title


def test_optimizers_that_take_turns_are_passed_over() -> None:
    model = net(32, 32)
    both = [Adam(model[:2].parameters(), 0.003), Adam(model[2:].parameters(), 0.003)]
    count = [0]

    def update(_: nn.Module, first: Optimizer, loss: Tensor) -> None:
        model.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        both[count[0] // 40 % 2].step()
        count[0] += 1

    assert trained(model, *both, update=update, epochs=12) == []


def normed() -> nn.Sequential:
    return nn.Sequential(nn.Linear(12, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 4))


def copied(model: nn.Module) -> None:
    """The statistics of the beginning are put back."""
    for m in model.modules():
        if isinstance(m, nn.BatchNorm1d):
            m.reset_running_stats()


def with_momentum(momentum: float | None) -> nn.Sequential:
    model = normed()
    model[1].momentum = momentum  # type: ignore[assignment]
    return model


@pytest.mark.parametrize(
    ("momentum", "told"),
    [(0.0, "not moved in"), (0.001, "84 %"), (0.1, ""), (0.02, ""), (0.99, "99 % those of"), (1.0, ""), (None, "")],
)
def test_running_statistics_that_do_not_follow_are_told(momentum: float | None, told: str) -> None:
    model = with_momentum(momentum)
    found = [one for one in trained(model, adam(model), judge=asked) if one.name == "norm_statistics_still"]
    assert [told in one.title for one in found] == [True] * bool(told)
    if momentum == 0.001:
        assert found[0].evidence["left"] == pytest.approx(0.999**180)


def test_statistics_that_are_put_back_after_each_step_are_told_and_frozen_norms_are_not() -> None:
    model = normed()

    def update(m: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        copied(m)
        optimizer.step()

    assert "norm_statistics_still" in names(trained(model, adam(model), update=update, judge=asked))
    model = normed()
    model[1].eval()
    model[1].train = lambda mode=True: model[1]  # type: ignore[assignment]
    assert "norm_statistics_still" not in names(trained(model, adam(model), judge=asked))


def test_statistics_that_stand_still_harm_nothing_where_the_net_is_judged_with_those_of_the_batch() -> None:
    model = with_momentum(0.0)
    assert "norm_statistics_still" not in names(trained(model, adam(model)))


def by_hand(a: Tensor, b: Tensor) -> Tensor:
    """A softmax whose numbers overflow."""
    high = (a / 10 + 88).exp()
    scores = high / high.sum(1, keepdim=True)
    return -(scores[torch.arange(len(b)), b] + 1e-9).log().mean()


@pytest.mark.parametrize(
    ("loss", "why"),
    [
        (by_hand, "an exponential"),
        (lambda a, b: F.cross_entropy((a * 1e-3).round(), b), "a rounding"),
        (lambda a, b: F.cross_entropy((a + 50).clamp(-1, 1), b), "a clamp"),
        (lambda a, b: 1 - (a - 1e4).sigmoid().mean(), "a sigmoid"),
    ],
    ids=["overflowed", "rounded", "clamped", "flat"],
)
def test_a_gradient_of_exactly_0_is_no_low_rate_and_what_stops_it_is_told(
    loss: Callable[[Tensor, Tensor], Tensor], why: str
) -> None:
    model = net(32, 32)
    found = trained(model, adam(model), loss=loss)
    assert names(found)[0] in ("gradients_zero", "loss_without_gradient")
    assert "low_learning_rate" not in names(found)
    assert why in found[0].title


def test_a_margin_that_all_examples_keep_is_no_gradient_that_was_stopped() -> None:
    model = net(32)
    found = trained(model, adam(model), loss=lambda a, b: (a.abs() - 1e4).clamp(min=0).mean())
    assert "gradients_zero" not in names(found)


def test_a_rate_of_0_is_told_as_one() -> None:
    model = net(32, 32)
    found = trained(model, SGD(model.parameters(), 0.0))
    assert names(found)[0] == "low_learning_rate"
    assert "it is 0" in found[0].title


def test_a_watch_that_saw_nothing_trained_tells() -> None:
    model = net(32)
    with fathom.watch(model, adam(model)) as health:
        assert health.findings == []
        for _ in range(3):
            asked(model)
    assert names(health.findings) == ["nothing_trained"]
    with pytest.raises(ValueError, match="mine"), fathom.watch(model, adam(model)) as health:
        raise ValueError("mine")
    assert health.findings == []


def test_a_training_that_was_done_before_it_was_taken_up_is_no_empty_one() -> None:
    model = net(32)
    kept: list[Any] = []

    def keep(health: Watch) -> Watch:
        kept.append(health.to_memory())
        return health

    trained(model, adam(model), each_epoch=keep)
    with Watch(model, adam(model)) as health:
        health.resume(kept[-1], 180, "memory")
    assert "nothing_trained" not in names(health.findings)


@pytest.mark.parametrize("update", [forgetting, plain, anew])
def test_what_is_known_of_the_optimizer_outlives_a_checkpoint(update: Update) -> None:
    model = with_momentum(0.0)
    optimizer = adam(model)

    def resumed(health: Watch) -> Watch:
        health.detach()
        again = Watch(model, optimizer)
        again.resume(health.to_memory(), health.steps, "memory")
        return again.attach()

    found = names(trained(model, optimizer, update=update, judge=asked, each_epoch=resumed))
    assert ("norm_statistics_still" in found) == (update is not anew)  # between steps nothing is looked at
    assert ("optimizer_made_anew" in found) == (update is not plain)


@pytest.mark.parametrize("cleared", [True, False])
def test_a_penalty_on_slopes_is_no_gradient_that_was_not_cleared(cleared: bool) -> None:
    model = net(32, activation=nn.Tanh)
    optimizer = adam(model)
    x, y = points()
    with fathom.watch(model, optimizer) as health:
        for rows in torch.randperm(600, generator=torch.Generator().manual_seed(0)).repeat(5).split(20):
            a = x[rows].clone().requires_grad_()
            answer = model(a)
            (slope,) = torch.autograd.grad(answer.sum(), a, create_graph=True)
            value = F.cross_entropy(answer, y[rows]) + 0.01 * slope.square().sum(1).mean()
            if cleared:
                optimizer.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            health.step(value)
    assert ("gradients_not_cleared" in names(health.findings)) != cleared


class Attending(nn.Module):
    """An attention whose answer a linear head reads."""

    def __init__(self, own: bool) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.into = nn.Linear(3, 16)
        self.attend = None if own else nn.MultiheadAttention(16, 2, batch_first=True)
        self.values, self.out, self.head = nn.Linear(16, 16), nn.Linear(16, 16), nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 12) → (batch, 4)."""
        z = self.into(x.unflatten(1, (4, 3)))
        if self.attend is not None:
            return self.head(self.attend(z, z, z)[0][:, 0])  # type: ignore[no-any-return]
        share = (z @ z.transpose(1, 2)).softmax(-1)
        return self.head(self.out(share @ self.values(z))[:, 0])  # type: ignore[no-any-return]


@pytest.mark.parametrize("own", [True, False])
def test_a_head_behind_an_attention_is_no_second_linear_layer(own: bool) -> None:
    model = Attending(own)
    found = trained(model, SGD(model.parameters(), 1e-3), epochs=2)
    assert "linear_layers_in_a_row" not in names(found)
