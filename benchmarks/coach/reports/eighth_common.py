"""Data sets, judges and nets of the eighth set; loops and words of symptoms are those of the seventh. Nothing knows of fathom."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from benchmarks.coach.reports.common import Split, Watch, judging, split
from benchmarks.coach.reports.seventh_common import Judge, batches_of, dense, fit, near, right

UNMOVED = (
    r"(never|not|no longer|isn.t|aren.t) (step|mov|chang|updat|train|regist|among|in the optimizer|given)"
    r"|outside the optimizer|(optimizer|step)\b.{0,60}(does not (know|hold|have)|lacks|without|only|misses)"
    r"|stands? still|unchanged|left as (it|they)"
)
"""Some weights never move."""

CONFLICT = (
    r"mismatch|(not|do not|don't) (belong|fit|match)|misalign|conflict|contradict|disagree|unrelated|duplicat"
    r"|same (inputs?|rows?)\b.{0,60}(other|different|label|target)|have nothing to do"
    r"|(labels?|targets?)\b.{0,70}(noise|noisy|random|unrelated|order|shuffl|wrong|other row)"
)
"""Inputs and targets do not belong together."""

EARLY = r"(more|too few|few|only \w+) (epochs|steps)|longer|still (fall|improv|learn|going)|not (yet )?(finished|converged|done)"
"""Training could have gone on."""

DEAD = r"\bdead\b|silent|saturat|same (class|answer)|one class|collaps|constant"
"""Units or answers do not vary any more."""


def orchard(seed: int, classes: int = 5, n: int = 1600, d: int = 8, noise: float = 0.1) -> Split:
    """Which of some bent directions fits a row (n, d) best: classes of like share."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (n, d))
    said = np.tanh(x @ g.normal(0, 0.7, (d, 24))) @ g.normal(0, 1, (24, classes))
    said = (said - said.mean(0)) / said.std(0) + g.normal(0, noise, said.shape)
    return split(x, said.argmax(1))


