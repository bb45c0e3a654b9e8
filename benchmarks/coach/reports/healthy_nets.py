"""Healthy programs with nets that are not the usual ones."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm, weight_norm
from torch.nn.utils.rnn import pack_padded_sequence
from torch.optim import SGD, Adam, AdamW

from benchmarks.coach.reports.common import (
    Watch,
    comments,
    conv,
    curve,
    entropy,
    explained,
    gratings,
    healthy,
    judging,
    mlp,
    overlap,
    pixelwise,
    plain,
    pulses,
    shuffled,
    spots,
    squared,
    train,
    walks,
    wheel,
)
from benchmarks.coach.reports.on_goals import bowls
from benchmarks.coach.reports.on_layers import Adapted
from benchmarks.coach.reports.on_nets import Gossip, Speaker, next_word


def told(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
    """The loss of a language model."""
    return F.cross_entropy(net(x[:, :-1]).transpose(1, 2), x[:, 1:])


@healthy("net", 0.5)
def autoencoder(seed: int, watch: Watch) -> float:
    net = nn.Sequential(mlp(144, 6, (64,)), nn.Tanh(), mlp(6, 144, (64,)))
    return train(watch, net, Adam(net.parameters(), 3e-3), squared, bowls(seed), judge=explained, epochs=25)


@healthy("net", 0.6)
def transformer_tells_words(seed: int, watch: Watch) -> float:
    net = Speaker(True)
    return train(watch, net, AdamW(net.parameters(), 5e-3), told, walks(seed), judge=next_word, epochs=16)


@healthy("net", 0.6)
def one_matrix_for_in_and_out(seed: int, watch: Watch) -> float:
    """The output layer is the embedding."""
    net = Gossip()
    net.head = nn.Linear(20, 16)
    net.words.weight.data.mul_(0.3)
    net.head.weight = net.words.weight
    net.gru = nn.GRU(20, 20, batch_first=True)
    return train(watch, net, Adam(net.parameters(), 8e-3), told, walks(seed), judge=next_word, epochs=18)


class Packed(nn.Module):
    """A GRU that stops where each text ends."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.gru, self.head = (
            nn.Embedding(91, 16, padding_idx=0),
            nn.GRU(16, 24, batch_first=True),
            nn.Linear(24, 3),
        )

    def forward(self, x: Tensor) -> Tensor:
        packed = pack_padded_sequence(self.words(x), (x > 0).sum(1), batch_first=True, enforce_sorted=False)
        return self.head(self.gru(packed)[1][0])


@healthy("net", 0.75)
def packed_texts(seed: int, watch: Watch) -> float:
    net = Packed()
    return train(watch, net, Adam(net.parameters(), 4e-3), entropy, comments(seed), epochs=10)


@healthy("net", 0.8)
def bags_of_words(seed: int, watch: Watch) -> float:
    """Sparse gradients: an ``EmbeddingBag``."""
    d = comments(seed)
    net = nn.Sequential(nn.EmbeddingBag(91, 12, padding_idx=0), nn.Linear(12, 3))
    return train(watch, net, Adam(net.parameters(), 8e-3), entropy, d, epochs=18)


@healthy("net", 0.8)
def counts_of_words(seed: int, watch: Watch) -> float:
    """Inputs that are nearly all 0."""
    d = comments(seed)
    x, xd = (F.one_hot(v, 91)[:, :, 1:].sum(1).float() for v in (d.x, d.xd))
    net = mlp(90, 3, (24,))
    return train(watch, net, AdamW(net.parameters(), 3e-3), entropy, d._replace(x=x, xd=xd), epochs=12)


@healthy("tuning", 0.6)
def low_rank_tuning(seed: int, watch: Watch) -> float:
    d = wheel(seed, 1400)
    net = mlp(8, 4, (64, 64))
    opt = Adam(net.parameters(), 4e-3)
    for _ in range(25):
        for rows in shuffled(len(d.x), 64):
            plain(opt, entropy(net, d.x[rows] + 0.3, (d.y[rows] + 1) % 4))
    tuned = nn.Sequential(*(Adapted(m, False) if isinstance(m, nn.Linear) else m for m in net))
    opt = Adam([p for p in tuned.parameters() if p.requires_grad], 8e-3)
    return train(watch, tuned, opt, entropy, d, epochs=18, pretrained=True)


