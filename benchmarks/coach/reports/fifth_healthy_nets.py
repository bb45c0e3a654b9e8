"""Fifth set: healthy trainings that look unusual, by their nets and by what of them is trained."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm
from torch.optim import Adam, SparseAdam
from torch.utils.checkpoint import checkpoint

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.fourth_common import (
    accounted,
    correct,
    dealt,
    layers,
    learn,
    motifs,
    parts,
    quadrants,
    stepped,
    told_by,
)


class Bags(nn.Module):
    """Numbers of words, each with a vector of its own among 5,000; their mean is classified."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.say = nn.Embedding(5000, 16, sparse=True), layers(16, 32, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.words(x).mean(1))


@healthy("net", 0.8)
def only_the_rows_that_were_read(seed: int, watch: Watch) -> float:
    """Sparse gradients: most vectors are never touched, and a second optimizer is only there for the vectors."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, 900)
    x = np.where(
        g.random((900, 10)) < 0.5, 40 * y[:, None] + g.integers(0, 40, (900, 10)), g.integers(160, 5000, (900, 10))
    )
    x, y, xd, yd = parts(x, y)
    net = Bags()
    rare, rest = SparseAdam(list(net.words.parameters()), 2e-2), Adam(net.say.parameters(), 5e-3)
    with watch(net, rare, rest) as health:
        for _ in range(12):
            net.train()
            for a, b in dealt(x, y):
                loss = F.cross_entropy(net(a), b)
                stepped(loss, rare, rest)
                health.step(loss)
            correct(net, xd, yd)
    return correct(net, xd, yd)


@healthy("goals", 0.8)
def six_steps_of_a_pendulum(seed: int, watch: Watch) -> float:
    """One net is applied six times in a row, each time to its own answer; the loss is of all the six."""
    g = np.random.default_rng(seed)
    states = [np.stack([g.uniform(-2, 2, 700), g.uniform(-1, 1, 700)], 1)]
    for _ in range(6):
        turn, pace = states[-1].T
        pace = pace - 0.4 * np.sin(turn)
        states.append(np.stack([turn + 0.4 * pace, pace], 1))
    x, y, xd, yd = parts(states[0], np.stack(states[1:], 1))
    net = layers(2, 48, 48, 2, act=nn.Tanh)
    opt = Adam(net.parameters(), 3e-3)

    def path(a: Tensor) -> Tensor:
        found = []
        for _ in range(6):
            a = a + net(a)
            found.append(a)
        return torch.stack(found, 1)

    def judge() -> float:
        with judging(net):
            return accounted(path(xd), yd)

    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(path(a), b), judge, 15)


class Gated(nn.Module):
    """Eight blocks that are added by a gate each; all the gates start at 0."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.leave = nn.Linear(8, 48), nn.Linear(48, 4)
        self.blocks = nn.ModuleList(layers(48, 48, 48) for _ in range(8))
        self.gates = nn.Parameter(torch.zeros(8))

    def forward(self, x: Tensor) -> Tensor:
        h = self.enter(x)
        for gate, block in zip(self.gates, self.blocks, strict=True):
            h = h + gate * block(h)
        return self.leave(h)


@healthy("net", 0.85)
def gates_that_start_at_zero(seed: int, watch: Watch) -> float:
    """At first no block has an effect, nor a gradient: the gates have to open before."""
    x, y, xd, yd = quadrants(seed)
    net = Gated()
    opt = Adam(net.parameters(), 2e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 20
    )


class Again(nn.Module):
    """Two blocks whose activations are thrown away and computed anew on the way back."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.say = layers(8, 64, 64), layers(64, 64, 64), nn.Linear(64, 4)

    def forward(self, x: Tensor) -> Tensor:
        h = checkpoint(self.one, x, use_reentrant=False)
        return self.say(checkpoint(self.two, h.relu(), use_reentrant=False))


@healthy("net", 0.85)
def forward_done_twice(seed: int, watch: Watch) -> float:
    """Activations are not kept: on the way back each block runs forward a second time."""
    x, y, xd, yd = quadrants(seed)
    net = Again()
    opt = Adam(net.parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 15
    )


@healthy("net", 0.85)
def length_and_direction(seed: int, watch: Watch) -> float:
    """Each weight is a length times a direction: what is trained is not what the layer uses."""
    x, y, xd, yd = quadrants(seed)
    net = nn.Sequential(
        weight_norm(nn.Linear(8, 64)),
        nn.ReLU(),
        weight_norm(nn.Linear(64, 64)),
        nn.ReLU(),
        weight_norm(nn.Linear(64, 4)),
    )
    opt = Adam(net.parameters(), 4e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 18
    )


class Drawn(nn.Module):
    """A linear layer whose weights are drawn from bells at each call."""

    def __init__(self, i: int, o: int) -> None:
        super().__init__()
        self.mean, self.wide = nn.Parameter(torch.randn(o, i + 1) / i**0.5), nn.Parameter(torch.full((o, i + 1), -4.0))

    def forward(self, x: Tensor) -> Tensor:
        weight = self.mean + F.softplus(self.wide) * torch.randn_like(self.mean) * self.training
        return F.linear(x, weight[:, 1:], weight[:, 0])

    def far(self) -> Tensor:
        """Divergence from a bell of deviation 1, summed over the weights."""
        wide = F.softplus(self.wide)
        return (0.5 * (wide**2 + self.mean**2 - 1) - wide.log()).sum()


@healthy("net", 0.8)
def weights_that_are_drawn(seed: int, watch: Watch) -> float:
    """Bayes by gradients: the weights are noise around a mean, and their divergence makes up most of the loss."""
    x, y, xd, yd = quadrants(seed)
    one, two, three = Drawn(8, 48), Drawn(48, 48), Drawn(48, 4)
    net = nn.Sequential(one, nn.ReLU(), two, nn.ReLU(), three)
    opt = Adam(net.parameters(), 5e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b) + 0.1 * (one.far() + two.far() + three.far()) / len(x)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 25)


class Narrow(nn.Module):
    """A net of which only the first units of each layer may be used."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.say, self.wide = nn.Linear(8, 64), nn.Linear(64, 64), nn.Linear(64, 4), 64

    def forward(self, x: Tensor) -> Tensor:
        some = (torch.arange(64) < self.wide).float() * 64 / self.wide
        return self.say(self.two(self.one(x).relu() * some).relu() * some)


