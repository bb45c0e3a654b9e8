"""Steps that rounding loses or others write over, late clipping, parts without a loss; each beside its twin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from test_health_optimizers import plain, trained
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, Optimizer

import fathom
from fathom.training.health.observer import Watch
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


def test_a_decay_that_is_put_into_the_gradients_by_hand_is_no_gradient_of_before() -> None:
    def update(model: nn.Module, optimizer: Optimizer, loss: Tensor) -> None:
        for p in model.parameters():
            p.grad = 1e-4 * p.detach()
        loss.backward()
        optimizer.step()

    model = net(32)
    assert "gradients_not_cleared" not in names(trained(model, SGD(model.parameters(), 0.05), update=update))


@pytest.mark.parametrize("anew", [True, False])
def test_a_layer_that_is_made_in_forward_is_told(anew: bool) -> None:
    x, y = points()
    model = Careless(x.shape[1], int(y.max()) + 1, anew)
    found = [one for one in trained(model, Adam(model.parameters(), 3e-3), epochs=4) if one.name == "untrained_layers"]
    assert [one.evidence["why"] for one in found] == ["made anew"] * anew


class Eye(nn.Module):
    """A body that may run without a graph, or be frozen, and a head."""

    def __init__(self, inputs: int, classes: int, still: bool) -> None:
        super().__init__()
        self.body, self.head, self.still = nn.Linear(inputs, 64), nn.Linear(64, classes), still

    def forward(self, x: Tensor) -> Tensor:
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.still):
            seen = self.body(x).relu()
        return self.head(seen)


@pytest.mark.parametrize("still", [True, False])
def test_a_body_under_no_grad_that_the_optimizer_has_is_told(still: bool) -> None:
    x, y = points()
    model = Eye(x.shape[1], int(y.max()) + 1, still)
    found = [one for one in trained(model, Adam(model.parameters(), 3e-3), epochs=4) if one.name == "untrained_layers"]
    assert [one.evidence["layers"] for one in found] == [["body.weight"]] * still


def test_a_body_under_no_grad_that_no_optimizer_has_was_not_to_be_trained() -> None:
    x, y = points()
    model = Eye(x.shape[1], int(y.max()) + 1, still=True)
    assert "untrained_layers" not in names(trained(model, Adam(model.head.parameters(), 3e-3), epochs=4))


def drawn(model: nn.Module) -> None:
    """Draw all weights anew."""
    for part in model.modules():
        if isinstance(part, nn.Linear):
            part.reset_parameters()


@pytest.mark.parametrize(
    ("averaged", "between", "written"),
    [(False, drawn, True), (True, lambda _: None, False), (False, lambda _: None, False)],
)
def test_weights_that_are_drawn_anew_after_each_evaluation_are_told(
    averaged: bool, between: Callable[[nn.Module], None], written: bool
) -> None:
    x, y = points()
    model = net(32)
    optimizer = Adam(model.parameters(), 3e-3)
    with fathom.watch(model, optimizer) as health:
        for _ in range(5):
            for i in torch.randperm(len(x)).split(32):
                optimizer.zero_grad()
                loss = F.cross_entropy(model(x[i]), y[i])
                loss.backward()
                optimizer.step()
                health.step(loss)
            with torch.no_grad():
                kept = {name: value.clone() for name, value in model.state_dict().items()}
                for p in model.parameters() if averaged else ():  # others are judged, and the weights are put back
                    p.mul_(0.1)
                model(x[:64])
                if averaged:
                    model.load_state_dict(kept)
            between(model)
    assert ("weights_written_anew" in names(health.findings)) == written


@pytest.mark.parametrize("kept", ["all", "last", "drawn"])
def test_outputs_that_no_loss_looks_at_are_told(kept: str) -> None:
    x, _ = points()
    model = nn.Sequential(nn.Linear(x.shape[1], 32), nn.ReLU(), nn.Linear(32, 3))
    optimizer = Adam(model.parameters(), 3e-3)
    goals = torch.stack([x[:, 0], x[:, 1], x.sum(1)], 1)
    with fathom.watch(model, optimizer) as health:
        for _ in range(4):
            for i in torch.randperm(len(x)).split(32):
                errors = (model(x[i]) - goals[i]).square()
                chosen = F.one_hot(torch.randint(0, 3, (len(i),)), 3)  # one action of each, as in Q-learning
                loss = {"all": errors, "last": errors[:, 2], "drawn": errors * chosen}[kept].mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                health.step(loss)
    found = [one.evidence["outputs"] for one in health.findings if one.name == "outputs_left_out"]
    assert found == [[0, 1]] * (kept == "last")


@pytest.mark.parametrize("squashed", [True, False])
def test_probabilities_given_to_a_distribution_as_logits_are_told(squashed: bool) -> None:
    x, y = points()
    classes = int(y.max()) + 1
    model = nn.Sequential(nn.Linear(x.shape[1], classes), nn.Softmax(-1) if squashed else nn.Identity())

    def loss_of(answer: Tensor, labels: Tensor) -> Tensor:
        choice = torch.distributions.Categorical(logits=answer)
        action = choice.sample()
        return -(choice.log_prob(action) * ((action == labels).float() - 0.5)).mean()

    optimizer = Adam(model.parameters(), 3e-3)
    with fathom.watch(model, optimizer) as health:
        for i in torch.randperm(len(x)).split(16):
            loss = loss_of(model(x[i]), y[i])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            health.step(loss)
    assert ("wrong_output" in names(health.findings)) == squashed


def test_what_was_kept_of_a_judged_weight_outlives_a_checkpoint() -> None:
    x, y = points()
    model = net(32)
    optimizer = Adam(model.parameters(), 3e-3)
    health = Watch(model, optimizer).attach()
    for i in torch.arange(len(x)).split(32):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x[i]), y[i])
        loss.backward()
        optimizer.step()
        health.step(loss)
    with torch.no_grad():
        model(x[:64])
    again = Watch(model, optimizer)
    again.resume(health.to_memory(), health.steps, "memory")
    health.detach()
    again.attach()
    drawn(model)
    model(x[:64])
    assert again.signals.rewritten == (1, 1)


def test_a_checkpoint_that_lacks_what_is_kept_by_now_is_watched_on() -> None:
    model = net(32)
    health = Watch(model, Adam(model.parameters(), 3e-3)).attach()
    x, y = points()
    for i in torch.arange(len(x)).split(32):
        health.step(F.cross_entropy(model(x[i]), y[i]))
    health.detach()
    kept = health.to_memory()
    del kept["parts"]["rewritten_weights"]["numbers"]
    again = Watch(model, Adam(model.parameters(), 3e-3))
    again.resume(kept, health.steps, "memory")
    assert again.signals.losses.steps == again.steps == health.steps
    again.attach().detach()
