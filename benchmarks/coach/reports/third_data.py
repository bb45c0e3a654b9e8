"""Third set: faults of inputs and labels, and of how they are read."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW
from torch.utils.data import DataLoader, Dataset

from benchmarks.coach.reports.common import Watch, faulty
from benchmarks.coach.reports.later_common import loader, parted, stack
from benchmarks.coach.reports.third_common import Eye, arrows, clusters, fit, hits, lamps, letters

SCALE = r"(inputs?|columns?|features?|values?|pixels?|numbers?|bands?)\b.{0,80}(scale|range|large|huge|normali|standardi|deviation|outlier|extreme|far (from|out|off)|spread|skew|heavy|magnitude|orders)|normali[sz]e|standardi[sz]e|outlier|rescale"
"""The inputs are on a bad scale."""
OTHER_DEV = r"\bdev\b.{0,80}(another|other|shift|not like|unlike|distribut|prepar|preprocess|scale)|(shift|distribut|unlike|prepar\w*|preprocess\w*).{0,60}\bdev\b|(inputs?|channels?|pictures?|columns?|features?|values?)\b.{0,80}differ.{0,60}(training|evaluation|dev)|(evaluation|validation|test)\b.{0,60}(shift|distribut|prepar|inputs)"
"""Dev's inputs are not like training's."""


@faulty(
    "data",
    "keras-team/keras#8346",
    r"\bsplit|class(es)?\b.{0,80}(never|missing|absent|not (in|seen|among)|unseen|no (row|example|target)|without|only)|(never|missing|absent|unseen).{0,60}(class|label|target)|labels?.{0,60}(missing|absent|never|unseen|differ)|outputs?.{0,60}never.{0,30}(target|label|wanted|asked|class)|"
    + OTHER_DEV,
    r"overfit|memor|\bdev\b|chance|generali",
)
def split_of_a_sorted_file(seed: int, sick: bool, watch: Watch) -> float:
    """The file is sorted by class, and its first 70 percent are training: dev holds classes that training lacks."""
    x, y = clusters(seed)
    order = y.argsort(stable=True) if sick else torch.arange(len(y))
    x, y, xd, yd = parted(x[order], y[order])
    net = stack(10, 48, 48, 6)
    opt = Adam(net.parameters(), 3e-3)
    return fit(watch, net, opt, loader(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: hits(net, xd, yd), 15)


@faulty(
    "data",
    "minivision-ai/Silent-Face-Anti-Spoofing#71",
    r"channels?|colou?r|\bbgr\b|\brgb\b|" + OTHER_DEV,
    r"overfit|memor|\bdev\b|generali",
)
def colours_the_other_way(seed: int, sick: bool, watch: Watch) -> float:
    """One library reads training's pictures (blue, green, red), another one dev's (red, green, blue)."""
    pictures, y = lamps(seed)
    x, y, xd, yd = parted(pictures.transpose(0, 3, 1, 2), y)
    x = x.flip(1) if sick else x
    net = Eye(3, 4, 8)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(2 * a - 1), b)

    return fit(watch, net, opt, loader(x, y), loss_of, lambda: hits(net, 2 * xd - 1, yd), 8)


@faulty(
    "data",
    "Selen-Suyue/DensePolicy2D#3",
    r"\bview|reshap|permut|transpos|axis|axes|layout|channels?\b.{0,60}(order|mixed|last|first|dimension|scrambl|interleav|alike|wrong|same)|scrambl|neighbou?r|\bhwc\b|\bchw\b|order of.{0,30}dimension|mixed up",
    r"plateau|underfit|overfit|memor|chance|capacity|unfinished|small",
)
def pixels_viewed_not_permuted(seed: int, sick: bool, watch: Watch) -> float:
    """Pictures (height, width, colour) are viewed as (colour, height, width): rows of three colours in turn."""
    grey, y, greyd, yd = arrows(seed)
    g = torch.Generator().manual_seed(seed)

    def coloured(one: Tensor) -> Tensor:
        ink, ground = (torch.rand((len(one), 1, 1, 3), generator=g) for _ in range(2))
        mixed = one[:, 0, :, :, None]
        return mixed * (0.6 + ink) + (1 - mixed) * 0.5 * ground

    def ready(one: Tensor) -> Tensor:
        n, high, wide, colours = one.shape
        return one.reshape(n, colours, high, wide) if sick else one.permute(0, 3, 1, 2).contiguous()

    x, xd = ready(coloured(grey)), ready(coloured(greyd))
    net = Eye(3, 4)
    opt = Adam(net.parameters(), 3e-3)
    return fit(watch, net, opt, loader(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: hits(net, xd, yd), 12)


@faulty(
    "data",
    "stanfordmlgroup/methane-gapfill-ml#10",
    r"-?999|sentinel|missing|placeholder|fill(ed)? (value|in)|" + SCALE,
    r"underfit|plateau|unfinished|slow|capacity",
)
def missing_means_minus_999(seed: int, sick: bool, watch: Watch) -> float:
    """Cells that were not measured hold -999, and are standardized with the others."""
    x, y = clusters(seed, wide=0.4)
    gone = torch.rand(x.shape, generator=torch.Generator().manual_seed(seed)) < 0.06
    x = x.masked_fill(gone, -999.0) if sick else torch.where(gone, x.mean(0), x)
    x, y, xd, yd = parted((x - x.mean(0)) / x.std(0), y)
    net = stack(10, 48, 48, 6)
    opt = AdamW(net.parameters(), 3e-3)
    return fit(watch, net, opt, loader(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: hits(net, xd, yd), 15)


@faulty(
    "data",
    "freesunshine0316/neural-graph-to-seq-mp#17",
    r"unknown|\bunk\b|vocab|out.of.vocab|(words?|tokens?|ind(ex|ices)|inputs?|places)\b.{0,80}(same|one (number|value|word|token|index)|alike|repeat|never|unused|few)|embedding.{0,80}(never|unused|few|not|most)|(most|many).{0,60}(same|equal|one (word|token|number|value))",
    r"underfit|plateau|overfit|memor|capacity|unfinished|noise",
)
def capitals_are_unknown(seed: int, sick: bool, watch: Watch) -> float:
    """The vocabulary was made of small letters, the texts keep their capitals: most words become the unknown one."""
    words, labels = letters(seed)
    capital = np.random.default_rng(seed + 1).random(words.shape) < 0.85
    x, y, xd, yd = parted(np.where(capital & (words > 0), 1, words) if sick else words, labels)
    table, head = nn.Embedding(120, 24, padding_idx=0), stack(24, 32, 4)
    net = nn.Sequential(table, Averaged(), head)
    opt = Adam(net.parameters(), 5e-3)
    return fit(watch, net, opt, loader(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: hits(net, xd, yd), 12)


class Averaged(nn.Module):
    """The mean over the places of a text."""

    def forward(self, x: Tensor) -> Tensor:
        return x.mean(1)


class Shelf(Dataset[tuple[Tensor, Tensor]]):
    """Rows of numbers that are standardized when they are taken; in their place if ``kept``."""

    def __init__(self, x: Tensor, y: Tensor, kept: bool) -> None:
        self.x, self.y, self.kept = x.clone(), y, kept
        self.mean, self.deviation = x.mean(0), x.std(0)

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        row = self.x[i]
        if self.kept:
            row -= self.mean
            row /= self.deviation
            return row, self.y[i]
        return (row - self.mean) / self.deviation, self.y[i]


@faulty(
    "data",
    "facebookresearch/pycls#21",
    r"in.?place|(inputs?|rows?|columns?|features?|values?|data|batch(es)?)\b.{0,100}(chang|constant|shrink|shrank|same|alike|drift|shift|collaps|differ|moved|spread|deviation|scale|vary|smaller)|(once|again|twice|repeatedly|every epoch|each epoch).{0,40}(normali|standardi)|(normali|standardi)[sz]ed?.{0,40}(once|again|twice|repeatedly|every epoch|each epoch)|"
    + OTHER_DEV,
    r"forget|jump|overfit|unstable|\bdev\b|constant|same answer",
)
def standardized_again_each_epoch(seed: int, sick: bool, watch: Watch) -> float:
    """Rows are standardized in their place when they are taken, so once more in each epoch."""
    x, y = clusters(seed)
    x, y, xd, yd = parted(x * 14 + 55, y)
    shelf = Shelf(x, y, sick)
    ready = (xd - shelf.mean) / shelf.deviation
    net = stack(10, 48, 48, 6)
    opt = Adam(net.parameters(), 2e-3)
    batches = DataLoader(shelf, 32, shuffle=True)
    return fit(watch, net, opt, batches, lambda a, b: F.cross_entropy(net(a), b), lambda: hits(net, ready, yd), 14)


@faulty(
    "data",
    "ultralytics/yolov5#2164",
    r"flip|mirror|augment|(same|alike|equal) inputs?.{0,60}(differ|other|two) (label|target)|labels?.{0,60}(contradict|ambigu|inconsist|disagree)|contradict",
    r"noise|plateau|underfit|confus|unfinished",
    visible=False,
)
def mirrored_arrows(seed: int, sick: bool, watch: Watch) -> float:
    """Half of training's pictures are mirrored, as in every recipe; two of the classes are left and right."""
    x, y, xd, yd = arrows(seed)
    net = Eye(1, 4)
    opt = SGD(net.parameters(), 0.05, momentum=0.9)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        turned = torch.rand(len(a)) < (0.5 if sick else 0.0)
        return F.cross_entropy(net(torch.where(turned[:, None, None, None], a.flip(-1), a)), b)

    return fit(watch, net, opt, loader(x, y), loss_of, lambda: hits(net, xd, yd), 12)


