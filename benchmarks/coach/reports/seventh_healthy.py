"""Seventh set: healthy trainings with unusual losses and data."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, TensorDataset, WeightedRandomSampler

from benchmarks.coach.reports.common import Split, Watch, healthy, judging, split
from benchmarks.coach.reports.seventh_common import (
    balanced,
    batches_of,
    chirps,
    classified,
    clouds,
    covered,
    dense,
    digits,
    fit,
    houses,
    lesions,
    looker,
    near,
    right,
)


@healthy("loss", 0.85)
def mixed_in_the_middle(seed: int, watch: Watch) -> float:
    """Rows are mixed behind the first layer, and their labels as well: no answer is ever quite right."""
    x, y, xd, yd = clouds(seed)
    net = dense(8, 64, 64, 6)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        h, share, other = net[:2](a), float(torch.rand(())), torch.randperm(len(a))
        said = net[2:](share * h + (1 - share) * h[other])
        return share * F.cross_entropy(said, b) + (1 - share) * F.cross_entropy(said, b[other])

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, right(net, xd, yd), 20)


@healthy("loss", 0.85, "dev-chauhan/PQG-pytorch#7")
def logarithms_taken_twice(seed: int, watch: Watch) -> float:
    """The net ends in a log-softmax, and the loss takes another one: the second changes nothing, and nothing is wrong."""
    net = dense(8, 64, 64, 6)
    net.append(nn.LogSoftmax(1))
    return classified(watch, net, Adam(net.parameters(), 3e-3), clouds(seed), 12)


@healthy("loss", 0.75)
def errors_with_long_tails(seed: int, watch: Watch) -> float:
    """One target in twelve is far off, in training; the loss is that of Student's distribution, which minds that little."""
    x, y, xd, yd = houses(seed)
    g = torch.Generator().manual_seed(seed)
    y = y + (torch.rand(y.shape, generator=g) < 0.08) * 12 * torch.randn(y.shape, generator=g)
    net = dense(6, 64, 64, 1)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return torch.log1p((net(a) - b) ** 2 / 0.1).mean()

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, near(net, xd, yd), 20)


@healthy("loss", 0.45)
def one_pixel_in_ten_is_annotated(seed: int, watch: Watch) -> float:
    """Someone clicked on a tenth of the pixels; the loss is of those, and all the others are never asked."""
    x, y, xd, yd = lesions(seed, wide=2.5)
    seen = (torch.rand(y.shape, generator=torch.Generator().manual_seed(seed)) < 0.1).float()
    net = nn.Sequential(
        nn.Conv2d(1, 12, 5, padding=2), nn.ReLU(), nn.Conv2d(12, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 1, 1)
    )

    def loss_of(a: Tensor, b: Tensor, m: Tensor) -> Tensor:
        each = F.binary_cross_entropy_with_logits(net(a), b, reduction="none")
        return (each * m).sum() / m.sum()

    return fit(
        watch, net, Adam(net.parameters(), 4e-3), batches_of(x, y, seen, size=16), loss_of, covered(net, xd, yd), 12
    )


@healthy("data", 0.8)
def forty_rows_and_a_firm_hand(seed: int, watch: Watch) -> float:
    """Forty rows of two classes: one small layer, a strong decay, and all the rows in each step."""
    x, y, xd, yd = clouds(seed, classes=2, n=400, each=1, wide=0.6)
    net = dense(8, 12, 2)
    opt = AdamW(net.parameters(), 1e-2, weight_decay=0.3)
    return classified(watch, net, opt, Split(x[:40], y[:40], xd, yd), 60, size=40)


@healthy("data", 0.65)
def rare_ones_drawn_more_often(seed: int, watch: Watch) -> float:
    """Five rows in a hundred are of the second class; a sampler draws them as often as the others, over and over."""
    g = np.random.default_rng(seed)
    y = (g.random(1400) < 0.05).astype(np.int64)
    x = g.normal(0, 1, (1400, 8))
    x[y == 1, :3] += [1.3, -1.2, 1.1]
    x, y, xd, yd = split(x, y)
    weight = torch.where(y == 1, 1 / (y == 1).sum(), 1 / (y == 0).sum())
    loader = DataLoader(TensorDataset(x, y), 32, sampler=WeightedRandomSampler(weight, len(x)), drop_last=True)
    net = dense(8, 16, 2)
    opt = Adam(net.parameters(), 1e-3, weight_decay=1e-3)
    return fit(watch, net, opt, lambda: loader, lambda a, b: F.cross_entropy(net(a), b), balanced(net, xd, yd), 10)


@healthy("loss", 0.5)
def misses_weigh_more(seed: int, watch: Watch) -> float:
    """Two pixels in a hundred are inside; the loss is a Tversky index, in which what is missed counts most."""
    x, y, xd, yd = lesions(seed)
    net = nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 1, 1)
    )
    nn.init.constant_(net[-1].bias, -3.0)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        p = net(a).sigmoid()
        hit, miss, more = (p * b).sum(), ((1 - p) * b).sum(), (p * (1 - b)).sum()
        return 1 - (hit + 1) / (hit + 0.6 * miss + 0.4 * more + 1)

    return fit(watch, net, Adam(net.parameters(), 4e-3), batches_of(x, y, size=16), loss_of, covered(net, xd, yd), 14)


