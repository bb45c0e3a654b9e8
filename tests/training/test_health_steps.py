"""Steps that are clipped away, layers that are one, weights of classes, time, and losses that are no number."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from test_health_batches import mlp, shuffled, watched
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam

import fathom
from fathom.records import Finding
from loops import names, points


def stepped(change: Callable[[nn.Module], object], optimizer: str = "sgd", epochs: int = 12) -> list[Finding]:
    """A training in which something is done to the gradients before each step."""
    x, y = points()
    net = mlp()
    stepper = SGD(net.parameters(), 0.1) if optimizer == "sgd" else Adam(net.parameters(), 0.003)
    with fathom.watch(net, stepper) as health:
        for _ in range(epochs):
            for a, b in shuffled(x, y)():
                value = F.cross_entropy(net(a), b)
                stepper.zero_grad()
                value.backward()  # type: ignore[no-untyped-call]
                change(net)
                stepper.step()
                health.step(value)
    return health.findings


def clip(most: float) -> Callable[[nn.Module], object]:
    return lambda net: nn.utils.clip_grad_norm_(net.parameters(), most)


def test_gradients_that_are_clipped_to_nothing_are_told_with_their_size_before_and_after() -> None:
    found = stepped(clip(1e-4))
    assert names(found) == ["gradients_clipped_away"]
    assert found[0].evidence["after"] < 1e-4 < found[0].evidence["before"]
    by_value = stepped(lambda net: nn.utils.clip_grad_value_(net.parameters(), 1e-6))
    assert names(by_value) == ["gradients_clipped_away"]


@pytest.mark.parametrize(("most", "optimizer"), [(1.0, "sgd"), (0.25, "sgd"), (1e-3, "adam")])
def test_clipping_that_leaves_the_steps_their_size_is_passed_over(most: float, optimizer: str) -> None:
    assert stepped(clip(most), optimizer) == []


def test_small_steps_of_a_pretrained_net_are_not_laid_to_its_clipping() -> None:
    """Where weights were trained before, small steps are meant; and Adam does not mind how long a gradient is."""

    def told(rate: float, *, pretrained: bool) -> list[str]:
        x, y = points()
        net = mlp()
        stepper = Adam(net.parameters(), rate)
        with fathom.watch(net, stepper, pretrained=pretrained) as health:
            for _ in range(12):
                for a, b in shuffled(x, y)():
                    value = F.cross_entropy(net(a), b)
                    stepper.zero_grad()
                    value.backward()  # type: ignore[no-untyped-call]
                    nn.utils.clip_grad_norm_(net.parameters(), 0.01)
                    stepper.step()
                    health.step(value)
        return names(health.findings)

    assert "gradients_clipped_away" in told(3e-5, pretrained=False)
    assert "gradients_clipped_away" not in told(3e-5, pretrained=True)


def test_gradients_that_are_scaled_back_are_not_clipped() -> None:
    def scaled(net: nn.Module) -> None:
        for p in net.parameters():
            if p.grad is not None:
                p.grad /= 1024

    assert "gradients_clipped_away" not in names(stepped(scaled))


@pytest.mark.parametrize(
    ("layers", "told"),
    [
        ([nn.Linear(12, 32), nn.Linear(32, 4)], True),
        ([nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 32), nn.Dropout(0.1), nn.Linear(32, 4)], True),
        ([nn.Linear(12, 32), nn.BatchNorm1d(32), nn.Linear(32, 4)], True),
        ([nn.Linear(12, 2), nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 4)], False),
        ([nn.Linear(12, 32), nn.LayerNorm(32), nn.Linear(32, 4)], False),
        ([nn.Linear(12, 4)], False),
    ],
    ids=["two", "behind a dropout", "behind a norm", "a bottleneck", "a layer norm", "one"],
)
def test_linear_layers_with_nothing_between_are_told(layers: list[nn.Module], told: bool) -> None:
    x, y = points()
    y = torch.where(torch.rand(600, generator=torch.Generator().manual_seed(0)) < 0.3, (y + 1) % 4, y)
    found = names(watched(nn.Sequential(*layers), shuffled(x, y), x, epochs=4))
    assert ("linear_layers_in_a_row" in found) == told


class Residual(nn.Module):
    """What the second layer reads is read by the sum, too."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = nn.Linear(12, 32), nn.Linear(32, 32), nn.Linear(32, 4)

    def forward(self, x: Tensor) -> Tensor:
        h = self.a(x)
        return self.c(F.relu(h + self.b(h)))  # type: ignore[no-any-return]


def test_a_layer_that_is_read_elsewhere_too_is_no_link_of_a_row() -> None:
    x, y = points()
    assert "linear_layers_in_a_row" not in names(watched(Residual(), shuffled(x, y), x, epochs=2))


def uneven() -> tuple[Tensor, Tensor]:
    """Of classes 0 and 1 a fifth of the examples."""
    x, y = points()
    kept = (y > 1) | (torch.rand(600, generator=torch.Generator().manual_seed(0)) < 0.2)
    return x[kept], y[kept]


