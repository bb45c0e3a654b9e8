"""Sixth set: healthy trainings that look unusual, by their steps and their rates."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import LambdaLR, MultiStepLR, OneCycleLR

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.fourth_common import (
    constellations,
    correct,
    dealt,
    layers,
    learn,
    quadrants,
    stepped,
    told_by,
)
from benchmarks.coach.reports.sixth_common import Cell, Two, Viewer, hills, marks, opened, towns
from benchmarks.coach.reports.sixth_nets import Looking


@healthy("step", 0.85)
def half_of_the_way_back(seed: int, watch: Watch) -> float:
    """Lookahead: after each eight steps the weights jump half of the way back to where they were; the loss shows it."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = Adam(net.parameters(), 6e-3)
    slow, done = [p.detach().clone() for p in net.parameters()], [0]

    def after_step() -> None:
        done[0] += 1
        if done[0] % 8 == 0:
            with torch.no_grad():
                for p, q in zip(net.parameters(), slow, strict=True):
                    q.lerp_(p, 0.5)
                    p.copy_(q)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 20, after_step=after_step)


@healthy("tuning", 0.8)
def decay_that_suits_a_small_rate(seed: int, watch: Watch) -> float:
    """A weight decay of 1, decoupled, at a rate of a thousandth: weights lose a thousandth in a step, and hold."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 96, 96, 5)
    opt = AdamW(net.parameters(), 2e-3, weight_decay=1.0)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 20
    )


@healthy("step", 0.85)
def one_high_wave(seed: int, watch: Watch) -> float:
    """The rate climbs to what would be far too high for long, while the momentum falls, and comes down to nothing."""
    x, y, xd, yd = towns(seed)
    net = nn.Sequential(
        nn.Linear(7, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU()
    )
    net.append(nn.Linear(64, 5))
    opt = SGD(net.parameters(), 0.1, momentum=0.9)
    schedule = OneCycleLR(opt, 0.8, total_steps=19 * 15 + 1)
    return learn(
        watch,
        net,
        opt,
        dealt(x, y, drop_last=True),
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, xd, yd),
        15,
        after_step=schedule.step,
    )


@healthy("step", 0.8)
def one_layer_in_turn(seed: int, watch: Watch) -> float:
    """Each epoch trains one of three layers, and the other two stand still: four rounds of it."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 64, 64, 5)
    opt = Adam(net.parameters(), 5e-3)
    epoch = [0]

    def before_step() -> None:
        for k, layer in enumerate((net[0], net[2], net[4])):
            if k != epoch[0] % 3:
                for p in layer.parameters():
                    p.grad = None

    def after_epoch(_: float) -> None:
        epoch[0] += 1

    return learn(
        watch,
        net,
        opt,
        dealt(x, y),
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, xd, yd),
        18,
        before_step=before_step,
        after_epoch=after_epoch,
    )


@healthy("net", 0.75)
def dropout_that_rises(seed: int, watch: Watch) -> float:
    """Dropout is 0 in the first epoch and 0.5 in the last: the loss of training rises while dev gets better."""
    x, y, xd, yd = constellations(seed)
    drop = nn.Dropout(0.0)
    net = nn.Sequential(nn.Linear(10, 128), nn.ReLU(), drop, nn.Linear(128, 6))
    opt = Adam(net.parameters(), 4e-3)

    def after_epoch(_: float) -> None:
        drop.p = min(0.5, drop.p + 0.03)

    return learn(
        watch,
        net,
        opt,
        dealt(x, y),
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, xd, yd),
        18,
        after_epoch=after_epoch,
    )


@healthy("step", 0.8)
def all_rows_in_each_step(seed: int, watch: Watch) -> float:
    """One batch of all the rows, in the same order each time, by Adam: 250 steps, and not a trace of noise."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = Adam(net.parameters(), 8e-3)
    return learn(watch, net, opt, [(x, y)], lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 250)


@healthy("step", 0.8)
def gradients_less_their_mean(seed: int, watch: Watch) -> float:
    """Each unit's gradient has its mean taken away: its weights keep their sum for ever."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 64, 64, 5)
    opt = SGD(net.parameters(), 0.1, momentum=0.9)

    def before_step() -> None:
        for p in net.parameters():
            if p.ndim == 2:
                p.grad -= p.grad.mean(1, keepdim=True)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 15, before_step=before_step)


