"""Eighth set: healthy trainings of unusual nets."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import LambdaLR

from benchmarks.coach.reports.common import Watch, healthy, judging, split
from benchmarks.coach.reports.eighth_common import beats, glyphs, harvest, orchard, sorts, tickets, weighs
from benchmarks.coach.reports.seventh_common import batches_of, dense, fit, right


class Waves(nn.Module):
    """Sines and cosines of fixed random directions of the input."""

    def __init__(self, columns: int, many: int, pace: float) -> None:
        super().__init__()
        self.register_buffer("turn", pace * torch.randn(columns, many))

    def forward(self, x: Tensor) -> Tensor:
        h = x @ self.get_buffer("turn")
        return torch.cat([h.sin(), h.cos()], 1)


@healthy("net", 0.7)
def a_hundred_waves_first(seed: int, watch: Watch) -> float:
    """Fixed random waves stand in front; what the layers get is between -1 and 1, and looks like noise."""
    net = nn.Sequential(Waves(5, 50, 0.5), dense(100, 48, 1))
    return weighs(watch, net, Adam(net.parameters(), 3e-3), harvest(seed), 16)


class Tree(nn.Module):
    """A soft tree of depth 4: sixteen leaves, each with an answer; a row goes a little to each of them."""

    def __init__(self, columns: int, answers: int) -> None:
        super().__init__()
        self.turns, self.leaves = nn.Linear(columns, 15), nn.Parameter(0.1 * torch.randn(16, answers))

    def forward(self, x: Tensor) -> Tensor:
        left, share = self.turns(x).sigmoid(), x.new_ones(len(x), 1)
        for deep in range(4):
            p = left[:, 2**deep - 1 : 2 ** (deep + 1) - 1]
            share = torch.stack([share * p, share * (1 - p)], 2).flatten(1)
        return share @ self.leaves


@healthy("net", 0.5)
def eight_soft_trees(seed: int, watch: Watch) -> float:
    """There is no hidden layer: eight trees of sigmoids share each row out among their leaves."""
    net = Sum([Tree(5, 1) for _ in range(8)])
    return weighs(watch, net, Adam(net.parameters(), 2e-2), harvest(seed), 20)


class Sum(nn.Module):
    """The sum of several nets' answers."""

    def __init__(self, nets: list[Tree]) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, x: Tensor) -> Tensor:
        return torch.stack([n(x) for n in self.nets]).sum(0)


class Highway(nn.Module):
    """A layer that mostly lets its input pass, at first."""

    def __init__(self, wide: int) -> None:
        super().__init__()
        self.new, self.gate = nn.Linear(wide, wide), nn.Linear(wide, wide)
        nn.init.constant_(self.gate.bias, -3.0)

    def forward(self, x: Tensor) -> Tensor:
        share = self.gate(x).sigmoid()
        return share * self.new(x).relu() + (1 - share) * x


@healthy("net", 0.65)
def ten_layers_with_a_way_around(seed: int, watch: Watch) -> float:
    """Ten gated layers whose gates are nearly shut at first: gradients of their weights start tiny."""
    net = nn.Sequential(nn.Linear(8, 32), *[Highway(32) for _ in range(10)], nn.Linear(32, 5))
    return sorts(watch, net, Adam(net.parameters(), 3e-3), orchard(seed), 8)