def harvest(seed: int, n: int = 1000, noise: float = 0.15) -> Split:
    """What five columns (n, 5) of weather and soil yield (n, 1), of mean 0 and deviation 1."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (n, 5))
    y = 1.2 * np.cos(1.5 * x[:, 0]) + x[:, 1] * x[:, 2] + 1.1 * np.maximum(x[:, 3], 0) + 0.5 * x[:, 4]
    return split(x, ((y - y.mean()) / y.std() + g.normal(0, noise, n))[:, None])


def glyphs(seed: int, n: int = 800, size: int = 12, noise: float = 0.25) -> Split:
    """An L, a T, a cross, a U or a bar, of 5 by 5, somewhere in noise: (n, 1, size, size) of mean 0, deviation 1."""
    g = np.random.default_rng(seed)
    u, v = np.meshgrid(np.arange(5), np.arange(5), indexing="ij")
    kinds = [(v == 0) | (u == 4), (u == 0) | (v == 2), (u == v) | (u + v == 4), (v == 0) | (v == 4) | (u == 4), u == 2]
    stamps = np.stack(kinds)
    y = g.integers(0, 5, n)
    x = g.normal(0, noise, (n, 1, size, size))
    for i in range(n):
        a, b = g.integers(0, size - 4, 2)
        x[i, 0, a : a + 5, b : b + 5] += stamps[y[i]] * g.uniform(0.8, 1.3)
    return split((x - x.mean()) / x.std(), y)


def beats(seed: int, n: int = 700, t: int = 18, noise: float = 0.4) -> Split:
    """Series (n, t, 2): a strong beat in the first or second channel, before or after a weak one: 4 classes."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, n)
    x = g.normal(0, noise, (n, t, 2))
    for i in range(n):
        first, second = g.integers(0, t // 2 - 1), g.integers(t // 2, t - 1)
        strong, weak = (first, second) if y[i] % 2 else (second, first)
        x[i, strong : strong + 2, y[i] // 2] += 2.2
        x[i, weak : weak + 2, 1 - y[i] // 2] += 1.1
    return split(x, y)


def tickets(seed: int, n: int = 1000, t: int = 18, words: int = 60, classes: int = 3) -> Split:
    """Words (n, t) from 1 on, padded behind by 0; each word speaks for a class, or for none, and most decide."""
    g = np.random.default_rng(seed)
    speaks = g.normal(0, 1, (words, classes)) * (g.random((words, 1)) < 0.6)
    x = g.integers(1, words, (n, t))
    x[np.arange(t) >= g.integers(5, t + 1, n)[:, None]] = 0
    speaks[0] = 0
    return split(x, speaks[x].sum(1).argmax(1))


def ponds(seed: int, n: int = 260, size: int = 16) -> Split:
    """A bright disc and a dark square in noise (n, 1, size, size), and what each place is: 0, 1 or 2, (n, size, size)."""
    g = np.random.default_rng(seed)
    u, v = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    at = g.integers(3, size - 3, (n, 2, 2))[..., None, None]
    y = np.zeros((n, size, size), np.int64)
    y[np.hypot(u - at[:, 0, 0], v - at[:, 0, 1]) < 3.2] = 1
    y[np.maximum(abs(u - at[:, 1, 0]), abs(v - at[:, 1, 1])) < 2.6] = 2
    x = np.array([0.0, 1.3, -1.3])[y] + g.normal(0, 0.7, y.shape)
    return split(x[:, None], y)


def counted(seed: int, n: int = 1000, mean: float = 1.0) -> Split:
    """Counts (n, 1) with a logarithm that five columns tell."""
    x, y, xd, yd = harvest(seed, n)
    g = np.random.default_rng(seed)
    drawn = [torch.tensor(g.poisson(np.exp(0.8 * v.numpy()) * mean)).float() for v in (y, yd)]
    return Split(x, drawn[0], xd, drawn[1])


def offers(seed: int, n: int = 1600, actions: int = 5, d: int = 6) -> Split:
    """What each of some actions would gain (n, actions), between -1 and 1, for what is seen (n, d)."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (n, d))
    return split(x, np.tanh(x @ g.normal(0, 0.8, (d, actions))))


def petals(seed: int, n: int = 800, far: float = 1.6, wide: float = 0.2) -> Tensor:
    """Points (n, 2) in four clumps around the middle."""
    g = torch.Generator().manual_seed(seed)
    turn = torch.randint(0, 4, (n,), generator=g) * (np.pi / 2) + 0.4
    return far * torch.stack([turn.cos(), turn.sin()], 1) + wide * torch.randn(n, 2, generator=g)


def alike(made: Tensor, real: Tensor) -> float:
    """How alike two clouds are, 1 at best: 1 less the distance of their shadows on 24 lines, in deviations."""
    if not made.isfinite().all():
        return -1.0
    turn = torch.arange(24) * (np.pi / 24)
    lines = torch.stack([turn.cos(), turn.sin()])
    a, b = ((v @ lines).sort(0).values for v in (made[: len(real)], real[: len(made)]))
    return max(-1.0, 1 - ((a - b).abs().mean() / real.std()).item())


def gained(net: nn.Module, x: Tensor, gain: Tensor) -> Judge:
    """How much of what could be gained the best-scored actions gain: 0 by chance, 1 at best."""

    def judge() -> float:
        with judging(net):
            said = net(x)[:, : gain.shape[1]]
        got, most = gain.gather(1, said.argmax(1, keepdim=True)).mean(), gain.max(1).values.mean()
        return ((got - gain.mean()) / (most - gain.mean())).item()

    return judge


def placed(net: nn.Module, x: Tensor, y: Tensor) -> Judge:
    """The mean over the classes of intersection over union; scores are (n, classes, ...)."""

    def judge() -> float:
        with judging(net):
            said = net(x).argmax(1)
        shares = [((said == c) & (y == c)).sum() / ((said == c) | (y == c)).sum() for c in y.unique()]
        return float(torch.stack(shares).mean())

    return judge


def named(net: nn.Module, x: Tensor, y: Tensor) -> Judge:
    """The mean over labels of the F1 of ``net(x) > 0``."""

    def judge() -> float:
        with judging(net):
            said = net(x) > 0
        both = (said & (y > 0)).sum(0)
        return (2 * both / (said.sum(0) + (y > 0).sum(0)).clamp(min=1)).mean().item()

    return judge


def seer(classes: int = 5, wide: int = 12, norm: bool = False, momentum: float = 0.1) -> nn.Sequential:
    """Two convolutions with pooling, for pictures (n, 1, 12, 12), and two linear layers."""

    def block(a: int, b: int) -> list[nn.Module]:
        middle = nn.BatchNorm2d(b, momentum=momentum) if norm else nn.Identity()
        return [nn.Conv2d(a, b, 3, padding=1), middle, nn.ReLU(), nn.MaxPool2d(2)]

    return nn.Sequential(
        *block(1, wide),
        *block(wide, 2 * wide),
        nn.Flatten(),
        nn.Linear(18 * wide, 32),
        nn.ReLU(),
        nn.Linear(32, classes),
    )


def painter(classes: int = 3, wide: int = 16) -> nn.Sequential:
    """Three convolutions that keep the size, and each place's scores."""
    first, second = nn.Conv2d(1, wide, 5, padding=2), nn.Conv2d(wide, wide, 5, padding=2)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), nn.Conv2d(wide, classes, 3, padding=1))


class Gist(nn.Module):
    """Words, their mean without the padding, and scores."""

    def __init__(self, words: int = 60, deep: int = 16, classes: int = 3) -> None:
        super().__init__()
        self.words, self.say = nn.Embedding(words, deep), dense(deep, 32, classes)

    def forward(self, x: Tensor) -> Tensor:
        on = (x > 0).unsqueeze(2)
        return self.say((self.words(x) * on).sum(1) / on.sum(1))


class Hearer(nn.Module):
    """A recurrent layer, and scores of its last answer."""

    def __init__(self, layer: nn.Module, wide: int, outputs: int) -> None:
        super().__init__()
        self.layer, self.say = layer, nn.Linear(wide, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.layer(x)[0][:, -1])


def sorts(watch: Watch, net: nn.Module, opt: Optimizer, data: Split, epochs: int, size: int = 32, **how: bool) -> float:
    """`fit` by cross-entropy, judged by accuracy."""

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    judge = right(net, data.xd, data.yd)
    return fit(watch, net, opt, batches_of(data.x, data.y, size=size), loss_of, judge, epochs, **how)


def weighs(watch: Watch, net: nn.Module, opt: Optimizer, data: Split, epochs: int, size: int = 32) -> float:
    """`fit` by the squared error, judged by the share of the variance."""

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    return fit(watch, net, opt, batches_of(data.x, data.y, size=size), loss_of, near(net, data.xd, data.yd), epochs)


def schooled(net: nn.Module, x: Tensor, y: Tensor, epochs: int = 15, rate: float = 3e-3) -> None:
    """Train a classifier before the watch begins."""
    opt = Adam(net.parameters(), rate)
    net.train()
    for _ in range(epochs):
        for a, b in batches_of(x, y)():
            opt.zero_grad()
            F.cross_entropy(net(a), b).backward()
            opt.step()
