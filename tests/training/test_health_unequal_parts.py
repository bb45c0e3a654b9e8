"""A few examples, targets or classes that have the whole loss or none of it, each beside twins that are meant so."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from test_health_losses import watched
from torch import Tensor, nn
from torch.nn import functional as F

from loops import CLASSES, FEATURES, names, net, points

Loss = Callable[[nn.Module, Tensor, Tensor], Tensor]


def wide(classes: int) -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU(), nn.Linear(32, classes))


def classify(model: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    return F.cross_entropy(model(x), y)


@pytest.mark.parametrize(
    ("classes", "labels", "told"),
    [
        (5, lambda y: (y == 3).long(), True),
        (10, lambda y: y, True),
        (10, lambda y: y + 6, True),
        (CLASSES, lambda y: y, False),
        (5, lambda y: y, False),  # one kept for what is in no class
        (5, lambda y: y + 1, False),  # numbered from 1
        (1000, lambda y: y, False),  # a head as it came
    ],
)
def test_classes_without_a_label(classes: int, labels: Callable[[Tensor], Tensor], told: bool) -> None:
    x, y = points()
    found = names(watched(wide(classes), classify, x, labels(y), 200, 0.003))
    assert ("classes_never_seen" in found) is told
    assert not told or found == ["classes_never_seen"]


def test_few_batches_tell_nothing_of_rare_classes() -> None:
    x, y = points()
    assert "classes_never_seen" not in names(watched(wide(10), classify, x[:32], y[:32], 4))


def test_the_one_label_is_always_yes() -> None:
    x, y = points()
    loss: Loss = lambda model, a, b: F.binary_cross_entropy_with_logits(model(a)[:, 0], b)  # noqa: E731
    same = watched(wide(1), loss, x, torch.ones(600), 200, 0.003)
    assert names(same)[0] == "one_class"
    assert "the one label is yes" in same[0].title
    for labels in ((y == 0).float(), (torch.rand(600, generator=torch.Generator().manual_seed(0)) < 0.9).float()):
        assert "one_class" not in names(watched(wide(1), loss, x, labels, 200, 0.003))


class Density(nn.Module):
    """The logarithm of a normal density that is fitted: (n, 12) to (n,)."""

    def __init__(self) -> None:
        super().__init__()
        self.mean, self.log = nn.Parameter(torch.full((FEATURES,), 3.0)), nn.Parameter(torch.zeros(FEATURES))

    def forward(self, x: Tensor) -> Tensor:
        return (-0.5 * ((x - self.mean) * self.log.exp()) ** 2 + self.log).sum(1)


def test_a_density_is_no_label() -> None:
    x, _ = points()
    assert "one_class" not in names(watched(Density(), lambda m, a, _: -m(a).mean(), 0.05 * x, x, 200, 0.05))


def quantities() -> tuple[Tensor, Tensor]:
    """Three targets, each a bent sum of columns: (600, 12), (600, 3)."""
    x, _ = points()
    g = torch.Generator().manual_seed(0)
    y = torch.tanh(x @ torch.randn(FEATURES, 3, generator=g)) + 0.3 * x[:, :3] * x[:, 1:4]
    return x, (y - y.mean(0)) / y.std(0)


@pytest.mark.parametrize(
    ("units", "told"), [([300.0, 5.0, 0.1], True), ([40.0, 40.0, 0.5], True), ([1, 1, 1], False), ([5, 1, 1], False)]
)
def test_targets_of_unequal_scale(units: list[float], told: bool) -> None:
    x, y = quantities()
    found = watched(wide(3), lambda model, a, b: F.mse_loss(model(a), b), x, y * torch.tensor(units), 200, 0.005)
    assert (bool(found) and found[0].name == "targets_of_unequal_scale") is told
    if told:
        evidence = found[0].evidence
        assert evidence["largest"] == pytest.approx(max(units), rel=0.3)
        assert evidence["smallest"] == pytest.approx(min(units), rel=0.3)


def test_unequal_targets_whose_errors_are_weighed_are_let_be() -> None:
    x, y = quantities()
    units = torch.tensor([300.0, 5.0, 0.1])
    loss: Loss = lambda model, a, b: F.mse_loss(model(a), b / units)  # noqa: E731
    assert "targets_of_unequal_scale" not in names(watched(wide(3), loss, x, y * units, 200, 0.005))


def test_what_is_built_again_may_have_parts_that_hardly_vary() -> None:
    x, _ = points()
    x = x * torch.tensor([0.01, 20.0, *[1.0] * 10])
    model = nn.Sequential(nn.Linear(FEATURES, 4), nn.Linear(4, FEATURES))
    assert "targets_of_unequal_scale" not in names(watched(model, lambda m, a, _: F.mse_loss(m(a), a), x, x, 100))


SHARED: dict[str, tuple[Loss, bool]] = {
    "per cent": (lambda m, a, b: ((m(a)[:, 0] - b).abs() / b.abs().clamp(min=1e-6)).mean(), True),
    "per cent, signed": (lambda m, a, b: ((m(a)[:, 0] - b) / (b.abs() + 1e-6)).abs().mean(), True),
    "per cent of amounts": (lambda m, a, b: ((m(a)[:, 0] - b - 9) / (b + 9)).abs().mean(), False),
    "absolute": (lambda m, a, b: F.l1_loss(m(a)[:, 0], b), False),
    "huber": (lambda m, a, b: F.smooth_l1_loss(m(a)[:, 0], b), False),
    "weighed": (lambda m, a, b: ((1 + 3 * (b > 1)) * (m(a)[:, 0] - b).abs()).mean(), False),
    "of the mean": (lambda m, a, b: (m(a)[:, 0] - b).abs().mean() / b.abs().mean(), False),
}


@pytest.mark.parametrize("how", SHARED)
def test_an_error_that_a_few_examples_have(how: str) -> None:
    x, y = quantities()
    loss, told = SHARED[how]
    found = names(watched(wide(1), loss, x, y[:, 0], 100, 0.003))
    assert ("few_examples_decide" in found) is told
    assert not told or found[0] == "few_examples_decide"


class Maps(nn.Module):
    """Scores (n, 3, 8, 8) of pictures (n, 1, 8, 8)."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.say = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.read(x).relu())