@pytest.mark.parametrize(("power", "told"), [(1.0, True), (-1.0, False), (-0.5, False), (0.0, False)])
@pytest.mark.parametrize("scale", [1.0, 5.0])
def test_class_weights_are_read_off_the_gradient(power: float, told: bool, scale: float) -> None:
    x, y = uneven()
    weights = scale * torch.bincount(y).float() ** power

    def loss(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(a, b, weight=weights / weights.mean())

    found = watched(mlp(), shuffled(x, y), x, loss=loss)
    assert names(found) == ["class_weights_inverted"] * told
    if told:
        weighed, true = found[0].evidence["weights"], weights.tolist()
        for a, b in (("0", "2"), ("1", "3")):
            assert weighed[a] / weighed[b] == pytest.approx(true[int(a)] / true[int(b)], rel=0.2)


@pytest.mark.parametrize(("weight", "told"), [(0.2, True), (5.0, False)])
def test_the_weight_of_yes_is_read_off_the_gradient(weight: float, told: bool) -> None:
    x, y = uneven()

    def loss(a: Tensor, b: Tensor) -> Tensor:
        rare = (b < 2).float()
        return F.binary_cross_entropy_with_logits(a[:, 0], rare, pos_weight=torch.tensor(weight))

    assert names(watched(mlp(12, 1), shuffled(x, y), x, loss=loss)) == ["class_weights_inverted"] * told


def test_a_weighted_loss_that_learns_nothing_is_not_passed_over() -> None:
    x, y = uneven()
    weights = 1 / torch.bincount(y).float()
    y = y[torch.randperm(len(y), generator=torch.Generator().manual_seed(0))]

    def loss(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(a, b, weight=weights / weights.mean())

    torch.manual_seed(1)
    net = nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 4))
    found = watched(net, shuffled(x, y), x, loss=loss, optimizer=SGD(net.parameters(), 0.03), epochs=12)
    assert names(found)[0] in ("labels_unrelated", "stagnating_loss")


class OverTime(nn.Module):
    """Reads the last of many steps; by a layer, or by a cell."""

    def __init__(self, kind: type[nn.RNNBase] | type[nn.RNNCell], mean: bool = False) -> None:
        super().__init__()
        torch.manual_seed(1)
        whole = issubclass(kind, nn.RNNBase)
        self.rnn: nn.Module = kind(4, 16, batch_first=True) if whole else kind(4, 16)  # type: ignore[call-arg]
        self.head, self.whole, self.mean = nn.Linear(16, 4), whole, mean

    def forward(self, x: Tensor) -> Tensor:
        """(batch, time, 4) → (batch, 4)."""
        if self.whole:
            said = self.rnn(x)[0]
            return self.head(said.mean(1) if self.mean else said[:, -1])  # type: ignore[no-any-return]
        h = x.new_zeros(len(x), 16)
        for t in range(x.shape[1]):
            h = self.rnn(x[:, t], h)
        return self.head(h)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("net", "told"),
    [
        (lambda: OverTime(nn.RNN), True),
        (lambda: OverTime(nn.RNNCell), True),
        (lambda: OverTime(nn.GRU, mean=True), False),
    ],
    ids=["layer", "cell", "mean over time"],
)
def test_a_beginning_that_nothing_comes_back_to_is_told(net: Callable[[], nn.Module], told: bool) -> None:
    torch.manual_seed(0)
    y = torch.arange(256) % 4
    x = 0.5 * torch.randn(256, 80, 4)
    x[torch.arange(256), 3, y] += 3
    found = watched(net(), shuffled(x, y, 16), x[:8], epochs=5)
    assert (names(found)[:1] == ["vanishing_through_time"]) == told


def saturating(a: Tensor, b: Tensor) -> Tensor:
    p = torch.sigmoid(40 * a[:, 0])
    target = (b > 1).float()
    return -(target * p.log() + (1 - target) * (1 - p).log()).mean()  # the logarithm of 0


def rooted(a: Tensor, b: Tensor) -> Tensor:
    return F.cross_entropy(a, b) + (0 * a).square().sum().sqrt()  # the root of 0


def shifted(a: Tensor, b: Tensor) -> Tensor:
    return torch.log1p(a[:, 0] - 4 * (b > 1)).square().mean()  # the logarithm of 0 or less


@pytest.mark.parametrize(
    ("loss", "what"),
    [(saturating, "a logarithm"), (rooted, "a square root"), (shifted, "a logarithm of 1 and a number")],
)
def test_a_loss_of_no_number_is_told_with_its_cause_and_line(
    loss: Callable[[Tensor, Tensor], Tensor], what: str
) -> None:
    x, y = points()
    found = watched(mlp(), shuffled(x, y), x, loss=loss, epochs=2)
    assert names(found) == ["not_finite"]
    assert what in found[0].title
    where = found[0].evidence["line"]
    assert where.startswith("test_health_steps.py:")
    number = int(where.rpartition(":")[2])
    assert "of 0" in Path(__file__).read_text("utf-8").splitlines()[number - 1]
    assert not torch.is_anomaly_enabled()


def test_a_loss_without_a_hole_is_told_without_a_cause() -> None:
    x, y = points()
    calls = iter(range(100))

    def loss(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(a, b) * (math.nan if next(calls) == 9 else 1.0)

    found = watched(mlp(), shuffled(x, y), x, loss=loss, epochs=2)
    assert names(found) == ["not_finite"]
    assert found[0].title == "the loss is not finite at step 10"


@pytest.mark.parametrize("change", [lambda x: x.flip(0).cumsum(0).flip(0), lambda x: x.cumsum(0)])
def test_what_comes_from_examples_before_or_after_is_mixed_too(change: Callable[[Tensor], Tensor]) -> None:
    class Summing(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = mlp()

        def forward(self, x: Tensor) -> Tensor:
            return self.net(change(x))  # type: ignore[no-any-return]

    x, y = points()
    assert names(watched(Summing(), shuffled(x, y), x))[:1] == ["examples_mixed"]