class Densely(nn.Module):
    """Each layer's output is put beside its input."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleList([nn.Conv2d(1 + 6 * k, 6, 3, padding=1) for k in range(4)])
        self.say = nn.Linear(25 * 4, 5)

    def forward(self, x: Tensor) -> Tensor:
        for k, part in enumerate(self.parts):
            x = torch.cat([x, part(x).relu()], 1)
            x = F.max_pool2d(x, 2) if k % 2 else x
        return self.say(F.adaptive_max_pool2d(x, 2).flatten(1))


@healthy("net", 0.75)
def all_layers_so_far_beside_each_other(seed: int, watch: Watch) -> float:
    """A small dense net: each layer sees the picture and all the layers before it."""
    net = Densely()
    return sorts(watch, net, Adam(net.parameters(), 4e-3), glyphs(seed), 10)


class Linearly(nn.Module):
    """Attention without a softmax: a product of sums, in one pass."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.all, self.say = nn.Embedding(60, 24), nn.Linear(24, 72), dense(24, 32, 3)

    def forward(self, x: Tensor) -> Tensor:
        h, on = self.words(x), (x > 0).unsqueeze(2)
        q, k, v = self.all(h).chunk(3, 2)
        q, k = F.elu(q) + 1, (F.elu(k) + 1) * on
        look = q @ (k.transpose(1, 2) @ v) / (q * k.sum(1, keepdim=True)).sum(2, keepdim=True)
        return self.say(((h + look) * on).sum(1) / on.sum(1))


@healthy("net", 0.6)
def attention_without_a_softmax(seed: int, watch: Watch) -> float:
    """Weights of attention are products of positive numbers; no score is ever taken to a power."""
    net = Linearly()
    return sorts(watch, net, Adam(net.parameters(), 3e-3), tickets(seed, 1500), 10)


class Decaying(nn.Module):
    """Sixteen numbers that decay, each at its own learned pace, and are fed by the series; no gates."""

    def __init__(self) -> None:
        super().__init__()
        self.into, self.pace = nn.Linear(2, 32), nn.Parameter(torch.linspace(-1, 3, 32))
        self.say = dense(32, 32, 4)

    def forward(self, x: Tensor) -> Tensor:
        fed, keep = self.into(x), self.pace.sigmoid()
        state = torch.zeros_like(fed[:, 0])
        for t in range(x.shape[1]):
            state = keep * state + fed[:, t].relu()
        return self.say(state)


@healthy("net", 0.75)
def states_that_only_decay(seed: int, watch: Watch) -> float:
    """A linear recurrence of 32 numbers: what is old is small, and its gradient as well."""
    net = Decaying()
    return sorts(watch, net, Adam(net.parameters(), 6e-3), beats(seed), 12)


