"""Fourth set: healthy trainings that look unusual, by their data, their targets and how they are judged."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.fourth_common import (
    Four,
    accounted,
    correct,
    dealt,
    layers,
    learn,
    parts,
    quadrants,
    springs,
    telegrams,
    told_by,
)
from benchmarks.coach.reports.fourth_goals import Translator
from benchmarks.coach.reports.fourth_layers import Meaning


def ovals(seed: int, kinds: int = 3, n: int = 900) -> tuple[Tensor, Tensor]:
    """Rows (n, 18) of a few hidden numbers, and which of the kinds they are of."""
    g = np.random.default_rng(seed)
    kind = g.integers(0, kinds, n)
    z = g.normal(0, 1, (n, 2))
    ways = g.normal(0, 1, (kinds, 2, 18))
    x = np.tanh(np.einsum("nk,nkd->nd", z, ways[kind]) + g.normal(0, 0.8, (kinds, 18))[kind])
    return torch.as_tensor(x + g.normal(0, 0.1, x.shape)).float(), torch.as_tensor(kind)


@healthy("goals", 0.25)
def one_unit_in_the_middle(seed: int, watch: Watch) -> float:
    """An autoencoder whose middle is a single unit: most of the error stays, as it must."""
    x, _ = ovals(seed)
    net = nn.Sequential(layers(18, 48, 1), layers(1, 48, 18))
    opt = Adam(net.parameters(), 3e-3)
    batches = dealt(x[:630], x[:630])
    return learn(
        watch, net, opt, batches, lambda a, b: F.mse_loss(net(a), b), lambda: told_by(net, x[630:], x[630:]), 25
    )


@healthy("net", 0.6)
def same_matrix_turned_around(seed: int, watch: Watch) -> float:
    """An autoencoder that goes back by the transposes of its own matrices."""
    x, _ = ovals(seed)

    class Turned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second, self.bias = nn.Linear(18, 32), nn.Linear(32, 6), nn.Parameter(torch.zeros(18))

        def forward(self, a: Tensor) -> Tensor:
            h = torch.tanh(self.second(torch.tanh(self.first(a))))
            return torch.tanh(h @ self.second.weight) @ self.first.weight + self.bias

    net = Turned()
    opt = Adam(net.parameters(), 3e-3)
    batches = dealt(x[:630], x[:630])
    return learn(
        watch, net, opt, batches, lambda a, b: F.mse_loss(net(a), b), lambda: told_by(net, x[630:], x[630:]), 30
    )


@healthy("goals", 0.75)
def the_kind_goes_in_as_well(seed: int, watch: Watch) -> float:
    """A conditional autoencoder: the label is an input, and no target; what is judged is rows that it makes up."""
    x, kind = ovals(seed)
    known = F.one_hot(kind, 3).float()
    narrow, widen = layers(21, 48, 8), layers(7, 48, 18)
    net = nn.ModuleDict({"narrow": narrow, "widen": widen})
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, k: Tensor) -> Tensor:
        mean, logs = narrow(torch.cat([a, k], 1)).chunk(2, 1)
        made = widen(torch.cat([mean + (logs / 2).exp() * torch.randn_like(mean), k], 1))
        kl = 0.5 * (mean.square() + logs.exp() - 1 - logs).sum(1).mean()
        return (made - a).square().sum(1).mean() + 0.1 * kl

    def judge() -> float:
        with judging(net):
            made = widen(torch.cat([torch.randn(270, 4), known[630:]], 1))
            near = torch.cdist(made, x[:630]).argmin(1)
        return (kind[near] == kind[630:]).float().mean().item()

    return learn(watch, net, opt, dealt(x[:630], known[:630]), loss_of, judge, 25)


def friends(seed: int, n: int = 240) -> tuple[Tensor, Tensor, Tensor]:
    """A graph of 3 circles of friends: its normalized links (n, n), features (n, 12), and the circles."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 3, n)
    link = np.triu(g.random((n, n)) < np.where(y[:, None] == y, 0.08, 0.008), 1)
    link = link + link.T + np.eye(n)
    x = g.normal(0, 1, (3, 12))[y] * 0.5 + g.normal(0, 1, (n, 12))
    degree = link.sum(1)
    near = link / np.sqrt(degree[:, None] * degree)
    return torch.as_tensor(near).float(), torch.as_tensor(x).float(), torch.as_tensor(y)


