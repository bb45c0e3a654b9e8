"""Second set: faults inside nets that read sequences."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, Optimizer

from benchmarks.coach.reports.common import Watch, faulty
from benchmarks.coach.reports.later_common import go, halves, loader, parted, phrases, right, told


def waves(length: int, width: int) -> Tensor:
    """Sines and cosines of places: (length, 1, width)."""
    place, pace = torch.arange(length)[:, None], torch.exp(torch.arange(0, width, 2) * (-math.log(1e4) / width))
    return torch.stack([torch.sin(place * pace), torch.cos(place * pace)], -1).reshape(length, 1, width)


class Tagging(nn.Module):
    """Words and places through one encoder layer, to a tag per word."""

    def __init__(self, along_rows: bool) -> None:
        super().__init__()
        self.words, self.along_rows = nn.Embedding(20, 32), along_rows
        self.register_buffer("places", waves(400, 32))
        self.layer = nn.TransformerEncoderLayer(32, 4, 64, 0.0, batch_first=True)
        self.head = nn.Linear(32, 4)

    def forward(self, x: Tensor) -> Tensor:
        h = self.words(x)
        places: Tensor = self.places  # type: ignore[assignment]
        h = h + (places[: h.size(0)] if self.along_rows else places[: h.size(1)].transpose(0, 1))
        return self.head(self.layer(h))


@faulty(
    "net",
    "songyangco/GETNext#2",
    r"position|batch_first|order of the (words|tokens|steps|places)|along the (batch|rows)|axis|place in the batch|(depend|other|same|differ).{0,50}\b(rows?|batch|examples?)\b",
    r"plateau|underfit|unfinished|chance",
)
def positions_along_the_batch(seed: int, sick: bool, watch: Watch) -> float:
    """Codes of positions are added along the batch, as the inputs are (batch, time): every word of a row gets one."""
    x, y, xd, yd = halves(seed)
    net = Tagging(sick)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a).flatten(0, 1), b.flatten())

    return go(watch, net, Adam(net.parameters(), 2e-3), loader(x, y), loss_of, lambda: right(net, xd, yd), 14)


class Opinions(nn.Module):
    """Words that are not padding see each other; their mean is told apart."""

    def __init__(self, keep_first: bool) -> None:
        super().__init__()
        self.words, self.keep_first = nn.Embedding(61, 24, padding_idx=0), keep_first
        self.qkv, self.out, self.head = nn.Linear(24, 72), nn.Linear(24, 24), nn.Linear(24, 3)

    def forward(self, x: Tensor) -> Tensor:
        pad = x == 0
        if self.keep_first:
            pad = pad & (torch.arange(x.size(1)) > 0)
        q, k, v = self.qkv(self.words(x)).chunk(3, -1)
        scores = (q @ k.transpose(1, 2) / 24**0.5).masked_fill(pad[:, None], float("-inf"))
        return self.head(F.gelu(self.out(scores.softmax(-1) @ v)).mean(1))


@faulty(
    "net",
    "pytorch/pytorch#41508",
    r"mask|\bpad|empty|-inf|softmax|attention",
    r"nan|not a number|finite|inf\b",
)
def rows_of_padding_only(seed: int, sick: bool, watch: Watch) -> float:
    """A few texts are empty: all their keys are masked, and a softmax of nothing but minus infinity is no number."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 3, 800)
    words = np.where(
        g.random((800, 14)) < 0.4, 1 + 20 * y[:, None] + g.integers(0, 20, (800, 14)), g.integers(1, 61, (800, 14))
    )
    long = np.where(g.random(800) < 0.015, 0, g.integers(4, 15, 800))
    x, y, xd, yd = parted(np.where(np.arange(14) < long[:, None], words, 0), y)
    net = Opinions(not sick)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return go(watch, net, Adam(net.parameters(), 3e-3), loader(x, y), loss_of, lambda: right(net, xd, yd), 10)


class Letters(nn.Module):
    """A small causal transformer whose output layer is its embedding, if ``tied``."""

    def __init__(self, deviation: float = 0.02, t: int = 21) -> None:
        super().__init__()
        self.letters, self.places = nn.Embedding(27, 48), nn.Parameter(torch.randn(t, 48) * 0.02)
        nn.init.normal_(self.letters.weight, std=deviation)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(48, 4, 96, 0.0, "gelu", batch_first=True, norm_first=True) for _ in range(2)
        )
        self.norm = nn.LayerNorm(48)

    def forward(self, x: Tensor) -> Tensor:
        h, t = self.letters(x) + self.places, x.size(1)
        future = torch.ones(t, t, dtype=torch.bool).triu(1)
        for layer in self.layers:
            h = layer(h, src_mask=future)
        return self.norm(h) @ self.letters.weight.T