@healthy("step", 0.85)
def gradient_of_length_one(seed: int, watch: Watch) -> float:
    """Only the direction of the gradient counts: all are made one long, be they large or next to nothing."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = SGD(net.parameters(), 0.15)
    schedule = LambdaLR(opt, lambda epoch: 0.9**epoch)

    def before_step() -> None:
        length = torch.stack([p.grad.norm() for p in net.parameters()]).norm() + 1e-12
        for p in net.parameters():
            p.grad /= length

    return learn(
        watch,
        net,
        opt,
        dealt(x, y),
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, xd, yd),
        20,
        before_step=before_step,
        after_epoch=lambda _: schedule.step(),
    )


@healthy("loss", 0.8)
def loss_times_ten_thousand(seed: int, watch: Watch) -> float:
    """The loss is in hundredths of a percent; Adam does not care, as its steps are the same for a gradient of any size."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 64, 64, 5)
    opt = Adam(net.parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: 1e4 * F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 14
    )


@healthy("step", 0.85)
def rate_that_drops_twice(seed: int, watch: Watch) -> float:
    """A tenth of the rate after ten epochs, and again after sixteen: the loss has two steps, and then stands still."""
    x, y, xd, yd = marks(seed)
    net = Viewer()
    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    schedule = MultiStepLR(opt, [10, 16], 0.1)
    return learn(
        watch,
        net,
        opt,
        dealt(x, y),
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, xd, yd),
        20,
        after_epoch=lambda _: schedule.step(),
    )


@healthy("step", 0.8)
def warm_up_and_then_a_root(seed: int, watch: Watch) -> float:
    """A transformer's rate: from 0 up in a line for 80 steps, then down by a root; tags depend on the word in front."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randint(1, 20, (800, 10), generator=g)
    y = (x % 4 + F.pad(x[:, :-1], (1, 0)) % 2) % 4
    net = Looking(True)
    opt = Adam(net.parameters(), 6e-3, (0.9, 0.98))
    schedule = LambdaLR(opt, lambda k: min((k + 1) / 80, ((k + 1) / 80) ** -0.5))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a).transpose(1, 2), b)

    batches = dealt(x[:560], y[:560])
    return learn(
        watch, net, opt, batches, loss_of, lambda: correct(net, x[560:], y[560:]), 18, after_step=schedule.step
    )


@healthy("goals", 0.75)
def two_tasks_in_turn(seed: int, watch: Watch) -> float:
    """One batch for the classes, one for the number, and so on: each head has no gradient in every second step."""
    x, y, xd, yd = towns(seed)
    much, dev = ((v[:, :1] * v[:, 1:2] + v[:, 2:3].abs()) for v in (x, xd))
    net = Two(7, 5)
    opt = Adam(net.parameters(), 2e-3)
    with watch(net, opt) as health:
        for _ in range(15):
            net.train()
            for k, (a, b, c) in enumerate(dealt(x, y, much, size=16)):
                kind, told = net(a)
                loss = F.mse_loss(told, c) if k % 2 else F.cross_entropy(kind, b)
                stepped(loss, opt)
                health.step(loss)
            result = right(net, xd, yd, dev)
    return result


def right(net: nn.Module, x: Tensor, y: Tensor, much: Tensor) -> float:
    """Mean of the share of right classes and of the number's variance that is told."""
    with judging(net):
        kind, told = net(x)
    rest = (told - much).square().mean() / much.var()
    return ((kind.argmax(1) == y).float().mean().item() + max(-1.0, 1 - rest.item())) / 2


@healthy("data", 0.8)
def short_series_first(seed: int, watch: Watch) -> float:
    """Series of 4 frames at first, in the end of 14: with each three epochs they are longer, and the loss rises again."""
    x, y, xd, yd = opened(seed)
    net = Cell(4, 4, nn.Identity())
    opt = Adam(net.parameters(), 5e-3)
    epoch = [0]

    def after_epoch(_: float) -> None:
        epoch[0] += 1

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a[:, : 4 + 2 * (epoch[0] // 3)]), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 18, after_epoch=after_epoch)


@healthy("step", 0.75)
def steps_that_shrink_with_the_norm(seed: int, watch: Watch) -> float:
    """Each layer's step is a hundredth of its own weights' length, whatever its gradient: biases move hardly at all."""
    x, y, xd, yd = hills(seed)
    net = layers(5, 64, 64, 1)
    opt = SGD(net.parameters(), 0.03)
    schedule = LambdaLR(opt, lambda epoch: 0.92**epoch)

    def before_step() -> None:
        for p in net.parameters():
            p.grad *= (p.detach().norm() + 0.01) / (p.grad.norm() + 1e-9)

    return learn(
        watch,
        net,
        opt,
        dealt(x, y),
        lambda a, b: F.mse_loss(net(a), b),
        lambda: told_by(net, xd, yd),
        25,
        before_step=before_step,
        after_epoch=lambda _: schedule.step(),
    )