def voices(seed: int, n: int = 700, bands: int = 20, frames: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Power (n, bands, frames) of sounds that are loud or soft: the class, of 4, has its own two peaks."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, n)
    peaks = np.array([(4, 11), (6, 11), (4, 15), (8, 16)])[y] + g.normal(0, 0.6, (n, 2))
    band = np.arange(bands)
    high = np.exp(-((band - peaks[:, :, None]) ** 2) / 3).sum(1)
    level = g.normal(0, 1.6, (n, 1, 1)) + 1.8 * high[:, :, None] + g.normal(0, 0.8, (n, bands, frames))
    return np.exp(2 * level), y


@faulty(
    "data",
    "musikalkemist/AudioSignalProcessingForML#3",
    r"\blog|decibel|\bdb\b|power|" + SCALE,
    r"underfit|plateau|overfit|memor|unfinished|rate|unstable",
)
def power_without_logarithm(seed: int, sick: bool, watch: Watch) -> float:
    """Sounds are told by the power of their bands as it is: over eight orders of magnitude."""
    power, labels = voices(seed)
    level = power if sick else np.log(power + 1e-8)
    x, y, xd, yd = parted((level - level.mean()) / level.std(), labels)
    body = [nn.Conv1d(20, 24, 3, padding=1), nn.ReLU(), nn.Conv1d(24, 24, 3, padding=1), nn.ReLU()]
    net = nn.Sequential(*body, nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(24, 4))
    opt = Adam(net.parameters(), 2e-3)
    return fit(watch, net, opt, loader(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: hits(net, xd, yd), 10)


def frames(seed: int, n: int = 700, size: int = 12) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two pictures of bytes each (n, size, size), between which a disc moved left, right, up or down."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, n)
    v, u = np.mgrid[:size, :size]
    a, b = g.uniform(3.5, size - 4.5, (2, n, 1, 1))
    du, dv = (np.array(d)[y][:, None, None] for d in ((-1.3, 1.3, 0, 0), (0, 0, -1.3, 1.3)))
    pair = [
        90 + 30 * (np.hypot(u - a - k * du, v - b - k * dv) < 2.2) + g.normal(0, 7, (n, size, size)) for k in (0, 1)
    ]
    return pair[0].astype(np.uint8), pair[1].astype(np.uint8), y


@faulty(
    "numbers",
    "waveform80/picamera#263",
    r"wrap|overflow|underflow|uint8|\bbytes?\b|unsigned|dtype|\bcast|integers?|modulo|(inputs?|pixels?|values?)\b.{0,80}(two (peaks|values|heaps)|ends?|extremes?|near 0|near 1|bimodal|clip|saturat|never negative|no negative)",
    r"underfit|plateau|overfit|memor|noise|unfinished|scale",
)
def difference_of_bytes(seed: int, sick: bool, watch: Watch) -> float:
    """Two frames of bytes are subtracted as bytes: what is a little darker becomes nearly white."""
    before, after, labels = frames(seed)
    moved = (after - before) / 255 if sick else (after.astype(int) - before) / 255
    x, y, xd, yd = parted(((moved - moved.mean()) / moved.std())[:, None], labels)
    net = Eye(1, 4)
    opt = Adam(net.parameters(), 2e-3)
    return fit(watch, net, opt, loader(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: hits(net, xd, yd), 10)
