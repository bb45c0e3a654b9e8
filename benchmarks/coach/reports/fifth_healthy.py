"""Fifth set: healthy trainings that look unusual, by their losses and by their targets."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.fifth_common import Tagger, tagged
from benchmarks.coach.reports.fourth_common import (
    Glance,
    accounted,
    constellations,
    correct,
    dealt,
    glyphs,
    layers,
    learn,
    parts,
    quadrants,
    springs,
    told_by,
)


@healthy("data", 0.7)
def squares_pasted_in(seed: int, watch: Watch) -> float:
    """A strip of another picture is pasted into each, and both labels count by their share: no loss near 0."""
    x, y, xd, yd = glyphs(seed, 900, noise=0.3)
    net = Glance()
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        wide, other = int(torch.randint(0, 7, ())), torch.randperm(len(a))
        scores = net(torch.cat([a[other][..., :wide], a[..., wide:]], -1))
        own = 1 - wide / 11
        return own * F.cross_entropy(scores, b) + (1 - own) * F.cross_entropy(scores, b[other])

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 16)


class Doubting(nn.Module):
    """A class and a number are told, and how much each loss counts is learned, too."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.kind, self.size = layers(8, 64, 64), nn.Linear(64, 4), nn.Linear(64, 1)
        self.doubts = nn.Parameter(torch.zeros(2))

    def forward(self, x: Tensor) -> Tensor:
        return self.kind(self.body(x).relu())


@healthy("loss", 0.8)
def two_tasks_weigh_themselves(seed: int, watch: Watch) -> float:
    """Each task's loss is divided by a variance that is learned; the sum of both and the logarithms falls below 0."""
    x, y, xd, yd = quadrants(seed)
    size = (x[:, :1] * 0.5).sin() + 0.1 * x[:, 1:2]
    net = Doubting()
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
        h = net.body(a).relu()
        both = torch.stack([F.cross_entropy(net.kind(h), b), F.mse_loss(net.size(h), c)])
        return ((-net.doubts).exp() * both + net.doubts / 2).sum()

    return learn(watch, net, opt, dealt(x, y, size), loss_of, lambda: correct(net, xd, yd), 20)


class Transducer(nn.Module):
    """Scores (n, t, u + 1, symbols) of each frame with each number of symbols that were written."""

    def __init__(self) -> None:
        super().__init__()
        self.hear, self.last = nn.GRU(5, 32, batch_first=True), nn.Embedding(5, 32)
        self.say = nn.Linear(32, 5)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        written = self.last(F.pad(y, (1, 0)))
        return self.say((self.hear(x)[0][:, :, None] + written[:, None]).tanh()).log_softmax(3)


def ways(scores: Tensor, y: Tensor) -> Tensor:
    """Negative logarithm (n) of the probability of all the ways through frames and symbols; symbol 0 is silence."""
    t, u = scores.shape[1], y.shape[1]
    silent = scores[..., 0]
    spoken = scores[:, :, :u].gather(3, y[:, None, :, None].expand(-1, t, -1, 1))[..., 0]
    rows = [[torch.zeros(len(y))]]
    for j in range(u):
        rows[0].append(rows[0][j] + spoken[:, 0, j])
    for i in range(1, t):
        row = [rows[-1][0] + silent[:, i - 1, 0]]
        for j in range(1, u + 1):
            row.append(torch.logaddexp(rows[-1][j] + silent[:, i - 1, j], row[-1] + spoken[:, i, j - 1]))
        rows.append(row)
    return -(rows[-1][-1] + silent[:, -1, -1])


@healthy("loss", 0.55)
def symbols_and_silences(seed: int, watch: Watch) -> float:
    """A transducer: the loss sums over all the ways to write two symbols in six frames; no frame has a label."""
    g = np.random.default_rng(seed)
    y = g.integers(1, 5, (420, 2))
    x = g.normal(0, 0.25, (420, 6, 5))
    for i in range(420):
        for k, at in enumerate(np.sort(g.choice(6, 2, replace=False))):
            x[i, at, y[i, k]] += 2
    x, y, xd, yd = parts(x, y)
    net = Transducer()
    opt = Adam(net.parameters(), 2e-2)

    def judge() -> float:
        right = 0
        with judging(net):
            heard = net.hear(xd)[0]
            for row, goal in zip(heard, yd.tolist(), strict=True):
                told: list[int] = [0]
                for frame in row:
                    best = net.say((frame + net.last.weight[told[-1]]).tanh()).argmax().item()
                    told += [best] if best and len(told) < 3 else []
                right += told[1:] == goal
        return right / len(yd)

    return learn(watch, net, opt, dealt(x, y, size=42), lambda a, b: ways(net(a, b), b).mean(), judge, 20)


