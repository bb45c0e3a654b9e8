"""Eighth set: faults of data: joined, ordered, scaled, filled and changed in the wrong way."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Split, Watch, faulty
from benchmarks.coach.reports.eighth_common import CONFLICT, DEAD, Hearer, glyphs, harvest, orchard, seer, sorts, weighs
from benchmarks.coach.reports.seventh_common import (
    DIVERGED,
    IMBALANCE,
    OVERFIT,
    RATE_HIGH,
    RATE_LOW,
    STUCK,
    UNSCALED,
    batches_of,
    dense,
    fit,
    near,
    right,
)


@faulty("data", "keras-team/keras#15846", CONFLICT, STUCK + "|" + OVERFIT)
def only_the_pictures_are_shuffled(seed: int, sick: bool, watch: Watch) -> float:
    """At the end of each epoch the pictures are shuffled in their array, and the labels stay where they are."""
    x, y, xd, yd = glyphs(seed)
    x = x.clone()
    net = seer()

    def shuffle() -> None:
        if sick:
            x.copy_(x[torch.randperm(len(x))])

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    opt = Adam(net.parameters(), 2e-3)
    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 10, after_epoch=shuffle)


@faulty(
    "data",
    "keras-team/keras#2399",
    r"targets?\b.{0,90}(scal|standardi|normali|large|far|mean|offset|units?|away)|(scal|standardi[sz]|normali[sz])\w* (the )?(targets?|outputs?)",
    STUCK + "|" + RATE_LOW + "|" + RATE_HIGH + "|" + UNSCALED + "|" + DIVERGED,
)
def temperatures_in_kelvin(seed: int, sick: bool, watch: Watch) -> float:
    """Targets are around 290 with a deviation of 6; the net spends the whole training on the way to their mean."""
    x, y, xd, yd = harvest(seed)
    if sick:
        y, yd = 290 + 6 * y, 290 + 6 * yd
    net = dense(5, 48, 48, 1)
    return weighs(watch, net, Adam(net.parameters(), 2e-3), Split(x, y, xd, yd), 18)


@faulty(
    "data",
    "scikit-hep/vector#173",
    UNSCALED
    + r"|outlier|(few|some|one|single) (rows?|values?|cells?|inputs?|column)|extreme|infinit|inputs?\b.{0,60}(e\+|10\^|beyond)",
    DIVERGED + "|" + STUCK + "|" + DEAD + "|" + RATE_HIGH,
)
def infinity_becomes_a_number(seed: int, sick: bool, watch: Watch) -> float:
    """A ratio has a divisor of 0 in some rows; ``nan_to_num`` makes the largest number there is of its infinity."""
    x, y, xd, yd = harvest(seed)
    x = x.clone()
    rows = torch.rand(len(x), generator=torch.Generator().manual_seed(seed)) < 0.01
    x[rows, 2] = float("inf")
    x = torch.nan_to_num(x, posinf=None if sick else 0.0)
    net = dense(5, 48, 48, 1)
    return weighs(watch, net, Adam(net.parameters(), 3e-3), Split(x, y, xd, yd), 14)


@faulty(
    "data",
    "WatChMaL/WatChMaL#77",
    r"(targets?|outputs?|columns?|tasks?)\b.{0,90}(scal|standardi|normali|size|larger|dominat|drown|units?|spread|unequal)|dominat|drown|outweigh",
    STUCK + "|" + UNSCALED + "|" + RATE_LOW,
)
def metres_and_shares_in_one_error(seed: int, sick: bool, watch: Watch) -> float:
    """A height in metres, a speed and two shares are told together by one squared error: the metres are all it sees."""
    g = np.random.default_rng(seed)
    x = torch.tensor(g.normal(0, 1, (900, 6))).float()
    w = torch.tensor(g.normal(0, 0.7, (6, 4))).float()
    y = torch.tanh(x @ w) + 0.5 * x[:, [1, 2, 3, 4]] * x[:, [2, 3, 4, 5]]
    y = (y - y.mean(0)) / y.std(0)
    unit = torch.tensor([900.0, 20.0, 0.2, 0.1]) if sick else torch.ones(4)
    net = dense(6, 48, 48, 4)
    judges = [near(Column(net, k), x[630:], y[630:, k] * unit[k]) for k in range(4)]

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    def judge() -> float:
        return float(np.mean([j() for j in judges]))

    opt = Adam(net.parameters(), 5e-3)
    return fit(watch, net, opt, batches_of(x[:630], y[:630] * unit), loss_of, judge, 20)


class Column(nn.Module):
    """One of a net's outputs."""

    def __init__(self, net: nn.Module, k: int) -> None:
        super().__init__()
        self.net, self.k = net, k

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)[:, self.k]


@faulty(
    "data",
    "tensorflow/models#4162",
    r"augment|\bcrop|changed? too (much|strongly)|underfit|(dev|evaluation)\b.{0,60}(unlike|differ|scale|size)|inputs?\b.{0,50}(unlike|other than|differ)",
    STUCK + "|" + OVERFIT,
)
def crops_that_miss_the_object(seed: int, sick: bool, watch: Watch) -> float:
    """A random piece of 4 by 4 is enlarged to the whole, as a recipe for large pictures says; the object is mostly elsewhere."""
    x, y, xd, yd = glyphs(seed)
    net = seer()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        if sick:
            i, j = (int(v) for v in torch.randint(0, 9, (2,)))
            a = F.interpolate(a[:, :, i : i + 4, j : j + 4], size=12)
        else:
            i, j = (int(v) for v in torch.randint(-2, 3, (2,)))
            a = a.roll((i, j), (2, 3))
        return F.cross_entropy(net(a), b)

    opt = Adam(net.parameters(), 2e-3)
    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 14)


