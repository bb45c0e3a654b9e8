"""Sixth set: healthy trainings that look unusual, by their nets and by what comes in."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.fifth_common import keyed
from benchmarks.coach.reports.fourth_common import (
    constellations,
    correct,
    dealt,
    layers,
    learn,
    parts,
    quadrants,
    remainders,
    told_by,
)
from benchmarks.coach.reports.sixth_common import Viewer, hills, marks, towns


class Backwards(nn.Module):
    """Convolutions that only look back, at 1, 2 and 4 words' distance."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Embedding(17, 32)
        self.look = nn.ModuleList(nn.Conv1d(32, 32, 2, dilation=k) for k in (1, 2, 4))
        self.say = nn.Linear(32, 17)

    def forward(self, x: Tensor) -> Tensor:
        h = self.words(x).transpose(1, 2)
        for k, look in zip((1, 2, 4), self.look, strict=True):
            h = h + look(F.pad(h, (k, 0))).relu()
        return self.say(h.transpose(1, 2))


@healthy("net", 0.6)
def convolutions_that_look_back(seed: int, watch: Watch) -> float:
    """Next words by convolutions: the answers at a place depend on nothing behind it, and a quarter cannot be told."""
    x, y, xd, yd = remainders(seed)
    net = Backwards()
    opt = Adam(net.parameters(), 5e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a).transpose(1, 2), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 14)


class Asked(nn.Module):
    """Four learned questions look at all the frames; what they find is classified. Frames never see each other."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.ask = nn.Linear(6, 32), nn.Parameter(torch.randn(4, 32))
        self.look, self.say = nn.MultiheadAttention(32, 2, batch_first=True), layers(128, 32, 4)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.enter(x))
        found, _ = self.look(self.ask.expand(len(x), -1, -1), h, h)
        return self.say(found.flatten(1))


@healthy("net", 0.75)
def questions_that_are_learned(seed: int, watch: Watch) -> float:
    """The input's length is 24, and all of it is put into four vectors by questions that are parameters."""
    x, y, xd, yd = keyed(seed)
    net = Asked()
    opt = Adam(net.parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 16
    )


class Friends(nn.Module):
    """Attention among the neighbours in a graph, each node being its own neighbour, too."""

    def __init__(self, link: Tensor) -> None:
        super().__init__()
        self.register_buffer("link", link)
        self.enter, self.giver, self.taker = nn.Linear(7, 32), nn.Linear(32, 1), nn.Linear(32, 1)
        self.say = nn.Linear(32, 4)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.enter(x))
        score = F.leaky_relu(self.taker(h) + self.giver(h).T, 0.2)
        return self.say(score.masked_fill(self.link == 0, -1e9).softmax(1) @ h)


@healthy("net", 0.75)
def attention_along_links(seed: int, watch: Watch) -> float:
    """A graph of 400 nodes, the same in each step; 399 of 400 pairs are masked, and scores of -1e9 are no mistake."""
    g = np.random.default_rng(seed)
    x, y, xd, yd = towns(seed, 4, 400, wide=0.7)
    x, y = torch.cat([x, xd]), torch.cat([y, yd])
    link = torch.tensor(np.triu(g.random((400, 400)) < np.where(y[:, None] == y, 0.03, 0.002), 1)).float()
    net = Friends(link + link.T + torch.eye(400))
    opt = Adam(net.parameters(), 1e-2)

    def judge() -> float:
        with judging(net):
            return (net(x).argmax(1) == y)[280:].float().mean().item()

    def loss_of(_: Tensor) -> Tensor:
        return F.cross_entropy(net(x)[:280], y[:280])

    return learn(watch, net, opt, dealt(torch.zeros(10), size=1), loss_of, judge, 12)


class Bellshaped(nn.Module):
    """Sixty bells around places that are learned, and a linear layer: most units say 0 for most rows."""

    def __init__(self, x: Tensor) -> None:
        super().__init__()
        self.places = nn.Parameter(x[torch.randperm(len(x))[:60]].clone())
        self.wide, self.say = nn.Parameter(torch.zeros(60)), nn.Linear(60, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.say(torch.exp(-(torch.cdist(x, self.places) ** 2) * self.wide.exp()))


@healthy("net", 0.8)
def bells_around_places(seed: int, watch: Watch) -> float:
    """No layer has an activation that PyTorch knows of; far from all the places every unit is silent."""
    x, y, xd, yd = towns(seed)
    net = Bellshaped(x)
    opt = Adam(net.parameters(), 2e-2)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 15
    )


class Gate(nn.Module):
    """One half of the units, times a sigmoid of the other half."""

    def forward(self, x: Tensor) -> Tensor:
        return F.glu(x, 1)


@healthy("net", 0.85)
def halves_that_open_halves(seed: int, watch: Watch) -> float:
    """Gated units: each layer has twice as many outputs as the next has inputs, and nothing in it is rectified."""
    x, y, xd, yd = quadrants(seed)
    net = nn.Sequential(nn.Linear(8, 96), Gate(), nn.Linear(48, 96), Gate(), nn.Linear(48, 4))
    opt = Adam(net.parameters(), 4e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 18
    )


class Sign(nn.Module):
    """-1 or 1; on the way back as if it were the identity between -1 and 1."""

    def forward(self, x: Tensor) -> Tensor:
        soft = x.clamp(-1, 1)
        return soft + (torch.where(x < 0, -1.0, 1.0) - soft).detach()


@healthy("net", 0.75)
def plus_or_minus_one(seed: int, watch: Watch) -> float:
    """Hidden units say -1 or 1 and nothing else: seen from outside all of them are saturated, and yet they learn."""
    x, y, xd, yd = towns(seed)
    net = nn.Sequential(nn.Linear(7, 128), nn.BatchNorm1d(128), Sign(), nn.Linear(128, 5))
    opt = Adam(net.parameters(), 5e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 20
    )