@healthy("loss", 0.6)
def shares_between_0_and_1(seed: int, watch: Watch) -> float:
    """Targets are shares, answers two parameters of a beta distribution: the loss is below 0 from early on."""
    x, y, xd, yd = springs(seed)
    y, yd = torch.sigmoid(3 * y), torch.sigmoid(3 * yd)
    net = layers(6, 64, 64, 2)
    opt = Adam(net.parameters(), 3e-3)

    def bell(a: Tensor) -> torch.distributions.Beta:
        one, two = (F.softplus(net(a)) + 0.05).chunk(2, 1)
        return torch.distributions.Beta(one, two)

    def judge() -> float:
        with judging(net):
            return accounted(bell(xd).mean, yd)

    return learn(watch, net, opt, dealt(x, y), lambda a, b: -bell(a).log_prob(b.clamp(0.01, 0.99)).mean(), judge, 25)


@healthy("loss", 0.65)
def hours_until_failure(seed: int, watch: Watch) -> float:
    """Weibull times of which half are cut off: those rows only say that it took longer."""
    x, y, xd, yd = springs(seed)
    g = torch.Generator().manual_seed(seed)
    time = (y + 0.1 * torch.randn(y.shape, generator=g)).exp()
    end = torch.rand(y.shape, generator=g) * 3
    net = layers(6, 64, 64, 1)
    shape = nn.Parameter(torch.zeros(1))
    net.register_parameter("shape", shape)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor, died: Tensor) -> Tensor:
        power = shape.exp()
        ratio = power * (b.log() - net(a))
        return (ratio.clamp(max=20).exp() - died * (shape + ratio - b.log())).mean()

    died = (time <= end).float()
    batches = dealt(x, torch.minimum(time, end).clamp(min=1e-3), died)
    return learn(watch, net, opt, batches, loss_of, lambda: told_by(net, xd, yd), 30)


@healthy("loss", 0.55)
def counts_with_too_many_zeros(seed: int, watch: Watch) -> float:
    """Eight in ten targets are 0: some because nothing could be counted, some because the rate is low."""
    x, y, xd, yd = springs(seed, n=1500)
    g = torch.Generator().manual_seed(seed)
    open_, rate = x[:, 4:5] > 0.3, (0.8 * y).exp()
    counts = torch.poisson(rate, generator=g) * open_
    net = layers(6, 64, 64, 2)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        gate, log = net(a).chunk(2, 1)
        none = torch.logaddexp(F.logsigmoid(-gate), F.logsigmoid(gate) - log.exp())
        some = F.logsigmoid(gate) + b * log - log.exp() - torch.lgamma(b + 1)
        return -torch.where(b > 0, some, none).mean()

    def judge() -> float:
        with judging(net):
            gate, log = net(xd).chunk(2, 1)
        return accounted(gate.sigmoid() * log.exp(), (0.8 * yd).exp() * (xd[:, 4:5] > 0.3))

    return learn(watch, net, opt, dealt(x, counts), loss_of, judge, 20)


