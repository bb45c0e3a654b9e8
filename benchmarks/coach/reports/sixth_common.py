"""Data sets, nets and expressions of the sixth set; its loop and its judges are the fourth's. Nothing knows of fathom."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.coach.reports.fourth_common import Four, parts

ONE_TARGET = (
    r"(targets?|labels?|classes|masks?)\b.{0,80}(the same|constant|alike|one class|one value|single|all (0|zero)|never (differ|vary))"
    r"|(only|just|nothing but) (one|a single) (class|label|target|value)|all (the )?(targets?|labels?)|no (yes|positives?)\b|imbalanc|background"
)
"""There is one target only."""

OUTLIERS = (
    r"outlier|extreme|(other|mixed|wrong|different|same) units?\b|units? of|robust|huber|heavy.tail|(few|some|a handful of|single|\d+ ?%? of the) (rows|examples|targets|values)"
    r"|targets?\b.{0,70}(far|heavy|scale|range|spread|huge|large|thousand|standardi)"
)
"""A few targets are far away from all the others."""

SCALE = (
    r"\bscal|standardi[sz]|normali[sz]|\brange\b|squeez|outlier|(other|mixed|wrong|different) units?\b|255|bytes?\b|min-?max|preproces"
    r"|(inputs?|columns?)\b.{0,70}(large|huge|small|tiny|far from|constant|alike|hardly|next to|spread)"
)
"""Inputs are too large, or too small."""

NO_GRADIENT = r"(no|zero|without|vanish\w*|hardly any|next to no) (a )?gradients?|gradients?\b.{0,70}(zero|0\b|nothing|none|vanish|lost|tiny|small|weak|stop|cut|reach)"
"""The gradient is lost on the way."""


def towns(seed: int, classes: int = 5, n: int = 900, d: int = 7, wide: float = 0.35) -> Four:
    """Each class is three clouds (n, d), anywhere."""
    g = np.random.default_rng(seed)
    centres = g.normal(0, 1, (classes, 3, d))
    y = g.integers(0, classes, n)
    return parts(centres[y, g.integers(0, 3, n)] + g.normal(0, wide, (n, d)), y)


def hills(seed: int, n: int = 900, d: int = 5, noise: float = 0.1) -> Four:
    """A target (n, 1) of mean 0 and deviation 1, of waves and of the larger of two columns (n, d)."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (n, d))
    y = np.cos(1.5 * x[:, 0]) * x[:, 1] + 0.8 * np.maximum(x[:, 2], x[:, 3]) + 0.3 * x[:, 4]
    return parts(x, ((y - y.mean()) / y.std() + g.normal(0, noise, n))[:, None])


def marks(seed: int, n: int = 700, size: int = 11, noise: float = 0.35) -> Four:
    """Pictures (n, 1, size, size) of a level stroke, an upright one, a cross or a frame; all are the same in a mirror."""
    g = np.random.default_rng(seed)
    shapes = np.zeros((4, 5, 5))
    shapes[0, 2], shapes[1, :, 2] = 1, 1
    shapes[2, 2], shapes[2, :, 2] = 1, 1
    shapes[3] = 1
    shapes[3, 1:4, 1:4] = 0
    y = g.integers(0, 4, n)
    x = np.zeros((n, 1, size, size))
    for i in range(n):
        a, b = g.integers(0, size - 4, 2)
        x[i, 0, a : a + 5, b : b + 5] = shapes[y[i]] * g.uniform(1, 1.6)
    return parts(x - 0.1 + g.normal(0, noise, x.shape), y)


def fields(seed: int, n: int = 240, size: int = 12) -> Four:
    """A bright and a dark box on grey ground (n, 1, size, size), and the class, of 3, of each pixel (n, size, size)."""
    g = np.random.default_rng(seed)
    y = np.zeros((n, size, size), np.int64)
    for i in range(n):
        for kind in (1, 2):
            (a, b), (h, w) = g.integers(0, size - 4, 2), g.integers(3, 7, 2)
            y[i, a : a + h, b : b + w] = kind
    shade = np.array([0.0, 1.5, -1.5])[y]
    return parts((shade + g.normal(0, 0.7, y.shape))[:, None], y)


def opened(seed: int, n: int = 700, t: int = 14, d: int = 4, classes: int = 4) -> Four:
    """Series (n, t, d) of noise; the class stands in the first two frames."""
    g = np.random.default_rng(seed)
    y = g.integers(0, classes, n)
    x = g.normal(0, 0.5, (n, t, d))
    x[:, :2] += (2 * np.eye(classes, d)[y])[:, None]
    return parts(x, y)


def letters(seed: int, n: int = 700, t: int = 10, words: int = 20, tags: int = 4) -> Four:
    """Words (n, t) from 1 on, padded behind by 0, and tags: by the word, and by whether the NEXT one is odd."""
    g = np.random.default_rng(seed)
    kind = g.permutation(words) % tags
    x = g.integers(1, words, (n, t))
    x[np.arange(t) >= g.integers(4, t + 1, n)[:, None]] = 0
    after = np.concatenate([x[:, 1:], np.zeros((n, 1), int)], 1)
    return parts(x, np.where(x > 0, (kind[x] + after % 2) % tags, 0))


def crowded(seed: int, classes: int = 40, each: int = 18, d: int = 6, rest: int = 12) -> Four:
    """Rows (n, d + rest) of many classes: d columns tell the class, the rest is noise; n is classes times each."""
    g = np.random.default_rng(seed)
    y = g.permutation(np.repeat(np.arange(classes), each))
    x = g.normal(0, 1.2, (classes, d))[y] + g.normal(0, 0.25, (len(y), d))
    return parts(np.concatenate([x, g.normal(0, 1.2, (len(y), rest))], 1), y)


class Viewer(nn.Module):
    """Two convolutions, the largest of 2 by 2 places, a linear layer."""

    def __init__(self, classes: int = 4, act: Callable[[], nn.Module] = nn.ReLU) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(1, 10, 5, padding=2),
            act(),
            nn.Conv2d(10, 16, 3, padding=1),
            act(),
            nn.AdaptiveMaxPool2d(2),
            nn.Flatten(),
        )
        self.head = nn.Linear(64, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))


class Cell(nn.Module):
    """A recurrent cell called frame by frame; ``between`` is done to the state after each; the last one is classified."""

    def __init__(self, d: int, classes: int, between: Callable[[Tensor], Tensor], wide: int = 32) -> None:
        super().__init__()
        self.cell, self.say, self.between = nn.GRUCell(d, wide), nn.Linear(wide, classes), between

    def forward(self, x: Tensor) -> Tensor:
        state = torch.zeros(len(x), self.cell.hidden_size)
        for frame in x.unbind(1):
            state = self.between(self.cell(frame, state))
        return self.say(state)


class Two(nn.Module):
    """One body, and two heads: classes and a number."""

    def __init__(self, d: int, classes: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(d, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
        self.kind, self.much = nn.Linear(64, classes), nn.Linear(64, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.body(x)
        return self.kind(h), self.much(h)
