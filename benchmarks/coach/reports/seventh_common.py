"""Data sets, a loop, judges and nets of the seventh set. Nothing knows of fathom."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from benchmarks.coach.reports.common import Split, Watch, judging, split

STUCK = (
    r"loss\b.{0,60}(not (fall|improve|decrease|go down)|plateau|flat|constant|stuck|stall|no lower|level|barely|hardly)"
    r"|not learn|no progress|no better than|learns? nothing|chance level|guess|same (answer|output|score|prediction)"
)
"""The training leads nowhere: true of many faults, and the cause of none."""

DIVERGED = r"\bnan\b|not a number|\binf\b|infinit|not finite|non-?finite|diverg|explod|overflow"
"""Numbers leave the range."""

OVERFIT = r"overfit|by heart|memori[sz]|dev\b.{0,60}(worse|rise|rose|far (below|above)|gap)|gap\b.{0,40}(dev|train)"
"""Training is far better than dev."""

RATE_HIGH = r"(learning )?rate\b.{0,50}(too )?(high|large|big)|lower the (learning )?rate|steps?\b.{0,30}(too )?(large|long|far|big)"
"""The learning rate is too high."""

RATE_LOW = (
    r"(learning )?rate\b.{0,60}(too )?(low|small|tiny|next to nothing|zero|\b0\b|vanish|fell|falls|decay)"
    r"|(raise|higher|larger) (the )?(learning )?rate|steps?\b.{0,40}(too )?(small|tiny|short)|hardly (move|change)"
)
"""The learning rate is too low."""

UNSCALED = (
    r"\bscal|standardi[sz]|normali[sz]|\brange\b|255|bytes?\b|units?\b|\binputs?\b.{0,50}(large|huge|big|small|far)"
)
"""Inputs or targets have an unsuitable size."""

NO_GRADIENT = (
    r"(no|zero|without|vanish\w*) (a )?gradients?|gradients?\b.{0,70}(zero|\b0\b|nothing|none|vanish|tiny|small|weak)"
)
"""No gradient arrives."""

BOUNDED = (
    r"(output|answer|last|final|score|logit|head)\w*\b.{0,90}(sigmoid|relu|rectif|softmax|tanh|bounded|squash|never negative|out of reach)"
    r"|(sigmoid|relu|softmax|tanh)\b.{0,80}(output|answer|last|final|score|logit|head|targets?|loss|twice)"
)
"""The last layer ends in an activation that does not suit the loss."""

IMBALANCE = r"imbalanc|unbalanced|rare|(one|most|same) class|majority|minority|background|positives?\b|class weight|all (no|zero|0)\b"
"""One class has nearly all the rows."""

Loss = Callable[[Tensor, Tensor], Tensor]
Judge = Callable[[], float]


def nothing() -> None:
    """Do nothing."""


def clouds(seed: int, classes: int = 6, n: int = 1000, d: int = 8, wide: float = 0.4, each: int = 3) -> Split:
    """Each class is some clouds (n, d), their centres drawn from a normal distribution."""
    g = np.random.default_rng(seed)
    centres = g.normal(0, 1, (classes, each, d))
    y = g.integers(0, classes, n)
    return split(centres[y, g.integers(0, each, n)] + g.normal(0, wide, (n, d)), y)


def houses(seed: int, n: int = 1000, noise: float = 0.1) -> Split:
    """Area, rooms, age, distance, floor, sun: standardized (n, 6); the price (n, 1), of mean 0 and deviation 1."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (n, 6))
    y = (
        x[:, 0] * (1 + 0.6 * np.tanh(2 * x[:, 3]))
        + 0.8 * np.sin(2 * x[:, 2])
        + 0.7 * x[:, 1] * (x[:, 4] > 0)
        + 0.2 * x[:, 5]
    )
    return split(x, ((y - y.mean()) / y.std() + g.normal(0, noise, n))[:, None])


def digits(seed: int, n: int = 800, size: int = 12, noise: float = 0.2, raw: bool = False) -> Split:
    """Pictures (n, 1, size, size) of a disc, a ring, a box, a wedge or a plus, somewhere: 5 classes.

    Values are of mean 0 and deviation 1; ``raw`` gives them as 0 to 255.
    """
    g = np.random.default_rng(seed)
    u, v = np.meshgrid(np.arange(7) - 3.0, np.arange(7) - 3.0, indexing="ij")
    far = np.hypot(u, v)
    shapes = np.stack(
        [far < 2.6, (far < 3.3) & (far > 1.8), (abs(u) < 2.5) & (abs(v) < 2.5), v <= u, (u == 0) | (v == 0)]
    )
    y = g.integers(0, 5, n)
    x = g.normal(0, noise, (n, 1, size, size))
    for i in range(n):
        a, b = g.integers(0, size - 6, 2)
        x[i, 0, a : a + 7, b : b + 7] += shapes[y[i]] * g.uniform(0.7, 1.3)
    if raw:
        return split(np.clip(60 + 110 * x, 0, 255).round(), y)
    return split((x - x.mean()) / x.std(), y)


