"""Outputs that are clamped, overlaps of raw scores, weights of classes, pairs, and the state of a recurrent cell."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import Adam

import fathom
from fathom.records import Finding
from loops import names, points

Loss = Callable[[nn.Module, Tensor, Tensor], Tensor]


def learned(loss: Loss, outputs: int, *, epochs: int = 6, net: nn.Module | None = None) -> list[Finding]:
    """Clouds of points, by Adam; the loss calls the net."""
    torch.manual_seed(0)
    x, y = points()
    model = net or nn.Sequential(nn.Linear(12, 48), nn.ReLU(), nn.Linear(48, outputs))
    optimizer = Adam(model.parameters(), 3e-3)
    g = torch.Generator().manual_seed(0)
    with fathom.watch(model, optimizer) as health:
        for _ in range(epochs):
            for rows in torch.randperm(len(x), generator=g).split(32):
                value = loss(model, x[rows], y[rows])
                optimizer.zero_grad()
                value.backward()
                optimizer.step()
                health.step(value)
    return health.findings


def ones(y: Tensor, classes: int = 4) -> Tensor:
    return F.one_hot(y, classes).float()


def clamped(net: nn.Module, a: Tensor, b: Tensor) -> Tensor:
    return F.binary_cross_entropy(net(a).clamp(1e-6, 1 - 1e-6), ones(b))


def clamped_by_hand(net: nn.Module, a: Tensor, b: Tensor) -> Tensor:
    p = net(a).clamp(min=1e-8, max=1 - 1e-8)
    return -(ones(b) * p.log() + (1 - ones(b)) * (1 - p).log()).mean()


def squashed_by_hand(net: nn.Module, a: Tensor, b: Tensor) -> Tensor:
    p = net(a).softmax(1).clamp(1e-8, 1 - 1e-8)
    return -(ones(b) * p.log()).sum(1).mean()


def variance(of: Callable[[Tensor], Tensor]) -> Loss:
    """The error of a bell whose second output is turned into its variance."""

    def loss(net: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        mean, second = net(a).chunk(2, 1)
        return (of(second).log() + (a[:, :2] * a[:, 2:3] - mean) ** 2 / of(second)).mean()

    return loss


def bound_to_pictures(net: nn.Module, a: Tensor, b: Tensor) -> Tensor:
    return F.mse_loss(net(a).clamp(0, 1), ones(b))


def by_length(net: nn.Module, a: Tensor, b: Tensor) -> Tensor:
    """Cosines, whose length is kept from 0."""
    out = net(a)
    return 1 - ((out * ones(b)).sum(1) / out.norm(dim=1).clamp(min=1e-8)).mean()


def overlap(of: Callable[[Tensor], Tensor], *, tversky: bool = False) -> Loss:
    def loss(net: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        p, y = of(net(a)), ones(b)
        if tversky:
            return 1 - ((p * y).sum() + 1) / (0.7 * p.sum() + 0.3 * y.sum() + 1)
        return 1 - (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)

    return loss


def squares(net: nn.Module, a: Tensor, b: Tensor) -> Tensor:
    """An overlap by squares, which has an end, of raw numbers as well."""
    p, y = net(a), ones(b)
    return 1 - 2 * (p * y).sum() / ((p * p).sum() + (y * y).sum())


@pytest.mark.parametrize(
    ("loss", "told"),
    [
        (clamped, "clamped"),
        (clamped_by_hand, "clamped"),
        (squashed_by_hand, ""),
        (variance(lambda s: s.clamp(min=1e-6)), "clamped"),
        (variance(lambda s: s.clamp(-8, 8).exp()), ""),
        (variance(lambda s: F.softplus(s).clamp(min=1e-4)), ""),
        (bound_to_pictures, ""),
        (by_length, ""),
        (overlap(lambda s: s), "overlap"),
        (overlap(lambda s: s.softmax(1)), ""),
        (overlap(torch.sigmoid), ""),
        (squares, ""),
    ],
)
def test_raw_outputs_taken_for_probabilities_are_told(loss: Loss, told: str) -> None:
    found = [one for one in learned(loss, 4, epochs=2) if one.name == "wrong_output"]
    assert bool(found) == bool(told)
    assert all(told in one.title for one in found)


def weighing(rare: float, *, focal: bool = False) -> Loss:
    """One class in four is a yes; its weight; or a focal loss."""

    def loss(net: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        yes = (b == 3).float()[:, None]
        if focal:
            each = F.binary_cross_entropy_with_logits(net(a), yes, reduction="none")
            return ((1 - (-each).exp()) ** 2 * each).mean()
        return F.binary_cross_entropy_with_logits(net(a), yes, pos_weight=torch.tensor(rare))

    return loss


@pytest.mark.parametrize(
    ("loss", "told"),
    [(weighing(1000.0), True), (weighing(7.0), False), (weighing(30.0), False), (weighing(1.0, focal=True), False)],
    ids=["a thousand", "as many as others", "a few times that", "focal"],
)
def test_a_weight_that_goes_far_too_far_is_told(loss: Loss, told: bool) -> None:
    assert ("class_weights_extreme" in names(learned(loss, 1, epochs=8))) == told


def pairs(margin: float, *, once: bool) -> Loss:
    """Like rows are pulled together, unlike ones pushed apart up to a margin."""

    def loss(net: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        one = net(a)
        far = (torch.cdist(one, one if once else net(a)) ** 2 + 1e-6).sqrt()
        like = (b[:, None] == b).float()
        return (like * far**2 + (1 - like) * F.relu(margin - far) ** 2).mean()

    return loss


@pytest.mark.parametrize(("margin", "told"), [(0.0, True), (1.0, False)])
@pytest.mark.parametrize("once", [True, False])
@pytest.mark.parametrize("wide", [2, 3, 16])
def test_pairs_that_nothing_pushes_apart_are_told(margin: float, told: bool, once: bool, wide: int) -> None:
    assert ("embeddings_collapsed" in names(learned(pairs(margin, once=once), wide, epochs=20))) == told


def views(*, same: bool, seen: bool = True) -> Loss:
    """The other view of each row is to be found among all; or its label, from the same rows asked twice."""

    def loss(net: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        one, two = (a + 0.3 * torch.randn_like(a) for _ in range(2))
        first, second = net(one), net(one if same else two)
        if not seen:
            return F.cross_entropy(first, b) + 0.1 * F.cross_entropy(second, b)
        scores = F.normalize(first, dim=1) @ F.normalize(second, dim=1).T
        return F.cross_entropy(scores / 0.2, torch.arange(len(a)))

    return loss


def views_in_one_batch(*, same: bool) -> Loss:
    """Both views stand in one batch, and each is to find the other among all but itself."""

    def loss(net: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        one, two = (a + 0.3 * torch.randn_like(a) for _ in range(2))
        vectors = F.normalize(net(torch.cat([one, one if same else two])), dim=1)
        n = len(a)
        scores = (vectors @ vectors.T / 0.2).masked_fill(torch.eye(2 * n).bool(), -1e9)
        return F.cross_entropy(scores, (torch.arange(2 * n) + n) % (2 * n))

    return loss


@pytest.mark.parametrize(
    ("loss", "dropout", "told"),
    [
        (views(same=True), 0.0, True),
        (views(same=False), 0.0, False),
        (views(same=True), 0.1, False),
        (views(same=True, seen=False), 0.0, False),
        (views_in_one_batch(same=True), 0.0, True),
        (views_in_one_batch(same=False), 0.0, False),
    ],
    ids=["one and the same", "two", "told apart by a dropout", "labels", "in one batch", "two in one batch"],
)
def test_two_views_that_are_one_are_told(loss: Loss, dropout: float, told: bool) -> None:
    net = nn.Sequential(nn.Linear(12, 48), nn.ReLU(), nn.Dropout(dropout), nn.Linear(48, 4))
    assert ("views_identical" in names(learned(loss, 4, net=net))) == told


class Cell(nn.Module):
    """A cell called twelve times; a dropout of its state, or of what goes in."""

    def __init__(self, p: float, *, inside: bool) -> None:
        super().__init__()
        self.cell, self.say, self.drop, self.inside = nn.GRUCell(1, 24), nn.Linear(24, 4), nn.Dropout(p), inside

    def forward(self, x: Tensor) -> Tensor:
        state = torch.zeros(len(x), 24)
        for number in x.unbind(1):
            given = number[:, None]
            state = self.cell(given if self.inside else self.drop(given), state)
            state = self.drop(state) if self.inside else state
        return self.say(state)


@pytest.mark.parametrize(
    ("p", "inside", "told"), [(0.6, True, True), (0.6, False, False), (0.0, True, False), (0.05, True, False)]
)
def test_a_state_that_is_dropped_again_and_again_is_told(p: float, inside: bool, told: bool) -> None:
    def loss(net: nn.Module, a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    found = [one for one in learned(loss, 4, net=Cell(p, inside=inside)) if one.name == "heavy_dropout"]
    assert bool(found) == told
    assert all("state" in one.title for one in found)


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize(("classes", "rate", "told"), [(30, 1e-5, True), (30, 1e-2, False), (4, 3e-3, False)])
def test_squares_of_a_softmax_that_hardly_fall_are_told(inside: bool, classes: int, rate: float, told: bool) -> None:
    torch.manual_seed(0)
    y = torch.arange(960) % classes
    x = torch.randn(classes, 12)[y] * 3 + torch.randn(960, 12)
    model = nn.Sequential(
        nn.Linear(12, 48), nn.ReLU(), nn.Linear(48, classes), nn.Softmax(1) if inside else nn.Identity()
    )
    optimizer = Adam(model.parameters(), rate)
    with fathom.watch(model, optimizer) as health:
        for _ in range(6):
            for rows in torch.randperm(len(x)).split(32):
                out = model(x[rows]) if inside else model(x[rows]).softmax(1)
                loss = F.mse_loss(out, F.one_hot(y[rows], classes).float())
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                health.step(loss)
    assert (names(health.findings)[:1] == ["wrong_output"]) is told, health.findings


def test_squares_between_a_pupil_s_and_its_teacher_s_shares_may_stay_as_they_are() -> None:
    torch.manual_seed(0)
    x = torch.randn(960, 12)
    teacher, pupil = nn.Linear(12, 30), nn.Linear(12, 30)
    pupil.load_state_dict({k: v + 0.05 * torch.randn_like(v) for k, v in teacher.state_dict().items()})
    optimizer = Adam(pupil.parameters(), 1e-5)
    with fathom.watch(pupil, optimizer) as health:
        for _ in range(4):
            for rows in torch.randperm(len(x)).split(32):
                loss = F.mse_loss(pupil(x[rows]).softmax(1), teacher(x[rows]).softmax(1).detach())
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                health.step(loss)
    assert "wrong_output" not in names(health.findings)
