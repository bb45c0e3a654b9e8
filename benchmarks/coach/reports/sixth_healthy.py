"""Sixth set: healthy trainings that look unusual, by their losses and their targets."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.fifth_common import Tagger
from benchmarks.coach.reports.fourth_common import (
    accounted,
    balanced,
    constellations,
    correct,
    dealt,
    layers,
    learn,
    parts,
    quadrants,
    remainders,
    springs,
    told_by,
    trained_before,
)
from benchmarks.coach.reports.sixth_common import crowded, hills, towns
from benchmarks.coach.reports.sixth_goals import judged


@healthy("loss", 0.7)
def direction_as_two_numbers(seed: int, watch: Watch) -> float:
    """A direction is told by its sine and its cosine; answers are made one long before the loss, a cosine less 1."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (900, 6))
    turn = np.arctan2(x[:, 0] + 0.5 * np.sin(2 * x[:, 1]), x[:, 2] + 0.5 * x[:, 3] ** 2 - 0.5)
    x, y, xd, yd = parts(x, np.stack([np.cos(turn), np.sin(turn)], 1))
    net = layers(6, 64, 64, 2)
    opt = Adam(net.parameters(), 3e-3)

    def judge() -> float:
        with judging(net):
            return (F.normalize(net(xd), dim=1) * yd).sum(1).mean().item()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return -(F.normalize(net(a), dim=1) * b).sum(1).mean()

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 20)


class Pupil(nn.Module):
    """A trained net that stays, and a smaller one that learns from it."""

    def __init__(self, teacher: nn.Module) -> None:
        super().__init__()
        self.teacher, self.own = teacher.requires_grad_(False), layers(7, 32, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.own(x)


@healthy("goals", 0.75)
def teacher_in_the_same_module(seed: int, watch: Watch) -> float:
    """Nine in ten weights are a teacher's, that never move; targets are its answers at a heat of 4, loss times 16."""
    x, y, xd, yd = towns(seed)
    teacher = layers(7, 128, 128, 5)
    trained_before(teacher, x, y, epochs=15)
    net = Pupil(teacher)
    opt = Adam(net.own.parameters(), 5e-3)

    def loss_of(a: Tensor) -> Tensor:
        wanted = (net.teacher(a) / 4).softmax(1)
        return 16 * F.kl_div((net(a) / 4).log_softmax(1), wanted, reduction="batchmean")

    return learn(watch, net, opt, dealt(x), loss_of, lambda: correct(net, xd, yd), 25)


class Queued(nn.Module):
    """A net, and one that follows it slowly and whose old answers are kept as what is unlike."""

    old: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.go, self.slow = layers(18, 96, 8), layers(18, 96, 8)
        self.slow.load_state_dict(self.go.state_dict())
        self.slow.requires_grad_(False)
        self.register_buffer("old", F.normalize(torch.randn(256, 8), dim=1))

    def forward(self, x: Tensor) -> Tensor:
        return self.go(x)


@healthy("goals", 0.6)
def old_answers_in_a_queue(seed: int, watch: Watch) -> float:
    """A row is to find its other view among 256 answers of the last batches; the loss rises as the queue gets better."""
    x, y, xd, yd = crowded(seed, 24, 30)
    net = Queued()
    opt = Adam(net.go.parameters(), 3e-3)

    def view(a: Tensor) -> Tensor:
        return torch.cat([a[:, :6] + 0.2 * torch.randn(len(a), 6), 1.2 * torch.randn(len(a), 12)], 1)

    def loss_of(a: Tensor) -> Tensor:
        one = F.normalize(net(view(a)), dim=1)
        with torch.no_grad():
            two = F.normalize(net.slow(view(a)), dim=1)
        near = torch.cat([(one * two).sum(1, keepdim=True), one @ net.old.T], 1) / 0.3
        net.old = torch.cat([two, net.old])[:256]
        return F.cross_entropy(near, torch.zeros(len(a), dtype=torch.long))

    def after_step() -> None:
        with torch.no_grad():
            for p, q in zip(net.slow.parameters(), net.go.parameters(), strict=True):
                p.lerp_(q, 0.05)

    batches = dealt(x, size=32, drop_last=True)
    return learn(watch, net, opt, batches, loss_of, lambda: judged(net, x, y, xd, yd), 25, after_step=after_step)


@healthy("loss", 0.75)
def loss_that_forgives(seed: int, watch: Watch) -> float:
    """A third of the labels are wrong, and the loss, (1 - p^0.7) / 0.7, gives up those that do not fit."""
    x, y, xd, yd = quadrants(seed, 1200)
    g = torch.Generator().manual_seed(seed)
    y = torch.where(torch.rand(len(y), generator=g) < 0.35, torch.randint(0, 4, (len(y),), generator=g), y)
    net = layers(8, 48, 48, 4)
    opt = Adam(net.parameters(), 2e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return ((1 - net(a).softmax(1).gather(1, b[:, None]) ** 0.7) / 0.7).mean()

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 15)


@healthy("loss", 0.75)
def easy_rows_hardly_count(seed: int, watch: Watch) -> float:
    """A focal loss for one yes in ten: most rows weigh next to nothing, and the loss is a twentieth of the usual one."""
    x, y, xd, yd = quadrants(seed, 1800)
    y, yd = (y == 3)[:, None].float(), (yd == 3)[:, None].float()
    net = layers(8, 64, 64, 1)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        each = F.binary_cross_entropy_with_logits(net(a), b, reduction="none")
        return ((0.75 * b + 0.25 * (1 - b)) * (1 - (-each).exp()) ** 2 * each).mean()

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: balanced(net, xd, yd), 15)


