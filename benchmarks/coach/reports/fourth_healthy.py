"""Fourth set: healthy trainings that look unusual, by their losses, their goals and who trains whom."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.fourth_common import (
    accounted,
    constellations,
    correct,
    dealt,
    layers,
    learn,
    nearest,
    parts,
    quadrants,
    springs,
    stepped,
    told_by,
)
from benchmarks.coach.reports.fourth_data import tones


@healthy("loss", 0.7)
def several_answers_at_once(seed: int, watch: Watch) -> float:
    """A mixture of three bells: the same input has two right answers, and the loss falls below 0."""
    g = np.random.default_rng(seed)
    x = g.uniform(-2, 2, (900, 1))
    y = g.choice([-1.0, 1.0], (900, 1)) * (1 + 0.4 * np.sin(2 * x)) + g.normal(0, 0.06, (900, 1))
    x, y, xd, yd = parts(x, y)
    net = layers(1, 48, 48, 9, act=nn.Tanh)
    opt = Adam(net.parameters(), 5e-3)

    def density(a: Tensor, b: Tensor) -> Tensor:
        share, mean, wide = net(a).split(3, 1)
        bells = torch.distributions.Normal(mean, F.softplus(wide) + 0.02)
        return torch.logsumexp(share.log_softmax(1) + bells.log_prob(b), 1)

    def judge() -> float:
        with judging(net):
            return torch.sigmoid(density(xd, yd).mean() + 1).item()

    return learn(watch, net, opt, dealt(x, y), lambda a, b: -density(a, b).mean(), judge, 30)


class Written(nn.Module):
    """One net writes the weights of the other, out of the task's number."""

    def __init__(self) -> None:
        super().__init__()
        self.write = layers(4, 32, 6 * 12 + 12 + 12 + 1)

    def forward(self, x: Tensor, task: Tensor) -> Tensor:
        first, bias, second, last = self.write(F.one_hot(task, 4).float()).split([72, 12, 12, 1], 1)
        h = torch.einsum("ni,nij->nj", x, first.view(-1, 6, 12)) + bias
        return (h.relu() * second).sum(1, keepdim=True) + last


@healthy("net", 0.75)
def weights_written_by_a_net(seed: int, watch: Watch) -> float:
    """The layers that meet the input have no weights of their own: another net puts them out, for each row."""
    g = torch.Generator().manual_seed(seed)
    x, task = torch.randn(1000, 6, generator=g), torch.randint(0, 4, (1000,), generator=g)
    ways = torch.randn(4, 6, generator=g) / 2.4
    y = (x * ways[task]).sum(1, keepdim=True).abs() - 0.6
    net = Written()
    opt = Adam(net.parameters(), 4e-3)

    def judge() -> float:
        with judging(net):
            return accounted(net(x[700:], task[700:]), y[700:])

    batches = dealt(x[:700], task[:700], y[:700])
    return learn(watch, net, opt, batches, lambda a, t, b: F.mse_loss(net(a, t), b), judge, 30)