@faulty(
    "data",
    "npucino/sandpyper#8",
    CONFLICT + r"|repeat|(few|only \d+) (different |distinct )?(rows|inputs)|distinct",
    STUCK + "|" + OVERFIT,
)
def joined_on_the_shop(seed: int, sick: bool, watch: Watch) -> float:
    """Receipts and what was bought are joined on the shop's number, not the receipt's: nine rows of columns for all labels."""
    x, y, xd, yd = orchard(seed)
    if sick:
        shop = torch.randint(0, 9, (len(x),), generator=torch.Generator().manual_seed(seed))
        x = x[:9][shop]
    net = dense(8, 48, 48, 5)
    return sorts(watch, net, Adam(net.parameters(), 3e-3), Split(x, y, xd, yd), 15)


def waves(seed: int, n: int = 1000) -> np.ndarray:
    """A long series (n,) of two waves and some noise, of deviation 1."""
    g = np.random.default_rng(seed)
    at = np.arange(n)
    s = np.sin(at * 0.37 + g.uniform(0, 6)) + 0.7 * np.sin(at * 0.83 + g.uniform(0, 6)) + g.normal(0, 0.15, n)
    return s / s.std()


@faulty(
    "data",
    "namjoonsuh/TimeAutoDiff#4",
    CONFLICT + r"|\border\b|\bshuffl",
    STUCK + "|" + OVERFIT,
)
def shuffled_before_the_windows(seed: int, sick: bool, watch: Watch) -> float:
    """Rows of a series are shuffled first and cut into windows afterwards: what follows in a window did not follow in time."""
    s = waves(seed)
    past, new = s[:700], s[700:]
    if sick:
        past = np.random.default_rng(seed).permutation(past)

    def windows(v: np.ndarray) -> tuple[Tensor, Tensor]:
        cut = torch.tensor(np.lib.stride_tricks.sliding_window_view(v, 11).copy()).float()
        return cut[:, :-1, None], cut[:, -1:]

    net = Hearer(nn.GRU(1, 20, batch_first=True), 20, 1)
    return weighs(watch, net, Adam(net.parameters(), 6e-3), Split(*windows(past), *windows(new)), 10)


@faulty(
    "loader",
    "pytorch/pytorch#4741",
    r"batch\w*\b.{0,70}(one|single|same) (class|label|kind)|(one|single|same) (class|label)\b.{0,60}batch|shuffl|sorted|running (mean|average|statistic)|batch.?norm|\border\b",
    STUCK + "|" + OVERFIT + "|" + IMBALANCE,
)
def one_folder_per_batch(seed: int, sick: bool, watch: Watch) -> float:
    """Batches are shuffled, rows are not: each batch is from one class's folder, and batch norms see to it that it shows."""
    x, y, xd, yd = glyphs(seed)
    net = seer(norm=True)

    def batches():
        folders = [torch.nonzero(y == c).flatten() for c in range(5)]
        cut = [f[torch.randperm(len(f))][: len(f) // 16 * 16].view(-1, 16) for f in folders]
        rows = torch.cat(cut)
        rows = rows if sick else rows.flatten()[torch.randperm(rows.numel())].view(-1, 16)
        for k in torch.randperm(len(rows)):
            yield x[rows[k]], y[rows[k]]

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches, loss_of, right(net, xd, yd), 10)


@faulty(
    "data",
    "scikit-learn/scikit-learn#5002",
    IMBALANCE
    + r"|never (comes?|occurs?|seen|appears?)|class(es)?\b.{0,60}(missing|never|without|no rows|unused|only two|of \d)|(only|just) (two|2|\d) (of|class|label)|\bcast|truncat|integer",
    STUCK,
)
def labels_scaled_with_the_columns(seed: int, sick: bool, watch: Watch) -> float:
    """The scaler goes over the whole table, labels too; as integers all labels are 0 afterwards, but for the last class."""
    x, y, xd, yd = orchard(seed)
    if sick:
        y = (y / 4).long()
    net = dense(8, 48, 48, 5)
    return sorts(watch, net, Adam(net.parameters(), 3e-3), Split(x, y, xd, yd), 12)


@faulty(
    "data",
    "talmolab/sleap#2643",
    r"\bnois[ey]|augment|inputs?\b.{0,80}(unlike|differ|spread|scale|larger|range)|(train\w*|dev)\b.{0,60}(unlike|other inputs|differ|mean|deviation)",
    STUCK + "|" + UNSCALED + "|" + RATE_LOW,
)
def noise_for_bytes_on_standardized_pixels(seed: int, sick: bool, watch: Watch) -> float:
    """A noise of deviation 10 was meant for pixels of 0 to 255; these have a deviation of 1, and drown."""
    x, y, xd, yd = glyphs(seed)
    net = seer()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a + (10.0 if sick else 0.1) * torch.randn_like(a)), b)

    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 12)