@healthy("loss", 0.7)
def far_targets_told_apart(seed: int, watch: Watch) -> float:
    """One target in fifteen is far off, in training alone, and the loss only counts how many deviations, not their square."""
    x, y, xd, yd = hills(seed)
    far = torch.arange(len(y))[:, None] % 15 == 3
    y = torch.where(far, y + 15 * torch.randn(y.shape, generator=torch.Generator().manual_seed(seed)), y)
    net = layers(5, 64, 64, 1)
    opt = Adam(net.parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.huber_loss(net(a), b, delta=0.3), lambda: told_by(net, xd, yd), 22
    )


@healthy("loss", 0.55)
def counts_by_hours_watched(seed: int, watch: Watch) -> float:
    """Counts of places that were watched for one to a hundred hours: the logarithm of the hours is added to the answer."""
    x, y, xd, yd = springs(seed, noise=0.0)
    g = torch.Generator().manual_seed(seed)
    hours = torch.exp(4.6 * torch.rand(y.shape, generator=g))
    counts = torch.poisson(hours * (0.8 * y - 0.5).exp(), generator=g)
    net = layers(6, 64, 64, 1)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor, h: Tensor) -> Tensor:
        return F.poisson_nll_loss(net(a) + h.log(), b)

    return learn(watch, net, opt, dealt(x, counts, hours), loss_of, lambda: told_by(net, xd, (0.8 * yd - 0.5)), 22)


@healthy("loss", 0.7)
def amounts_by_a_gamma(seed: int, watch: Watch) -> float:
    """Amounts from 0.01 to 100, and a loss of their ratio to what was told: it does not start near its scale, nor end at 0."""
    x, y, xd, yd = hills(seed, noise=0.0)
    g = torch.Generator().manual_seed(seed)
    amounts = (1.5 * y).exp() * torch._standard_gamma(torch.full(y.shape, 4.0), generator=g) / 4
    net = layers(5, 64, 64, 1)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        log = net(a)
        return (b * (-log).exp() + log).mean()

    return learn(watch, net, opt, dealt(x, amounts), loss_of, lambda: told_by(net, xd, 1.5 * yd), 22)