def chirps(seed: int, n: int = 700, t: int = 20, d: int = 3, noise: float = 0.4) -> Split:
    """Series (n, t, d): a wave that becomes faster or slower, in front or behind: 4 classes."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, n)
    at = np.linspace(0, 1, t)[None]
    pace = np.where((y % 2 == 0)[:, None], 0.5 + 2 * at, 2.5 - 2 * at)
    wave = np.sin(2 * np.pi * np.cumsum(pace / 6, 1) + g.uniform(0, 6.3, (n, 1))) * np.where(
        (y < 2)[:, None], 1.5 - at, 0.5 + at
    )
    return split(wave[:, :, None] * np.linspace(1, 0.4, d) + g.normal(0, noise, (n, t, d)), y)


def reviews(seed: int, n: int = 1000, t: int = 20, words: int = 60, least: int = 4) -> Split:
    """Words (n, t) from 2 on, padded behind by 0: good or bad by the sum of the words' signs; 1 turns the next one's sign."""
    g = np.random.default_rng(seed)
    sign = g.choice([-1.0, 0.0, 1.0], words, p=[0.3, 0.4, 0.3])
    sign[:2] = 0
    x = np.where(g.random((n, t)) < 0.12, 1, g.integers(2, words, (n, t)))
    x[np.arange(t) >= g.integers(least, t + 1, n)[:, None]] = 0
    before = np.concatenate([np.zeros((n, 1), int), x[:, :-1]], 1)
    much = (sign[x] * np.where(before == 1, -1, 1)).sum(1)
    keep = much != 0
    return split(x[keep], (much[keep] > 0).astype(np.int64))


def sentences(seed: int, n: int = 500, t: int = 16, words: int = 18) -> Split:
    """Walks (n, t) in which the next word mostly follows from the last two; inputs and targets are the same."""
    g = np.random.default_rng(seed)
    after = g.integers(0, words, (words, 2))
    x = np.zeros((n, t), np.int64)
    x[:, :2] = g.integers(0, words, (n, 2))
    for k in range(2, t):
        x[:, k] = np.where(g.random(n) < 0.9, after[x[:, k - 1], x[:, k - 2] % 2], g.integers(0, words, n))
    return split(x, x)


def lesions(seed: int, n: int = 300, size: int = 16, wide: float = 1.3) -> Split:
    """A small bright spot in noise, in every picture, and its mask: both (n, 1, size, size); few pixels are inside."""
    g = np.random.default_rng(seed)
    u, v = np.meshgrid(np.arange(size), np.arange(size))
    at = g.uniform(2, size - 3, (n, 2, 1, 1))
    y = np.hypot(u - at[:, 0], v - at[:, 1]) < wide
    return split((y * 1.8 + g.normal(0, 0.6, y.shape))[:, None], y[:, None].astype(np.float64))


def dense(*wide: int, act: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    """Linear layers of these widths with an activation between them."""
    parts: list[nn.Module] = []
    for a, b in pairwise(wide):
        parts += [nn.Linear(a, b), act()]
    return nn.Sequential(*parts[:-1])


def looker(classes: int = 5, channels: int = 1, wide: int = 12, norm: bool = False) -> nn.Sequential:
    """Two convolutions with a pooling behind each, and two linear layers; for pictures of 12 by 12."""
    norms = [nn.BatchNorm2d(wide), nn.BatchNorm2d(2 * wide)] if norm else [nn.Identity(), nn.Identity()]
    first = [nn.Conv2d(channels, wide, 5, padding=2), norms[0], nn.ReLU(), nn.MaxPool2d(2)]
    second = [nn.Conv2d(wide, 2 * wide, 3, padding=1), norms[1], nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*first, *second, nn.Flatten(), nn.Linear(18 * wide, 32), nn.ReLU(), nn.Linear(32, classes))


def batches_of(*columns: Tensor, size: int = 32, shuffle: bool = True) -> Callable[[], Iterable[tuple[Tensor, ...]]]:
    """What gives the full batches of an epoch, in a new order each time."""

    def give() -> Iterable[tuple[Tensor, ...]]:
        n = len(columns[0])
        order = torch.randperm(n) if shuffle else torch.arange(n)
        for i in range(0, n - size + 1, size):
            yield tuple(c[order[i : i + size]] for c in columns)

    return give


def fit(
    watch: Watch,
    net: nn.Module,
    opt: Optimizer,
    batches: Callable[[], Iterable[tuple[Tensor, ...]]],
    loss_of: Callable[..., Tensor],
    judge: Judge,
    epochs: int,
    *,
    before_step: Callable[[], object] = nothing,
    after_step: Callable[[], object] = nothing,
    after_epoch: Callable[[], object] = nothing,
    **how: bool,
) -> float:
    """Train under the watch; dev is judged after each epoch, and the last judgement returned."""
    result = float("nan")
    with watch(net, opt, **how) as health:
        for _ in range(epochs):
            net.train()
            for batch in batches():
                opt.zero_grad()
                loss = loss_of(*batch)
                loss.backward()
                before_step()
                opt.step()
                after_step()
                health.step(loss)
            result = judge()
            after_epoch()
    return result


def classified(
    watch: Watch, net: nn.Module, opt: Optimizer, data: Split, epochs: int, *, size: int = 32, **how: bool
) -> float:
    """`fit` by cross-entropy, judged by accuracy."""
    x, y, xd, yd = data
    return fit(
        watch,
        net,
        opt,
        batches_of(x, y, size=size),
        lambda a, b: F.cross_entropy(net(a), b),
        right(net, xd, yd),
        epochs,
        **how,
    )


def measured(
    watch: Watch, net: nn.Module, opt: Optimizer, data: Split, epochs: int, *, size: int = 32, **how: bool
) -> float:
    """`fit` by the squared error, judged by the share of the variance."""
    x, y, xd, yd = data
    return fit(
        watch,
        net,
        opt,
        batches_of(x, y, size=size),
        lambda a, b: F.mse_loss(net(a), b),
        near(net, xd, yd),
        epochs,
        **how,
    )


def right(net: nn.Module, x: Tensor, y: Tensor) -> Judge:
    """The share of rows (or places) whose largest score is the right one's."""

    def judge() -> float:
        with judging(net):
            return (net(x).argmax(-1) == y).float().mean().item()

    return judge


