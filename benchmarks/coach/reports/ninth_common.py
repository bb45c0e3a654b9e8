"""Data sets, a loop, judges and nets of the ninth set; words of symptoms are those of the seventh. Nothing knows of fathom."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.coach.reports.common import Split, Watch, judging, split

Judge = Callable[[], float]


def customers(seed: int, classes: int = 4, n: int = 1400, d: int = 8, noise: float = 0.15) -> Split:
    """Which of some waves is highest where a row (n, d) lies: classes of like share."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (n, d))
    waves = np.sin(x @ g.normal(0, 0.5, (d, 12)) + g.uniform(0, 6.3, 12)) @ g.normal(0, 1, (12, classes))
    waves = (waves - waves.mean(0)) / waves.std(0) + g.normal(0, noise, waves.shape)
    return split(x, waves.argmax(1))


def rents(seed: int, n: int = 1200, noise: float = 0.15) -> Split:
    """The rent (n, 1), of mean 0 and deviation 1, that six standardized columns (n, 6) of a flat tell."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (n, 6))
    y = x[:, 0] + np.abs(x[:, 1]) - x[:, 2] * x[:, 3] + 0.8 * np.sin(2 * x[:, 4]) + 0.3 * x[:, 5]
    return split(x, ((y - y.mean()) / y.std() + g.normal(0, noise, n))[:, None])


def signs(seed: int, n: int = 800, size: int = 12, noise: float = 0.3, raw: bool = False) -> Split:
    """An arrow of 5 by 5 that points up, down, left or right, somewhere in noise: (n, 1, size, size), and where to.

    Values are of mean 0 and deviation 1; ``raw`` gives them as 0 to 255.
    """
    g = np.random.default_rng(seed)
    u, v = np.meshgrid(np.arange(5) - 2, np.arange(5) - 2, indexing="ij")
    up = (v == 0) | (u == abs(v) - 2)
    shapes = np.stack([np.rot90(up, k) for k in range(4)])
    y = g.integers(0, 4, n)
    x = g.normal(0, noise, (n, 1, size, size))
    for i in range(n):
        a, b = g.integers(0, size - 4, 2)
        x[i, 0, a : a + 5, b : b + 5] += shapes[y[i]] * g.uniform(0.8, 1.3)
    if raw:
        return split(np.clip(70 + 90 * x, 0, 255).round(), y)
    return split((x - x.mean()) / x.std(), y)


def gestures(seed: int, n: int = 700, t: int = 20, noise: float = 0.25) -> Split:
    """A hand's way (n, t, 2) that turns left, turns right, swings, or swings and comes back: 4 classes."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, n)
    at = np.linspace(0, 1, t)[None]
    begin, pace = g.uniform(0, 6.3, (n, 1)), g.uniform(0.8, 1.2, (n, 1))
    turn = np.where((y == 0)[:, None], 1, -1) * 6.3 * pace * at + begin
    ring = np.stack([np.cos(turn), np.sin(turn)], 2)
    far = np.where((y == 3)[:, None], 1 - np.abs(2 * at - 1), at) * 2 - 0.8
    swing = np.stack([far, 0.8 * np.sin(12 * at * pace + begin)], 2)
    return split(np.where((y < 2)[:, None, None], ring, swing) + g.normal(0, noise, (n, t, 2)), y)


def mails(seed: int, n: int = 1000, t: int = 20, words: int = 60, classes: int = 3, least: int = 5) -> Split:
    """Words (n, t) from 2 on, padded behind by 0: words speak for topics, twice as loud behind the word 1."""
    g = np.random.default_rng(seed)
    speaks = g.normal(0, 1, (words, classes)) * (g.random((words, 1)) < 0.6)
    speaks[:2] = 0
    x = np.where(g.random((n, t)) < 0.1, 1, g.integers(2, words, (n, t)))
    x[np.arange(t) >= g.integers(least, t + 1, n)[:, None]] = 0
    loud = 1 + (np.concatenate([np.zeros((n, 1), int), x[:, :-1]], 1) == 1)
    return split(x, (speaks[x] * loud[:, :, None]).sum(1).argmax(1))


