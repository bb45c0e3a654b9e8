"""Schedules that go wrong, weights that start too small, heads that hardly move, and scores without a temperature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import SGD, Adam, Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, CosineAnnealingWarmRestarts, LambdaLR, OneCycleLR, StepLR

import fathom
from fathom.records import Finding
from loops import asked, names, net, points, scaled

Schedule = Callable[[Optimizer], Any]


def nothing() -> None:
    """Do no more."""


def trained(
    model: nn.Module,
    optimizer: Optimizer,
    loss: Callable[[Tensor], Tensor],
    *,
    epochs: int = 12,
    rows: int = 600,
    after_step: Callable[[], object] = nothing,
    after_epoch: Callable[[], object] = nothing,
    **how: bool,
) -> list[Finding]:
    """Batches of 30 rows in a new order in each epoch."""
    generator = torch.Generator().manual_seed(0)
    with fathom.watch(model, optimizer, **how) as health:
        for _ in range(epochs):
            model.train()
            for part in torch.randperm(rows, generator=generator).split(30):
                value = loss(part)
                optimizer.zero_grad()
                value.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                after_step()
                health.step(value)
            asked(model)
            after_epoch()
    return health.findings


def noisy() -> tuple[Tensor, Tensor]:
    """A target with much noise: (600, 12), (600, 1)."""
    x, _ = points()
    return x, (x[:, :1] * x[:, 1:2]).tanh() + 0.8 * torch.randn(600, 1, generator=torch.Generator().manual_seed(1))


def with_schedule(make: Schedule, *, by_step: bool, rate: float = 0.03, epochs: int = 12) -> list[str]:
    """The findings of a training with this schedule."""
    x, y = noisy()
    model = nn.Sequential(net(64)[:2], nn.Linear(64, 1))
    optimizer = SGD(model.parameters(), rate, momentum=0.9)
    schedule = make(optimizer)
    step = schedule.step
    return names(
        trained(
            model, optimizer, lambda part: F.mse_loss(model(x[part]), y[part]), epochs=epochs,
            after_step=step if by_step else nothing, after_epoch=nothing if by_step else step,
        )
    )  # fmt: skip


def warm_up(steps: int) -> Schedule:
    return lambda optimizer: LambdaLR(optimizer, lambda at: min(1.0, (at + 1) / steps))


@pytest.mark.parametrize(
    ("schedule", "by_step", "named"),
    [
        (lambda o: OneCycleLR(o, 0.05, total_steps=241), False, True),
        (lambda o: OneCycleLR(o, 0.05, total_steps=241), True, False),
        (lambda o: OneCycleLR(o, 0.05, total_steps=13), False, False),
        (warm_up(100), False, True),
        (warm_up(100), True, False),
        (warm_up(1000), True, False),
        (warm_up(5), False, False),
        (lambda o: StepLR(o, 4), False, False),
    ],
    ids=["one cycle of batches by epochs", "one cycle by batches", "one cycle of epochs", "warm-up of batches",
         "warm-up by batches", "a long warm-up that is not over", "warm-up of 5 epochs", "steps"],
)  # fmt: skip
def test_a_schedule_that_never_reaches_its_rate_is_named(schedule: Schedule, by_step: bool, named: bool) -> None:
    assert ("rate_not_reached" in with_schedule(schedule, by_step=by_step)) is named


@pytest.mark.parametrize(
    ("schedule", "by_step", "named"),
    [
        (lambda o: CosineAnnealingLR(o, 3), False, True),
        (lambda o: CosineAnnealingLR(o, 6), False, True),
        (lambda o: CosineAnnealingLR(o, 120), True, True),
        (lambda o: CosineAnnealingLR(o, 12), False, False),
        (lambda o: CosineAnnealingLR(o, 240), True, False),
        (lambda o: CosineAnnealingWarmRestarts(o, 4), False, False),
        (lambda o: StepLR(o, 4), False, False),
    ],
    ids=["3 epochs", "half", "half, by batches", "whole", "whole, by batches", "restarts that end low", "steps"],
)
def test_a_rate_that_climbs_again_is_named(schedule: Schedule, by_step: bool, named: bool) -> None:
    assert ("rate_climbs_again" in with_schedule(schedule, by_step=by_step, rate=0.1)) is named


def test_a_schedule_of_epochs_that_is_stepped_with_batches_is_named() -> None:
    assert "rate_climbs_again" in with_schedule(lambda o: CosineAnnealingLR(o, 4), by_step=True)


def small(model: nn.Module, deviation: float) -> nn.Module:
    """Weights of this deviation, biases of 0."""
    for p in model.parameters():
        nn.init.normal_(p, 0.0, deviation) if p.ndim > 1 else nn.init.zeros_(p)
    return model


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh, nn.GELU])
@pytest.mark.parametrize("deviation", [0.01, 0.001, 0.2])
def test_weights_that_start_too_small_are_named(activation: Callable[[], nn.Module], deviation: float) -> None:
    x, y = points()
    model = small(net(48, 48, 48, 48, activation=activation), deviation)
    optimizer = SGD(model.parameters(), 0.02, momentum=0.9)
    found = names(trained(model, optimizer, lambda part: F.cross_entropy(model(x[part]), y[part])))
    assert (found[:1] == ["weights_too_small"]) is (deviation < 0.1), found


def test_small_weights_before_norms_are_right() -> None:
    x, y = points()
    layers = [part for k in (12, 32, 32, 32) for part in (nn.Linear(k, 32), nn.BatchNorm1d(32), nn.ReLU())]
    model = nn.Sequential(*layers, nn.Linear(32, 4))
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, 0.0, 0.01)
    optimizer = Adam(model.parameters(), 3e-3)
    assert names(trained(model, optimizer, lambda part: F.cross_entropy(model(x[part]), y[part]))) == []


@pytest.mark.parametrize(("rate", "named"), [(1e-5, True), (3e-3, False)])
@pytest.mark.parametrize("activation", [nn.ReLU, nn.Tanh])
def test_a_new_head_at_the_rate_of_the_body_is_named(
    rate: float, named: bool, activation: Callable[[], nn.Module]
) -> None:
    x, y = points()
    model = net(48, 48, activation=activation)
    first = Adam(model.parameters(), 3e-3)
    for _ in range(60):
        first.zero_grad()
        F.cross_entropy(model(x[:300]), y[:300]).backward()  # type: ignore[no-untyped-call]
        first.step()
    torch.manual_seed(5)
    model[-1] = nn.Linear(48, 4)
    groups = [{"params": model[:-1].parameters()}, {"params": model[-1].parameters(), "lr": rate}]
    found = names(
        trained(
            model, Adam(groups, 1e-5), lambda part: F.cross_entropy(model(x[part]), y[part]), epochs=5, pretrained=True
        )
    )
    assert (found[:1] == ["head_hardly_moves"]) is named, found


def by_typo(model: nn.Sequential) -> None:
    for p in model[0].parameters():
        p.require_grad = False  # type: ignore[attr-defined]


def on_the_module(model: nn.Sequential) -> None:
    model[0].requires_grad = False  # type: ignore[assignment]


def on_the_whole(model: nn.Sequential) -> None:
    model.requires_grads = False  # type: ignore[assignment]


def properly(model: nn.Sequential) -> None:
    model[0].requires_grad_(False)


@pytest.mark.parametrize(
    ("freeze", "named"), [(by_typo, True), (on_the_module, True), (on_the_whole, True), (properly, False)]
)
def test_a_freezing_that_does_not_freeze_is_named(freeze: Callable[[nn.Sequential], None], named: bool) -> None:
    x, y = points()
    model = net(32, 32)
    freeze(model)  # type: ignore[arg-type]
    optimizer = SGD(model.parameters(), 0.1)
    found = names(trained(model, optimizer, lambda part: F.cross_entropy(model(x[part]), y[part]), pretrained=True))
    assert ("freezing_without_effect" in found) is named, found


@pytest.mark.parametrize(
    ("scale", "named"), [(None, True), (0.1, True), (10.0, False)], ids=["none", "multiplied by it", "divided by it"]
)
def test_similarities_without_a_temperature_are_named(scale: float | None, named: bool) -> None:
    torch.manual_seed(0)
    hidden = torch.randn(600, 12)
    one, two = hidden + 0.2 * torch.randn(600, 12), hidden + 0.2 * torch.randn(600, 12)
    model = nn.Sequential(net(64)[:2], nn.Linear(64, 16))

    def loss(part: Tensor) -> Tensor:
        scores = F.normalize(model(one[part]), dim=1) @ F.normalize(model(two[part]), dim=1).T
        return F.cross_entropy(scores if scale is None else scale * scores, torch.arange(len(part)))

    found = names(trained(model, Adam(model.parameters(), 1e-3), loss))
    assert ("no_temperature" in found) is named, found


def test_classes_by_cosines_without_a_scale_are_named() -> None:
    torch.manual_seed(0)
    centres, y = torch.randn(20, 12), torch.randint(0, 20, (600,))
    x = centres[y] + 0.3 * torch.randn(600, 12)

    class Cosines(nn.Module):
        """The angles between an embedding and a vector of each class, times a scale."""

        def __init__(self, scale: float) -> None:
            super().__init__()
            self.body, self.classes, self.scale = net(64)[:2], nn.Parameter(torch.randn(20, 64)), scale

        def forward(self, a: Tensor) -> Tensor:
            cosines = F.linear(F.normalize(self.body(a)), F.normalize(self.classes))
            return cosines if self.scale == 1 else self.scale * cosines

    for scale, named in ((1.0, True), (16.0, False)):
        model = Cosines(scale)
        found = names(
            trained(
                model, Adam(model.parameters(), 3e-3),
                lambda part, model=model: F.cross_entropy(model(x[part]), y[part]),
            )
        )  # fmt: skip
        assert ("no_temperature" in found) is named, found


def test_units_that_are_dead_where_the_rest_suffices_are_passed_over() -> None:
    x, y = points()
    model = scaled(net(48, 48), 1.0)
    with torch.no_grad():
        model[0].bias[:31] = -30.0  # type: ignore[index]
    optimizer = Adam(model.parameters(), 3e-3)
    found = names(trained(model, optimizer, lambda part: F.cross_entropy(model(x[part]), y[part]), epochs=5))
    assert "dead_units" not in found


Pair = Callable[[Tensor, Tensor, Tensor], Tensor]


def by_angle(one: Tensor, other: Tensor, same: Tensor) -> Tensor:
    return F.cosine_embedding_loss(one, other, same, margin=0.2)


def by_distance(one: Tensor, other: Tensor, same: Tensor) -> Tensor:
    apart = (one - other).norm(dim=1)
    pull, push = same == 1, same == -1
    return (pull * apart.square() + push * (1 - apart).relu().square()).mean()


def by_cosine(one: Tensor, other: Tensor, same: Tensor) -> Tensor:
    cosine = F.cosine_similarity(one, other)
    return torch.where(same == 1, 1 - cosine, torch.where(same == -1, (cosine - 0.2).relu(), 0 * cosine)).mean()


@pytest.mark.parametrize("loss", [by_angle, by_distance, by_cosine])
@pytest.mark.parametrize("unlike", [0.0, -1.0], ids=["0 for unlike pairs", "-1"])
def test_embeddings_that_all_become_one_are_named(loss: Pair, unlike: float) -> None:
    x, y = points()
    model = nn.Sequential(net(64)[:2], nn.Linear(64, 8))

    def of_pairs(part: Tensor) -> Tensor:
        other = part.roll(1)
        same = torch.where(y[part] == y[other], 1.0, unlike)
        return loss(model(x[part]), model(x[other]), same)

    found = names(trained(model, Adam(model.parameters(), 3e-3), of_pairs, epochs=20))
    assert ("embeddings_collapsed" in found) is (unlike == 0), found


def test_a_schedule_that_is_made_anew_in_each_epoch_is_named() -> None:
    x, y = noisy()
    model = nn.Sequential(net(64)[:2], nn.Linear(64, 1))
    optimizer = SGD(model.parameters(), 0.03)
    schedules = [warm_up(100)(optimizer)]

    def anew() -> None:
        schedules.append(warm_up(100)(optimizer))

    found = trained(
        model, optimizer, lambda part: F.mse_loss(model(x[part]), y[part]),
        after_step=lambda: schedules[-1].step(), after_epoch=anew,
    )  # fmt: skip
    assert "rate_not_reached" in names(found)
