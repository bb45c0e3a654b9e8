"""Seventh set: healthy trainings of unusual nets."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.optim import SGD, Adam, AdamW

from benchmarks.coach.reports.common import Split, Watch, healthy, judging, split
from benchmarks.coach.reports.seventh_common import (
    Reader,
    batches_of,
    chirps,
    classified,
    clouds,
    dense,
    digits,
    fit,
    grown,
    houses,
    looker,
    measured,
    near,
    reviews,
    right,
    sentences,
)


class Molecules(nn.Module):
    """Small graphs (n, nodes, columns) with links beside them (n, nodes, nodes): three rounds of sums, then one sum."""

    def __init__(self, d: int) -> None:
        super().__init__()
        self.rounds = nn.ModuleList([nn.Linear(d, 24), nn.Linear(24, 24), nn.Linear(24, 24)])
        self.say = dense(24, 24, 1)

    def forward(self, x: Tensor) -> Tensor:
        nodes = x.shape[1]
        h, links = x[..., :-nodes], x[..., -nodes:] + torch.eye(nodes)
        for layer in self.rounds:
            h = F.relu(layer(links @ h / 3))
        return self.say(h.mean(1))


@healthy("net", 0.6)
def molecules_of_a_dozen_atoms(seed: int, watch: Watch) -> float:
    """Graphs with other links each; most of the input is 0, and the answer counts pairs of unlike neighbours."""
    g = np.random.default_rng(seed)
    links = np.triu(g.random((700, 10, 10)) < 0.25, 1).astype(float)
    links += links.transpose(0, 2, 1)
    kind = np.eye(3)[g.integers(0, 3, (700, 10))]
    y = np.einsum("nij,ni,nj->n", links, kind[..., 0], kind[..., 1]) + 0.5 * np.einsum("nij,ni->n", links, kind[..., 2])
    data = split(np.concatenate([kind, links], 2), ((y - y.mean()) / y.std())[:, None])
    net = Molecules(3)
    return measured(watch, net, Adam(net.parameters(), 5e-3), data, 20)


class OneExpert(nn.Module):
    """A gate sends each row to one of four experts; its weight passes the gradient on."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = nn.Linear(8, 4)
        self.experts = nn.ModuleList(dense(8, 24, 6) for _ in range(4))
        self.load = torch.zeros(())

    def forward(self, x: Tensor) -> Tensor:
        p = self.gate(x).softmax(1)
        most, which = p.max(1)
        self.load = 4 * (F.one_hot(which, 4).float().mean(0) * p.mean(0)).sum()
        said = torch.stack([e(x) for e in self.experts], 1)
        return said[torch.arange(len(x)), which] * most[:, None] * 2


@healthy("net", 0.75)
def each_row_to_one_expert(seed: int, watch: Watch) -> float:
    """A mixture of experts, one for each row, and a small loss for an even load: most experts are silent for most rows."""
    x, y, xd, yd = clouds(seed)
    net = OneExpert()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b) + 0.05 * net.load

    return fit(watch, net, Adam(net.parameters(), 4e-3), batches_of(x, y), loss_of, right(net, xd, yd), 20)


class Coupled(nn.Module):
    """Six couplings: half of the columns say how the other half is stretched and moved, in turn."""

    def __init__(self) -> None:
        super().__init__()
        self.says = nn.ModuleList(dense(1, 32, 2) for _ in range(6))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        logs = torch.zeros(len(x))
        for k, say in enumerate(self.says):
            still, moved = (x[:, :1], x[:, 1:]) if k % 2 else (x[:, 1:], x[:, :1])
            stretch, by = say(still).chunk(2, 1)
            stretch = torch.tanh(stretch)
            moved, logs = moved * stretch.exp() + by, logs + stretch[:, 0]
            x = torch.cat([still, moved] if k % 2 else [moved, still], 1)
        return x, logs


