"""Fifth set: healthy trainings that look unusual, by their steps, and by who trains whom."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import LambdaLR

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.fifth_common import alike, arc
from benchmarks.coach.reports.fifth_goals import Forger
from benchmarks.coach.reports.fourth_common import (
    accounted,
    constellations,
    correct,
    dealt,
    layers,
    learn,
    parts,
    quadrants,
    springs,
    stepped,
    told_by,
)


@healthy("step", 0.85)
def steps_made_orthogonal(seed: int, watch: Watch) -> float:
    """Each matrix's momentum is made orthogonal before the step: all steps are of the same size, whatever the gradient."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = SGD(net.parameters(), 0.02)
    kept = [torch.zeros_like(p) for p in net.parameters()]

    def before_step() -> None:
        for p, m in zip(net.parameters(), kept, strict=True):
            m.mul_(0.9).add_(p.grad)
            if p.ndim == 2:
                u, _, v = torch.linalg.svd(m, full_matrices=False)
                p.grad = u @ v
            else:
                p.grad = m.sign() * 0.1

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 15, before_step=before_step)


@healthy("step", 0.75)
def gradients_made_to_agree(seed: int, watch: Watch) -> float:
    """Two tasks: where their gradients are at odds, each loses its part against the other; gradients are set by hand."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 6)
    opt = Adam(net.parameters(), 3e-3)
    with watch(net, opt) as health:
        for _ in range(15):
            net.train()
            for a, b in dealt(x, y):
                told = net(a)
                losses = F.cross_entropy(told[:, :4], b), F.cross_entropy(told[:, 4:], b % 2)
                params = list(net.parameters())
                one, two = (
                    torch.cat([g.flatten() for g in torch.autograd.grad(loss, params, retain_graph=True)])
                    for loss in losses
                )
                both = (one @ two).clamp(max=0)
                grad = one - both / (two @ two) * two + two - both / (one @ one) * one
                for p, g in zip(params, grad.split([p.numel() for p in params]), strict=True):
                    p.grad = g.view_as(p).clone()
                opt.step()
                health.step(losses[0] + losses[1])
            judge(net, xd, yd)
    return judge(net, xd, yd)


def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of the rows whose highest of the first four scores is the right one's."""
    with judging(net):
        return (net(x)[:, :4].argmax(1) == y).float().mean().item()


@healthy("step", 0.8)
def one_row_at_a_time(seed: int, watch: Watch) -> float:
    """Batches of one row: the loss of a batch says next to nothing, and jumps from 0 to 3."""
    x, y, xd, yd = constellations(seed, 4)
    net = layers(10, 48, 4)
    opt = SGD(net.parameters(), 0.01)
    batches = dealt(x[:400], y[:400], size=1)
    return learn(watch, net, opt, batches, lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 9)


@healthy("step", 0.85)
def clipped_by_their_weights(seed: int, watch: Watch) -> float:
    """Each matrix's gradient is cut to a share of the matrix's size: nearly every gradient is cut, at every step."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = SGD(net.parameters(), 0.3, momentum=0.9)

    def before_step() -> None:
        for p in net.parameters():
            most = 0.02 * p.detach().norm().clamp(min=0.1)
            p.grad *= (most / p.grad.norm().clamp(min=1e-9)).clamp(max=1)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 18, before_step=before_step)


@healthy("step", 0.85)
def gradients_one_step_late(seed: int, watch: Watch) -> float:
    """As with parts on several machines: each step is done with the gradients of the batch before."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = Adam(net.parameters(), 2e-3)
    kept: list[Tensor] = [torch.zeros_like(p) for p in net.parameters()]

    def before_step() -> None:
        for i, p in enumerate(net.parameters()):
            p.grad, kept[i] = kept[i], p.grad.clone()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 18, before_step=before_step)