@healthy("goals", 0.85)
def few_codes_awake(seed: int, watch: Watch) -> float:
    """A sparse autoencoder: of 96 units most are 0 for most rows, on purpose."""
    g = np.random.default_rng(seed)
    parts_ = g.normal(0, 1, (24, 16))
    mixed = (g.random((900, 24)) < 0.1) * g.uniform(0.5, 1.5, (900, 24))
    x, _, xd, _ = parts(mixed @ parts_ / 1.6, mixed)
    net = nn.Sequential(nn.Linear(16, 96), nn.ReLU(), nn.Linear(96, 16))
    opt = Adam(net.parameters(), 4e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        codes = net[1](net[0](a))
        return (net[2](codes) - b).square().sum(1).mean() + 0.05 * codes.sum(1).mean()

    return learn(watch, net, opt, dealt(x, x), loss_of, lambda: told_by(net, xd, xd), 35)


class Settled(nn.Module):
    """One layer that is applied until nothing changes any more; only the last time has a gradient."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.turn, self.say = nn.Linear(8, 48), nn.Linear(48, 48, bias=False), nn.Linear(48, 4)
        nn.init.orthogonal_(self.turn.weight, 0.6)

    def forward(self, x: Tensor) -> Tensor:
        given, h = self.enter(x), torch.zeros(len(x), 48)
        with torch.no_grad():
            for _ in range(8):
                h = torch.tanh(given + self.turn(h))
        for _ in range(2):
            h = torch.tanh(given + self.turn(h))
        return self.say(h)


@healthy("net", 0.85)
def layer_at_rest(seed: int, watch: Watch) -> float:
    """A deep equilibrium: ten times the same layer, eight of them without a gradient."""
    x, y, xd, yd = quadrants(seed)
    net = Settled()
    opt = Adam(net.parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 20
    )


@healthy("net", 0.8)
def each_layer_for_itself(seed: int, watch: Watch) -> float:
    """Each layer has a small head and a loss of its own; between the layers the gradient is cut, on purpose."""
    x, y, xd, yd = quadrants(seed)
    body = nn.ModuleList([layers(8, 64), layers(64, 64), layers(64, 64)])
    heads = nn.ModuleList([nn.Linear(64, 4) for _ in range(3)])
    net = nn.ModuleDict({"body": body, "heads": heads})
    opt = Adam(net.parameters(), 3e-3)

    def answers(a: Tensor) -> list[Tensor]:
        told = []
        for layer, head in zip(body, heads, strict=True):
            a = layer(a.detach()).relu()
            told.append(head(a))
        return told

    def judge() -> float:
        with judging(net):
            return (answers(xd)[-1].argmax(1) == yd).float().mean().item()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return torch.stack([F.cross_entropy(z, b) for z in answers(a)]).sum()

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 20)


@healthy("loss", 0.6)
def steps_of_a_ladder(seed: int, watch: Watch) -> float:
    """Ordered classes: one score and four thresholds, each a yes or no of its own."""
    x, y, xd, yd = springs(seed, noise=0.2)
    cuts = torch.tensor([-1.0, -0.35, 0.25, 0.9])
    rung, rung_d = (y > cuts).float(), (yd > cuts).sum(1)

    class Ladder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.score, self.cuts = layers(6, 64, 64, 1), nn.Parameter(torch.tensor([-1.0, -0.3, 0.3, 1.0]))

        def forward(self, a: Tensor) -> Tensor:
            return self.score(a) - self.cuts

    net = Ladder()
    opt = Adam(net.parameters(), 4e-3)

    def judge() -> float:
        with judging(net):
            return ((net(xd) > 0).sum(1) == rung_d).float().mean().item()

    return learn(watch, net, opt, dealt(x, rung), lambda a, b: F.binary_cross_entropy_with_logits(net(a), b), judge, 25)


@healthy("goals", 0.7)
def one_in_the_bag(seed: int, watch: Watch) -> float:
    """Bags of 6 rows with one label: yes if one row is of a kind; only the strongest row of a bag gets a gradient."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (700, 6, 8))
    hot = (x[..., 0] * x[..., 1] > 0.5) & (x[..., 2] > 0.3)
    x, y, xd, yd = parts(x, hot.any(1).astype(float))
    net = layers(8, 48, 48, 1)
    opt = Adam(net.parameters(), 4e-3)

    def score(a: Tensor) -> Tensor:
        return net(a).amax(1)[:, 0]

    def judge() -> float:
        with judging(net):
            return ((score(xd) > 0) == (yd > 0)).float().mean().item()

    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.binary_cross_entropy_with_logits(score(a), b), judge, 40)


@healthy("goals", 0.6)
def old_draws_used_again(seed: int, watch: Watch) -> float:
    """Clipped policy steps: three passes over the same draws; each pass begins with a loss of 0."""
    x, y, xd, yd = constellations(seed)
    net = layers(10, 64, 6)
    opt = Adam(net.parameters(), 8e-3)
    with watch(net, opt) as health:
        for _ in range(160):
            rows = torch.randint(0, len(x), (192,))
            with torch.no_grad():
                old = Categorical(logits=net(x[rows]))
                action = old.sample()
            reward = (action == y[rows]).float()
            gain = (reward - reward.mean()) / (reward.std() + 1e-6)
            for _ in range(3):
                ratio = (Categorical(logits=net(x[rows])).log_prob(action) - old.log_prob(action)).exp()
                loss = -torch.minimum(ratio * gain, ratio.clamp(0.8, 1.2) * gain).mean()
                stepped(loss, opt)
                health.step(loss)
    return correct(net, xd, yd)


@healthy("goals", 0.8)
def pupil_and_its_average(seed: int, watch: Watch) -> float:
    """Of 630 rows 90 have labels; for the others the net agrees with its own running average on noisy inputs."""
    x, y, xd, yd = constellations(seed, 4)
    net = layers(10, 64, 64, 4)
    slow = deepcopy(net).requires_grad_(False)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor) -> Tensor:
        some = torch.randint(0, 90, (24,))
        told = F.cross_entropy(net(x[some]), y[some])
        apart = net(a + 0.15 * torch.randn_like(a)).softmax(1) - slow(a + 0.15 * torch.randn_like(a)).softmax(1)
        return told + 2 * apart.square().sum(1).mean()

    def after_step() -> None:
        with torch.no_grad():
            for s, p in zip(slow.parameters(), net.parameters(), strict=True):
                s.lerp_(p, 0.05)

    return learn(watch, net, opt, dealt(x), loss_of, lambda: correct(slow, xd, yd), 20, after_step=after_step)


@healthy("net", 0.85)
def angles_with_a_margin(seed: int, watch: Watch) -> float:
    """Classes are directions: scores are cosines times 12, less a margin in training; no score can pass 12."""
    x, y, xd, yd = constellations(seed)
    body = layers(10, 64, 16)
    ways = nn.Linear(16, 6, bias=False)
    net = nn.ModuleDict({"body": body, "ways": ways})
    opt = Adam(net.parameters(), 4e-3)

    def cosines(a: Tensor) -> Tensor:
        return F.linear(F.normalize(body(a), dim=1), F.normalize(ways.weight, dim=1))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(12 * (cosines(a) - 0.25 * F.one_hot(b, 6)), b)

    def judge() -> float:
        with judging(net):
            return (cosines(xd).argmax(1) == yd).float().mean().item()

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 20)


