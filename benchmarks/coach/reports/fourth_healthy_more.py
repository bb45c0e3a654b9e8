"""Fourth set: healthy trainings that look unusual, by their steps and by what stands still."""

from __future__ import annotations

from copy import deepcopy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.prune import random_unstructured
from torch.optim import SGD, Adadelta, Adam, Rprop

from benchmarks.coach.reports.common import Watch, healthy
from benchmarks.coach.reports.fourth_common import (
    Glance,
    constellations,
    correct,
    dealt,
    glyphs,
    layers,
    learn,
    quadrants,
    springs,
    stepped,
    telegrams,
    told_by,
)


@healthy("step", 0.75)
def steps_without_going_back(seed: int, watch: Watch) -> float:
    """Evolution: forty nets near this one are tried, and the gradient is put together of how well they did."""
    x, y, xd, yd = constellations(seed, 3)
    net = layers(10, 16, 3)
    opt = Adam(net.parameters(), 0.05)
    with watch(net, opt) as health:
        for _ in range(120):
            rows = torch.randint(0, len(x), (200,))
            with torch.no_grad():
                start = [p.clone() for p in net.parameters()]
                total = [torch.zeros_like(p) for p in start]
                losses = []
                for _ in range(20):
                    way, tried = [torch.randn_like(p) for p in start], []
                    for sign in (0.1, -0.1):
                        for p, s, w in zip(net.parameters(), start, way, strict=True):
                            p.copy_(s + sign * w)
                        tried.append(F.cross_entropy(net(x[rows]), y[rows]))
                    losses += tried
                    for t, w in zip(total, way, strict=True):
                        t += (tried[0] - tried[1]) / 0.2 * w / 20
                for p, s, t in zip(net.parameters(), start, total, strict=True):
                    p.copy_(s)
                    p.grad = t
            opt.step()
            health.step(torch.stack(losses).mean())
    return correct(net, xd, yd)


@healthy("step", 0.85)
def rate_of_one(seed: int, watch: Watch) -> float:
    """Adadelta at its own default rate, which is 1."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = Adadelta(net.parameters(), 1.0)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 25
    )


@healthy("step", 0.8)
def signs_of_all_rows(seed: int, watch: Watch) -> float:
    """Resilient steps: all rows at once, and each weight has a rate of its own that grows and shrinks."""
    x, y, xd, yd = springs(seed)
    net = layers(6, 48, 48, 1, act=nn.Tanh)
    opt = Rprop(net.parameters(), 1e-3)
    return learn(watch, net, opt, [(x, y)] * 10, lambda a, b: F.mse_loss(net(a), b), lambda: told_by(net, xd, yd), 25)


@healthy("step", 0.85)
def noise_in_the_weights(seed: int, watch: Watch) -> float:
    """Langevin steps: after each one the weights are shaken, so that they never come to rest."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = SGD(net.parameters(), 0.05, momentum=0.9)

    def after_step() -> None:
        with torch.no_grad():
            for p in net.parameters():
                p += 0.004 * torch.randn_like(p)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 20, after_step=after_step)


@healthy("goals", 0.7)
def start_for_many_tasks(seed: int, watch: Watch) -> float:
    """Reptile: 12 steps on one task, then the weights go half of the way back, and on to another task."""
    g = torch.Generator().manual_seed(seed)
    net = layers(4, 48, 48, 1)
    opt = SGD(net.parameters(), 0.03)

    def task(n: int) -> tuple[Tensor, Tensor]:
        way, bias = torch.randn(4, generator=g), 0.3 * torch.randn(1, generator=g)
        x = torch.randn(n, 4, generator=g)
        return x, torch.sin(x[:, :1] * 2) + 0.4 * (x @ way)[:, None].abs() + bias

    with watch(net, opt) as health:
        for _ in range(90):
            before, (x, y) = deepcopy(net.state_dict()), task(64)
            for _ in range(12):
                loss = F.mse_loss(net(x), y)
                stepped(loss, opt)
                health.step(loss)
            now = net.state_dict()
            net.load_state_dict({k: before[k] + 0.5 * (now[k] - before[k]) for k in now})
    scores = []
    for _ in range(5):
        pupil, (x, y) = deepcopy(net), task(200)
        inner = SGD(pupil.parameters(), 0.03)
        for _ in range(60):
            stepped(F.mse_loss(pupil(x[:60]), y[:60]), inner)
        scores.append(told_by(pupil, x[60:], y[60:]))
    return sum(scores) / 5


@healthy("step", 0.9)
def long_after_all_is_right(seed: int, watch: Watch) -> float:
    """Nothing is wrong any more after a third of the training, and it goes on to a loss of a thousandth."""
    x, y, xd, yd = constellations(seed, 4, wide=0.35)
    net = layers(10, 64, 64, 4)
    opt = Adam(net.parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 35
    )


@healthy("step", 0.85)
def momentum_of_0_99(seed: int, watch: Watch) -> float:
    """A momentum of 0.99, and a rate that is so small that it suits."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = SGD(net.parameters(), 3e-3, momentum=0.99, nesterov=True)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 25
    )


@healthy("net", 0.85)
def head_fixed_on_purpose(seed: int, watch: Watch) -> float:
    """The classes' directions are drawn once, at right angles, and stay; only the body learns to point to them."""
    x, y, xd, yd = constellations(seed)
    net = nn.Sequential(layers(10, 64, 64, 16), nn.Linear(16, 6, bias=False))
    nn.init.orthogonal_(net[1].weight, 2.0)
    net[1].requires_grad_(False)
    opt = Adam(net[0].parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 20
    )


@healthy("net", 0.85)
def words_never_moved(seed: int, watch: Watch) -> float:
    """The words' vectors were trained by others and stay as they are; nine in ten of them never turn up."""
    x, y, xd, yd = telegrams(seed, 900)
    words = torch.randn(800, 32, generator=torch.Generator().manual_seed(seed))
    kinds = torch.randn(4, 32, generator=torch.Generator().manual_seed(seed + 1))
    words[1:33] += 1.5 * kinds.repeat_interleave(8, 0)
    table = nn.Embedding.from_pretrained(words, padding_idx=0)
    read, say = nn.Conv1d(32, 48, 1), nn.Linear(48, 4)
    net = nn.ModuleDict({"table": table, "read": read, "say": say})

    class Whole(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.parts = net

        def forward(self, a: Tensor) -> Tensor:
            return say(read(table(a).transpose(1, 2)).relu().amax(2))

    whole = Whole()
    opt = Adam([p for p in whole.parameters() if p.requires_grad], 4e-3)
    return learn(
        watch, whole, opt, dealt(x, y), lambda a, b: F.cross_entropy(whole(a), b), lambda: correct(whole, xd, yd), 15
    )


@healthy("net", 0.85)
def nine_in_ten_pruned(seed: int, watch: Watch) -> float:
    """Nine tenths of the weights of the middle layers are masked from the start, by PyTorch's own pruning."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 96, 96, 4)
    for layer in (net[0], net[2]):
        random_unstructured(layer, "weight", 0.5 if layer is net[0] else 0.9)
    opt = Adam(net.parameters(), 4e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 25
    )


@healthy("step", 0.85)
def batches_of_two(seed: int, watch: Watch) -> float:
    """Two pictures in a batch, as large ones would have it, and group norm; the loss jumps from step to step."""
    x, y, xd, yd = glyphs(seed, 700, noise=0.3)
    net = Glance(norm=lambda w: nn.GroupNorm(4, w))
    opt = Adam(net.parameters(), 1e-3)
    return learn(
        watch, net, opt, dealt(x, y, size=2), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 6
    )
