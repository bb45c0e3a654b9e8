"""Data sets, a loop, judges and expressions of the fourth set. Nothing here knows of fathom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.coach.reports.common import Watch, judging

Four = tuple[Tensor, Tensor, Tensor, Tensor]
"""Training's inputs and targets, then dev's."""

UNTRAINED = (
    r"(layers?|head|body|encoder|weights?|parameters?|part|half)\b.{0,80}(untrained|not trained|never (trained|moved?|chang)"
    r"|nothing trains|no gradient|not (given|known) to|not in the optimi|lack|stand still|unchanged|not moved?)|untrained"
    r"|optimi[sz]er (does not|never|lacks|knows no)|no gradient (reach|arriv|flow)|gradients? .{0,40}(never|not) reach"
)
"""Something is not trained."""

CREEPS = (
    r"(rate|\blr\b)\b.{0,60}\b(low|small|tiny|creeps?|raise|higher|larger|next to nothing)\b"
    r"|\b(low|small|tiny)\b.{0,25}(rate|\blr\b|steps?\b)|steps?\b.{0,40}\b(small|tiny|creep|short|little)\b"
    r"|\bcreep|hardly moves?|\bslow"
)
"""Steps are too small."""

LEAPS = (
    r"(rate|\blr\b)\b.{0,60}\b(high|large|big|lower|leaps?|reduce)\b|\b(high|large|big)\b.{0,25}(rate|\blr\b|steps?\b)"
    r"|steps?\b.{0,40}\b(large|big|leap|too far|huge)\b|\bleap"
)
"""Steps are too large."""

NO_MORE = (
    r"plateau|chance|underfit|unfinished|stagnat|not learn|nothing learned|same answer|constant|\bstays?\b|no better"
)
"""What only says that it does not learn."""

TOO_GOOD = r"overfit|memor|by heart|generali|gap\b|noise"
"""What only says that dev is worse than training."""

WILD = r"explod|diverg|\bnan\b|finite|no number|dead|unstable|jump|swing|osc|rises? again"
"""What only says that the loss is wild."""


def dealt(*columns: Tensor, size: int = 32, **how: Any) -> DataLoader[Any]:
    """Batches of rows of all the columns, in a new order each time."""
    return DataLoader(TensorDataset(*columns), size, **({"shuffle": True} | how))


def parts(x: Any, y: Any, share: float = 0.7) -> Four:
    """The first rows are training's, the others dev's: they were drawn in no order."""
    x, y = torch.as_tensor(np.asarray(x)), torch.as_tensor(np.asarray(y))
    x, y = (v.float() if v.is_floating_point() else v for v in (x, y))
    k = int(share * len(x))
    return x[:k], y[:k], x[k:], y[k:]


def learn(
    watch: Watch,
    net: nn.Module,
    opt: Optimizer,
    batches: Iterable[Any],
    loss_of: Callable[..., Tensor],
    judge: Callable[[], float],
    epochs: int,
    *,
    before_step: Callable[[], object] = lambda: None,
    after_step: Callable[[], object] = lambda: None,
    after_epoch: Callable[[float], object] = lambda result: None,
    **how: bool,
) -> float:
    """Train under the watch, judge after each epoch, return the last judgement."""
    result = 0.0
    with watch(net, opt, **how) as health:
        for _ in range(epochs):
            net.train()
            for batch in batches:
                loss = loss_of(*batch)
                opt.zero_grad()
                loss.backward()
                before_step()
                opt.step()
                after_step()
                health.step(loss)
            result = judge()
            after_epoch(result)
    return result


def correct(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of the rows or places whose highest score is the right one's."""
    with judging(net):
        return (net(x).argmax(-1) == y).float().mean().item()