@healthy("step", 0.85)
def shrunk_and_shaken(seed: int, watch: Watch) -> float:
    """New rows come every six epochs; before each the weights are made smaller, and noise is added: the loss jumps up."""
    x, y, xd, yd = quadrants(seed, 1200)
    net = layers(8, 64, 64, 4)
    opt = Adam(net.parameters(), 3e-3)
    with watch(net, opt) as health:
        for epoch in range(24):
            if epoch % 6 == 0:
                with torch.no_grad():
                    for p in net.parameters():
                        p.mul_(0.6).add_(0.02 * torch.randn_like(p))
            net.train()
            seen = 210 * (1 + epoch // 6)
            for a, b in dealt(x[:seen], y[:seen]):
                loss = F.cross_entropy(net(a), b)
                stepped(loss, opt)
                health.step(loss)
            correct(net, xd, yd)
    return correct(net, xd, yd)


@healthy("step", 0.85)
def layers_that_come_later(seed: int, watch: Watch) -> float:
    """The net grows: a second block is put in after eight epochs, and a third after sixteen, each as good as nothing."""
    x, y, xd, yd = quadrants(seed)
    blocks = nn.ModuleList([layers(48, 48, 48)])
    net = nn.ModuleDict({"enter": nn.Linear(8, 48), "blocks": blocks, "leave": nn.Linear(48, 4)})
    opt = Adam(net.parameters(), 3e-3)

    def scores(a: Tensor) -> Tensor:
        h = net["enter"](a).relu()
        for block in blocks:
            h = h + block(h)
        return net["leave"](h.relu())

    def judged() -> float:
        with judging(net):
            return (scores(xd).argmax(1) == yd).float().mean().item()

    epochs = iter(range(1, 100))

    def after_epoch(_: float) -> None:
        if next(epochs) in (8, 16):
            new = layers(48, 48, 48)
            nn.init.zeros_(new[2].weight)
            blocks.append(new)
            opt.add_param_group({"params": list(new.parameters())})

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(scores(a), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, judged, 24, after_epoch=after_epoch)


@healthy("tuning", 0.75)
def head_anew_halfway(seed: int, watch: Watch) -> float:
    """Long tails: first all is trained, then the body is fixed and a new head learns from as many rows of each class."""
    x, y, xd, yd = constellations(seed, 4, n=2000, wide=0.4)
    g = torch.Generator().manual_seed(seed)
    keep = torch.rand(len(y), generator=g) < torch.tensor([1.0, 1.0, 0.15, 0.1])[y]
    x, y = x[keep], y[keep]
    few = torch.cat([(y == k).nonzero()[:25, 0] for k in range(4)]).repeat(4)
    net = nn.Sequential(layers(10, 64, 64), nn.ReLU(), nn.Linear(64, 4))
    opt = Adam(net.parameters(), 3e-3)
    with watch(net, opt) as health:
        for epoch in range(20):
            if epoch == 12:
                net[0].requires_grad_(False)
                nn.init.zeros_(net[2].weight)
            net.train()
            for a, b in dealt(x, y) if epoch < 12 else dealt(x[few], y[few]):
                loss = F.cross_entropy(net(a), b)
                stepped(loss, opt)
                health.step(loss)
            correct(net, xd, yd)
    return correct(net, xd, yd)


@healthy("step", 0.85)
def rate_of_zero_at_the_end(seed: int, watch: Watch) -> float:
    """The rate falls in a line to 0, and two epochs are still run with it, as others' schedules have it."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = SGD(net.parameters(), 0.15, momentum=0.9)
    batches = dealt(x, y)
    all_ = 16 * len(batches)
    schedule = LambdaLR(opt, lambda step: max(0.0, 1 - step / all_))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return learn(watch, net, opt, batches, loss_of, lambda: correct(net, xd, yd), 18, after_step=schedule.step)


@healthy("goals", 0.75)
def two_nets_choose_rows(seed: int, watch: Watch) -> float:
    """A third of the labels are wrong: each of two nets learns from the rows that the other one finds easy."""
    x, y, xd, yd = quadrants(seed, 1200, flip=0.0)
    g = torch.Generator().manual_seed(seed)
    y = torch.where(torch.rand(len(y), generator=g) < 0.33, torch.randint(0, 4, (len(y),), generator=g), y)
    one, two = layers(8, 64, 64, 4), layers(8, 64, 64, 4)
    net = nn.ModuleList([one, two])
    opt = Adam(net.parameters(), 2e-3)
    epochs = iter(range(1, 100))
    share = [1.0]

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        each = [F.cross_entropy(half(a), b, reduction="none") for half in net]
        easy = [rows.argsort()[: int(share[0] * len(a))] for rows in each]
        return each[0][easy[1]].mean() + each[1][easy[0]].mean()

    def after_epoch(_: float) -> None:
        share[0] = max(0.7, 1 - 0.06 * next(epochs))

    batches = dealt(x, y)
    return learn(watch, net, opt, batches, loss_of, lambda: correct(one, xd, yd), 15, after_epoch=after_epoch)


@healthy("goals", 0.6)
def critic_with_a_penalty(seed: int, watch: Watch) -> float:
    """A critic without an end to its scores, held by a penalty on its slope; both losses wander, also below 0."""
    real = arc(seed)
    net = Forger()
    make, tell = Adam(net.make.parameters(), 1e-3, (0.5, 0.9)), Adam(net.tell.parameters(), 2e-3, (0.5, 0.9))
    with watch(net, make, tell) as health:
        for k in range(1200):
            made = net(torch.randn(64, 4))
            if k % 4 < 3:
                true, made = real[torch.randint(0, 600, (64,))], made.detach()
                share = torch.rand(64, 1)
                between = (share * true + (1 - share) * made).requires_grad_()
                slope = torch.autograd.grad(net.tell(between).sum(), between, create_graph=True)[0]
                loss = net.tell(made).mean() - net.tell(true).mean() + 2 * (slope.norm(dim=1) - 1).square().mean()
                stepped(loss, tell)
            else:
                loss = -net.tell(made).mean()
                stepped(loss, make)
            health.step(loss)
    with judging(net):
        return alike(net(torch.randn(400, 4)), real[600:])


@healthy("goals", 0.6)
def actor_through_a_critic(seed: int, watch: Watch) -> float:
    """An actor without labels: it climbs what a critic says, which learns from rewards of noisy actions."""
    x, y, xd, yd = springs(seed)
    net = nn.ModuleDict({"act": layers(6, 64, 64, 1), "value": layers(7, 64, 64, 1)})
    acts, values = Adam(net["act"].parameters(), 1e-3), Adam(net["value"].parameters(), 3e-3)
    with watch(net, acts, values) as health:
        for k in range(1200):
            rows = torch.randint(0, len(x), (64,))
            action = net["act"](x[rows])
            tried = action.detach() + 0.5 * torch.randn(64, 1)
            reward = -(tried - y[rows]).square()
            wrong = F.mse_loss(net["value"](torch.cat([x[rows], tried], 1)), reward)
            stepped(wrong, values)
            health.step(wrong)
            if k % 2:
                loss = -net["value"](torch.cat([x[rows], action], 1)).mean()
                stepped(loss, acts)
                health.step(loss)
            if k % 120 == 119:
                told_by(net["act"], xd, yd)
    return told_by(net["act"], xd, yd)


class Filled(nn.Module):
    """Tells hidden columns from the others; which are hidden goes in as well."""

    def __init__(self) -> None:
        super().__init__()
        self.go = layers(32, 96, 96, 16)

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        return self.go(torch.cat([x * seen, seen], 1))


@healthy("goals", 0.4)
def three_in_four_hidden(seed: int, watch: Watch) -> float:
    """A masked autoencoder: three in four columns are hidden at chance, and only those count; the loss stays high."""
    g = np.random.default_rng(seed)
    mixed = g.normal(0, 1, (1200, 2)) @ g.normal(0, 0.7, (2, 16)) + g.normal(0, 0.2, (1200, 16))
    x, _, xd, _ = parts(mixed, mixed)
    net = Filled()
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor) -> Tensor:
        seen = (torch.rand_like(a) < 0.25).float()
        return ((net(a, seen) - a).square() * (1 - seen)).sum() / (1 - seen).sum()

    def judged() -> float:
        seen = (torch.arange(16) % 4 == 0).float().expand_as(xd)
        with judging(net):
            return accounted(net(xd, seen)[seen == 0], xd[seen == 0])

    return learn(watch, net, opt, dealt(x), loss_of, judged, 20)


class Near(nn.Module):
    """A vector for each person; two are friends if their vectors point the same way."""

    def __init__(self) -> None:
        super().__init__()
        self.who, self.bias = nn.Embedding(150, 6), nn.Parameter(torch.zeros(1))
        nn.init.normal_(self.who.weight, 0, 0.3)

    def forward(self, pairs: Tensor) -> Tensor:
        return (self.who(pairs[:, 0]) * self.who(pairs[:, 1])).sum(1) + self.bias


@healthy("goals", 0.65)
def missing_links(seed: int, watch: Watch) -> float:
    """Which friendships are not on the list? The noes are drawn anew for each batch, and some of them are wrong."""
    g = np.random.default_rng(seed)
    kind = g.integers(0, 4, 150)
    friends = np.triu(g.random((150, 150)) < np.where(kind[:, None] == kind, 0.5, 0.03), 1)
    x, _, xd, _ = parts(g.permutation(np.argwhere(friends)), np.zeros(friends.sum()))
    net = Near()
    opt = Adam(net.parameters(), 2e-2)

    def strangers(n: int) -> Tensor:
        return torch.randint(0, 150, (n, 2))

    def loss_of(a: Tensor) -> Tensor:
        return F.softplus(-net(a)).mean() + F.softplus(net(strangers(len(a)))).mean()

    def judged() -> float:
        with judging(net):
            return (net(xd)[:, None] > net(strangers(300))).float().mean().item()

    return learn(watch, net, opt, dealt(x), loss_of, judged, 15)


@healthy("goals", 0.8)
def straight_paths_from_noise(seed: int, watch: Watch) -> float:
    """The way from noise to a point is to be told from somewhere on it: most of the loss cannot be helped, and stays."""
    real = arc(seed)
    net = layers(3, 64, 64, 2, act=nn.SiLU)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor) -> Tensor:
        start, t = torch.randn_like(a), torch.rand(len(a), 1)
        return F.mse_loss(net(torch.cat([(1 - t) * start + t * a, t], 1)), a - start)

    def judged() -> float:
        with judging(net):
            at = torch.randn(400, 2)
            for k in range(20):
                at = at + net(torch.cat([at, torch.full((400, 1), k / 20)], 1)) / 20
        return alike(at, real[600:])

    return learn(watch, net, opt, dealt(real[:600]), loss_of, judged, 40)