class Mixer(nn.Module):
    """Patches of a picture, mixed along the places and along the channels in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.cut = nn.Conv2d(1, 32, 3, stride=3)
        self.places = nn.ModuleList([dense(16, 32, 16, act=nn.GELU) for _ in range(2)])
        self.channels = nn.ModuleList([dense(32, 64, 32, act=nn.GELU) for _ in range(2)])
        self.norms = nn.ModuleList([nn.LayerNorm(32) for _ in range(4)])
        self.say = nn.Linear(32, 5)

    def forward(self, x: Tensor) -> Tensor:
        h = self.cut(x).flatten(2).transpose(1, 2)
        for k in range(2):
            h = h + self.places[k](self.norms[2 * k](h).transpose(1, 2)).transpose(1, 2)
            h = h + self.channels[k](self.norms[2 * k + 1](h))
        return self.say(h.mean(1))


@healthy("net", 0.6)
def places_and_channels_in_turn(seed: int, watch: Watch) -> float:
    """A mixer: sixteen patches, dense layers along them and across them, a rate that falls in a half wave."""
    x, y, xd, yd = glyphs(seed, 2000, noise=0.15)
    net = Mixer()
    opt = AdamW(net.parameters(), 3e-3, weight_decay=0.05)
    steps = 9 * (len(x) // 32)
    schedule = LambdaLR(opt, lambda k: 0.5 + 0.5 * math.cos(math.pi * min(1.0, k / steps)))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b, label_smoothing=0.1)

    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 9, after_step=schedule.step)


class Patches(nn.Module):
    """A small vision transformer with a token for the class."""

    def __init__(self) -> None:
        super().__init__()
        self.cut, self.first = nn.Conv2d(1, 24, 4, stride=2), nn.Parameter(torch.zeros(1, 1, 24))
        self.places = nn.Parameter(0.02 * torch.randn(1, 26, 24))
        layer = nn.TransformerEncoderLayer(24, 2, 48, 0.0, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.say = nn.Linear(24, 5)

    def forward(self, x: Tensor) -> Tensor:
        h = self.cut(x).flatten(2).transpose(1, 2)
        h = torch.cat([self.first.expand(len(h), -1, -1), h], 1) + self.places
        return self.say(self.layers(h)[:, 0])


@healthy("net", 0.6)
def pieces_of_a_picture_as_words(seed: int, watch: Watch) -> float:
    """The class is read off a token of zeros that is learned; gradients are cut at 1, and the rate is warmed up."""
    x, y, xd, yd = glyphs(seed, 1100)
    net = Patches()
    opt = AdamW(net.parameters(), 4e-3, weight_decay=0.05)
    schedule = LambdaLR(opt, lambda k: min(1.0, k / 40))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    def cut() -> None:
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)

    judge = right(net, xd, yd)
    batches = batches_of(x, y)
    return fit(watch, net, opt, batches, loss_of, judge, 8, before_step=cut, after_step=schedule.step)


class Factors(nn.Module):
    """A factorization machine over three kinds: biases, and products of vectors."""

    def __init__(self) -> None:
        super().__init__()
        self.alone, self.pairs = nn.Embedding(90, 1), nn.Embedding(90, 5)
        nn.init.normal_(self.pairs.weight, 0, 0.1)
        nn.init.zeros_(self.alone.weight)

    def forward(self, x: Tensor) -> Tensor:
        v = self.pairs(x)
        both = 0.5 * (v.sum(1) ** 2 - (v**2).sum(1)).sum(1, keepdim=True)
        return self.alone(x).sum(1) + both


@healthy("net", 0.6)
def products_of_three_kinds(seed: int, watch: Watch) -> float:
    """A factorization machine: no layer at all, most vectors get no gradient in a step, answers start at nearly 0."""
    g = np.random.default_rng(seed)
    x = g.integers(0, 30, (3000, 3)) + np.array([0, 30, 60])
    v, w = g.normal(0, 0.6, (90, 3)), g.normal(0, 0.7, 90)
    y = w[x].sum(1) + 0.5 * ((v[x].sum(1) ** 2).sum(1) - (v[x] ** 2).sum((1, 2))) + g.normal(0, 0.1, 3000)
    net = Factors()
    return weighs(watch, net, Adam(net.parameters(), 2e-2), split(x, ((y - y.mean()) / y.std())[:, None]), 12)


class Crossed(nn.Module):
    """Three layers that multiply by the input again, and a few dense ones beside them."""

    def __init__(self) -> None:
        super().__init__()
        self.cross = nn.ModuleList([nn.Linear(5, 5) for _ in range(3)])
        self.deep, self.say = dense(5, 32, 16), nn.Linear(21, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = x
        for layer in self.cross:
            h = x * layer(h) + h
        return self.say(torch.cat([h, self.deep(x)], 1))


@healthy("net", 0.7)
def input_multiplied_in_again(seed: int, watch: Watch) -> float:
    """Cross layers, so that some features are powers of the input, and have long tails."""
    net = Crossed()

    return weighs(watch, net, Adam(net.parameters(), 5e-3), harvest(seed), 18)


class Hats(nn.Module):
    """Each edge is a curve: a sum of eight bells over a column, and no other activation."""

    def __init__(self, columns: int, outputs: int) -> None:
        super().__init__()
        self.weights = nn.Parameter(0.1 * torch.randn(columns, 8, outputs))
        self.register_buffer("at", torch.linspace(-2.5, 2.5, 8))

    def forward(self, x: Tensor) -> Tensor:
        hats = torch.exp(-((x[..., None] - self.get_buffer("at")) ** 2) * 2)
        return torch.einsum("nck,cko->no", hats, self.weights)


@healthy("net", 0.7)
def a_curve_on_each_edge(seed: int, watch: Watch) -> float:
    """Two layers of curves in place of weights: most of a curve's numbers have next to no gradient for a row."""
    net = nn.Sequential(Hats(5, 10), Hats(10, 1))
    return weighs(watch, net, Adam(net.parameters(), 1e-2), harvest(seed, 1400), 15)