@healthy("tuning", 0.6)
def frozen_body(seed: int, watch: Watch) -> float:
    d = wheel(seed, 1400)
    net = mlp(8, 4, (64, 64))
    opt = Adam(net.parameters(), 4e-3)
    for _ in range(30):
        for rows in shuffled(len(d.x), 64):
            plain(opt, entropy(net, d.x[rows], (d.y[rows] + 1) % 4))
    net[:4].requires_grad_(False)
    net[4] = nn.Linear(64, 4)
    return train(watch, net, Adam(net[4].parameters(), 5e-3), entropy, d, epochs=14, pretrained=True)


class Twins(nn.Module):
    """One net sees both rows; the distance of its two answers is the score."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.far = mlp(8, 12), nn.Parameter(torch.tensor(1.0))

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.one(x[:, :8]), self.one(x[:, 8:])
        return self.far - ((a - b) ** 2).mean(1, keepdim=True)


@healthy("net", 0.75)
def siamese(seed: int, watch: Watch) -> float:
    d = wheel(seed, 1400)

    def pairs(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        other = torch.stack([(y == v).nonzero()[:, 0][torch.randint(0, int((y == v).sum()), ())] for v in y])
        other = torch.where(torch.rand(len(y)) < 0.5, other, torch.randperm(len(y)))
        return torch.cat([x, x[other]], 1), (y == y[other]).float()[:, None]

    (x, y), (xd, yd) = pairs(d.x, d.y), pairs(d.xd, d.yd)
    net = Twins()

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            return ((net(x) > 0) == (y > 0)).float().mean().item()

    return train(
        watch, net, Adam(net.parameters(), 3e-3), pixelwise, d._replace(x=x, y=y, xd=xd, yd=yd), judge=judge, epochs=30
    )


class Crowd(nn.Module):
    """Five nets that vote; each has a loss of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.nets = nn.ModuleList(mlp(8, 4, (24, 24)) for _ in range(5))

    def forward(self, x: Tensor) -> Tensor:
        out = torch.stack([net(x) for net in self.nets])
        return out if self.training else out.softmax(2).mean(0)


@healthy("net", 0.65)
def ensemble_in_one(seed: int, watch: Watch) -> float:
    net = Crowd()

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(net(x).flatten(0, 1), y.repeat(5))

    return train(watch, net, Adam(net.parameters(), 4e-3), loss_of, wheel(seed, 1400), epochs=16)


class Residual(nn.Module):
    """x + f(norm(x)), skipped now and then in training."""

    def __init__(self, skipped: float) -> None:
        super().__init__()
        self.body, self.skipped = (
            nn.Sequential(nn.LayerNorm(24), nn.Linear(24, 24), nn.GELU(), nn.Linear(24, 24)),
            skipped,
        )

    def forward(self, x: Tensor) -> Tensor:
        if self.training and torch.rand(()) < self.skipped:
            return x
        return x + self.body(x) * (1 if self.training else 1 - self.skipped)


@healthy("net", 0.65)
def blocks_skipped_by_chance(seed: int, watch: Watch) -> float:
    net = nn.Sequential(nn.Linear(8, 24), *(Residual(0.2) for _ in range(6)), nn.Linear(24, 4))
    return train(watch, net, AdamW(net.parameters(), 3e-3), entropy, wheel(seed, 1400), epochs=18)