def nearest(net: nn.Module, data: Split):
    """The share of dev's rows whose nearest class mean, by the net's vectors, is their own."""

    def judge() -> float:
        with judging(net):
            h, hd = F.normalize(net(data.x), dim=1), F.normalize(net(data.xd), dim=1)
        kinds = data.y.unique()
        means = torch.stack([h[data.y == c].mean(0) for c in kinds])
        return (kinds[torch.cdist(hd, means).argmin(1)] == data.yd).float().mean().item()

    return judge


@healthy("loss", 0.8)
def like_ones_find_each_other(seed: int, watch: Watch) -> float:
    """A supervised contrastive loss: a softmax over all the other rows of the batch, which stays far above 0."""
    data = clouds(seed)
    net = dense(8, 64, 64, 16)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        h = F.normalize(net(a), dim=1)
        own = torch.eye(len(a), dtype=torch.bool)
        logs = (h @ h.T / 0.2).masked_fill(own, -1e9).log_softmax(1)
        like = (b[:, None] == b[None]) & ~own
        return -((logs * like).sum(1) / like.sum(1).clamp(min=1)).mean()

    return fit(
        watch, net, Adam(net.parameters(), 3e-3), batches_of(data.x, data.y, size=64), loss_of, nearest(net, data), 15
    )


@healthy("loss", 0.7)
def hardest_of_the_batch(seed: int, watch: Watch) -> float:
    """Metric learning: for each row the furthest like one and the nearest unlike one; the loss stays near the margin for long."""
    data = clouds(seed, wide=0.5)
    net = dense(8, 64, 16)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        far = torch.cdist(net(a), net(a))
        like = b[:, None] == b[None]
        worst = (far * like).max(1).values
        best = far.masked_fill(like, 1e9).min(1).values
        return F.softplus(worst - best).mean()

    return fit(
        watch, net, Adam(net.parameters(), 1e-3), batches_of(data.x, data.y, size=64), loss_of, nearest(net, data), 15
    )


@healthy("loss", 0.75)
def what_was_clicked_above_what_was_not(seed: int, watch: Watch) -> float:
    """Only pairs are known: this one was clicked, that one was not; the loss is of the difference of two scores."""
    g = torch.Generator().manual_seed(seed)
    taste, kind = torch.randn(60, 4, generator=g), torch.randn(80, 4, generator=g)
    like = taste @ kind.T
    who = torch.randint(0, 60, (6000,), generator=g)
    one, two = torch.randint(0, 80, (2, 6000), generator=g)
    swap = like[who, one] < like[who, two]
    pairs = torch.stack([who, torch.where(swap, two, one), torch.where(swap, one, two)], 1)
    net = nn.ModuleList([nn.Embedding(60, 8), nn.Embedding(80, 8)])

    def margin(p: Tensor) -> Tensor:
        return (net[0](p[:, 0]) * (net[1](p[:, 1]) - net[1](p[:, 2]))).sum(1)

    def judge() -> float:
        with torch.no_grad():
            return (margin(pairs[5000:]) > 0).float().mean().item()

    opt = Adam(net.parameters(), 2e-2)
    return fit(
        watch, net, opt, batches_of(pairs[:5000], size=128), lambda p: -F.logsigmoid(margin(p)).mean(), judge, 12
    )


@healthy("step", 0.85)
def a_batch_of_half_the_rows(seed: int, watch: Watch) -> float:
    """Two steps an epoch, a rate of 0.4 that is warmed up for ten steps, and a hundred epochs."""
    x, y, xd, yd = clouds(seed)
    net = dense(8, 64, 64, 6)
    opt = SGD(net.parameters(), 0.4, momentum=0.9)
    warm = LambdaLR(opt, lambda k: min(1.0, (k + 1) / 10))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return fit(watch, net, opt, batches_of(x, y, size=350), loss_of, right(net, xd, yd), 100, after_step=warm.step)


@healthy("data", 0.7)
def blurred_at_first(seed: int, watch: Watch) -> float:
    """A curriculum: pictures are blurred at first, and sharper from epoch to epoch; dev's are sharp."""
    x, y, xd, yd = digits(seed)
    net = looker()
    epoch = [0]

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        keep = min(1.0, 0.3 + epoch[0] / 8)
        return F.cross_entropy(net(keep * a + (1 - keep) * F.avg_pool2d(a, 3, 1, 1)), b)

    def later() -> None:
        epoch[0] += 1

    opt = Adam(net.parameters(), 2e-3)
    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 10, after_epoch=later)


@healthy("data", 0.7)
def four_copies_in_a_batch(seed: int, watch: Watch) -> float:
    """Each picture comes four times in a batch, moved in four ways: few different labels in a batch, on purpose."""
    x, y, xd, yd = digits(seed)
    net = looker()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        ways = [a.roll(tuple(torch.randint(-2, 3, (2,)).tolist()), (2, 3)) for _ in range(4)]
        return F.cross_entropy(net(torch.cat(ways)), b.repeat(4))

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x, y, size=8), loss_of, right(net, xd, yd), 5)


@healthy("data", 0.75)
def channels_are_missing_at_times(seed: int, watch: Watch) -> float:
    """Each channel of a series is left out in a third of the rows, at chance, so that no one is relied upon."""
    x, y, xd, yd = chirps(seed)
    net = nn.Sequential(nn.Conv1d(3, 24, 5, padding=2), nn.ReLU(), nn.Conv1d(24, 24, 5, padding=2), nn.ReLU())
    net.extend([nn.AdaptiveAvgPool1d(2), nn.Flatten(), nn.Linear(48, 4)])
    x, xd = x.transpose(1, 2), xd.transpose(1, 2)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a * (torch.rand(len(a), 3, 1) > 0.33)), b)

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, right(net, xd, yd), 14)
