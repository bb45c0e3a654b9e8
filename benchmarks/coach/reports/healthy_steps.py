"""Healthy programs with steps that are not the usual ones."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.optim import LBFGS, SGD, Adagrad, Adam, AdamW, Optimizer, RMSprop
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts, CyclicLR, LambdaLR, OneCycleLR
from torch.optim.swa_utils import AveragedModel, update_bn

from benchmarks.coach.reports.common import (
    Watch,
    accuracy,
    conv,
    curve,
    entropy,
    explained,
    gratings,
    healthy,
    mlp,
    plain,
    shuffled,
    squared,
    train,
    wheel,
)


@healthy("step", 0.65)
def accumulated(seed: int, watch: Watch) -> float:
    """Four small batches, averaged, then a step; the watch hears of each batch."""
    d = wheel(seed, 1400)
    net = mlp(8, 4)
    opt = Adam(net.parameters(), 4e-3)
    with watch(net, opt) as health:
        for _ in range(25):
            opt.zero_grad()
            for i, rows in enumerate(shuffled(len(d.x), 8)):
                loss = entropy(net, d.x[rows], d.y[rows])
                (loss / 4).backward()
                if i % 4 == 3:
                    opt.step()
                    opt.zero_grad()
                health.step(loss)
            result = accuracy(net, d.xd, d.yd)
    return result


def scheduled(watch: Watch, seed: int, opt_of, schedule_of, epochs: int = 24) -> float:
    """A wheel, with a schedule that steps after each batch."""
    d = wheel(seed, 1400)
    net = mlp(8, 4)
    opt = opt_of(net.parameters())
    schedule = schedule_of(opt)

    def update(opt: Optimizer, loss: Tensor) -> None:
        plain(opt, loss)
        schedule.step()

    return train(watch, net, opt, entropy, d, epochs=epochs, update=update)


@healthy("step", 0.65)
def warm_restarts(seed: int, watch: Watch) -> float:
    return scheduled(watch, seed, lambda p: SGD(p, 0.15, momentum=0.9), lambda o: CosineAnnealingWarmRestarts(o, 180))


@healthy("step", 0.65)
def cyclic_rate(seed: int, watch: Watch) -> float:
    return scheduled(watch, seed, lambda p: SGD(p, 0.01, momentum=0.9), lambda o: CyclicLR(o, 0.005, 0.12, 60))


@healthy("step", 0.65)
def one_cycle(seed: int, watch: Watch) -> float:
    return scheduled(watch, seed, lambda p: AdamW(p, 1e-3), lambda o: OneCycleLR(o, 1e-2, 725))


@healthy("step", 0.65)
def short_warm_up_then_roots(seed: int, watch: Watch) -> float:
    def rate(step: int) -> float:
        return min((step + 1) / 80, (80 / (step + 1)) ** 0.5)

    return scheduled(watch, seed, lambda p: Adam(p, 8e-3), lambda o: LambdaLR(o, rate))


@healthy("step", 0.85)
def averaged_weights(seed: int, watch: Watch) -> float:
    """SWA: the average of the last epochs' weights is judged; the net itself goes on at a high rate."""
    d = gratings(seed)
    net = conv(norm=True)
    mean = AveragedModel(net)
    spent: list[int] = []

    def each_epoch() -> None:
        spent.append(1)
        if len(spent) > 6:
            mean.update_parameters(net)
            update_bn(d.x.split(64), mean)

    opt = SGD(net.parameters(), 0.03, momentum=0.9)
    train(watch, net, opt, entropy, d, epochs=14, each_epoch=each_epoch)
    return accuracy(mean, d.xd, d.yd)


@healthy("step", 0.65)
def average_judged(seed: int, watch: Watch) -> float:
    """An exponential average of the weights is judged."""
    d = wheel(seed, 1400)
    net = mlp(8, 4)
    mean = copy.deepcopy(net)

    def update(opt: Optimizer, loss: Tensor) -> None:
        plain(opt, loss)
        with torch.no_grad():
            for m, p in zip(mean.parameters(), net.parameters()):
                m.lerp_(p, 0.03)

    judge = lambda _, x, y: accuracy(mean, x, y)  # noqa: E731
    return train(watch, net, Adam(net.parameters(), 4e-3), entropy, d, epochs=25, update=update, judge=judge)


@healthy("step", 0.6)
def lbfgs(seed: int, watch: Watch) -> float:
    """All rows at once, and a closure that the optimizer calls several times per step."""
    d = curve(seed, 700)
    net = mlp(6, 1, (16,), nn.Tanh)
    opt = LBFGS(net.parameters(), 0.5, max_iter=5)
    with watch(net, opt) as health:
        for _ in range(40):

            def closure() -> Tensor:
                opt.zero_grad()
                loss = squared(net, d.x, d.y) + 1e-4 * sum((p**2).sum() for p in net.parameters())
                loss.backward()
                return loss

            health.step(opt.step(closure))
            result = explained(net, d.xd, d.yd)
    return result


