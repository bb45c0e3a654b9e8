"""Third set: faults of losses and of what is asked of the net."""

from __future__ import annotations

from difflib import SequenceMatcher
from itertools import groupby

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.later_common import blobs, loader, parted, stack
from benchmarks.coach.reports.third_common import Parts, clusters, fit, slopes

UNTRAINED = r"(no|without|never|not|zero)\b.{0,30}gradient|gradient.{0,80}(never|not|none|no |reach|missing|zero|\b0\b)|(layers?|weights|parameters|part|heads?|half|tensors?|tasks?)\b.{0,80}(never|not|no)\b.{0,30}(move|train|update|chang|learn|reach|gradient)|stand still|stood still|do(es)? not depend|unused"
"""A part of the net is not trained."""


@faulty(
    "loss",
    "FluxML/model-zoo#8",
    r"cross.?entropy|regress|class(es)?.{0,60}(number|order|ordinal|quantit|distance|value)|(number|ordinal|integer)s?.{0,40}class|one (output|number|score).{0,40}class|an output (per|for each) class|(targets?|labels?).{0,60}(integer|whole|class|few values|categor)",
    r"underfit|plateau|unfinished|capacity",
)
def class_numbers_as_quantities(seed: int, sick: bool, watch: Watch) -> float:
    """Which of six classes is learned as a number of 0 to 5, by its squared error, and rounded in use."""
    x, y, xd, yd = parted(*clusters(seed))
    net = stack(10, 48, 48, 1 if sick else 6)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a)[:, 0], b.float()) if sick else F.cross_entropy(net(a), b)

    def judge() -> float:
        with judging(net):
            told = net(xd)[:, 0].round() if sick else net(xd).argmax(1)
        return (told == yd).float().mean().item()

    return fit(watch, net, opt, loader(x, y), loss_of, judge, 15)


def sides(seed: int) -> Parts:
    """Two classes, 0 and 1, of three bent clouds each."""
    x, y = clusters(seed)
    return parted(x, (y % 2).float())