@healthy("loss", 0.8)
def lists_in_order(seed: int, watch: Watch) -> float:
    """Ten rows make a list; one score each, and a softmax over the list: only differences count."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (350, 10, 6))
    worth = 1.5 * x[..., 0] * x[..., 1] + np.abs(x[..., 2]) + x[..., 3]
    x, y, xd, yd = parts(x, worth)
    net = layers(6, 48, 48, 1)
    opt = Adam(net.parameters(), 4e-3)

    def judge() -> float:
        with judging(net):
            found = net(xd)[..., 0]
        pairs = (found[:, :, None] - found[:, None]) * (yd[:, :, None] - yd[:, None])
        return ((pairs > 0).sum() / (pairs != 0).sum()).item()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return -(b.softmax(1) * net(a)[..., 0].log_softmax(1)).sum(1).mean()

    return learn(watch, net, opt, dealt(x, y, size=16), loss_of, judge, 20)


@healthy("goals", 0.75)
def no_sure_no(seed: int, watch: Watch) -> float:
    """A fifth of the yeses are known, all else is unlabelled: the risk of the noes is a difference, kept above 0."""
    x, y, xd, yd = quadrants(seed, 1500)
    y, yd = y % 2, yd % 2
    known, all_ = x[y == 1][:110], x
    net = layers(8, 48, 48, 1)
    opt = Adam(net.parameters(), 2e-3)

    def loss_of(a: Tensor) -> Tensor:
        yes, rest = net(known[torch.randint(0, 110, (32,))]), net(a)
        no = F.softplus(rest).mean() - 0.5 * F.softplus(yes).mean()
        return 0.5 * F.softplus(-yes).mean() + no.clamp(min=-0.02)

    def judge() -> float:
        with judging(net):
            return ((net(xd)[:, 0] > 0) == (yd == 1)).float().mean().item()

    return learn(watch, net, opt, dealt(all_), loss_of, judge, 15)


@healthy("data", 0.75)
def one_in_fifty_adjusted(seed: int, watch: Watch) -> float:
    """Two rare classes, and scores that are raised by how frequent a class is, in training alone."""
    x, y, xd, yd = constellations(seed, 4, n=2600, wide=0.35)
    keep = (y < 2) | (torch.rand(len(y), generator=torch.Generator().manual_seed(seed)) < 0.05)
    x, y = x[keep], y[keep]
    often = torch.bincount(y, minlength=4).float().log()
    net = layers(10, 48, 48, 4)
    opt = Adam(net.parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a) + often, b), lambda: correct(net, xd, yd), 15
    )


@healthy("loss", 0.8)
def votes_as_targets(seed: int, watch: Watch) -> float:
    """Five people voted on each row, and often disagreed: targets are shares, and the loss stays high."""
    x, y, xd, yd = quadrants(seed)
    g = torch.Generator().manual_seed(seed)
    votes = torch.where(
        torch.rand(len(y), 5, generator=g) < 0.55, y[:, None], torch.randint(0, 4, (len(y), 5), generator=g)
    )
    share = F.one_hot(votes, 4).float().mean(1)
    net = layers(8, 64, 64, 4)
    opt = Adam(net.parameters(), 2e-3)
    return learn(
        watch, net, opt, dealt(x, share), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 15
    )


@healthy("loss", 0.7)
def numbers_told_by_bins(seed: int, watch: Watch) -> float:
    """A regression as a classification: each target is spread over 21 bins, and the answer is their mean."""
    x, y, xd, yd = springs(seed)
    bins = torch.linspace(-3, 3, 21)
    spread = (-((y - bins) ** 2) / 0.18).softmax(1)
    net = layers(6, 64, 64, 21)
    opt = Adam(net.parameters(), 3e-3)

    def judge() -> float:
        with judging(net):
            return accounted(net(xd).softmax(1) @ bins, yd)

    return learn(watch, net, opt, dealt(x, spread), lambda a, b: F.cross_entropy(net(a), b), judge, 20)


class Chain(Tagger):
    """A tagger with a score for each tag behind each other one."""

    def __init__(self) -> None:
        super().__init__(24, 4)
        self.then = nn.Parameter(torch.zeros(4, 4))

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        """How much less likely the tags are than all the rows of tags together, in logarithms: a scalar."""
        each = self(x)
        good = each.gather(2, y[..., None]).sum((1, 2)) + self.then[y[:, :-1], y[:, 1:]].sum(1)
        total = each[:, 0]
        for place in each[:, 1:].unbind(1):
            total = torch.logsumexp(total[:, :, None] + self.then, 1) + place
        return (torch.logsumexp(total, 1) - good).mean()

    def best(self, x: Tensor) -> Tensor:
        """The likeliest tags (n, t)."""
        each = self(x)
        total, back = each[:, 0], []
        for place in each[:, 1:].unbind(1):
            top, came = (total[:, :, None] + self.then).max(1)
            total = top + place
            back.append(came)
        tags = [total.argmax(1)]
        for came in reversed(back):
            tags.append(came.gather(1, tags[-1][:, None])[:, 0])
        return torch.stack(tags[::-1], 1)


@healthy("loss", 0.85)
def tags_as_a_chain(seed: int, watch: Watch) -> float:
    """A conditional random field: the loss is of the whole row of tags, and starts at six times the usual one."""
    x, y, xd, yd = tagged(seed, tags=4)
    net = Chain()
    opt = Adam(net.parameters(), 8e-3)

    def judge() -> float:
        with judging(net):
            return (net.best(xd) == yd).float().mean().item()

    return learn(watch, net, opt, dealt(x, y), net.loss, judge, 12)