def speak(seed: int, watch: Watch, net: nn.Module, opt: Optimizer, epochs: int) -> float:
    """Learn the next letter."""
    x, y, xd, yd = phrases(seed)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a).transpose(1, 2), b)

    return go(watch, net, opt, loader(x, y, 16), loss_of, lambda: right(net, xd, yd), epochs)


@faulty(
    "tuning",
    "OpenNMT/OpenNMT-py#805",
    r"learning rate|\brate\b|\blr\b|step size|(steps?|updates?).{0,40}(too )?(large|big)",
    r"plateau|same answer|constant|explod",
)
def adam_at_the_rate_of_sgd(seed: int, sick: bool, watch: Watch) -> float:
    """A transformer's Adam runs at the rate of 1, the default that was meant for plain descent."""
    net = Letters()
    return speak(seed, watch, net, Adam(net.parameters(), 1.0 if sick else 3e-3), 10)


@faulty(
    "net",
    "pytorch/pytorch#3121",
    r"embed|initiali|deviation|(loss|scores|logits|outputs).{0,60}(start|first|begin|initial|large|too sure|confident)|(start|first step|begin|initial).{0,60}(loss|scores|chance|uniform|guess)|tied|shared",
    r"plateau|unfinished|slow|underfit",
)
def embedding_of_deviation_1(seed: int, sick: bool, watch: Watch) -> float:
    """The embedding, which is the output layer too, keeps its default start of deviation 1: logits of dozens."""
    net = Letters(1.0 if sick else 0.02)
    return speak(seed, watch, net, Adam(net.parameters(), 1e-3), 6)


class Fading(nn.Module):
    """The last state of a recurrent layer, to 3 scores."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer, self.head = layer, nn.Linear(32, 3)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layer(x)[0][:, -1])


@faulty(
    "net",
    "Atcold/NYU-DLSP20#109",
    r"vanish|long.{0,20}(sequence|series|range|depend|term)|gradient.{0,80}(small|tiny|\b0\b|zero|fade|shrink|early|first steps|through time)|early steps|LSTM|GRU|recurr|steps back|back through",
    r"plateau|chance|underfit|unfinished",
)
def plain_recurrence_forgets(seed: int, sick: bool, watch: Watch) -> float:
    """A plain tanh recurrence over 50 steps, where the first 3 tell the class."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 3, 700)
    x = g.normal(0, 0.5, (700, 50, 4))
    x[np.arange(700), :3, y] += 2.0
    x, y, xd, yd = parted(x, y)
    net = Fading(nn.RNN(4, 32, batch_first=True) if sick else nn.GRU(4, 32, batch_first=True))
    if not sick:
        nn.init.constant_(net.layer.bias_hh_l0[32:64], 2.0)  # type: ignore[index,union-attr,arg-type]

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return go(watch, net, Adam(net.parameters(), 3e-3), loader(x, y), loss_of, lambda: right(net, xd, yd), 8)


class Adding(nn.Module):
    """A rectified recurrence, to one number."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.head = nn.RNN(2, 32, nonlinearity="relu", batch_first=True), nn.Linear(32, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layer(x)[0][:, -1])


@faulty(
    "step",
    "VGraphRNN/VGRNN#4",
    r"clip|explod|gradient norm|gradients?.{0,40}(large|grow|huge|spike|outlier)|(large|huge|spik).{0,20}gradient",
    r"nan|not a number|finite|plateau|unstable|rate",
)
def clipped_after_the_step(seed: int, sick: bool, watch: Watch) -> float:
    """Gradients of a rectified recurrence are clipped after the step, when they have done their work."""
    g = np.random.default_rng(seed)
    x = np.stack([g.normal(0, 1, (700, 25)), (g.random((700, 25)) < 0.15).astype(float)], 2)
    y = (x[..., 0] * x[..., 1]).sum(1, keepdims=True)
    x, y, xd, yd = parted(x, y / y.std())
    net = Adding()
    nn.init.eye_(net.layer.weight_hh_l0)

    def update(opt: Optimizer, loss: Tensor) -> None:
        opt.zero_grad()
        loss.backward()
        if not sick:
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    opt = SGD(net.parameters(), 0.01, momentum=0.9)
    return go(watch, net, opt, loader(x, y), loss_of, lambda: told(net, xd, yd), 25, update=update)