def balanced(net: nn.Module, x: Tensor, y: Tensor) -> Judge:
    """The mean of the classes' accuracies."""

    def judge() -> float:
        with judging(net):
            hit = (net(x).argmax(-1) == y).float()
        return float(np.mean([hit[y == c].mean().item() for c in y.unique()]))

    return judge


def near(net: nn.Module, x: Tensor, y: Tensor) -> Judge:
    """The share of the variance of ``y`` that is told, -1 at worst."""

    def judge() -> float:
        with judging(net):
            rest = ((net(x).reshape(y.shape) - y) ** 2).mean() / y.var()
        return max(-1.0, 1 - rest.item()) if rest.isfinite() else -1.0

    return judge


def covered(net: nn.Module, x: Tensor, y: Tensor, above: float = 0.0) -> Judge:
    """Intersection over union of the masks; an answer above ``above`` means inside."""

    def judge() -> float:
        with judging(net):
            p = net(x) > above
        return ((p & (y > 0)).sum() / (p | (y > 0)).sum().clamp(min=1)).item()

    return judge


def grown(net: nn.Module, x: Tensor, y: Tensor, epochs: int = 12, rate: float = 3e-3) -> None:
    """Train a net on other rows, before the watch begins."""
    opt = Adam(net.parameters(), rate)
    net.train()
    for _ in range(epochs):
        for a, b in batches_of(x, y)():
            opt.zero_grad()
            F.cross_entropy(net(a), b).backward()
            opt.step()


class Reader(nn.Module):
    """Words, a GRU that knows where each row ends, and the classes' scores."""

    def __init__(self, words: int = 60, classes: int = 2, deep: int = 12, wide: int = 24) -> None:
        super().__init__()
        self.words = nn.Embedding(words, deep, padding_idx=0)
        self.read = nn.GRU(deep, wide, batch_first=True)
        self.say = nn.Linear(wide, classes)

    def forward(self, x: Tensor) -> Tensor:
        said, _ = self.read(self.words(x))
        last = (x > 0).sum(1).clamp(min=1) - 1
        return self.say(said[torch.arange(len(x)), last])