@healthy("step", 0.65)
def sharpness_aware(seed: int, watch: Watch) -> float:
    """Two passes back per step: the second where the first one climbed to."""
    d = wheel(seed, 1400)
    net = mlp(8, 4)
    opt = SGD(net.parameters(), 0.1, momentum=0.9)
    ps = list(net.parameters())
    with watch(net, opt) as health:
        for _ in range(20):
            for rows in shuffled(len(d.x), 32):
                loss = entropy(net, d.x[rows], d.y[rows])
                opt.zero_grad()
                loss.backward()
                with torch.no_grad():
                    far = torch.stack([p.grad.norm() for p in ps]).norm() + 1e-12
                    up = [0.03 * p.grad / far for p in ps]
                    torch._foreach_add_(ps, up)
                opt.zero_grad()
                entropy(net, d.x[rows], d.y[rows]).backward()
                with torch.no_grad():
                    torch._foreach_sub_(ps, up)
                opt.step()
                health.step(loss)
            result = accuracy(net, d.xd, d.yd)
    return result


@healthy("step", 0.65)
def clipped_now_and_then(seed: int, watch: Watch) -> float:
    d = wheel(seed, 1400)
    net = mlp(8, 4)

    def update(opt: Optimizer, loss: Tensor) -> None:
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()

    return train(watch, net, SGD(net.parameters(), 0.1, momentum=0.9), entropy, d, update=update, epochs=20)


@healthy("step", 0.7)
def tuned_at_a_tiny_rate(seed: int, watch: Watch) -> float:
    d = wheel(seed, 1500)
    net = mlp(8, 4, (64, 64))
    opt = Adam(net.parameters(), 4e-3)
    for _ in range(30):
        for rows in shuffled(len(d.x), 64):
            plain(opt, entropy(net, d.x[rows] + 0.1, d.y[rows]))
    return train(watch, net, AdamW(net.parameters(), 3e-5), entropy, d, epochs=12, pretrained=True)


@healthy("step", 0.6)
def all_rows_at_once(seed: int, watch: Watch) -> float:
    d = wheel(seed, 1400)
    net = mlp(8, 4)
    return train(watch, net, Adam(net.parameters(), 1e-2), entropy, d, epochs=300, batch=len(d.x))


@healthy("step", 0.9)
def two_rates(seed: int, watch: Watch) -> float:
    d = gratings(seed)
    net = conv()
    groups = [{"params": net[:8].parameters(), "lr": 1e-3}, {"params": net[8:].parameters(), "lr": 1e-2}]
    return train(watch, net, AdamW(groups, 1e-3), entropy, d, epochs=16)


@healthy("step", 0.6)
def slow_and_plain(seed: int, watch: Watch) -> float:
    """SGD without momentum, batches of 8."""
    d = wheel(seed, 1200)
    net = mlp(8, 4)
    return train(watch, net, SGD(net.parameters(), 0.08), entropy, d, epochs=25, batch=8)


@healthy("step", 0.55)
def adagrad(seed: int, watch: Watch) -> float:
    d = curve(seed, 1300)
    net = mlp(6, 1)
    return train(watch, net, Adagrad(net.parameters(), 0.03), squared, d, judge=explained, epochs=30)


@healthy("step", 0.9)
def rmsprop_on_pictures(seed: int, watch: Watch) -> float:
    d = gratings(seed)
    net = conv(norm=True)
    return train(watch, net, RMSprop(net.parameters(), 1e-3), entropy, d, epochs=12)


@healthy("step", 0.65)
def noise_in_the_gradients(seed: int, watch: Watch) -> float:
    d = wheel(seed, 1400)
    net = mlp(8, 4)

    def update(opt: Optimizer, loss: Tensor) -> None:
        opt.zero_grad()
        loss.backward()
        for p in net.parameters():
            p.grad.add_(0.01 * torch.randn_like(p))
        opt.step()

    return train(watch, net, SGD(net.parameters(), 0.1, momentum=0.9), entropy, d, update=update)


@healthy("step", 0.6)
def halves_in_turn(seed: int, watch: Watch) -> float:
    """Two optimizers, one per half of the net, step in turns of 50 batches."""
    d = wheel(seed, 1400)
    net = mlp(8, 4)
    low, high = Adam(net[:3].parameters(), 5e-3), Adam(net[3:].parameters(), 5e-3)
    k = 0
    with watch(net, low, high) as health:
        for _ in range(30):
            for rows in shuffled(len(d.x), 32):
                loss = entropy(net, d.x[rows], d.y[rows])
                net.zero_grad()
                loss.backward()
                (low if k // 50 % 2 else high).step()
                health.step(loss)
                k += 1
            result = accuracy(net, d.xd, d.yd)
    return result
