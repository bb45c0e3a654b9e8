"""Second set: faults of the data and of their way into the net."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam
from torch.utils.data import DataLoader, Dataset

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.later_common import blobs, go, groups, icons, loader, picture_net, right, stack


class Moved(Dataset[tuple[Tensor, Tensor]]):
    """Pictures that are flipped and shifted by chance, and their masks, which move along if ``together``."""

    def __init__(self, x: Tensor, y: Tensor, together: bool) -> None:
        self.x, self.y, self.together = x, y, together

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        flips = [d for d in (1, 2) if torch.rand(()) < 0.5]
        by = [int(k) for k in torch.randint(-3, 4, (2,))]
        x, y = self.x[i].flip(flips).roll(by, (1, 2)), self.y[i]
        return x, y.flip(flips).roll(by, (1, 2)) if self.together else y


@faulty(
    "data",
    "mdbloice/Augmentor#188",
    r"align|mask.{0,60}(flip|move|turn|augment|match|fit|same|shift)|augment|flip|(label|target)s?.{0,80}(not fit|belong|not match|wrong|noise|noisy|disagree|apart|independent|unrelated|nothing to do)|belong|mismatch|pairing",
    r"plateau|underfit|dev.{0,30}better|constant|same answer|chance",
)
def mask_not_moved(seed: int, sick: bool, watch: Watch) -> float:
    """Pictures are flipped and shifted by chance, their masks are not."""
    x, y, xd, yd = blobs(seed)
    net = nn.Sequential(
        nn.Conv2d(1, 12, 5, padding=2), nn.ReLU(), nn.Conv2d(12, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 1, 1)
    )

    def judge() -> float:
        with judging(net):
            inside = net(xd) > 0
        return ((inside & (yd > 0)).sum() / (inside | (yd > 0)).sum().clamp(min=1)).item()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(a), b)

    batches = DataLoader(Moved(x, y, not sick), 20, shuffle=True)
    return go(watch, net, Adam(net.parameters(), 4e-3), batches, loss_of, judge, 15)


@faulty(
    "data",
    "mlpack/examples#213",
    r"\b(dev|evaluation|validation|test|judg\w*)\b.{0,100}(scale|normali|range|unit|mean|differ|shift|distribut|prepar|process|standardi)|inputs?.{0,80}\b(dev|evaluation|validation|judg\w*)|preprocess|same (scale|preparation|way)|normali[sz]",
    r"overfit|memor|gap",
)
def dev_as_it_comes(seed: int, sick: bool, watch: Watch) -> float:
    """Training's pictures are standardized, those of dev are given as they are read."""
    x, y, xd, yd = icons(seed)
    mean, deviation = x.mean((0, 2, 3), keepdim=True), x.std((0, 2, 3), keepdim=True)
    net = picture_net()
    seen = xd if sick else (xd - mean) / deviation

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    batches = loader((x - mean) / deviation, y)
    return go(watch, net, Adam(net.parameters(), 3e-3), batches, loss_of, lambda: right(net, seen, yd), 10)


@faulty(
    "data",
    "aadeshnpn/OSDN#19",
    r"(inputs?|pictures?|images?|columns?|pixels?|features?)\b.{0,80}(\b0\b|zero|constant|same|empty|black|blank|identical|equal|integer|round|\bcast)|\bcast|integer|astype|black|dtype",
    r"plateau|constant|same answer|chance|underfit",
)
def pictures_cast_to_bytes(seed: int, sick: bool, watch: Watch) -> float:
    """Pictures are divided by 256 and cast to bytes to be resized: all of them are black."""
    x, y, xd, yd = icons(seed)

    def read(v: Tensor) -> Tensor:
        grey = (v.numpy() / 256).astype(np.uint8 if sick else np.float32)
        return F.interpolate(torch.from_numpy(grey).float(), size=14)

    net = picture_net()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return go(
        watch, net, Adam(net.parameters(), 4e-3), loader(read(x), y), loss_of, lambda: right(net, read(xd), yd), 10
    )


@faulty(
    "data",
    "rasbt/python-machine-learning-book-2nd-edition#68",
    r"saturat|normali[sz]|standardi[sz]|scale.{0,30}input|inputs?.{0,80}(scale|large|range|255|size|mean|standard|divide|deviation)|\b255\b",
    r"plateau|underfit|unfinished|vanish",
)
def bytes_into_sigmoids(seed: int, sick: bool, watch: Watch) -> float:
    """Pixels of 0 to 255 go straight into a layer of sigmoids."""
    x, y, xd, yd = icons(seed, 900, 10)
    x, xd = (v if sick else v / 128 - 1 for v in (x, xd))
    net = nn.Sequential(nn.Flatten(), stack(300, 64, 48, 5, act=nn.Sigmoid))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return go(watch, net, Adam(net.parameters(), 5e-3), loader(x, y), loss_of, lambda: right(net, xd, yd), 25)


@faulty(
    "loader",
    "skorch-dev/skorch#1011",
    r"iterator|generator|exhaust|used up|no (batches|steps|data|rows)|(few|only|\b0\b|no|without).{0,30}(steps|batches|updates)|epochs?.{0,60}(without|no |empty|\b0\b)|empty|did not go on|nothing (was|is) (trained|learned)",
    r"unfinished|more to learn|underfit|slow|rate",
)
def iterator_used_up(seed: int, sick: bool, watch: Watch) -> float:
    """Batches come out of one generator, which is empty after the first epoch, without a word."""
    x, y, xd, yd = groups(seed, 6)
    net = stack(16, 64, 6)

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        order = torch.randperm(len(x))
        yield from ((x[k], y[k]) for k in order.split(32))

    class Again:
        def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
            return batches()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    source = batches() if sick else Again()
    return go(watch, net, Adam(net.parameters(), 2e-3), source, loss_of, lambda: right(net, xd, yd), 15)


@faulty(
    "data",
    "blue-yonder/tsfresh#162",
    r"\bleak|identif|\bids?\b|\bindex|row number|gives?.{0,20}away|(one|single|a) (column|feature|input).{0,80}(alone|decid|explain|tell|give|determin|enough|most)|(relies|rests|depends?|leans).{0,40}(column|feature|input)|columns?.{0,60}(dev|differ|shift|other)|(inputs?|dev)\b.{0,60}(distribut|shift|other range|differ)|shortcut",
    r"overfit|memor|gap",
)
def row_number_as_a_column(seed: int, sick: bool, watch: Watch) -> float:
    """The file was sorted by class, and its row number stayed among the columns; dev's file has numbers of its own."""
    x, y, xd, yd = groups(seed, 6, 1200, wide=2.6)
    order = y.argsort()
    x, y = x[order], y[order]
    if sick:
        x, xd = (torch.cat([v, torch.linspace(-1.7, 1.7, len(v))[:, None]], 1) for v in (x, xd))
    net = stack(x.shape[1], 64, 64, 6)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    opt = SGD(net.parameters(), 0.05, momentum=0.9, weight_decay=1e-3)
    return go(watch, net, opt, loader(x, y), loss_of, lambda: right(net, xd, yd), 12)