class Rising(nn.Module):
    """A net that can only rise with its input: weights are squared before they are used."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Parameter(0.7 * torch.randn(24, 3)), nn.Parameter(0.3 * torch.randn(1, 24))
        self.off, self.end = nn.Parameter(torch.randn(24)), nn.Parameter(torch.zeros(1))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(F.linear(x, self.one**2, self.off).tanh(), self.two**2, self.end)


@healthy("net", 0.8)
def it_can_only_rise(seed: int, watch: Watch) -> float:
    """More of anything is never less: weights are used squared, and some of them end at 0 for good."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (1000, 3))
    y = np.tanh(2 * x[:, 0]) + np.log1p(np.exp(2 * x[:, 1])) + g.normal(0, 0.1, 1000)
    net = Rising()
    return weighs(watch, net, Adam(net.parameters(), 1e-2), split(x, ((y - y.mean()) / y.std())[:, None]), 18)


class Recall(nn.Module):
    """Keys and values come in, then a key: what was its value? One look, at a learned sharpness."""

    def __init__(self) -> None:
        super().__init__()
        self.keys, self.values = nn.Embedding(20, 16), nn.Embedding(6, 16)
        self.ask, self.say = nn.Linear(16, 16), nn.Linear(16, 6)

    def forward(self, x: Tensor) -> Tensor:
        k, v, q = self.keys(x[:, 0:10:2]), self.values(x[:, 1:10:2]), self.ask(self.keys(x[:, 10]))
        return self.say(((k @ q[:, :, None]).softmax(1) * v).sum(1))


@healthy("net", 0.8)
def what_was_its_value(seed: int, watch: Watch) -> float:
    """Five pairs and a question: at chance for some epochs, then all at once it knows."""
    g = torch.Generator().manual_seed(seed)
    keys = torch.rand(3000, 20, generator=g).argsort(1)[:, :5]
    values = torch.randint(0, 6, (3000, 5), generator=g)
    which = torch.randint(0, 5, (3000, 1), generator=g)
    x = torch.cat([torch.stack([keys, values], 2).flatten(1), keys.gather(1, which)], 1)
    net = Recall()
    return sorts(watch, net, Adam(net.parameters(), 5e-3), split(x, values.gather(1, which)[:, 0]), 14)


@healthy("net", 0.7)
def layers_scaled_to_a_thousandth(seed: int, watch: Watch) -> float:
    """Each block's output is multiplied by a vector that starts at 0.001: blocks do next to nothing at first."""
    net = nn.Sequential(nn.Linear(5, 32), *[Scaled(32) for _ in range(5)], nn.Linear(32, 1))
    return weighs(watch, net, Adam(net.parameters(), 4e-3), harvest(seed), 16)


class Scaled(nn.Module):
    """A block beside its input, by a small learned vector."""

    def __init__(self, wide: int) -> None:
        super().__init__()
        self.body, self.scale = dense(wide, 2 * wide, wide, act=nn.GELU), nn.Parameter(torch.full((wide,), 1e-3))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.scale * self.body(x)


@healthy("goals", 0.6)
def four_columns_by_two(seed: int, watch: Watch) -> float:
    """A linear autoencoder of twelve columns by four numbers: what is left is all that four can leave."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(900, 4, generator=g) @ torch.randn(4, 12, generator=g) + 0.7 * torch.randn(900, 12, generator=g)
    x = (x - x.mean(0)) / x.std(0)
    net = nn.Sequential(nn.Linear(12, 4, bias=False), nn.Linear(4, 12, bias=False))

    def loss_of(a: Tensor) -> Tensor:
        return F.mse_loss(net(a), a)

    def judge() -> float:
        with judging(net):
            return 1 - F.mse_loss(net(x[630:]), x[630:]).item()

    return fit(watch, net, SGD(net.parameters(), 0.2, momentum=0.9), batches_of(x[:630]), loss_of, judge, 15)