@healthy("goals", 0.4)
def two_columns_coupled(seed: int, watch: Watch) -> float:
    """A density of two columns by couplings: the loss is a likelihood, and a good one is below 0."""
    g = torch.Generator().manual_seed(seed)
    turn = torch.rand(1500, generator=g) * 3.14
    x = torch.stack([turn.cos(), turn.sin() ** 2], 1) * 0.6 + 0.06 * torch.randn(1500, 2, generator=g)
    net = Coupled()

    def loss_of(a: Tensor) -> Tensor:
        z, logs = net(a)
        return (0.5 * (z**2).sum(1) + 1.838 - logs).mean()

    def judge() -> float:
        with judging(net):
            return -loss_of(x[1000:]).item()

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x[:1000]), loss_of, judge, 25)


class Thin(nn.Module):
    """Convolutions of one channel each, and of one pixel each, with norms and without biases."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.SiLU()]
        for _ in range(2):
            layers += [nn.Conv2d(16, 16, 3, padding=1, groups=16, bias=False), nn.BatchNorm2d(16), nn.SiLU()]
            layers += [nn.Conv2d(16, 16, 1, bias=False), nn.BatchNorm2d(16), nn.MaxPool2d(2)]
        self.body, self.say = nn.Sequential(*layers), nn.Linear(144, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.body(x).flatten(1))


@healthy("net", 0.75)
def thin_convolutions(seed: int, watch: Watch) -> float:
    """Nearly no layer has a bias, and every other convolution sees one channel: as in nets for telephones."""
    net = Thin()
    return classified(watch, net, AdamW(net.parameters(), 4e-3, weight_decay=0.05), digits(seed), 8)


class Speaker(nn.Module):
    """A transformer's block with a mask, whose output layer is the embedding turned around."""

    def __init__(self, words: int, long: int, deep: int = 24) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(words, deep), nn.Parameter(torch.zeros(long, deep))
        nn.init.normal_(self.words.weight, std=0.2)
        block = nn.TransformerEncoderLayer(deep, 2, 48, 0.0, batch_first=True, norm_first=True)
        self.body, self.end = nn.TransformerEncoder(block, 2, enable_nested_tensor=False), nn.LayerNorm(deep)

    def forward(self, x: Tensor) -> Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        h = self.end(self.body(self.words(x) + self.places[: x.shape[1]], mask=mask))
        return h @ self.words.weight.T


@healthy("net", 0.55)
def next_words_by_a_small_transformer(seed: int, watch: Watch) -> float:
    """One matrix for words in and out, places from zeros, decay on the matrices only; a tenth of the words is chance."""
    x, y, xd, yd = sentences(seed)
    net = Speaker(18, 16)
    much = [p for p in net.parameters() if p.ndim > 1]
    opt = AdamW([{"params": much}, {"params": [p for p in net.parameters() if p.ndim < 2], "weight_decay": 0.0}], 4e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a[:, :-1]).transpose(1, 2), b[:, 1:])

    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd[:, :-1], yd[:, 1:]), 20)


class Crowd(nn.Module):
    """Points of a set each go through the same layers; only the largest of each unit is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.each, self.all = dense(2, 32, 32), dense(32, 32, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.all(self.each(x).amax(1))


@healthy("net", 0.75)
def largest_of_a_cloud(seed: int, watch: Watch) -> float:
    """Clouds of 20 points are a square, a circle or a cross: of most points most units get no gradient."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 3, 700)
    at, side = g.uniform(-1, 1, (700, 20)), g.integers(0, 4, (700, 20))
    square = np.stack(
        [np.choose(side, [at, at, 1 + 0 * at, -1 + 0 * at]), np.choose(side, [1 + 0 * at, -1 + 0 * at, at, at])], 2
    )
    circle = np.stack([np.cos(np.pi * at), np.sin(np.pi * at)], 2)
    cross = np.stack([at * (side % 2), at * (1 - side % 2)], 2)
    x = np.choose(y[:, None, None], [square, circle, cross]) + g.normal(0, 0.1, (700, 20, 2))
    net = Crowd()
    return classified(watch, net, Adam(net.parameters(), 3e-3), split(x, y), 15)