class Three(nn.Module):
    """One body, and a head for each of three questions."""

    def __init__(self) -> None:
        super().__init__()
        self.body = stack(7, 48, 48)
        self.heads = nn.ModuleList(nn.Linear(48, 1) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        seen = self.body(x).relu()
        return torch.cat([head(seen) for head in self.heads], 1)


@faulty(
    "goals",
    "vlfeat/matconvnet#258",
    r"only (one|the last|part)|\btasks?\b|overwr|last (loss|task|head)|(add|sum)(ed|s|ing)? (up )?.{0,30}loss|heads?\b.{0,60}(not|never|no |unused)|outputs?.{0,60}(not|never|no )\b.{0,30}(gradient|loss|train|used)|"
    + UNTRAINED,
    r"plateau|underfit|unfinished",
)
def only_the_last_loss(seed: int, sick: bool, watch: Watch) -> float:
    """In the loop over three tasks ``loss =`` stands where ``loss +=`` was meant."""
    x, y, xd, yd = slopes(seed)
    y, yd = (torch.cat([v, (2 * r[:, 4:5]).sin(), r[:, 5:6] * r[:, 6:7]], 1) for v, r in ((y, x), (yd, xd)))
    net = Three()
    opt = Adam(net.parameters(), 4e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        told, loss = net(a), torch.zeros(())
        for task in range(3):
            one = F.mse_loss(told[:, task], b[:, task])
            loss = one if sick else loss + one
        return loss

    def judge() -> float:
        with judging(net):
            rest = ((net(xd) - yd) ** 2).mean(0) / yd.var(0)
        return float((1 - rest).clamp(min=-1).mean())

    return fit(watch, net, opt, loader(x, y), loss_of, judge, 20)


@faulty(
    "numbers",
    "skorch-dev/skorch#481",
    r"\blog\b|logarithm|log_|\beps\b|epsilon|clamp|with_logits|logsigmoid|saturat|(probabilit|sigmoid).{0,60}(\b0\b|\b1\b|zero|\bone\b|round|exact)",
    r"\bnan\b|not a number|finite|\binf\b|explod|overflow",
)
def log_of_a_full_sigmoid(seed: int, sick: bool, watch: Watch) -> float:
    """A cross-entropy by hand: when a score passes 17, its sigmoid is 1, and the log of what is left is infinite."""
    x, y, xd, yd = sides(seed)
    x, xd = 3 * x, 3 * xd
    net = stack(10, 64, 64, 1)
    opt = Adam(net.parameters(), 1e-2)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        score = net(a)[:, 0]
        if not sick:
            return F.binary_cross_entropy_with_logits(score, b)
        p = score.sigmoid()
        return -(b * p.log() + (1 - b) * (1 - p).log()).mean()

    def judge() -> float:
        with judging(net):
            return ((net(xd)[:, 0] > 0) == (yd > 0)).float().mean().item()

    return fit(watch, net, opt, loader(x, y), loss_of, judge, 15)


@faulty(
    "goals",
    "YihengZhang-CV/SeCo-Sequence-Contrastive-Learning#3",
    r"(targets?|labels?|class(es)?)\b.{0,80}(\b0\b|zero|same|constant|one value|one class|never|alike|single)|(all|every|same|constant|one).{0,40}(targets?|labels?)|positive|\bpairs?\b|diagonal|arange|(depends?|leak|mixed|other).{0,40}(rows|batch)",
    r"collapse|plateau|chance|constant|same (answer|output|point)|alike|unfinished|underfit|nothing",
)
def every_positive_is_the_first(seed: int, sick: bool, watch: Watch) -> float:
    """Labels of 0 are right where the positive comes first; here the scores are a square, and its diagonal is meant."""
    x, _ = clusters(seed, 12, d=16)
    noise = torch.Generator().manual_seed(seed)
    one, two = (x + 0.35 * torch.randn(x.shape, generator=noise) for _ in range(2))
    x, y, xd, yd = parted(one, two @ torch.linalg.qr(torch.randn(16, 16, generator=noise))[0])
    net = nn.ModuleList([stack(16, 48, 12), stack(16, 48, 12)])
    opt = Adam(net.parameters(), 3e-3)

    def alike(a: Tensor, b: Tensor) -> Tensor:
        return F.normalize(net[0](a), dim=1) @ F.normalize(net[1](b), dim=1).T

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        wanted = torch.zeros(len(a), dtype=torch.long) if sick else torch.arange(len(a))
        return F.cross_entropy(alike(a, b) / 0.1, wanted)

    def judge() -> float:
        with judging(net):
            order = alike(xd, yd).argsort(1, descending=True)[:, :5]
        return (order == torch.arange(len(xd))[:, None]).any(1).float().mean().item()

    return fit(watch, net, opt, loader(x, y, 64, drop_last=True), loss_of, judge, 25)


def utterances(seed: int, n: int = 420, t: int = 22, d: int = 8) -> tuple[Tensor, Tensor]:
    """Sounds (n, t, d) of 4 letters out of five, with gaps of silence; the letters (n, 4)."""
    g = np.random.default_rng(seed)
    sound = np.random.default_rng(5).normal(0, 1.2, (5, d))
    x, y = g.normal(0, 0.4, (n, t, d)), g.integers(0, 5, (n, 4))
    for i in range(n):
        at = g.integers(0, 3)
        for letter in y[i]:
            long = g.integers(2, 4)
            x[i, at : at + long] += sound[letter]
            at += long + g.integers(1, 3)
    return torch.tensor(x).float(), torch.tensor(y)


@faulty(
    "goals",
    "espnet/espnet#700",
    r"blank|(class|letter|label|symbol|index|target|token)s? 0|0 (is|as|stands|means)|\bctc\b.{0,60}(class|label|symbol|target|index|reserve)|reserve|one more (class|output)|(class|letter|label|symbol)s?.{0,60}(never|missing)",
    r"plateau|underfit|unfinished",
)
def blank_is_a_letter(seed: int, sick: bool, watch: Watch) -> float:
    """Letters are numbered from 0, and 0 is CTC's blank: the first letter can never be heard."""
    x, y, xd, yd = parted(*utterances(seed))
    first = 0 if sick else 1
    net = nn.Sequential(nn.Conv1d(8, 32, 3, padding=1), nn.ReLU(), nn.Conv1d(32, 5 + first, 1))
    opt = Adam(net.parameters(), 1e-2)

    def logs(a: Tensor) -> Tensor:
        return net(a.transpose(1, 2)).permute(2, 0, 1).log_softmax(2)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        frames, wanted = torch.full((len(a),), 22), torch.full((len(a),), 4)
        return F.ctc_loss(logs(a), b + first, frames, wanted, blank=0, zero_infinity=True)

    def judge() -> float:
        with judging(net):
            best = logs(xd).argmax(2).T.tolist()
        heard = [[k - first for k, _ in groupby(row) if k > 0] for row in best]
        pairs = zip(heard, yd.tolist(), strict=True)
        return float(np.mean([SequenceMatcher(None, h, w, autojunk=False).ratio() for h, w in pairs]))

    return fit(watch, net, opt, loader(x, y), loss_of, judge, 12)


def crates(seed: int, n: int = 600, size: int = 14) -> Parts:
    """Pictures (n, 1, size, size) of one bright box in noise; its centre, width and height as shares (n, 4)."""
    g = np.random.default_rng(seed)
    wide = g.uniform(0.25, 0.6, (n, 2))
    centre = wide / 2 + g.random((n, 2)) * (1 - wide)
    place = (np.arange(size) + 0.5) / size
    inside = np.abs(place - centre[:, :, None]) < wide[:, :, None] / 2
    x = 1.5 * (inside[:, 1, :, None] & inside[:, 0, None, :]) - 0.3 + g.normal(0, 0.3, (n, size, size))
    return parted(x[:, None], np.concatenate([centre, wide], 1))


def shared(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of boxes (n, 4) that are given by two corners."""
    low, high = torch.maximum(a[:, :2], b[:, :2]), torch.minimum(a[:, 2:], b[:, 2:])
    both = (high - low).clamp(min=0).prod(1)
    areas = [(v[:, 2:] - v[:, :2]).clamp(min=0).prod(1) for v in (a, b)]
    return both / (areas[0] + areas[1] - both + 1e-7)


def corners(boxes: Tensor) -> Tensor:
    """Two corners of boxes that are given by centre, width and height."""
    return torch.cat([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], 1)


@faulty(
    "goals",
    "stevebottos/owl-vit-object-detection#14",
    r"box|corner|xyxy|xywh|format|overlap|\biou\b|clamp|" + UNTRAINED,
    r"plateau|constant|same answer|underfit|unfinished|dead",
)
def boxes_in_the_other_format(seed: int, sick: bool, watch: Watch) -> float:
    """The overlap is for boxes by their corners; it gets centres and sizes, of which most overlap nothing."""
    x, y, xd, yd = crates(seed)
    body = [nn.Conv2d(1, 12, 3, 2, 1), nn.ReLU(), nn.Conv2d(12, 24, 3, 2, 1), nn.ReLU(), nn.Flatten()]
    net = nn.Sequential(*body, nn.Linear(24 * 16, 48), nn.ReLU(), nn.Linear(48, 4), nn.Sigmoid())
    opt = Adam(net.parameters(), 2e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return 1 - (shared(net(a), b) if sick else shared(corners(net(a)), corners(b))).mean()

    def judge() -> float:
        with judging(net):
            return shared(corners(net(xd)), corners(yd)).mean().item()

    return fit(watch, net, opt, loader(x, y), loss_of, judge, 15)


@faulty(
    "goals",
    "open-mmlab/mmsegmentation#1774",
    r"argmax|(one|single) channel|threshold|evaluation code|\bmetric",
    r"\bdev\b|overfit|empty|nothing",
    visible=False,
)
def argmax_of_one_channel(seed: int, sick: bool, watch: Watch) -> float:
    """Dev's masks are the argmax over the channels, of which there is one: always 0, nothing found."""
    x, y, xd, yd = blobs(seed, 260)
    layers = [nn.Conv2d(1, 10, 3, padding=1), nn.ReLU(), nn.Conv2d(10, 10, 3, padding=1), nn.ReLU()]
    net = nn.Sequential(*layers, nn.Conv2d(10, 1, 1))
    opt = Adam(net.parameters(), 5e-3)

    def judge() -> float:
        with judging(net):
            inside = net(xd).argmax(1, keepdim=True) == 1 if sick else net(xd).sigmoid() > 0.5
        return ((inside & (yd > 0)).sum() / (inside | (yd > 0)).sum()).item()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(a), b)

    return fit(watch, net, opt, loader(x, y), loss_of, judge, 8)
