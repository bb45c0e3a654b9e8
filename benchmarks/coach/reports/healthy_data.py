"""Healthy programs with data that are not the usual ones."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam, AdamW

from benchmarks.coach.reports.common import (
    Split,
    Watch,
    accuracy,
    conv,
    curve,
    entropy,
    explained,
    gratings,
    healthy,
    mlp,
    plain,
    shuffled,
    squared,
    train,
    wheel,
)


@healthy("data", 0.9)
def one_in_fifteen(seed: int, watch: Watch) -> float:
    """A rare class, and no weights: the accuracy of always saying no is 93 %."""
    d = wheel(seed, 1800, classes=2, lean=2.6)
    net = mlp(8, 2)
    return train(watch, net, AdamW(net.parameters(), 2e-3), entropy, d, epochs=15)


@healthy("data", 0.55)
def a_fifth_of_the_labels_wrong(seed: int, watch: Watch) -> float:
    """In dev, too: 84 % is all that can be had."""
    d = wheel(seed, 2000)
    wrong = [torch.where(torch.rand(len(y)) < 0.2, torch.randint(0, 4, y.shape), y) for y in (d.y, d.yd)]
    net = mlp(8, 4, (32, 32))
    return train(
        watch,
        net,
        AdamW(net.parameters(), 3e-3, weight_decay=0.05),
        entropy,
        d._replace(y=wrong[0], yd=wrong[1]),
        epochs=12,
    )


@healthy("data", 0.1)
def mostly_noise(seed: int, watch: Watch) -> float:
    """Less than half of the variance can be told."""
    d = curve(seed, 2400, noise=1.2)
    net = mlp(6, 1, (24,))
    return train(watch, net, AdamW(net.parameters(), 2e-3, weight_decay=0.05), squared, d, judge=explained, epochs=15)


@healthy("data", 0.4)
def few_rows(seed: int, watch: Watch) -> float:
    d = curve(seed, 260, noise=0.1)
    net = mlp(6, 1, (16,), nn.Tanh)
    few = d._replace(x=d.x[:120], y=d.y[:120])
    return train(
        watch, net, AdamW(net.parameters(), 5e-3, weight_decay=0.3), squared, few, judge=explained, epochs=120, batch=16
    )


@healthy("data", 0.45)
def thirty_classes(seed: int, watch: Watch) -> float:
    g = torch.Generator().manual_seed(seed)
    centres = torch.randn(30, 12, generator=g)
    y = torch.randint(0, 30, (2600,), generator=g)
    x = centres[y] + 0.7 * torch.randn(2600, 12, generator=g)
    net = mlp(12, 30, (64,))
    return train(
        watch,
        net,
        Adam(net.parameters(), 2e-3),
        entropy,
        Split(x[:1900], y[:1900], x[1900:], y[1900:]),
        epochs=10,
        batch=64,
    )


@healthy("data", 0.65)
def easy_rows_first(seed: int, watch: Watch) -> float:
    """A curriculum: the rows near the centre come first, and the loss rises as the others join."""
    d = wheel(seed, 1600)
    far = d.x.norm(dim=1).argsort()
    share = iter(torch.linspace(0.4, 1.6, 28).clamp(max=1).tolist())

    def order(n: int, size: int) -> list[Tensor]:
        return [far[rows] for rows in shuffled(int(n * next(share)), size)]

    net = mlp(8, 4)
    return train(watch, net, Adam(net.parameters(), 3e-3), entropy, d, epochs=28, order=order)


@healthy("data", 0.8)
def pictures_much_changed(seed: int, watch: Watch) -> float:
    """Strong augmentation, only in training: dev is far better than training."""
    d = gratings(seed)
    net = conv()

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        x = x * (1 + 0.4 * torch.randn(len(x), 1, 1, 1)) + 0.8 * torch.randn_like(x)
        hide = torch.rand(len(x), 1, 1, 12) < 0.2
        return F.cross_entropy(net(x.masked_fill(hide, 0.0)), y)

    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, d, epochs=16)


@healthy("data", 0.65)
def fresh_rows_each_step(seed: int, watch: Watch) -> float:
    """A stream: no row comes twice, and nothing is judged before the end."""
    d = wheel(seed, 22_000)
    net = mlp(8, 4)
    opt = Adam(net.parameters(), 4e-3)
    with watch(net, opt) as health:
        for x, y in zip(d.x.split(32)[:480], d.y.split(32)):
            loss = F.cross_entropy(net(x), y)
            plain(opt, loss)
            health.step(loss)
        return accuracy(net, d.xd[:800], d.yd[:800])


@healthy("numbers", 0.6)
def half_precision(seed: int, watch: Watch) -> float:
    """bfloat16 by autocast."""
    d = wheel(seed, 1400)
    net = mlp(8, 4)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return F.cross_entropy(net(x), y)

    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, d, epochs=18)


@healthy("numbers", 0.6)
def double_precision(seed: int, watch: Watch) -> float:
    d = curve(seed, 1300)
    net = mlp(6, 1).double()
    return train(
        watch, net, Adam(net.parameters(), 2e-3), squared, Split(*(v.double() for v in d)), judge=explained, epochs=25
    )


@healthy("data", 0.6)
def shops_and_days(seed: int, watch: Watch) -> float:
    """Numbers of categories go through embeddings."""
    g = torch.Generator().manual_seed(seed)
    x = torch.stack([torch.randint(0, k, (1800,), generator=g) for k in (12, 7, 30)], 1)
    effects = [torch.randn(k, 3, generator=g) for k in (12, 7, 30)]
    y = sum(e[x[:, i], 0] for i, e in enumerate(effects)) + effects[0][x[:, 0], 1] * effects[1][x[:, 1], 1]
    y = ((y - y.mean()) / y.std() + 0.2 * torch.randn(1800, generator=g))[:, None]

    class Shops(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tables, self.head = nn.ModuleList(nn.Embedding(k, 6) for k in (12, 7, 30)), mlp(18, 1, (32,))

        def forward(self, x: Tensor) -> Tensor:
            return self.head(torch.cat([t(x[:, i]) for i, t in enumerate(self.tables)], 1))

    net = Shops()
    return train(
        watch,
        net,
        Adam(net.parameters(), 3e-3),
        squared,
        Split(x[:1300], y[:1300], x[1300:], y[1300:]),
        judge=explained,
        epochs=20,
    )


@healthy("data", 0.95)
def done_in_two_epochs(seed: int, watch: Watch) -> float:
    """A separable problem: short, and finished."""
    g = torch.Generator().manual_seed(seed)
    y = torch.randint(0, 3, (3000,), generator=g)
    x = torch.randn(3, 10, generator=g)[y] * 2 + 0.5 * torch.randn(3000, 10, generator=g)
    net = mlp(10, 3, (32,))
    return train(
        watch, net, Adam(net.parameters(), 1e-2), entropy, Split(x[:2400], y[:2400], x[2400:], y[2400:]), epochs=3
    )


@healthy("loader", 0.6)
def rows_drawn_by_weight(seed: int, watch: Watch) -> float:
    """A balancing sampler: batches have other shares of the classes than dev."""
    d = wheel(seed, 1800, lean=0.6)
    weight = (1 / torch.bincount(d.y, minlength=4).float())[d.y]

    def order(n: int, size: int) -> list[Tensor]:
        return list(torch.multinomial(weight, n, replacement=True).split(size))[:-1]

    net = mlp(8, 4)
    return train(watch, net, AdamW(net.parameters(), 3e-3), entropy, d, epochs=20, order=order)


@healthy("loader", 0.9)
def classes_in_turn(seed: int, watch: Watch) -> float:
    """Batches hold 8 rows of each class, always in the same order of the classes."""
    d = gratings(seed)
    by_class = [(d.y == c).nonzero()[:, 0] for c in range(4)]

    def order(n: int, size: int) -> list[Tensor]:
        mixed = [rows[torch.randperm(len(rows))] for rows in by_class]
        return [torch.cat([m[8 * i : 8 * i + 8] for m in mixed]) for i in range(min(map(len, mixed)) // 8)]

    net = conv(norm=True)
    return train(watch, net, Adam(net.parameters(), 3e-3), entropy, d, epochs=12, order=order, grouped=True)


@healthy("data", 0.5)
def large_targets_small_rate(seed: int, watch: Watch) -> float:
    """Targets of mean 20 and deviation 5: the bias of the output starts at their mean."""
    d = curve(seed, 1400)
    net = mlp(6, 1)
    nn.init.constant_(net[-1].bias, 20.0)
    return train(
        watch,
        net,
        Adam(net.parameters(), 3e-3),
        squared,
        Split(d.x, 20 + 5 * d.y, d.xd, 20 + 5 * d.yd),
        judge=explained,
        epochs=25,
    )


@healthy("data", 0.6)
def pictures_of_two_widths(seed: int, watch: Watch) -> float:
    """Batches of two shapes in turn, through one convolution."""
    d = gratings(seed)
    net = conv()
    turn = [0]

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        turn[0] += 1
        return F.cross_entropy(net(x[..., : 12 if turn[0] % 2 else 10]), y)

    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, d, epochs=14)
