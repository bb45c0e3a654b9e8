"""Third set: healthy trainings that look unusual, by their losses, targets and data."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam, AdamW

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.later_common import loader, parted, stack
from benchmarks.coach.reports.third_common import clusters, fit, fitted, hits, lamps, slopes


@healthy("loss", 0.9, "lxztju/pytorch_classification#9")
def smoothed_labels(seed: int, watch: Watch) -> float:
    """Labels are smoothed by 0.3: the loss cannot fall below 1."""
    x, y, xd, yd = parted(*clusters(seed))
    net = stack(10, 48, 48, 6)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b, label_smoothing=0.3)

    return fit(watch, net, opt, loader(x, y), loss_of, lambda: hits(net, xd, yd), 15)


@healthy("loss", 0.8, "ml-stat-Sustech/TorchCP#27")
def quantiles_of_a_table(seed: int, watch: Watch) -> float:
    """Three outputs are the quantiles of one target: two of them are wrong on purpose."""
    x, y, xd, yd = slopes(seed, noise=0.4)
    net = stack(7, 48, 48, 3)
    opt = Adam(net.parameters(), 3e-3)
    shares = torch.tensor([0.1, 0.5, 0.9])

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        rest = b - net(a)
        return torch.maximum(shares * rest, (shares - 1) * rest).mean()

    def judge() -> float:
        with judging(net):
            below = (yd < net(xd)).float().mean(0)
        return 1 - (below - shares).abs().max().item()

    return fit(watch, net, opt, loader(x, y), loss_of, judge, 20)


@healthy("data", 0.85, "huggingface/transformers#422")
def few_places_count(seed: int, watch: Watch) -> float:
    """Tags for the first piece of each word: the targets of nearly nine in ten places are -100, and are passed over."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randint(1, 30, (900, 14), generator=g)
    tag = (x + x.roll(1, 1) % 2) % 3
    counted = torch.rand(x.shape, generator=g) < 0.12
    x, y, xd, yd = parted(x, torch.where(counted, tag, -100))
    words, read, say = nn.Embedding(30, 24), nn.Conv1d(24, 64, 3, padding=1, padding_mode="circular"), nn.Linear(64, 3)
    net = nn.ModuleList([words, read, say])
    opt = Adam(net.parameters(), 6e-3)

    def scores(a: Tensor) -> Tensor:
        return say(read(words(a).transpose(1, 2)).relu().transpose(1, 2))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(scores(a).flatten(0, 1), b.flatten())

    def judge() -> float:
        with judging(net):
            right = scores(xd).argmax(2) == yd
        return right[yd >= 0].float().mean().item()

    return fit(watch, net, opt, loader(x, y), loss_of, judge, 14)


@healthy("goals", 0.85, "LiheYoung/UniMatch#65")
def labels_of_its_own(seed: int, watch: Watch) -> float:
    """Of 630 rows 60 have labels; the others get those that the net is sure of, anew in each epoch."""
    x, y = clusters(seed, 4, wide=0.5)
    x, y, xd, yd = parted(x, y)
    net = stack(10, 64, 64, 4)
    opt = Adam(net.parameters(), 2e-3)
    pool, told = x[60:], y[:60]
    result = 0.0
    with watch(net, opt) as health:
        for epoch in range(25):
            with judging(net):
                sure, guess = net(pool).softmax(1).max(1)
            chosen = sure > (0.95 if epoch > 4 else 2.0)
            batches = loader(torch.cat([x[:60], pool[chosen]]), torch.cat([told, guess[chosen]]), 20)
            for a, b in batches:
                opt.zero_grad()
                loss = F.cross_entropy(net(a + 0.1 * torch.randn_like(a)), b)
                loss.backward()
                opt.step()
                health.step(loss)
            result = hits(net, xd, yd)
    return result


@healthy("data", 0.85, "mala-project/mala#423")
def rows_join_later(seed: int, watch: Watch) -> float:
    """Active learning: 40 rows at first; after every third epoch the 60 that the net doubts most join them."""
    x, y, xd, yd = parted(*clusters(seed))
    net = stack(10, 64, 64, 6)
    opt = Adam(net.parameters(), 2e-3)
    known = torch.zeros(len(x), dtype=torch.bool)
    known[:40] = True
    result = 0.0
    with watch(net, opt) as health:
        for epoch in range(24):
            net.train()
            for a, b in loader(x[known], y[known], 16):
                opt.zero_grad()
                loss = F.cross_entropy(net(a), b)
                loss.backward()
                opt.step()
                health.step(loss)
            if epoch % 3 == 2:
                with judging(net):
                    doubt = net(x).softmax(1).max(1).values.masked_fill(known, 2.0)
                known[doubt.argsort()[:60]] = True
            result = hits(net, xd, yd)
    return result


class Waves(nn.Module):
    """Sines of linear layers, the first of which is fast (SIREN)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 64), nn.Linear(64, 64), nn.Linear(64, 3)])
        with torch.no_grad():
            for k, layer in enumerate(self.layers):
                layer.weight.uniform_(-1, 1).mul_(0.5 if k == 0 else (6 / 64) ** 0.5 / 12)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = (12 * layer(x)).sin()
        return self.layers[-1](x)


@healthy("goals", 0.8, "vsitzmann/siren#45")
def one_picture_by_heart(seed: int, watch: Watch) -> float:
    """A net is the picture: from places to colours, learned by heart on purpose; dev is the places between."""
    picture = F.interpolate(torch.tensor(lamps(seed, 2, 10)[0][:1]).permute(0, 3, 1, 2).float(), 40, mode="bicubic")
    v, u = torch.meshgrid(*[torch.linspace(-1, 1, 40)] * 2, indexing="ij")
    place, colour = torch.stack([u, v], -1).reshape(-1, 2), 3 * picture[0].permute(1, 2, 0).reshape(-1, 3)
    train = torch.arange(1600) % 2 == 0
    net = Waves()
    opt = AdamW(net.parameters(), 2e-3, weight_decay=0.0)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    batches = [(place[train], colour[train])]
    return fit(watch, net, opt, batches, loss_of, lambda: fitted(net, place[~train], colour[~train]), 250)


@healthy("numbers", 0.9, "mj-will/nessai#108")
def all_in_double_precision(seed: int, watch: Watch) -> float:
    """Weights and inputs of 64 bits, and a loss that is a sum: of some thousand at first."""
    x, y, xd, yd = (v.double() for v in slopes(seed))
    y, yd = 5 * y, 5 * yd
    net = stack(7, 48, 48, 1).double()
    opt = Adam(net.parameters(), 5e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b, reduction="sum")

    return fit(watch, net, opt, loader(x, y, 64), loss_of, lambda: fitted(net, xd, yd), 40)