@healthy("net", 0.85)
def last_layer_starts_at_zero(seed: int, watch: Watch) -> float:
    """All answers are 0 at first, and no gradient gets past the last layer in the first step; then it does."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    nn.init.zeros_(net[-1].weight)
    nn.init.zeros_(net[-1].bias)
    opt = Adam(net.parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 15
    )


@healthy("goals", 0.75)
def one_class_around_a_point(seed: int, watch: Watch) -> float:
    """Only good parts are known; they are drawn to a point, by a net without biases, and what stays away is a bad one."""
    g = np.random.default_rng(seed)
    mix = g.normal(0, 1, (3, 12))
    good = np.tanh(g.normal(0, 1, (900, 3)) @ mix) + 1
    bad = np.tanh(g.normal(0, 1, (270, 12)) * 1.7) + 1
    x, rest = torch.tensor(good[:630]).float(), torch.tensor(np.concatenate([good[630:], bad])).float()
    net = nn.Sequential(nn.Linear(12, 32, bias=False), nn.LeakyReLU(0.1), nn.Linear(32, 16, bias=False))
    with torch.no_grad():
        point = net(x).mean(0)
    opt = Adam(net.parameters(), 1e-3, weight_decay=1e-4)

    def judge() -> float:
        with judging(net):
            far = (net(rest) - point).square().sum(1)
        return (far[270:, None] > far[:270]).float().mean().item()

    return learn(watch, net, opt, dealt(x), lambda a: (net(a) - point).square().sum(1).mean(), judge, 15)


@healthy("data", 0.65)
def missing_and_told_so(seed: int, watch: Watch) -> float:
    """A fifth of the cells are missing: they are 0, and a column of yes and no for each column says which."""
    x, y, xd, yd = hills(seed, 1200)
    g = torch.Generator().manual_seed(seed)

    def holes(v: Tensor) -> Tensor:
        gone = (torch.rand(v.shape, generator=g) < 0.1).float()
        return torch.cat([v * (1 - gone), gone], 1)

    x, xd = holes(x), holes(xd)
    net = layers(10, 64, 64, 1)
    opt = Adam(net.parameters(), 2e-3, weight_decay=1e-4)
    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(net(a), b), lambda: told_by(net, xd, yd), 12)


class Filled(nn.Module):
    """What is no number in the input is replaced by a number per column, which is learned."""

    def __init__(self) -> None:
        super().__init__()
        self.instead, self.go = nn.Parameter(torch.zeros(10)), layers(10, 64, 64, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.go(torch.where(x.isnan(), self.instead, x))


@healthy("net", 0.75)
def no_numbers_are_filled_in(seed: int, watch: Watch) -> float:
    """One cell in fourteen is no number, and goes into the net like this: the net itself fills it in."""
    x, y, xd, yd = constellations(seed, 4)
    g = torch.Generator().manual_seed(seed)
    x, xd = (torch.where(torch.rand(v.shape, generator=g) < 0.07, torch.nan, v) for v in (x, xd))
    net = Filled()
    opt = Adam(net.parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 12
    )


@healthy("goals", 0.6)
def which_way_is_up(seed: int, watch: Watch) -> float:
    """Labels are thrown away: pictures of arrows are turned, four copies to a batch, and the turn is what is to be told."""
    g = np.random.default_rng(seed)
    arrow = np.array([list("00100"), list("01110"), list("10101"), list("00100"), list("00100")], dtype=float)
    x = g.normal(0, 0.4, (500, 1, 11, 11))
    for picture, (a, b) in zip(x, g.integers(0, 7, (500, 2)), strict=True):
        picture[0, a : a + 5, b : b + 5] += 1.5 * arrow
    x, _, xd, _ = parts(x, np.zeros(500))
    net = Viewer()
    opt = Adam(net.parameters(), 3e-3)

    def turned(a: Tensor) -> tuple[Tensor, Tensor]:
        return torch.cat([a.rot90(k, (2, 3)) for k in range(4)]), torch.arange(4).repeat_interleave(len(a))

    def loss_of(a: Tensor) -> Tensor:
        return F.cross_entropy(net(turned(a)[0]), turned(a)[1])

    return learn(watch, net, opt, dealt(x, size=16), loss_of, lambda: correct(net, *turned(xd)), 10)


class Squeezed(Viewer):
    """Channels are weighed by what all the places say of them together."""

    def __init__(self) -> None:
        super().__init__()
        self.weigh = nn.Sequential(nn.Linear(16, 4), nn.ReLU(), nn.Linear(4, 16), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        h = self.body[:4](x)
        h = h * 2 * self.weigh(h.mean((2, 3)))[:, :, None, None]
        return self.head(self.body[4:](h))


@healthy("net", 0.85)
def channels_that_are_weighed(seed: int, watch: Watch) -> float:
    """Squeeze and excite: sigmoids in the middle of the net, behind a layer of four units."""
    x, y, xd, yd = marks(seed)
    net = Squeezed()
    opt = Adam(net.parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 14
    )


@healthy("tuning", 0.85)
def linear_at_a_high_rate(seed: int, watch: Watch) -> float:
    """A single linear layer on made-up products of columns, by plain descent at a rate of 1."""
    x, y, xd, yd = constellations(seed, 4, wide=0.35)
    pairs = torch.triu_indices(10, 10)
    x, xd = (v[:, pairs[0]] * v[:, pairs[1]] / 4 for v in (x, xd))
    net = nn.Linear(55, 4)
    opt = SGD(net.parameters(), 1.0)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 20
    )