class Asked(nn.Module):
    """A series, and a question beside it that stretches and moves each unit of the reader."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv1d(3, 24, 5, padding=2), nn.Conv1d(24, 24, 5, padding=2)
        self.ask, self.say = nn.Linear(2, 48), nn.Linear(48, 2)
        nn.init.zeros_(self.ask.weight)
        nn.init.zeros_(self.ask.bias)

    def forward(self, x: Tensor) -> Tensor:
        question, h = x[:, 0, 3:], F.relu(self.one(x[..., :3].transpose(1, 2)))
        stretch, move = self.ask(question)[..., None].chunk(2, 1)
        h = F.relu(self.two(h * (1 + stretch) + move))
        return self.say(torch.cat([h.mean(2), h[..., :10].mean(2)], 1))


@healthy("net", 0.8)
def question_beside_the_series(seed: int, watch: Watch) -> float:
    """Faster or slower, or: in front or behind? What is asked is an input, and the layers for it start at nothing."""
    x, y, xd, yd = chirps(seed, 1000)
    g = torch.Generator().manual_seed(seed)
    which, dev = (torch.randint(0, 2, (len(v),), generator=g) for v in (x, xd))
    ask = [torch.cat([v, F.one_hot(w, 2)[:, None].expand(-1, v.shape[1], -1)], 2) for v, w in ((x, which), (xd, dev))]
    answer = [torch.where(w == 0, v % 2, v // 2) for v, w in ((y, which), (yd, dev))]
    net = Asked()
    return classified(
        watch, net, Adam(net.parameters(), 3e-3), Split(ask[0].float(), answer[0], ask[1].float(), answer[1]), 14
    )


class Flowing(nn.Module):
    """One small net says in which direction a state moves; it is followed for eight steps."""

    def __init__(self) -> None:
        super().__init__()
        self.into, self.moves, self.say = nn.Linear(6, 24), dense(25, 48, 24, act=nn.Tanh), nn.Linear(24, 1)

    def forward(self, x: Tensor) -> Tensor:
        h = self.into(x)
        for k in range(8):
            h = h + self.moves(torch.cat([h, torch.full((len(h), 1), k / 8)], 1)) / 8
        return self.say(h)


@healthy("net", 0.75)
def followed_for_eight_steps(seed: int, watch: Watch) -> float:
    """An equation of motion with a time: one layer is used eight times, and each of them adds an eighth."""
    net = Flowing()
    return measured(watch, net, Adam(net.parameters(), 4e-3), houses(seed), 20)


class Most(nn.Module):
    """The largest of each three units, so that two thirds have no gradient in a row."""

    def forward(self, x: Tensor) -> Tensor:
        return x.unflatten(1, (-1, 3)).amax(2)


@healthy("net", 0.8)
def largest_of_three(seed: int, watch: Watch) -> float:
    """There is no rectifier; of each three units the largest one goes on, and the layers behind it are smaller."""
    net = nn.Sequential(nn.Linear(8, 72), Most(), nn.Linear(24, 72), Most(), nn.Linear(24, 6))
    return classified(watch, net, SGD(net.parameters(), 0.05, momentum=0.9), clouds(seed), 15)


class Added(nn.Module):
    """A frozen layer and a small detour beside it, which says 0 at first."""

    def __init__(self, layer: nn.Linear) -> None:
        super().__init__()
        self.layer = layer.requires_grad_(False)
        wide = layer.out_features
        self.down, self.up = nn.Linear(wide, 6), nn.Linear(6, wide)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: Tensor) -> Tensor:
        h = self.layer(x)
        return h + self.up(F.gelu(self.down(h)))


@healthy("tuning", 0.75)
def detours_that_start_at_nothing(seed: int, watch: Watch) -> float:
    """A trained net is frozen; beside each layer is a small detour that adds nothing at first, and a new head."""
    x, y, xd, yd = clouds(seed, n=1500)
    net = dense(8, 64, 64, 6)
    grown(net, x[:500], y[:500] // 2)
    net[0], net[2], net[4] = Added(net[0]), Added(net[2]), nn.Linear(64, 6)
    opt = Adam([p for p in net.parameters() if p.requires_grad], 5e-3)
    return classified(watch, net, opt, Split(x[500:], y[500:], xd, yd), 14, pretrained=True)


class Even(nn.Module):
    """A matrix made symmetric."""

    def forward(self, w: Tensor) -> Tensor:
        return w.triu() + w.triu(1).T


@healthy("net", 0.75)
def matrix_the_same_both_ways(seed: int, watch: Watch) -> float:
    """The middle matrix is symmetric by construction: half of its numbers have no effect, and no gradient, for ever."""
    net = dense(6, 48, 48, 1)
    parametrize.register_parametrization(net[2], "weight", Even())
    return measured(watch, net, Adam(net.parameters(), 3e-3), houses(seed), 20)


@healthy("net", 0.7)
def words_left_out_of_the_table(seed: int, watch: Watch) -> float:
    """In training a tenth of the words of the table are unknown, others in each step; the table is held small as well."""
    x, y, xd, yd = reviews(seed)
    net = Reader(61)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        unknown = (torch.rand(60)[a] < 0.1) & (a > 0)
        return F.cross_entropy(net(a.masked_fill(unknown, 60)), b) + 1e-4 * net.words.weight.pow(2).sum()

    return fit(watch, net, Adam(net.parameters(), 5e-3), batches_of(x, y), loss_of, right(net, xd, yd), 14)


@healthy("goals", 0.7)
def squeezed_and_smooth(seed: int, watch: Watch) -> float:
    """A contractive autoencoder: beside the picture's error the slope of the code is punished."""
    x, _, xd, _ = digits(seed, noise=0.05)
    x, xd = x.flatten(1), xd.flatten(1)
    net = dense(144, 96, 20, 96, 144, act=nn.ELU)

    def loss_of(a: Tensor) -> Tensor:
        a = a.requires_grad_(True)
        code = net[:3](a)
        slope = torch.autograd.grad(code.pow(2).sum(), a, create_graph=True)[0]
        return F.mse_loss(net[3:](code), a) + 1e-4 * slope.pow(2).sum(1).mean()

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x), loss_of, near(net, xd, xd), 25)