def balanced(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Mean of the shares of yes and of no that are right; y (n, 1) is 0 or 1, a positive score means yes."""
    with judging(net):
        hit = ((net(x) > 0) == (y > 0.5)).float()
    return float(np.mean([hit[y == c].mean().item() for c in (0, 1)]))


def accounted(answer: Tensor, y: Tensor) -> float:
    """Share of the variance of y that an answer accounts for, -1 at worst."""
    rest = (answer.reshape(y.shape).float() - y).square().mean() / y.float().var()
    return max(-1.0, 1 - rest.item()) if rest.isfinite() else -1.0


def told_by(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of the variance of y that a net accounts for."""
    with judging(net):
        return accounted(net(x), y)


def layers(*sizes: int, act: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    """Linear layers of these sizes, with activations between them."""
    made = [part for i, o in pairwise(sizes) for part in (nn.Linear(i, o), act())]
    return nn.Sequential(*made[:-1])


def quadrants(seed: int, n: int = 900, d: int = 8, flip: float = 0.0) -> Four:
    """Columns (n, d), turned; the class, of 4, says the sign of a product and whether a bent sum is large."""
    g = np.random.default_rng(seed)
    z = g.normal(0, 1, (n, d))
    z[:, :2] += 0.4 * np.sign(z[:, :2])
    y = (z[:, 0] * z[:, 1] > 0) + 2 * (z[:, 2] + np.abs(z[:, 3]) > 0.75)
    turn, _ = np.linalg.qr(g.normal(0, 1, (d, d)))
    return parts(z @ turn, np.where(g.random(n) < flip, g.integers(0, 4, n), y))


def constellations(seed: int, classes: int = 6, n: int = 900, d: int = 10, wide: float = 0.45) -> Four:
    """Each class is two clouds (n, d), one on either side of the origin."""
    g = np.random.default_rng(seed)
    centres = g.normal(0, 1, (classes, d))
    y = g.integers(0, classes, n)
    return parts(g.choice([-1.0, 1.0], (n, 1)) * centres[y] + 0.15 + g.normal(0, wide, (n, d)), y)


def springs(seed: int, n: int = 900, d: int = 6, noise: float = 0.1) -> Four:
    """A target (n, 1) of mean 0 and deviation 1 that swings and fades in the columns (n, d)."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (n, d))
    y = np.exp(-0.5 * np.abs(x[:, 0])) * np.sin(2 * x[:, 1]) + 0.5 * x[:, 2] * x[:, 3] + 0.3 * x[:, 4]
    return parts(x, ((y - y.mean()) / y.std() + g.normal(0, noise, n))[:, None])


GLYPHS = (
    "1000010000100001000011111",
    "1111100100001000010000100",
    "1000101010001000101010001",
    "1111110001100011000111111",
)
"""An L, a T, an X and an O of 5 by 5."""


def glyphs(seed: int, n: int = 700, size: int = 11, noise: float = 0.4) -> Four:
    """Pictures (n, 1, size, size) with one of four letters somewhere, in noise."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, n)
    x = np.zeros((n, 1, size, size))
    for i in range(n):
        a, b = g.integers(0, size - 4, 2)
        x[i, 0, a : a + 5, b : b + 5] = np.array(list(GLYPHS[y[i]]), float).reshape(5, 5) * g.uniform(1, 1.8)
    return parts(x - 0.15 + g.normal(0, noise, x.shape), y)


def islands(seed: int, n: int = 300, size: int = 14) -> Four:
    """Bright boxes on a dark ground, and their masks: both (n, 1, size, size)."""
    g = np.random.default_rng(seed)
    y = np.zeros((n, 1, size, size))
    for i in range(n):
        (a, b), (h, w) = g.integers(0, size - 4, 2), g.integers(3, 7, 2)
        y[i, 0, a : a + h, b : b + w] = 1
    return parts(1.4 * y - 0.4 + g.normal(0, 0.6, y.shape), y)


def motifs(seed: int, n: int = 700, t: int = 16, c: int = 3, earliest: int = 0) -> Four:
    """Series (n, t, c); the class, of 3, is the shape that is hidden in the first channel."""
    g = np.random.default_rng(seed)
    shapes = np.array([(2, 2, -2, -2), (-2, 2, -2, 2), (2, -1, -1, 2)]) * 0.9
    y = g.integers(0, 3, n)
    x = g.normal(0, 0.4, (n, t, c))
    for i in range(n):
        start = g.integers(earliest, t - 4)
        x[i, start : start + 4, 0] += shapes[y[i]]
    return parts(x, y)


def telegrams(seed: int, n: int = 800, longest: int = 20, words: int = 80, shortest: int = 4) -> Four:
    """Word numbers (n, longest), padded behind by 0; the class, of 4, is the one whose 8 words turn up."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, n)
    x = np.zeros((n, longest), np.int64)
    for i in range(n):
        m = g.integers(shortest, longest + 1)
        own = 1 + 8 * y[i] + g.integers(0, 8, m)
        x[i, :m] = np.where(g.random(m) < 0.3, own, g.integers(33, words, m))
        x[i, g.integers(0, m)] = own[0]
    return parts(x, y)


def remainders(seed: int, n: int = 500, t: int = 13, words: int = 17) -> Four:
    """Numbers (n, t) of which three in four follow from the one before; targets are the next ones."""
    g = np.random.default_rng(seed)
    rows = g.integers(0, words, (n, t + 1))
    for k in range(1, t + 1):
        rows[:, k] = np.where(g.random(n) < 0.75, (5 * rows[:, k - 1] + 3) % words, rows[:, k])
    return parts(rows[:, :-1], rows[:, 1:])


class Glance(nn.Module):
    """Two convolutions, a pool of 3 by 3 places, two linear layers; ``norm`` makes what follows a convolution."""

    def __init__(self, classes: int = 4, wide: int = 8, norm: Callable[[int], nn.Module] = lambda w: nn.Identity()):
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, wide, 3, padding=1),
            norm(wide),
            nn.ReLU(),
            nn.Conv2d(wide, 2 * wide, 3, padding=1),
            norm(2 * wide),
            nn.ReLU(),
            nn.AdaptiveMaxPool2d(3),
            nn.Flatten(),
            nn.Linear(18 * wide, 32),
            nn.ReLU(),
        )
        self.head = nn.Linear(32, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))


def trained_before(net: nn.Module, x: Tensor, y: Tensor, rate: float = 3e-3, epochs: int = 8) -> nn.Module:
    """The net after some epochs of Adam, unwatched: what others have trained."""
    opt = torch.optim.Adam(net.parameters(), rate)
    for _ in range(epochs):
        for a, b in dealt(x, y):
            opt.zero_grad()
            nn.functional.cross_entropy(net(a), b).backward()
            opt.step()
    return deepcopy(net)


def stepped(loss: Tensor, *opts: Optimizer) -> None:
    """Clear, go back, step."""
    for opt in opts:
        opt.zero_grad()
    loss.backward()
    for opt in opts:
        opt.step()


def nearest(emb: Tensor, to: Tensor, labels: Sequence[int] | Tensor) -> Tensor:
    """The label of the nearest of the rows ``to`` for each row of ``emb``."""
    return torch.as_tensor(labels)[torch.cdist(emb, to).argmin(1)]