@healthy("net", 0.85)
def width_drawn_each_step(seed: int, watch: Watch) -> float:
    """Each step uses 16, 32, 48 or all 64 units: half of the weights often get a gradient of 0."""
    x, y, xd, yd = quadrants(seed)
    net = Narrow()
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        net.wide = 16 * int(torch.randint(1, 5, ()))
        return F.cross_entropy(net(a), b)

    def judge() -> float:
        net.wide = 64
        return correct(net, xd, yd)

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 20)


class Wave(nn.Module):
    """A linear layer and a sine."""

    def __init__(self, i: int, o: int, pace: float = 6.0) -> None:
        super().__init__()
        self.line, self.pace = nn.Linear(i, o), pace
        nn.init.uniform_(self.line.weight, -1 / i if i < 4 else -0.4 / i**0.5, 1 / i if i < 4 else 0.4 / i**0.5)

    def forward(self, x: Tensor) -> Tensor:
        return torch.sin(self.pace * self.line(x))


@healthy("net", 0.85)
def sines_all_the_way(seed: int, watch: Watch) -> float:
    """Sines for activations: a pattern is told from two coordinates; no unit is ever off, and none grows."""
    g = np.random.default_rng(seed)
    at = g.uniform(-1, 1, (1200, 2))
    shade = np.sin(7 * at[:, :1]) * np.cos(5 * at[:, 1:]) + 0.5 * np.sin(9 * at[:, 1:] * at[:, :1])
    x, y, xd, yd = parts(at, shade)
    net = nn.Sequential(Wave(2, 48), Wave(48, 48), nn.Linear(48, 1))
    opt = Adam(net.parameters(), 1e-3)
    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(net(a), b), lambda: told_by(net, xd, yd), 20)


class Pointing(nn.Module):
    """Scores (n, t) of the places of a series: as many classes as there are places."""

    def __init__(self) -> None:
        super().__init__()
        self.read = nn.GRU(3, 24, batch_first=True, bidirectional=True)
        self.score = nn.Linear(48, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.score(self.read(x)[0])[..., 0]


@healthy("net", 0.85)
def pointing_at_a_place(seed: int, watch: Watch) -> float:
    """The answer is a place of the input: the softmax goes over the places, and each row has its own classes."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (800, 12, 3))
    x, y, xd, yd = parts(x, (x[..., 0] + 0.5 * np.abs(x[..., 1])).argmax(1))
    net = Pointing()
    opt = Adam(net.parameters(), 8e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 15
    )


class Reservoir(nn.Module):
    """A recurrent layer that stays as it was drawn, and a reader of its last states."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = nn.RNN(3, 200, batch_first=True)
        nn.init.orthogonal_(self.pool.weight_hh_l0, 0.95)
        nn.init.normal_(self.pool.weight_ih_l0, 0, 0.7)
        self.pool.requires_grad_(False)
        self.say = layers(200, 48, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.pool(x)[0][:, -1])


@healthy("net", 0.6)
def pool_that_is_never_trained(seed: int, watch: Watch) -> float:
    """An echo state net: nine in ten weights are random for good, and were never trained by anyone."""
    x, y, xd, yd = motifs(seed, n=1200, t=10)
    net = Reservoir()
    opt = Adam(net.say.parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 25
    )


class Made(nn.Module):
    """Each column's mean and log-deviation from the columns before it: weights to later ones are held at 0."""

    def __init__(self, d: int = 5, wide: int = 60) -> None:
        super().__init__()
        self.one, self.two = nn.Linear(d, wide), nn.Linear(wide, 2 * d)
        unit = torch.arange(wide) % (d - 1)
        self.register_buffer("first", (unit[:, None] >= torch.arange(d)).float())
        self.register_buffer("last", (torch.arange(d).repeat(2)[:, None] > unit).float())

    def forward(self, x: Tensor) -> Tensor:
        h = F.linear(x, self.one.weight * self.first, self.one.bias).relu()
        return F.linear(h, self.two.weight * self.last, self.two.bias)


@healthy("net", 0.6)
def each_column_from_those_before(seed: int, watch: Watch) -> float:
    """A density, column by column: inputs are the targets, half of the weights are held at 0, the loss falls below 0."""
    g = np.random.default_rng(seed)
    z = g.normal(0, 1, (1200, 5))
    for k in range(1, 5):
        z[:, k] = np.sin(2 * z[:, k - 1]) + 0.1 * z[:, k]
    x, _, xd, _ = parts(z, z)
    net = Made()
    opt = Adam(net.parameters(), 5e-3)

    def density(a: Tensor) -> Tensor:
        mean, log = net(a).chunk(2, 1)
        return torch.distributions.Normal(mean, log.clamp(-5, 3).exp()).log_prob(a).sum(1)

    def judge() -> float:
        with judging(net):
            return accounted(net(xd)[:, 1:5], xd[:, 1:])

    return learn(watch, net, opt, dealt(x), lambda a: -density(a).mean(), judge, 20)
