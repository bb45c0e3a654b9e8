"""Data sets, a loop and judges of the third set. Nothing here knows of fathom."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from benchmarks.coach.reports.common import Watch, judging
from benchmarks.coach.reports.later_common import parted

Parts = tuple[Tensor, Tensor, Tensor, Tensor]
"""Training's inputs and targets, then dev's."""


def fit(
    watch: Watch,
    net: nn.Module,
    opt: Optimizer,
    batches: Iterable[Any],
    loss_of: Callable[..., Tensor],
    judge: Callable[[], float],
    epochs: int,
    between: Callable[[int, float], object] = lambda epoch, result: None,
) -> float:
    """Train under the watch, judge after each epoch, call ``between``, return the last judgement."""
    result = float("nan")
    with watch(net, opt) as health:
        for epoch in range(epochs):
            net.train()
            for batch in batches:
                opt.zero_grad()
                loss = loss_of(*batch)
                loss.backward()
                opt.step()
                health.step(loss)
            result = judge()
            between(epoch, result)
    return result


def hits(net: nn.Module, x: Tensor, y: Tensor, size: int = 64) -> float:
    """Share of the rows or places that get their highest score right; dev goes through in batches."""
    with judging(net):
        found = [(net(a).argmax(-1) == b).float().sum() for a, b in zip(x.split(size), y.split(size), strict=True)]
    return torch.stack(found).sum().item() / y.numel()


def fitted(net: nn.Module, x: Tensor, y: Tensor, size: int = 64) -> float:
    """Share of the variance that is explained, -1 at worst; dev goes through in batches."""
    with judging(net):
        rest = torch.cat([net(a).reshape(b.shape) - b for a, b in zip(x.split(size), y.split(size), strict=True)])
    share = 1 - (rest.square().mean() / y.float().var()).item()
    return max(-1.0, share) if np.isfinite(share) else -1.0


def clusters(seed: int, classes: int = 6, n: int = 900, d: int = 10, wide: float = 0.6) -> tuple[Tensor, Tensor]:
    """Bent clouds (n, d), a class each, in no order."""
    g = np.random.default_rng(seed)
    centres, bends = g.normal(0, 1.2, (classes, d)), g.normal(0, 0.7, (classes, d))
    y = g.integers(0, classes, n)
    along = g.normal(0, 1, (n, 1))
    x = centres[y] + bends[y] * along + 0.4 * bends[(y + 1) % classes] * (along**2 - 1) + g.normal(0, wide, (n, d))
    return torch.tensor(x).float(), torch.tensor(y)


def slopes(seed: int, n: int = 800, d: int = 7, noise: float = 0.1) -> Parts:
    """A target of deviation 1 (n, 1) that is smooth in the columns (n, d)."""
    g = np.random.default_rng(seed)
    x = g.uniform(-1.7, 1.7, (n, d))
    y = np.cos(2 * x[:, 0]) + 0.8 * x[:, 1] * x[:, 2] - 0.6 * np.maximum(x[:, 3], 0) + 0.5 * np.tanh(2 * x[:, 4])
    return parted(x, ((y - y.mean()) / y.std() + g.normal(0, noise, n))[:, None])


def arrows(seed: int, n: int = 700, size: int = 12) -> Parts:
    """Pictures (n, 1, size, size) of arrowheads that point left, right, up or down, anywhere, in noise."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, n)
    v, u = np.mgrid[:size, :size]
    x = np.zeros((n, 1, size, size))
    for i in range(n):
        a, b = g.uniform(4, size - 5, 2)
        along, across = ((u - a, v - b), (a - u, v - b), (v - b, u - a), (b - v, u - a))[y[i]]
        x[i, 0] = (np.abs(along - np.abs(across) + 1) < 1.1) & (np.abs(across) < 3.3)
    return parted(1.6 * x - 0.3 + g.normal(0, 0.45, x.shape), y)


def lamps(seed: int, n: int = 600, size: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Colour pictures (n, size, size, 3) of 0 to 1, as files hold them: a red, green, blue or orange disc."""
    g = np.random.default_rng(seed)
    inks = np.array([(0.9, 0.25, 0.2), (0.25, 0.8, 0.3), (0.2, 0.3, 0.9), (0.9, 0.6, 0.15)])
    y = g.integers(0, 4, n)
    v, u = np.mgrid[:size, :size]
    x = np.zeros((n, size, size, 3))
    for i in range(n):
        a, b, wide = *g.uniform(3, size - 4, 2), g.uniform(1.8, 3)
        inside = (np.hypot(u - a, v - b) < wide)[..., None]
        x[i] = np.where(inside, inks[y[i]] + g.normal(0, 0.06, 3), g.uniform(0.2, 0.7))
    return np.clip(x + g.normal(0, 0.09, x.shape), 0, 1), y


def series(seed: int, n: int = 800, t: int = 14, c: int = 4) -> Parts:
    """Series (n, t, c): the class, of 3, is the shape that is hidden in the first half of one of the channels."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 3, n)
    shapes = np.array([(1, 2, 1, 0), (2, -1, -1, 2), (-2, -1, 1, 2)]) * 1.1
    x = g.normal(0, 0.5, (n, t, c))
    for i in range(n):
        start = g.integers(0, t // 2 - 2)
        x[i, start : start + 4, g.integers(0, 2)] += shapes[y[i]]
    return parted(x, y)


def letters(seed: int, n: int = 900, t: int = 18, words: int = 120) -> tuple[np.ndarray, np.ndarray]:
    """Texts (n, t) of words from 2 up, padded by 0: a third of the words are from the class's 12."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, n)
    x = np.zeros((n, t), np.int64)
    for i in range(n):
        m = g.integers(8, t + 1)
        own = 2 + 12 * y[i] + g.integers(0, 12, m)
        x[i, :m] = np.where(g.random(m) < 0.33, own, g.integers(50, words, m))
    return x, y


class Eye(nn.Module):
    """Two convolutions, a pool of 3 by 3 places, two linear layers."""

    def __init__(self, channels: int, classes: int, wide: int = 12) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.Conv2d(channels, wide, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(wide, 2 * wide, 3, padding=1),
            nn.ReLU(),
            nn.AdaptiveMaxPool2d(3),
            nn.Flatten(),
        )
        self.say = nn.Sequential(nn.Linear(18 * wide, 32), nn.ReLU(), nn.Linear(32, classes))

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.look(x))