@healthy("data", 0.85)
def classes_that_come_later(seed: int, watch: Watch) -> float:
    """Two classes at first, two more after 8 epochs, the last two after 16; the loss jumps up twice."""
    x, y, xd, yd = constellations(seed)
    net = layers(10, 64, 64, 6)
    opt = Adam(net.parameters(), 2e-3)
    with watch(net, opt) as health:
        for epoch in range(26):
            net.train()
            known = y < 2 + 2 * min(2, epoch // 8)
            for a, b in dealt(x[known], y[known]):
                loss = F.cross_entropy(net(a), b)
                stepped(loss, opt)
                health.step(loss)
            correct(net, xd, yd)
    return correct(net, xd, yd)


@healthy("goals", 0.8)
def two_halves_that_agree(seed: int, watch: Watch) -> float:
    """Barlow's twins: the loss is a sum over pairs of outputs, and large; labels are only used to judge."""
    x, y, xd, yd = constellations(seed, 4, wide=0.35)
    net = layers(10, 96, 96, 24)
    opt = Adam(net.parameters(), 2e-3)

    def loss_of(a: Tensor) -> Tensor:
        one, two = (net(a + 0.25 * torch.randn_like(a)) for _ in range(2))
        one, two = ((z - z.mean(0)) / (z.std(0) + 1e-4) for z in (one, two))
        alike = one.T @ two / len(a)
        off = alike - torch.diag(alike.diagonal())
        return (alike.diagonal() - 1).square().sum() + 0.02 * off.square().sum()

    def judge() -> float:
        with judging(net):
            return (nearest(net(xd), net(x), y) == yd).float().mean().item()

    return learn(watch, net, opt, dealt(x, size=90, drop_last=True), loss_of, judge, 20)


@healthy("goals", 0.6)
def two_towers(seed: int, watch: Watch) -> float:
    """Two nets for two kinds of input, one loss both ways, and a temperature that is learned, too."""
    g = np.random.default_rng(seed)
    z = g.normal(0, 1, (1200, 4))
    bend, other = g.normal(0, 0.7, (2, 4, 20))
    one, two, one_d, two_d = parts(
        np.tanh(z @ bend) + g.normal(0, 0.1, (1200, 20)), np.tanh(z @ other) + g.normal(0, 0.1, (1200, 20)), 0.9
    )

    class Towers(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two, self.heat = layers(20, 64, 16), layers(20, 64, 16), nn.Parameter(torch.tensor(2.0))

        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return self.heat.exp() * F.normalize(self.one(a), dim=1) @ F.normalize(self.two(b), dim=1).T

    net = Towers()
    opt = Adam(net.parameters(), 4e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        scores, right = net(a, b), torch.arange(len(a))
        return (F.cross_entropy(scores, right) + F.cross_entropy(scores.T, right)) / 2

    def judge() -> float:
        with judging(net):
            return (net(one_d, two_d).argmax(1) == torch.arange(len(one_d))).float().mean().item()

    return learn(watch, net, opt, dealt(one, two, size=60), loss_of, judge, 20)


@healthy("loss", 0.8)
def symbols_without_places(seed: int, watch: Watch) -> float:
    """CTC: 12 frames, 3 symbols, nobody says which frame is which; the loss starts far above any class's."""
    g = np.random.default_rng(seed)
    y = g.integers(1, 5, (500, 3))
    x = g.normal(0, 0.3, (500, 12, 6))
    for i in range(500):
        at = np.sort(g.choice(np.arange(0, 12, 2), 3, replace=False))
        for k in range(3):
            x[i, at[k] : at[k] + 2, y[i, k]] += 1.5
    x, y, xd, yd = parts(x, y)
    net = nn.ModuleDict({"read": nn.GRU(6, 32, batch_first=True, bidirectional=True), "say": nn.Linear(64, 5)})
    opt = Adam(net.parameters(), 8e-3)

    def logs(a: Tensor) -> Tensor:
        return net["say"](net["read"](a)[0]).log_softmax(2)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        n = len(a)
        return F.ctc_loss(logs(a).transpose(0, 1), b, torch.full((n,), 12), torch.full((n,), 3))

    def judge() -> float:
        with judging(net):
            best = logs(xd).argmax(2)
        told = [[s for s in torch.unique_consecutive(row).tolist() if s] for row in best]
        return float(np.mean([t == r for t, r in zip(told, yd.tolist(), strict=True)]))

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 20)


class Tuned(nn.Module):
    """A Fourier transform stands in front of the first layer."""

    def __init__(self) -> None:
        super().__init__()
        self.say = layers(33, 32, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.say(torch.fft.rfft(x[:, 0]).abs().log1p())


@healthy("net", 0.9)
def spectrum_first(seed: int, watch: Watch) -> float:
    """The net itself takes the spectrum of a sound: the first thing that it does is no layer."""
    x, y, xd, yd = parts(*tones(seed))
    net = Tuned()
    opt = SGD(net.parameters(), 0.1, momentum=0.9)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 12
    )