@healthy("loss", 0.7)
def family_first_then_kind(seed: int, watch: Watch) -> float:
    """Twelve classes in three families: one softmax for the family, and one for the kinds of the right family alone."""
    x, y, xd, yd = constellations(seed, 12, 1400)
    net = layers(10, 64, 64, 15)
    opt = Adam(net.parameters(), 4e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        told = net(a)
        kinds = told[:, 3:].view(-1, 3, 4)[torch.arange(len(a)), b // 4]
        return F.cross_entropy(told[:, :3], b // 4) + F.cross_entropy(kinds, b % 4)

    def judge() -> float:
        with judging(net):
            told = net(xd)
        both = told[:, :3].log_softmax(1)[..., None] + told[:, 3:].view(-1, 3, 4).log_softmax(2)
        return (both.flatten(1).argmax(1) == yd).float().mean().item()

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 18)


@healthy("loss", 0.6)
def few_of_the_wrong_words(seed: int, watch: Watch) -> float:
    """Next words by a softmax over the right one and five drawn ones: the loss is far below that of all seventeen."""
    x, y, xd, yd = remainders(seed)
    net = Tagger(17, 17)
    opt = Adam(net.parameters(), 8e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        told = net(a)
        wrong = (b[..., None] + torch.randint(1, 17, (*b.shape, 5))) % 17
        chosen = told.gather(2, torch.cat([b[..., None], wrong], 2))
        return F.cross_entropy(chosen.flatten(0, 1), torch.zeros(b.numel(), dtype=torch.long))

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 15)


@healthy("loss", 0.85)
def middles_of_the_classes(seed: int, watch: Watch) -> float:
    """Beside the usual loss rows are pulled to a middle for their class, which is a parameter with a rate of its own."""
    x, y, xd, yd = quadrants(seed)
    body, head = layers(8, 64, 64, 8), nn.Linear(8, 4)
    net = nn.Sequential(body, nn.ReLU(), head)
    middles = nn.Parameter(torch.randn(4, 8))
    net.register_parameter("middles", middles)
    opt = Adam([{"params": list(body.parameters()) + list(head.parameters())}, {"params": [middles], "lr": 5e-2}], 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        h = torch.relu(body(a))
        return F.cross_entropy(head(h), b) + 0.03 * (h - middles[b]).square().sum(1).mean()

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 15)


@healthy("goals", 0.75)
def map_from_distances(seed: int, watch: Watch) -> float:
    """No targets at all: points of a bent sheet in ten columns are laid out so that distances along it stay."""
    g = np.random.default_rng(seed)
    flat = g.uniform(-1, 1, (700, 2))
    turn, _ = np.linalg.qr(g.normal(0, 1, (10, 10)))
    bent = np.stack([np.sin(1.5 * flat[:, 0]), np.cos(1.5 * flat[:, 0]), flat[:, 1]], 1) @ turn[:3]
    x, y, xd, yd = parts(bent + g.normal(0, 0.02, (700, 10)), flat)
    net = layers(10, 48, 48, 2)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return (torch.pdist(net(a)) - torch.pdist(b)).square().mean()

    def judge() -> float:
        with judging(net):
            return accounted(torch.pdist(net(xd)), torch.pdist(yd))

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 15)


@healthy("data", 0.65)
def half_of_the_targets_missing(seed: int, watch: Watch) -> float:
    """Four numbers are to be told, of which half were not measured: they are no numbers, and left out of the loss."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (900, 6))
    y = np.stack([x[:, 0] * x[:, 1], np.abs(x[:, 2]), np.sin(2 * x[:, 3]), x[:, 4] + 0.3 * x[:, 5] ** 2], 1)
    x, y, xd, yd = parts(x, (y - y.mean(0)) / y.std(0))
    y = torch.where(torch.rand(y.shape, generator=torch.Generator().manual_seed(seed)) < 0.5, torch.nan, y)
    net = layers(6, 64, 64, 4)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        known = ~b.isnan()
        return F.mse_loss(net(a)[known], b[known])

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: told_by(net, xd, yd), 22)


@healthy("step", 0.8)
def likelihood_is_climbed(seed: int, watch: Watch) -> float:
    """What is computed is a likelihood's logarithm; the optimizer maximizes it, and it rises towards 0."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 64, 64, 5)
    opt = SGD(net.parameters(), 0.05, momentum=0.9, maximize=True)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: -F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 14
    )


@healthy("loss", 0.75)
def loss_with_all_its_constants(seed: int, watch: Watch) -> float:
    """A likelihood with the constants that others leave out, summed over a thousand rows' worth: it ends at 900."""
    x, y, xd, yd = hills(seed)
    net = layers(5, 64, 64, 1)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return 1000 * (0.5 * (net(a) - b).square() + 0.5 * math.log(2 * math.pi)).mean()

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: told_by(net, xd, yd), 18)


@healthy("goals", 0.75)
def slope_of_a_density(seed: int, watch: Watch) -> float:
    """Score matching: the loss is a square and a second slope; it falls below 0, and nobody knows where it ends."""
    g = np.random.default_rng(seed)
    real = np.where(g.random((900, 1)) < 0.5, 1.5, -1.5) + g.normal(0, 0.6, (900, 2))
    x, _, xd, _ = parts(real, np.zeros(900))
    net = layers(2, 48, 48, 2, act=nn.Tanh)
    opt = Adam(net.parameters(), 4e-3)

    def loss_of(a: Tensor) -> Tensor:
        a = a.clone().requires_grad_()
        told = net(a)
        bend = sum(torch.autograd.grad(told[:, k].sum(), a, create_graph=True)[0][:, k] for k in (0, 1))
        return (0.5 * told.square().sum(1) + bend).mean()

    def judge() -> float:
        near = torch.stack([-((xd - m) ** 2).sum(1) / 0.72 for m in (1.5, -1.5)], 1).softmax(1)
        true = sum(near[:, k : k + 1] * (m - xd) / 0.36 for k, m in enumerate((1.5, -1.5)))
        with judging(net):
            return accounted(net(xd), true)

    return learn(watch, net, opt, dealt(x), loss_of, judge, 25)