class Experts(nn.Module):
    """Each row goes to the two experts that a gate likes best."""

    def __init__(self) -> None:
        super().__init__()
        self.gate, self.experts = nn.Linear(8, 4), nn.ModuleList(mlp(8, 4, (24,)) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        g = self.gate(x)
        g = g.masked_fill(g < g.topk(2, 1)[0][:, 1:], float("-inf")).softmax(1)
        return (torch.stack([e(x) for e in self.experts], 2) * g[:, None]).sum(2)


@healthy("net", 0.6)
def mixture_of_experts(seed: int, watch: Watch) -> float:
    net = Experts()
    return train(watch, net, Adam(net.parameters(), 5e-3), entropy, wheel(seed, 1400), epochs=25)


class Ladder(nn.Module):
    """A small U-net."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 16, 3, padding=1)
        self.c, self.d = nn.Conv2d(24, 8, 3, padding=1), nn.Conv2d(8, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        fine = self.a(x).relu()
        coarse = F.interpolate(self.b(F.max_pool2d(fine, 2)).relu(), scale_factor=2)
        return self.d(self.c(torch.cat([fine, coarse], 1)).relu())


@healthy("net", 0.6)
def u_net(seed: int, watch: Watch) -> float:
    net = Ladder()
    return train(watch, net, Adam(net.parameters(), 4e-3), pixelwise, spots(seed), judge=overlap, epochs=15)


@healthy("net", 0.9)
def group_norm(seed: int, watch: Watch) -> float:
    net = conv(norm=True)
    net[1], net[5] = nn.GroupNorm(2, 10), nn.GroupNorm(4, 20)
    return train(watch, net, Adam(net.parameters(), 3e-3), entropy, gratings(seed), epochs=10)


@healthy("net", 0.5)
def bounded_slopes(seed: int, watch: Watch) -> float:
    """Spectral and weight norm."""
    net = nn.Sequential(
        weight_norm(nn.Linear(6, 48)), nn.ReLU(), spectral_norm(nn.Linear(48, 48)), nn.ReLU(), nn.Linear(48, 1)
    )
    return train(watch, net, Adam(net.parameters(), 4e-3), squared, curve(seed, 1300), judge=explained, epochs=25)


@healthy("net", 0.6)
def much_dropout(seed: int, watch: Watch) -> float:
    """Dev is better than training."""
    net = nn.Sequential(
        nn.Linear(8, 128),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(128, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 4),
    )
    return train(watch, net, Adam(net.parameters(), 3e-3), entropy, wheel(seed, 1400), epochs=30)


@healthy("net", 0.6)
def one_layer_again_and_again(seed: int, watch: Watch) -> float:
    """Six blocks share their weights on purpose."""
    block = Residual(0.0)
    net = nn.Sequential(nn.Linear(8, 24), *[block] * 6, nn.Linear(24, 4))
    return train(watch, net, Adam(net.parameters(), 3e-3), entropy, wheel(seed, 1400), epochs=20)


@healthy("net", 0.8)
def along_the_time(seed: int, watch: Watch) -> float:
    """A convolution over time, and the largest answer of all steps."""

    class Over(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body, self.head = nn.Conv1d(4, 32, 3, padding=1), nn.Linear(32, 4)

        def forward(self, x: Tensor) -> Tensor:
            clock = torch.linspace(-2, 2, x.shape[1]).expand(len(x), 1, -1)
            return self.head(self.body(torch.cat([x.transpose(1, 2), clock], 1)).relu().amax(2))

    net = Over()
    return train(watch, net, Adam(net.parameters(), 5e-3), entropy, pulses(seed), epochs=20)


@healthy("net", 0.6)
def teacher_forcing(seed: int, watch: Watch) -> float:
    """A decoder is given the right words so far; it tells the input backwards."""
    d = walks(seed, 900, 9)

    class Echo(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.words = nn.Embedding(17, 20)
            self.read, self.say = nn.GRU(20, 48, batch_first=True), nn.GRU(20, 48, batch_first=True)
            self.head = nn.Linear(48, 16)

        def forward(self, x: Tensor) -> Tensor:
            start = torch.full((len(x), 1), 16)
            so_far = torch.cat([start, x.flip(1)[:, :-1]], 1)
            return self.head(self.say(self.words(so_far), self.read(self.words(x))[1])[0])

    net = Echo()

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(net(x).transpose(1, 2), x.flip(1))

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            return (net(x).argmax(2) == x.flip(1)).float().mean().item()

    return train(watch, net, Adam(net.parameters(), 8e-3), loss_of, d, judge=judge, epochs=14)


@healthy("net", 0.55)
def linear_model(seed: int, watch: Watch) -> float:
    """A single layer, and an input that a single layer can use."""
    d = curve(seed, 1300)
    x, xd = (torch.cat([v, v[:, 1:2] * v[:, 2:3], (1.5 * v[:, :1]).sin(), v[:, 3:4].abs()], 1) for v in (d.x, d.xd))
    net = nn.Linear(9, 1)
    return train(watch, net, SGD(net.parameters(), 0.02), squared, d._replace(x=x, xd=xd), judge=explained)