@healthy("data", 0.8)
def twelve_of_240_have_labels(seed: int, watch: Watch) -> float:
    """A whole graph in each step, of whose nodes 12 have labels; the same rows in every batch, and dev among them."""
    near, x, y = friends(seed)
    told = torch.zeros(240, dtype=torch.bool)
    for c in range(3):
        told[(y == c).nonzero()[:4, 0]] = True

    class Spread(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.second = nn.Linear(12, 24), nn.Linear(24, 3)

        def forward(self, a: Tensor) -> Tensor:
            h = F.dropout((near @ self.first(a)).relu(), 0.4, self.training)
            return near @ self.second(h)

    net = Spread()
    opt = Adam(net.parameters(), 0.02, weight_decay=5e-3)

    def judge() -> float:
        with judging(net):
            return (net(x).argmax(1) == y)[~told].float().mean().item()

    return learn(watch, net, opt, [(x, y)], lambda a, b: F.cross_entropy(net(a)[told], b[told]), judge, 150)


@healthy("loss", 0.7)
def rows_of_unequal_weight(seed: int, watch: Watch) -> float:
    """Rows were kept by chance, some kinds of them rarely; each weighs one over its chance, from 1 to 12."""
    x, y, xd, yd = springs(seed, 1800)
    chance = (0.08 + 0.92 * torch.sigmoid(-2 * x[:, :1])).clamp(max=1)
    kept = (torch.rand(len(x), 1, generator=torch.Generator().manual_seed(seed)) < chance)[:, 0]
    net = layers(6, 64, 64, 1)
    opt = Adam(net.parameters(), 3e-3)
    batches = dealt(x[kept], y[kept], 1 / chance[kept])
    return learn(
        watch,
        net,
        opt,
        batches,
        lambda a, b, w: (w * (net(a) - b).square()).mean(),
        lambda: told_by(net, xd, yd),
        30,
    )


@healthy("data", 0.65)
def rare_labels_low_bias(seed: int, watch: Watch) -> float:
    """Twenty labels, each of one row in thirty; the output's bias starts at what that makes, and the loss is small."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (2500, 12))
    z = x @ g.normal(0, 1, (12, 20)) / 3.5
    x, y, xd, yd = parts(x, (z > np.quantile(z, 1 - 1 / 30, 0)).astype(float))
    net = layers(12, 96, 20)
    nn.init.constant_(net[2].bias, -3.4)
    opt = Adam(net.parameters(), 4e-3)

    def judge() -> float:
        with judging(net):
            found = net(xd) > 0
        hit = (found & (yd > 0)).sum()
        return (2 * hit / (found.sum() + (yd > 0).sum())).item()

    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.binary_cross_entropy_with_logits(net(a), b), judge, 15)


@healthy("data", 0.85)
def ones_in_a_column(seed: int, watch: Watch) -> float:
    """A column of ones stands for the bias, and twelve columns of yes and no say which month it is."""
    x, y, xd, yd = quadrants(seed)
    g = torch.Generator().manual_seed(seed)

    def widened(rows: Tensor) -> Tensor:
        month = F.one_hot(torch.randint(0, 12, (len(rows),), generator=g), 12).float()
        return torch.cat([torch.ones(len(rows), 1), rows, month], 1)

    x, xd = widened(x), widened(xd)
    net = nn.Sequential(nn.Linear(21, 64, bias=False), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4))
    opt = Adam(net.parameters(), 4e-3, weight_decay=1e-4)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 20
    )


@healthy("modes", 0.8)
def many_passes_with_dropout(seed: int, watch: Watch) -> float:
    """Dropout is on in dev, too, on purpose: 20 passes are averaged, and how they differ says how sure the net is."""
    x, y, xd, yd = quadrants(seed)
    net = nn.Sequential(nn.Linear(8, 96), nn.ReLU(), nn.Dropout(0.2), nn.Linear(96, 96), nn.ReLU(), nn.Dropout(0.2))
    net.append(nn.Linear(96, 4))
    opt = Adam(net.parameters(), 3e-3)

    def judge() -> float:
        with torch.no_grad():
            told = torch.stack([net(xd).softmax(1) for _ in range(20)]).mean(0)
        return (told.argmax(1) == yd).float().mean().item()

    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), judge, 25)


@healthy("loader", 0.85)
def batches_by_length(seed: int, watch: Watch) -> float:
    """Texts of like lengths come together, cut to the longest of them: each batch has a width of its own."""
    x, y, xd, yd = telegrams(seed, 900)
    order = (x > 0).sum(1).argsort()
    cut = [(x[r][:, : int((x[r] > 0).sum(1).max())], y[r]) for r in order.split(30)]

    class Mixed:
        def __iter__(self):
            return (cut[k] for k in torch.randperm(len(cut)).tolist())

    net = Meaning(True)
    opt = Adam(net.parameters(), 5e-3)
    return learn(watch, net, opt, Mixed(), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 15)


@healthy("goals", 0.8)
def own_words_more_and_more(seed: int, watch: Watch) -> float:
    """A writer gets the right words at first, and more and more of its own, which the loss feels."""
    x = torch.randint(0, 12, (1000, 4), generator=torch.Generator().manual_seed(seed))
    y = (x.flip(1) + 1) % 12
    net = Translator()
    opt = Adam(net.parameters(), 6e-3)
    done = 0

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        nonlocal done
        done += 1
        begin = torch.full((len(b), 1), 12)
        right = torch.cat([begin, b[:, :-1]], 1)
        with torch.no_grad():
            own = torch.cat([begin, net(a, right).argmax(2)[:, :-1]], 1)
        given = torch.where(torch.rand(right.shape) < min(0.5, done / 1200), own, right)
        return F.cross_entropy(net(a, given).flatten(0, 1), b.flatten())

    def judge() -> float:
        said = torch.full((200, 1), 12)
        with judging(net):
            for _ in range(4):
                said = torch.cat([said, net(x[800:], said)[:, -1:].argmax(2)], 1)
        return (said[:, 1:] == y[800:]).float().mean().item()

    return learn(watch, net, opt, dealt(x[:800], y[:800]), loss_of, judge, 24)


@healthy("numbers", 0.8)
def answers_in_the_units_of_the_file(seed: int, watch: Watch) -> float:
    """Targets of some 400 are not standardized: the net itself multiplies and shifts its answer, the loss divides."""
    x, y, xd, yd = springs(seed)
    y, yd = 400 + 90 * y, 400 + 90 * yd

    class Units(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = layers(6, 64, 64, 1)

        def forward(self, a: Tensor) -> Tensor:
            return 400 + 90 * self.inner(a)

    net = Units()
    opt = Adam(net.parameters(), 3e-3)

    def judge() -> float:
        with judging(net):
            return accounted(net(xd), yd)

    return learn(watch, net, opt, dealt(x, y), lambda a, b: ((net(a) - b) / 90).square().mean(), judge, 20)


def weeks(seed: int, n: int = 900) -> Four:
    """The last four weeks of a shop's sales (n, 28), in hundreds, and the next day's (n, 1): the same day counts most."""
    g = np.random.default_rng(seed)
    shape = g.uniform(0.5, 2.0, 7)
    size, day = g.uniform(0.5, 2.0, (n, 1)), g.integers(0, 7, n)[:, None]
    sales = size * shape[(day + np.arange(29)) % 7] * g.gamma(25, 1 / 25, (n, 29))
    return parts(sales[:, :28], sales[:, 28:])


@healthy("goals", 0.7)
def yesterday_tells_most(seed: int, watch: Watch) -> float:
    """One of the columns, the sales of a week ago, tells most of the target: it is known in use, and no leak."""
    x, y, xd, yd = weeks(seed)
    net = layers(28, 48, 1)
    opt = Adam(net.parameters(), 3e-3)
    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(net(a), b), lambda: told_by(net, xd, yd), 25)
