"""Data sets, loops and judges of the second set. Nothing here knows of fathom."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.coach.reports.common import Watch, judging


def loader(x: Tensor, y: Tensor, size: int = 32, shuffle: bool = True, **how: Any) -> DataLoader[Any]:
    """Batches of rows of both."""
    return DataLoader(TensorDataset(x, y), size, shuffle=shuffle, **how)


def ordinary(opt: Optimizer, loss: Tensor) -> None:
    """Clear, go back, step."""
    opt.zero_grad()
    loss.backward()
    opt.step()


def go(
    watch: Watch,
    net: nn.Module,
    opt: Optimizer,
    batches: Iterable[Any],
    loss_of: Callable[[Any, Any], Tensor],
    judge: Callable[[], float],
    epochs: int,
    *,
    update: Callable[[Optimizer, Tensor], None] = ordinary,
    after: Callable[[float], object] = lambda result: None,
    mode: bool = True,
) -> float:
    """Train under the watch and return the last judgement; ``mode`` is the one that training is in."""
    result = float("nan")
    with watch(net, opt) as health:
        for _ in range(epochs):
            net.train(mode)
            for x, y in batches:
                loss = loss_of(x, y)
                update(opt, loss)
                health.step(loss)
            result = judge()
            after(result)
    return result


def right(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of the rows or places whose highest score is the right one's."""
    with judging(net):
        return (net(x).argmax(-1) == y).float().mean().item()


def told(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of the variance that is explained, -1 at worst."""
    with judging(net):
        rest = ((net(x).float().reshape(y.shape) - y) ** 2).mean() / y.var()
    return max(-1.0, 1 - rest.item()) if rest.isfinite() else -1.0


def parted(x: Any, y: Any, share: float = 0.7) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training's inputs and targets, then dev's: rows were drawn in no order."""
    x, y = (torch.as_tensor(np.asarray(v)) for v in (x, y))
    x, y = (v.float() if v.is_floating_point() else v for v in (x, y))
    k = int(len(x) * share)
    return x[:k], y[:k], x[k:], y[k:]


def icons(seed: int, n: int = 700, size: int = 12) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Colour pictures (n, 3, size, size) of 0 to 255: a disc, a square, a cross, a ring or a bar, of any colour."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 5, n)
    v, u = np.mgrid[:size, :size]
    x = np.zeros((n, 3, size, size))
    for i in range(n):
        a, b = g.uniform(4, size - 5, 2)
        du, dv = np.abs(u - a), np.abs(v - b)
        far = np.hypot(du, dv)
        shape = (
            (far < 3.2, np.maximum(du, dv) < 2.8, (np.minimum(du, dv) < 0.8) & (np.maximum(du, dv) < 3.6))[y[i]]
            if (y[i] < 3)
            else ((far < 3.8) & (far > 2.1), (dv < 1.1) & (du < 3.9))[y[i] - 3]
        )
        ground, ink = g.uniform(20, 110, 3), g.uniform(130, 240, 3)
        x[i] = np.where(shape, ink[:, None, None], ground[:, None, None])
    return parted(np.clip(x + g.normal(0, 18, x.shape), 0, 255), y)


def halves(seed: int, n: int = 600, t: int = 10) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Words of 20; each one's tag is its group of 4, which counts backwards in the second half: both (n, t)."""
    g = np.random.default_rng(seed)
    x = g.integers(0, 20, (n, t))
    group = x // 5
    return parted(x, np.where(np.arange(t) < t // 2, group, 3 - group))


def phrases(seed: int, n: int = 500, t: int = 21) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Letters (n, t) of words out of a lexicon of 25, and the letters after them."""
    g = np.random.default_rng(seed)
    lexicon = [g.integers(1, 27, g.integers(3, 7)) for _ in range(25)]
    rows = np.zeros((n, t + 1), np.int64)
    for i in range(n):
        row: list[int] = []
        while len(row) < t + 8:
            row += [0, *lexicon[g.integers(0, 25)]]
        start = g.integers(0, 6)
        rows[i] = row[start : start + t + 1]
    return parted(rows[:, :-1], rows[:, 1:])


def houses(seed: int, n: int = 900) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Area, rooms, year, distance, floor and garden, standardized; prices in euros (n, 1)."""
    g = np.random.default_rng(seed)
    area, year, far = g.gamma(6, 16, n), g.uniform(1900, 2024, n), g.exponential(8, n)
    rooms, floor, garden = np.round(area / 28 + g.normal(0, 0.7, n)), g.integers(0, 9, n), g.random(n) < 0.4
    worth = area * (2600 + 9 * (year - 1900)) * (0.6 + 0.7 * np.exp(-far / 7)) + 40_000 * garden + 4_000 * floor
    x = np.stack([area, rooms, year, far, floor, garden], 1).astype(float)
    return parted((x - x.mean(0)) / x.std(0), (worth + g.normal(0, 15_000, n))[:, None])


def groups(seed: int, classes: int = 20, n: int = 1500, d: int = 16, wide: float = 1.0) -> tuple[Tensor, ...]:
    """Each class is two clouds of points (n, d)."""
    g = np.random.default_rng(seed)
    centres = g.normal(0, 1.0, (classes, 2, d))
    y = g.integers(0, classes, n)
    return parted(centres[y, g.integers(0, 2, n)] + g.normal(0, 0.55 * wide, (n, d)), y)


def tags(seed: int, n: int = 800, d: int = 12, labels: int = 6) -> tuple[Tensor, ...]:
    """Several labels may hold at once, each of about a third of the rows (n, labels)."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (n, d))
    z = x @ g.normal(0, 0.7, (d, labels)) + 0.8 * np.sin(2 * x[:, :labels]) * x[:, -labels:]
    return parted(x, (z > np.quantile(z, 0.65, 0)).astype(np.float32))


def blobs(seed: int, n: int = 300, size: int = 16) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """A bright ellipse on a slope of grey, and its mask: both (n, 1, size, size)."""
    g = np.random.default_rng(seed)
    v, u = np.mgrid[:size, :size]
    x, y = np.zeros((2, n, 1, size, size))
    for i in range(n):
        a, b, p, q = *g.uniform(3, size - 4, 2), *g.uniform(2, 4, 2)
        y[i, 0] = ((u - a) / p) ** 2 + ((v - b) / q) ** 2 < 1
        slope = g.normal(0, 0.05, 2)
        x[i, 0] = 1.5 * y[i, 0] + slope[0] * (u - size / 2) + slope[1] * (v - size / 2)
    return parted(x + g.normal(0, 0.4, x.shape), y)


def picture_net(classes: int = 5, norm: bool = False, width: int = 12) -> nn.Sequential:
    """Three convolutions with strides, the mean over places, a linear layer."""
    layers: list[nn.Module] = []
    for i, o, stride in ((3, width, 1), (width, 2 * width, 2), (2 * width, 2 * width, 2)):
        layers += [nn.Conv2d(i, o, 3, stride, 1), nn.BatchNorm2d(o) if norm else nn.Identity(), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(2 * width, classes))


def stack(*sizes: int, act: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    """Linear layers of these sizes with activations between them."""
    layers: list[nn.Module] = []
    for i, o in pairwise(sizes):
        layers += [nn.Linear(i, o), act()]
    return nn.Sequential(*layers[:-1])
