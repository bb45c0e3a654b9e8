"""Weights that are used and not trained, and other faults that break nothing: named, and nowhere where they are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, Optimizer

from fathom.records import Finding
from fathom.training.health.measure.initial_weights import is_freshly_drawn
from fathom.training.health.observer import Watch
from fathom.training.health.serialization import from_json, to_json

Step = Callable[[Tensor, Tensor], Tensor]


def clouds(seed: int = 0, features: int = 20) -> tuple[Tensor, Tensor]:
    """Four clouds: (600, 20), (600,)."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 4, 600)
    x = rng.normal(size=(4, features))[y] + rng.normal(size=(600, features))
    return torch.from_numpy(x).float(), torch.from_numpy(y)


class Parts(nn.Module):
    """A body and a head, with something between them."""

    def __init__(self, between: Callable[[Tensor], Tensor] = lambda z: z) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.body = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU())
        self.head = nn.Linear(32, 4)
        self.between = between

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 20) → (batch, 4)."""
        return self.head(self.between(self.body(x)))  # type: ignore[no-any-return]


class Listed(nn.Module):
    """Its hidden layers lie in a plain list."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(1)
        self.hidden = [nn.Linear(20, 32), nn.Linear(32, 32)]
        self.head = nn.Linear(32, 4)

    def forward(self, x: Tensor) -> Tensor:
        """(batch, 20) → (batch, 4)."""
        for layer in self.hidden:
            x = F.relu(layer(x))
        return self.head(x)  # type: ignore[no-any-return]


def trained(
    net: nn.Module,
    optimizer: Optimizer,
    *,
    loss: Step = F.cross_entropy,
    epochs: int = 4,
    step: Callable[[Optimizer], None] = lambda o: o.step(),
    clear: Callable[[Optimizer], None] = lambda o: o.zero_grad(),
    data: tuple[Tensor, Tensor] | None = None,
) -> list[Finding]:
    """A loop as anybody writes it."""
    x, y = data or clouds()
    generator = torch.Generator().manual_seed(0)
    with Watch(net, optimizer) as health:
        for _ in range(epochs):
            for rows in torch.randperm(len(x), generator=generator).split(30):
                value = loss(net(x[rows]), y[rows])
                value.backward()  # type: ignore[no-untyped-call]
                step(optimizer)
                clear(optimizer)
                health.step(value)
    again = from_json(to_json(health.signals), "health.json")
    assert to_json(again) == to_json(health.signals)
    return health.findings


def names(found: list[Finding]) -> list[str]:
    """Of the findings."""
    return [one.name for one in found]


def frozen(net: Parts) -> Parts:
    """The body cannot learn."""
    net.body.requires_grad_(False)
    return net


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


def test_labels_that_are_all_alike_are_named() -> None:
    net, (x, y) = Parts(), clouds()
    found = trained(net, SGD(net.parameters(), 0.01), data=(x, torch.full_like(y, 2)), epochs=6)
    assert names(found)[0] == "one_class"
    assert "number 2" in found[0].title


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