def tunes(seed: int, n: int = 500, t: int = 16, notes: int = 16, sure: float = 0.92) -> Split:
    """Notes (n, t): the next one mostly follows from the last one and from whether the one before was low."""
    g = np.random.default_rng(seed)
    after = np.stack([g.permutation(notes), g.permutation(notes)], 1)
    x = g.integers(0, notes, (n, t))
    for k in range(2, t):
        told = after[x[:, k - 1], (x[:, k - 2] < notes // 2).astype(int)]
        x[:, k] = np.where(g.random(n) < sure, told, x[:, k])
    return split(x, x)


def cells(seed: int, n: int = 300, size: int = 16, wide: float = 2.6, bright: float = 1.3) -> Split:
    """One to three bright discs in noise on the left half more than on the right, and their masks: (n, 1, size, size)."""
    g = np.random.default_rng(seed)
    u, v = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    y = np.zeros((n, size, size))
    for i in range(n):
        for _ in range(g.integers(1, 4)):
            a, b = g.uniform(2, size - 3), g.uniform(2, size * 0.62)
            y[i] = np.maximum(y[i], np.hypot(u - a, v - b) < wide * g.uniform(0.8, 1.2))
    return split((bright * y + g.normal(0, 0.6, y.shape))[:, None], y[:, None])


def hobbies(seed: int, labels: int = 8, n: int = 1200, d: int = 10, above: float = 0.8) -> Split:
    """Rows (n, d), and which of some labels (n, labels) hold: each of them for about a fifth of the rows."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (n, d))
    said = np.tanh(x @ g.normal(0, 0.5, (d, 16))) @ g.normal(0, 1, (16, labels))
    said = (said - said.mean(0)) / said.std(0) + g.normal(0, 0.15, said.shape)
    return split(x, (said > above).astype(np.float64))


def people(seed: int, who: int = 12, each: int = 40, d: int = 16, noise: float = 0.5) -> Split:
    """Rows (n, d) of some people, bent and noisy, in any order; the label says whose each is."""
    g = np.random.default_rng(seed)
    y = g.permutation(np.repeat(np.arange(who), each))
    hidden = g.normal(0, 1, (who, 6))[y] + g.normal(0, 0.35, (len(y), 6))
    x = np.tanh(hidden @ g.normal(0, 0.7, (6, d))) * 1.5 + g.normal(0, noise, (len(y), d))
    return split(x, y)


def named(net: nn.Module, x: Tensor, y: Tensor) -> Judge:
    """The mean over labels of the F1 of ``net(x) > 0``."""

    def judge() -> float:
        with judging(net):
            said = net(x) > 0
        both = (said & (y > 0)).sum(0)
        return (2 * both / (said.sum(0) + (y > 0).sum(0)).clamp(min=1)).mean().item()

    return judge


def nearest(net: nn.Module, x: Tensor, y: Tensor, xd: Tensor, yd: Tensor) -> Judge:
    """The share of dev rows whose nearest training row, by the net's answers, has the same label."""

    def judge() -> float:
        with judging(net):
            far = torch.cdist(net(xd), net(x))
        return (y[far.argmin(1)] == yd).float().mean().item() if far.isfinite().all() else -1.0

    return judge


def loader(x: Tensor, y: Tensor, size: int = 32, shuffle: bool = True) -> DataLoader[tuple[Tensor, ...]]:
    """Batches of both, the last one too if it is smaller."""
    return DataLoader(TensorDataset(x, y), batch_size=size, shuffle=shuffle)


def train(
    watch: Watch,
    net: nn.Module,
    opt: Optimizer,
    batches: DataLoader[tuple[Tensor, ...]],
    loss_of: Callable[[Tensor, Tensor], Tensor],
    judge: Judge,
    epochs: int,
    **how: bool,
) -> float:
    """The usual loop over a loader, with ``loss_of(net(x), y)``; judged at the end."""
    with watch(net, opt, **how) as health:
        for _ in range(epochs):
            net.train()
            for x, y in batches:
                opt.zero_grad()
                loss = loss_of(net(x), y)
                loss.backward()
                opt.step()
                health.step(loss)
    return judge()


class Tabular(nn.Module):
    """Two hidden layers with normalization or dropout, if wanted, and an output layer."""

    def __init__(self, i: int, o: int, wide: int = 48, norm: bool = False, drop: float = 0.0) -> None:
        super().__init__()
        self.fc1, self.fc2, self.fc3 = nn.Linear(i, wide), nn.Linear(wide, wide), nn.Linear(wide, o)
        self.norm1 = nn.BatchNorm1d(wide) if norm else nn.Identity()
        self.norm2 = nn.BatchNorm1d(wide) if norm else nn.Identity()
        self.drop = nn.Dropout(drop)

    def forward(self, x: Tensor) -> Tensor:
        x = self.drop(torch.relu(self.norm1(self.fc1(x))))
        x = self.drop(torch.relu(self.norm2(self.fc2(x))))
        return self.fc3(x)


class Cnn(nn.Module):
    """Two convolutions with pooling, for pictures (n, 1, 12, 12), and two linear layers."""

    def __init__(self, classes: int = 4, wide: int = 12, norm: bool = False) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, wide, 3, padding=1), nn.Conv2d(wide, 2 * wide, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(wide) if norm else nn.Identity()
        self.bn2 = nn.BatchNorm2d(2 * wide) if norm else nn.Identity()
        self.pool = nn.MaxPool2d(2)
        self.fc1, self.fc2 = nn.Linear(18 * wide, 32), nn.Linear(32, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pool(torch.relu(self.bn1(self.conv1(x))))
        x = self.pool(torch.relu(self.bn2(self.conv2(x))))
        return self.fc2(torch.relu(self.fc1(x.flatten(1))))


class Unet(nn.Module):
    """A small net down and up again, with a bridge: pictures (n, 1, h, w) to scores (n, o, h, w)."""

    def __init__(self, o: int = 1, wide: int = 8) -> None:
        super().__init__()
        self.down = nn.Sequential(nn.Conv2d(1, wide, 3, padding=1), nn.ReLU())
        self.deep = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(wide, 2 * wide, 3, padding=1), nn.ReLU())
        self.up = nn.ConvTranspose2d(2 * wide, wide, 2, stride=2)
        self.out = nn.Sequential(nn.Conv2d(2 * wide, wide, 3, padding=1), nn.ReLU(), nn.Conv2d(wide, o, 1))

    def forward(self, x: Tensor) -> Tensor:
        high = self.down(x)
        return self.out(torch.cat([high, self.up(self.deep(high))], 1))


class Recurrent(nn.Module):
    """An LSTM or a GRU over (n, t, i), and scores of its last answer."""

    def __init__(self, i: int, o: int, wide: int = 32, kind: type[nn.LSTM] | type[nn.GRU] = nn.LSTM) -> None:
        super().__init__()
        self.rnn, self.fc = kind(i, wide, batch_first=True), nn.Linear(wide, o)

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.rnn(x)
        return self.fc(out[:, -1])
