"""Seventh set: faults of data and of how they are loaded: sizes, kinds, labels, length, order, and too few of them."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.optim import SGD, Adam
from torch.utils.data import DataLoader, Dataset

from benchmarks.coach.reports.common import Split, Watch, faulty, split
from benchmarks.coach.reports.seventh_common import (
    DIVERGED,
    IMBALANCE,
    OVERFIT,
    RATE_HIGH,
    RATE_LOW,
    STUCK,
    UNSCALED,
    Reader,
    balanced,
    batches_of,
    classified,
    clouds,
    dense,
    digits,
    fit,
    houses,
    looker,
    measured,
    near,
    reviews,
    right,
)


@faulty(
    "data",
    "rpautrat/SuperPoint#73",
    UNSCALED,
    STUCK + "|" + DIVERGED + "|" + RATE_HIGH + r"|dead|silent|saturat",
)
def raw_bytes_into_convolutions(seed: int, sick: bool, watch: Watch) -> float:
    """Pixels are of 0 to 255, as they were read; plain descent at the rate that suits pixels of 0 to 1 goes nowhere."""
    x, y, xd, yd = digits(seed, raw=True)
    if not sick:
        x, xd = (x / 255 - 0.3) / 0.2, (xd / 255 - 0.3) / 0.2
    net = looker()
    return classified(watch, net, SGD(net.parameters(), 0.05, momentum=0.9), Split(x, y, xd, yd), 9)


@faulty(
    "data",
    "jaredleekatzman/DeepSurv#14",
    UNSCALED,
    STUCK + "|" + DIVERGED + "|" + RATE_HIGH + "|" + RATE_LOW + "|saturat",
)
def columns_as_in_the_file(seed: int, sick: bool, watch: Watch) -> float:
    """Area, rooms, age, metres to the station: columns come in their own units, from ones to thousands."""
    x, y, xd, yd = houses(seed)
    if sick:
        unit, middle = (
            torch.tensor([45.0, 1.3, 22.0, 1800.0, 4.0, 600.0]),
            torch.tensor([110.0, 4.0, 40.0, 4000.0, 6.0, 1500.0]),
        )
        x, xd = x * unit + middle, xd * unit + middle
    net = dense(6, 64, 64, 1)
    return measured(watch, net, Adam(net.parameters(), 2e-3), Split(x, y, xd, yd), 20)


@faulty(
    "data",
    "jmiller656/EDSR-Tensorflow#34",
    UNSCALED + r"|constant|hardly (differ|vary)|alike|offset|mean\b",
    STUCK + "|" + RATE_LOW,
)
def means_of_bytes_for_unit_pixels(seed: int, sick: bool, watch: Watch) -> float:
    """Pixels were divided by 255 already; now the mean and deviation of bytes are taken off: all of them are next to -1.6."""
    x, y, xd, yd = digits(seed, raw=True)
    x, xd = x / 255, xd / 255
    mean, deviation = (85.0, 52.0) if sick else (85.0 / 255, 52.0 / 255)
    net = looker()
    data = Split((x - mean) / deviation, y, (xd - mean) / deviation, yd)
    return classified(watch, net, SGD(net.parameters(), 0.03, momentum=0.9), data, 9)


@faulty("data", "ljw-struggle/Bioinfor-DeepATT#1", IMBALANCE, STUCK)
def one_in_thirty_and_nothing_done(seed: int, sick: bool, watch: Watch) -> float:
    """One row in thirty is a fraud, and hard to tell; the plain loss is lowest, but for a little, if none is ever named."""
    g = np.random.default_rng(seed)
    y = (g.random(1600) < 1 / 30).astype(np.int64)
    x = g.normal(0, 1, (1600, 8))
    x[y == 1, :3] += [1.0, -0.9, 0.8]
    x, y, xd, yd = split(x, y)
    weight = None if sick else torch.tensor([1.0, 29.0])
    net = dense(8, 24, 2)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b, weight=weight)

    opt = Adam(net.parameters(), 1e-3, weight_decay=1e-3)
    return fit(watch, net, opt, batches_of(x, y), loss_of, balanced(net, xd, yd), 12)


@faulty(
    "data",
    "keras-team/autokeras#367",
    OVERFIT + r"|(few|too little|more|small) (rows|data|examples|pictures)|augment|regulari",
    "",
)
def sixty_pictures_and_no_changes(seed: int, sick: bool, watch: Watch) -> float:
    """There are 60 pictures, learned 80 times; nobody moves them about, and the net knows them by heart."""
    x, y, xd, yd = digits(seed, noise=0.3)
    x, y = x[:60], y[:60]
    net = looker()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        if not sick:
            a = torch.stack([p.roll(tuple(torch.randint(-3, 4, (2,)).tolist()), (1, 2)) for p in a])
        return F.cross_entropy(net(a), b)

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x, y, size=20), loss_of, right(net, xd, yd), 80)


class Rows(Dataset):
    """Rows whose length is counted in batches, or in rows."""

    def __init__(self, x: Tensor, y: Tensor, length: int) -> None:
        self.x, self.y, self.length = x, y, length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        return self.x[i], self.y[i]


@faulty(
    "loader",
    "xavysp/DexiNed#98",
    r"(few|same|only|handful of|\d+) (different |distinct )?(rows|examples|inputs)|never (seen|drawn|comes)|repeat|again and again|\blen\b|__len__|length of the data",
    OVERFIT,
)
def length_counted_in_batches(seed: int, sick: bool, watch: Watch) -> float:
    """The data set says how many batches it has, where the loader wants rows: 43 of the 700 rows are ever drawn."""
    x, y, xd, yd = clouds(seed)
    data = Rows(x, y, len(x) // 16 if sick else len(x))
    loader = DataLoader(data, batch_size=16, shuffle=True, drop_last=True)
    net = dense(8, 64, 64, 6)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    opt = Adam(net.parameters(), 2e-3)
    return fit(watch, net, opt, lambda: loader, loss_of, right(net, xd, yd), 250 if sick else 12)


@faulty(
    "data",
    "ageron/handson-ml3#51",
    r"categor|one.?hot|embedding|integers?\b|whole numbers|\bcodes\b",
    STUCK + "|" + UNSCALED,
)
def kinds_as_numbers(seed: int, sick: bool, watch: Watch) -> float:
    """Shop and product are numbers of 0 to 39 in the file, and go into the net like that, as if 12 were more than 11."""
    g = np.random.default_rng(seed)
    kinds = g.integers(0, 40, (1400, 2))
    worth = g.normal(0, 1, (2, 40))
    x = g.normal(0, 1, (1400, 3))
    y = worth[0, kinds[:, 0]] + worth[1, kinds[:, 1]] + 0.5 * x[:, 0] * x[:, 1] + g.normal(0, 0.1, 1400)
    columns = (kinds - 19.5) / 11.5 if sick else np.concatenate([np.eye(40)[kinds[:, 0]], np.eye(40)[kinds[:, 1]]], 1)
    data = split(np.concatenate([columns, x], 1), ((y - y.mean()) / y.std())[:, None])
    net = dense(data.x.shape[1], 48, 48, 1)
    return measured(watch, net, Adam(net.parameters(), 3e-3), data, 15)


@faulty(
    "data",
    "InnopolisUni/innofw#96",
    r"integer|\bcast|truncat|rounded|dtype|(inputs?|columns?)\b.{0,60}(constant|alike|the same|all (0|zero)|few (different )?values|zero)",
    STUCK + "|" + RATE_LOW,
)
def scaled_and_cast_to_integers(seed: int, sick: bool, watch: Watch) -> float:
    """Columns are scaled to between 0 and 1, and then made integers with the labels: all but the largest become 0."""
    x, y, xd, yd = clouds(seed)
    low, high = x.amin(0), x.amax(0)
    x, xd = (x - low) / (high - low), (xd - low) / (high - low)
    if sick:
        x, xd = x.long().float(), xd.long().float()
    net = dense(8, 64, 64, 6)
    return classified(watch, net, Adam(net.parameters(), 4e-3), Split(x, y, xd, yd), 15)


@faulty(
    "data",
    "neurodata/SPORF#355",
    r"leak|too good|column\b.{0,60}(target|answer|label)|targets?\b.{0,60}(among|in) the (inputs?|columns?)|input\b.{0,60}(equals?|is|holds?|contains?) the target",
    r"too easy|perfect",
)
def target_among_the_columns(seed: int, sick: bool, watch: Watch) -> float:
    """The table was given to the net as a whole, price and all; in use the price is not known, and 0 stands there."""
    x, y, xd, yd = houses(seed)
    extra, none = (y, torch.zeros_like(yd)) if sick else (torch.zeros_like(y), torch.zeros_like(yd))
    net = dense(7, 64, 64, 1)
    data = Split(torch.cat([x, extra], 1), y, torch.cat([xd, none], 1), yd)
    return measured(watch, net, Adam(net.parameters(), 3e-3), data, 18)


@faulty(
    "data",
    "mims-harvard/TDC#55",
    r"outlier|heavy.?tail|skew|logarithm|\blog\b|(few|some) (rows|targets)|targets?\b.{0,60}(spread|huge|far (from|away|off)|orders)",
    STUCK + "|" + UNSCALED + "|" + RATE_HIGH,
)
def incomes_without_a_logarithm(seed: int, sick: bool, watch: Watch) -> float:
    """Incomes go over five orders of magnitude; divided by their deviation, one in fifty is all that the square sees."""
    x, y, xd, yd = houses(seed, noise=0.2)
    much, most = torch.exp(2.2 * y), torch.exp(2.2 * y).std()
    net = dense(6, 64, 64, 1)
    opt = Adam(net.parameters(), 2e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    if not sick:
        return fit(watch, net, opt, batches_of(x, y), loss_of, near(net, xd, yd), 18)

    def logarithm() -> float:
        net.eval()
        with torch.no_grad():
            said = (net(xd) * most).clamp(min=1e-3).log() / 2.2
        return max(-1.0, 1 - ((said - yd) ** 2).mean().item() / yd.var().item())

    return fit(watch, net, opt, batches_of(x, much / most), loss_of, logarithm, 18)


@faulty(
    "data",
    "ZhengyuZhao/Targeted-Transfer#4",
    r"mismatch|(not|do not|don't) (belong|fit|match)|shifted|misalign|(labels?|targets?)\b.{0,70}(noise|random|unrelated|order|shuffl|wrong|other row)|unrelated|have nothing to do",
    STUCK + "|" + OVERFIT,
)
def one_line_too_far(seed: int, sick: bool, watch: Watch) -> float:
    """One file's first line is a heading, the other's is not: each row has the label of the row before."""
    x, y, xd, yd = clouds(seed)
    net = dense(8, 64, 64, 6)
    data = Split(x[1:], y[:-1] if sick else y[1:], xd, yd)
    return classified(watch, net, Adam(net.parameters(), 3e-3), data, 20)


@faulty(
    "data",
    "daniel-kukiela/nmt-chatbot#13",
    r"unknown|vocabular|rare words?|same (word|index|token|number)|few (different )?(words|indices|embeddings)|embedding\b.{0,60}(few|most|never|unused)|words\b.{0,40}(alike|the same)",
    STUCK,
)
def only_the_ten_most_frequent_words(seed: int, sick: bool, watch: Watch) -> float:
    """The number of words to keep was meant as ten thousand, and is ten: what is rarer all becomes one unknown word."""
    x, y, xd, yd = reviews(seed)
    if sick:
        x, xd = (torch.where(v > 10, torch.full_like(v, 10), v) for v in (x, xd))
    net = Reader()
    return classified(watch, net, Adam(net.parameters(), 5e-3), Split(x, y, xd, yd), 12)


@faulty(
    "data",
    "xingyizhou/CenterNet#233",
    r"same (noise|random|augment\w*|changes|inputs?)|\bseed|identical|repeat",
    OVERFIT,
    visible=False,
)
def same_changes_in_every_epoch(seed: int, sick: bool, watch: Watch) -> float:
    """Each epoch's workers begin with the same seed: a picture is moved in the same way each time it comes."""
    x, y, xd, yd = digits(seed, noise=0.3)
    x, y = x[:80], y[:80]
    net = looker()
    done = [0]

    def batches():
        done[0] += 1
        g = np.random.default_rng(7 if sick else done[0])
        order = g.permutation(len(x))
        for i in range(0, 80, 20):
            rows = order[i : i + 20]
            yield torch.stack([x[k].roll(tuple(g.integers(-3, 4, 2)), (1, 2)) for k in rows]), y[rows]

    opt = Adam(net.parameters(), 2e-3)
    return fit(watch, net, opt, batches, lambda a, b: F.cross_entropy(net(a), b), right(net, xd, yd), 60)


@faulty(
    "data",
    "genp/cocottributes#8",
    r"(noise|noisy|wrong|false|conflict\w*|disagree\w*|contradict\w*)\b.{0,30}(labels?|targets?)|(labels?|targets?)\b.{0,70}(noise|noisy|wrong|random|disagree|contradict)",
    STUCK + "|" + OVERFIT,
    visible=False,
)
def two_in_five_labels_wrong(seed: int, sick: bool, watch: Watch) -> float:
    """Labels were bought by the piece: two in five are whatever came first, and the net learns them by heart."""
    x, y, xd, yd = clouds(seed)
    if sick:
        g = torch.Generator().manual_seed(seed)
        y = torch.where(torch.rand(len(y), generator=g) < 0.4, torch.randint(0, 6, y.shape, generator=g), y)
    net = dense(8, 128, 128, 6)
    return classified(watch, net, Adam(net.parameters(), 3e-3), Split(x, y, xd, yd), 30)
