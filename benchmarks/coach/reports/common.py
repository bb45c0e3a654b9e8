"""Data sets, a plain loop, judges, and the lists of programs. Nothing here knows of fathom."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Optimizer


class Health(Protocol):
    """What a watch yields."""

    def step(self, loss: Tensor) -> object: ...


Watch = Callable[..., AbstractContextManager[Any]]
"""``watch(net, *optimizers, pretrained=, grouped=)``."""


@contextmanager
def unwatched(*_: object, **__: object):
    """A watch that sees nothing."""

    class Blind:
        def step(self, loss: Tensor) -> None: ...

    yield Blind()


def set_of(run: Callable[..., float]) -> str:
    """The set of a program, by how its module's name begins: ``later_`` second, ``third_`` and so on, else first."""
    begins = run.__module__.rpartition(".")[2].partition("_")[0]
    named = ("third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
    return "second" if begins == "later" else begins if begins in named else "first"


@dataclass(frozen=True)
class Faulty:
    """One program: ``run(seed, sick, watch)`` trains and returns its dev result, 1 at best."""

    name: str
    kind: str
    thread: str
    accept: str
    symptom: str
    visible: bool
    run: Callable[[int, bool, Watch], float]

    @property
    def set(self) -> str:
        """The set that the program belongs to."""
        return set_of(self.run)


@dataclass(frozen=True)
class Healthy:
    """One program: ``run(seed, watch)`` trains and returns its dev result, which is above ``floor``."""

    name: str
    kind: str
    floor: float
    run: Callable[[int, Watch], float]
    thread: str = ""

    @property
    def set(self) -> str:
        """The set that the program belongs to."""
        return set_of(self.run)


FAULTY: dict[str, Faulty] = {}
HEALTHY: dict[str, Healthy] = {}


def faulty(kind: str, thread: str, accept: str, symptom: str = "", visible: bool = True):
    """Enter a program in `FAULTY`.

    Args:
        kind: where the fault is: data, loss, net, modes, step, loader, numbers, goals, tuning.
        thread: repository#number of a public report of it.
        accept: expression of words of which a right finding has one.
        symptom: expression of words by which a finding is a mere symptom: not right, not misleading either.
        visible: whether the fault can be seen from inside the training.

    Returns:
        What enters the function and returns it.
    """

    def enter(run: Callable[[int, bool, Watch], float]):
        if run.__name__ in FAULTY:
            raise ValueError(f"there are two faulty programs of the name {run.__name__}")
        FAULTY[run.__name__] = Faulty(run.__name__, kind, thread, accept, symptom, visible, run)
        return run

    return enter


def healthy(kind: str, floor: float, thread: str = ""):
    """Enter a program in `HEALTHY`: its kind, its least dev result, and a public thread where someone trains so."""

    def enter(run: Callable[[int, Watch], float]):
        if run.__name__ in HEALTHY:
            raise ValueError(f"there are two healthy programs of the name {run.__name__}")
        HEALTHY[run.__name__] = Healthy(run.__name__, kind, floor, run, thread)
        return run

    return enter


class Split(NamedTuple):
    """Inputs and targets of training, then of dev."""

    x: Tensor
    y: Tensor
    xd: Tensor
    yd: Tensor


def split(x: Any, y: Any, share: float = 0.3) -> Split:
    """The last rows are dev: the rows were drawn in no order."""
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    x, y = (v.float() if v.dtype == torch.float64 else v for v in (x, y))
    k = int(len(x) * (1 - share))
    return Split(x[:k], y[:k], x[k:], y[k:])


def gratings(seed: int, n: int = 1000, size: int = 12, raw: bool = False) -> Split:
    """Stripes in one of 4 directions, of any phase, in noise: (n, 1, size, size), float of mean 0 or bytes."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, n)
    turn = (np.pi * y / 4 + g.normal(0, 0.1, n))[:, None, None]
    pace, phase = g.uniform(0.8, 1.5, (n, 1, 1)), g.uniform(0, 6.3, (n, 1, 1))
    u, v = np.meshgrid(np.arange(size), np.arange(size))
    x = 110 + 45 * np.sin(pace * (np.cos(turn) * u + np.sin(turn) * v) + phase) + g.normal(0, 30, (n, size, size))
    x = np.clip(x, 0, 255).astype(np.uint8)[:, None]
    return split(x if raw else (x / 255.0 - 0.43) / 0.21, y)


def wheel(seed: int, n: int = 1000, d: int = 8, classes: int = 4, noise: float = 0.25, lean: float = 0.0) -> Split:
    """Sectors of a wheel that twists outwards, turned into d columns. ``lean`` makes the later classes rare."""
    g = np.random.default_rng(seed)
    share = np.exp(-lean * np.arange(classes))
    y = g.choice(classes, n, p=share / share.sum())
    far = g.uniform(0.5, 2.5, n)
    angle = 2 * np.pi * (y + g.uniform(0.08, 0.92, n)) / classes + 1.2 * far
    z = np.concatenate([(far * np.cos(angle))[:, None], (far * np.sin(angle))[:, None], g.normal(0, 1, (n, d - 2))], 1)
    turn, _ = np.linalg.qr(g.normal(0, 1, (d, d)))
    return split(z @ turn + g.normal(0, noise * 0.3, (n, d)), y)


def curve(seed: int, n: int = 1000, d: int = 6, noise: float = 0.15) -> Split:
    """A smooth function of d columns, of mean 0 and deviation 1: targets (n, 1)."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (n, d))
    y = np.sin(1.5 * x[:, 0]) + x[:, 1] * x[:, 2] * 0.7 + 0.5 * np.abs(x[:, 3]) + 0.4 * x[:, 4]
    y = (y - y.mean()) / y.std() + g.normal(0, noise, n)
    return split(x, y[:, None])


def pulses(seed: int, n: int = 1000, t: int = 16, c: int = 3) -> Split:
    """Two pulses in a noisy series (n, t, c): the class says which channel had the first one, and its sign."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, n)
    x = g.normal(0, 0.4, (n, t, c))
    for i in range(n):
        a, b = g.integers(1, t // 2 - 1), g.integers(t // 2, t - 2)
        x[i, a : a + 2, y[i] // 2] += 2.0 if y[i] % 2 else -2.0
        x[i, b : b + 2, 1 - y[i] // 2] += g.choice([-2.0, 2.0])
    return split(x, y)


def comments(seed: int, n: int = 1200, t: int = 24, words: int = 90) -> Split:
    """Word numbers (n, t), padded at the end with 0; the class, of 3, is the one whose 20 words come most."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 3, n)
    x = np.zeros((n, t), np.int64)
    for i in range(n):
        m = g.integers(5, t + 1)
        x[i, :m] = np.where(g.random(m) < 0.35, 1 + 20 * y[i] + g.integers(0, 20, m), g.integers(1, words, m))
    return split(x, y)


def walks(seed: int, n: int = 700, t: int = 17, words: int = 16) -> Split:
    """Walks (n, t) in which each word has 2 likely successors: about 85 % of the next words can be told within 2."""
    g = np.random.default_rng(seed)
    after = np.stack([g.permutation(words) for _ in range(2)], 1)
    x = np.zeros((n, t), np.int64)
    x[:, 0] = g.integers(0, words, n)
    for k in range(1, t):
        way = after[x[:, k - 1], (g.random(n) < 0.2).astype(int)]
        x[:, k] = np.where(g.random(n) < 0.95, way, g.integers(0, words, n))
    return split(x, x)


def tagged(seed: int, n: int = 700, t: int = 12, words: int = 24) -> Split:
    """Each word's tag, of 4, depends on the word and on whether the word before it is odd: both (n, t)."""
    g = np.random.default_rng(seed)
    x = g.integers(1, words, (n, t))
    before = np.concatenate([np.zeros((n, 1), int), x[:, :-1]], 1)
    return split(x, (x + 2 * (before % 2)) % 4)


def spots(seed: int, n: int = 500, size: int = 12) -> Split:
    """One or two bright discs in noise, and their masks: both (n, 1, size, size)."""
    g = np.random.default_rng(seed)
    u, v = np.meshgrid(np.arange(size), np.arange(size))
    y = np.zeros((n, size, size))
    for i in range(n):
        for _ in range(g.integers(1, 3)):
            a, b = g.integers(2, size - 2, 2)
            y[i] = np.maximum(y[i], np.hypot(u - a, v - b) < g.uniform(1.5, 2.8))
    x = 1.6 * y + g.normal(0, 0.7, y.shape)
    return split(((x - x.mean()) / x.std())[:, None], y[:, None])


def mlp(i: int, o: int, h: Iterable[int] = (48, 48), act: Callable[[], nn.Module] = nn.ReLU) -> nn.Sequential:
    """Linear layers with an activation between them."""
    layers: list[nn.Module] = []
    for k in h:
        layers += [nn.Linear(i, k), act()]
        i = k
    return nn.Sequential(*layers, nn.Linear(i, o))


def conv(o: int = 4, w: int = 10, norm: bool = False, i: int = 1) -> nn.Sequential:
    """Two convolutions, the mean over the places, a linear layer."""
    one, two = (nn.BatchNorm2d(w), nn.BatchNorm2d(2 * w)) if norm else (nn.Identity(), nn.Identity())
    body = [nn.Conv2d(i, w, 5, padding=2), one, nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(w, 2 * w, 3, padding=1), two]
    return nn.Sequential(*body, nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(8 * w, o))


def shuffled(n: int, size: int) -> list[Tensor]:
    """Rows of the full batches of one epoch, in a new order."""
    order = torch.randperm(n)
    return [order[i : i + size] for i in range(0, n - size + 1, size)]


def plain(opt: Optimizer, loss: Tensor) -> None:
    """Clear, go back, step."""
    opt.zero_grad()
    loss.backward()
    opt.step()


@contextmanager
def judging(net: nn.Module):
    """Evaluation mode and no gradients; then training mode."""
    net.eval()
    with torch.no_grad():
        yield
    net.train()


def accuracy(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of the rows (or places) whose highest score is the right one's; scores are in the last dimension."""
    with judging(net):
        return (net(x).argmax(-1) == y).float().mean().item()


def recall(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Mean of the classes' accuracies."""
    with judging(net):
        right = (net(x).argmax(-1) == y).float()
    return float(np.mean([right[y == c].mean().item() for c in y.unique()]))


def explained(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of the variance of y (n, 1) that is explained, -1 at worst."""
    with judging(net):
        rest = ((net(x).reshape(y.shape) - y) ** 2).mean() / y.float().var()
    return max(-1.0, 1 - rest.item()) if rest.isfinite() else -1.0


def overlap(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Intersection over union of the masks; a positive score means inside."""
    with judging(net):
        p = net(x) > 0
    return ((p & (y > 0)).sum() / (p | (y > 0)).sum().clamp(min=1)).item()


def entropy(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Cross-entropy of the scores."""
    return F.cross_entropy(net(x), y)


def squared(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Mean squared error."""
    return F.mse_loss(net(x), y)


def pixelwise(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """Binary cross-entropy of every pixel's score."""
    return F.binary_cross_entropy_with_logits(net(x), y)


def train(
    watch: Watch,
    net: nn.Module,
    opt: Optimizer,
    loss_of: Callable[[nn.Module, Tensor, Tensor], Tensor],
    data: Split,
    *,
    epochs: int = 30,
    batch: int = 32,
    judge: Callable[[nn.Module, Tensor, Tensor], float] = accuracy,
    order: Callable[[int, int], list[Tensor]] = shuffled,
    update: Callable[[Optimizer, Tensor], None] = plain,
    each_epoch: Callable[[], object] = lambda: None,
    **how: bool,
) -> float:
    """Train under the watch, judge after each epoch, return the last judgement."""
    result = float("nan")
    net.train()
    with watch(net, opt, **how) as health:
        for _ in range(epochs):
            for rows in order(len(data.x), batch):
                loss = loss_of(net, data.x[rows], data.y[rows])
                update(opt, loss)
                health.step(loss)
            each_epoch()
            result = judge(net, data.xd, data.yd)
    return result