def last_to_first(scores: Tensor) -> Tensor:
    return scores.permute(0, 3, 1, 2).contiguous()


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        (lambda m, a, b: F.nll_loss(F.log_softmax(m(a), -1), b), True),
        (lambda m, a, b: F.nll_loss(F.log_softmax(m(a), 2), b), True),
        (lambda m, a, b: F.nll_loss(m(a).flatten(2).log_softmax(2).view(-1, 3, 8, 8), b), False),  # not followed
        (lambda m, a, b: F.nll_loss(F.log_softmax(m(a), 1), b), False),
        (lambda m, a, b: F.nll_loss(F.log_softmax(m(a), -3), b), False),
        (
            lambda m, a, b: F.nll_loss(m(a).permute(0, 2, 3, 1).log_softmax(-1).permute(0, 3, 1, 2).contiguous(), b),
            False,
        ),
        (lambda m, a, b: F.cross_entropy(m(a), b), False),
    ],
)
def test_a_softmax_along_a_map(loss: Loss, told: bool) -> None:
    torch.manual_seed(0)
    x = torch.randn(200, 1, 8, 8)
    y = (x[:, 0] > 0).long() + (x[:, 0] > 1).long()
    found = watched(Maps(), loss, x, y, 40, 0.01)
    assert any(one.name == "wrong_output" and "not taken along axis 1" in one.title for one in found) is told


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        (lambda m, a, b: F.cosine_similarity(m(a), b).mean(), True),
        (lambda m, a, b: F.cosine_similarity(m(a), b).sum(), True),
        (lambda m, a, b: (F.normalize(m(a), dim=1) * F.normalize(b, dim=1)).sum(1).mean(), True),
        (lambda m, a, b: 1 - F.cosine_similarity(m(a), b).mean(), False),
        (lambda m, a, b: -F.cosine_similarity(m(a), b).mean(), False),
        (lambda m, a, b: F.cosine_similarity(m(a), b).sum() / -len(a), False),
        (lambda m, a, b: (-1 * F.cosine_similarity(m(a), b)).mean(), False),
        (lambda m, a, b: (1 - F.cosine_similarity(m(a), b)).mean() + F.cosine_similarity(m(a), -b).mean(), False),
        (lambda m, a, b: F.cosine_similarity(m(a), b).square().mean(), False),
    ],
)
def test_a_cosine_that_is_made_small(loss: Loss, told: bool) -> None:
    x, y = quantities()
    found = watched(wide(3), loss, x, y, 60, 0.003)
    assert any(one.name == "wrong_output" and "cosine" in one.title for one in found) is told


def test_a_net_of_as_many_classes_as_there_are_is_healthy() -> None:
    x, y = points()
    assert watched(net(32), classify, x, y, 200, 0.003) == []


class TwoTasks(nn.Module):
    """A class and an amount of one body, in a tuple or by name."""

    def __init__(self, named: bool) -> None:
        super().__init__()
        self.body, self.kind, self.amount = nn.Linear(FEATURES, 32), nn.Linear(32, CLASSES), nn.Linear(32, 1)
        self.named = named

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor] | dict[str, Tensor]:
        h = self.body(x).relu()
        found = self.kind(h), self.amount(h)
        return dict(zip(("kind", "amount"), found, strict=True)) if self.named else found


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    ("unit", "weight", "told"), [(2000, 1.0, True), (1, 1e-4, True), (1, 1.0, False), (1, 0.1, False)]
)
def test_a_task_that_has_no_gradient_left(named: bool, unit: float, weight: float, told: bool) -> None:
    x, y = points()
    amount = unit * x[:, :3].square().sum(1, keepdim=True) / 5

    def loss(model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        said = model(a)
        kind, much = said.values() if named else said
        return weight * F.cross_entropy(kind, b[:, 0].long()) + F.mse_loss(much, b[:, 1:])

    torch.manual_seed(0)
    found = watched(TwoTasks(named), loss, x, torch.cat([y[:, None].float(), amount], 1), 100, 0.003)
    assert (names(found)[:1] == ["one_task_drowns"]) is told
    assert not told or found[0].evidence["large"] == 2


def test_the_parts_of_an_autoencoder_are_no_tasks() -> None:
    class Coder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.code, self.log, self.back = (nn.Linear(*s) for s in ((FEATURES, 4), (FEATURES, 4), (4, FEATURES)))

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            mean, log = self.code(x), self.log(x)
            return self.back(mean + (0.5 * log).exp() * torch.randn_like(log)), mean, log

    def loss(model: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        said, mean, log = model(a)
        return F.mse_loss(said, a) + 1e-3 * (mean.square() + log.exp() - log - 1).sum(1).mean()

    torch.manual_seed(0)
    x, _ = points()
    assert "one_task_drowns" not in names(watched(Coder(), loss, x, x, 150, 0.003))


def test_an_error_in_per_cent_is_no_distance() -> None:
    x, y = quantities()
    loss: Loss = lambda m, a, b: 100 * ((m(a)[:, 0] - b) / b).abs().mean()  # noqa: E731
    assert "targets_not_scaled" not in names(watched(wide(1), loss, x, y[:, 0] + 9, 40, 1e-5))