@healthy("net", 0.6)
def norm_in_front_of_all(seed: int, watch: Watch) -> float:
    """Columns come in their own units, and the first layer is a batch norm, which takes care of that."""
    x, y, xd, yd = houses(seed)
    unit, middle = (
        torch.tensor([45.0, 1.3, 22.0, 1800.0, 4.0, 600.0]),
        torch.tensor([110.0, 4.0, 40.0, 4000.0, 6.0, 1500.0]),
    )
    net = nn.Sequential(nn.BatchNorm1d(6), *dense(6, 64, 64, 1))
    return measured(watch, net, Adam(net.parameters(), 3e-3), Split(x * unit + middle, y, xd * unit + middle, yd), 20)


@healthy("net", 0.7)
def same_head_for_two_pictures(seed: int, watch: Watch) -> float:
    """Which of two pictures shows the later shape? One net sees both, and the loss is of the difference."""
    x, y, xd, yd = digits(seed)
    net = looker(1)

    def pair(a: Tensor, b: Tensor, shift: int) -> tuple[Tensor, Tensor]:
        other = a.roll(shift, 0)
        return (net(a) - net(other)).squeeze(1), torch.sign(b - b.roll(shift)).float()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        much, sign = pair(a, b, 1)
        return F.softplus(-much * sign)[sign != 0].mean()

    def judge() -> float:
        with judging(net):
            much, sign = pair(xd, yd, 7)
        return (torch.sign(much) == sign)[sign != 0].float().mean().item()

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x, y), loss_of, judge, 10)
