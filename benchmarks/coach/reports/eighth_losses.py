"""Eighth set: faults of losses: signs, axes, ranges, empty sums, and what is left out of them."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.eighth_common import (
    DEAD,
    counted,
    glyphs,
    harvest,
    named,
    offers,
    painter,
    placed,
    ponds,
    seer,
)
from benchmarks.coach.reports.seventh_common import (
    BOUNDED,
    DIVERGED,
    IMBALANCE,
    NO_GRADIENT,
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

EMPTY = (
    r"ignore|-100|passed over|no (valid |known )?(targets?|labels?|places?)|empty|masked|0 ?/ ?0|divi(de|sion|d)\w*\b.{0,40}(zero|0\b|nothing)"
    r"|(mean|average) of (no|nothing|none)|(targets?|labels?)\b.{0,50}(all|only) (ignored|missing)"
)
"""A mean over nothing."""


@faulty(
    "loss",
    "HRNet/HRNet-Semantic-Segmentation#270",
    r"softmax\b.{0,90}(axis|dim|direction|width|column|places?|pixels?|wrong|rows?)|(axis|dim\w*)\b.{0,60}softmax|not (sum|add up) to (1|one)|sum to (1|one)",
    STUCK,
)
def softmax_along_the_width(seed: int, sick: bool, watch: Watch) -> float:
    """Scores are (n, classes, h, w), and the softmax goes over the last axis: places of a line share one certainty."""
    x, y, xd, yd = ponds(seed)
    net = painter()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.nll_loss(net(a).log_softmax(-1 if sick else 1), b)

    opt = Adam(net.parameters(), 3e-3)
    return fit(watch, net, opt, batches_of(x, y, size=20), loss_of, placed(net, xd, yd), 10)


@faulty(
    "loss",
    "pmorerio/dl-uncertainty#1",
    r"\bsign\b|varianc|below (0|zero)|negative|no lower (end|bound)|without (an )?end|unbounded|minus",
    DIVERGED + "|" + RATE_HIGH + "|" + STUCK,
)
def variance_without_a_price(seed: int, sick: bool, watch: Watch) -> float:
    """The logarithm of the variance has the wrong sign in the loss: to be unsure of everything is the best there is."""
    x, y, xd, yd = harvest(seed)
    net = dense(5, 48, 48, 2)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        mean, log = net(a).split(1, 1)
        return (0.5 * (b - mean) ** 2 * torch.exp(-log) + (-0.5 if sick else 0.5) * log).mean()

    def judge() -> float:
        with judging(net):
            rest = ((net(xd)[:, :1] - yd) ** 2).mean() / yd.var()
        return max(-1.0, 1 - rest.item()) if rest.isfinite() else -1.0

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, judge, 15)


@faulty(
    "loss",
    "unit8co/darts#2517",
    r"percent|relative|divi(de|sion|d)\w*|near (0|zero)|close to (0|zero)|(few|some|single) (rows?|targets?)\b.{0,60}(most|all|dominat|huge|large)|dominat",
    STUCK + "|" + DIVERGED + "|" + RATE_HIGH + "|" + UNSCALED,
)
def percentages_of_nearly_nothing(seed: int, sick: bool, watch: Watch) -> float:
    """Errors are divided by their targets, which pass through 0: a few rows next to 0 decide, and ask for 0 everywhere."""
    x, y, xd, yd = harvest(seed)
    net = dense(5, 48, 48, 1)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        off = (net(a) - b).abs()
        return (off / b.abs().clamp(min=1e-6)).mean() if sick else off.mean()

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, near(net, xd, yd), 15)


@faulty(
    "numbers",
    "timeseriesAI/tsai#150",
    r"\blog\b|\blog1p|logarithm|negative (answers?|outputs?|numbers?|inputs?)|below (0|-1|zero)",
    DIVERGED + "|" + STUCK + "|" + DEAD + "|" + RATE_HIGH,
)
def logarithm_of_a_negative_answer(seed: int, sick: bool, watch: Watch) -> float:
    """The error is that of log(1 + amount), for the answer as well; sooner or later an answer is below -1."""
    x, y, xd, yd = harvest(seed)
    x, y, xd, yd = 30 * x, 3 * torch.exp(y), 30 * xd, 3 * torch.exp(yd)
    net = dense(5, 48, 48, 1)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        said = net(a)
        return F.mse_loss(torch.log1p(said if sick else F.softplus(said)), torch.log1p(b))

    def judge() -> float:
        with judging(net):
            said = torch.log1p(F.softplus(net(xd)))
        rest = ((said - torch.log1p(yd)) ** 2).mean() / torch.log1p(yd).var()
        return max(-1.0, 1 - rest.item()) if rest.isfinite() else -1.0

    return fit(watch, net, Adam(net.parameters(), 5e-3), batches_of(x, y), loss_of, judge, 15)


@faulty(
    "numbers",
    "RJT1990/pyflux#21",
    r"exponential|\bexp\b|inputs?\b.{0,80}(scal|standardi|normali|large|range|huge)|(scal|standardi[sz]|normali[sz])\w*|unbounded",
    DIVERGED + "|" + STUCK + "|" + RATE_HIGH + "|" + DEAD,
)
def rates_by_an_exponential(seed: int, sick: bool, watch: Watch) -> float:
    """A Poisson rate is the exponential of the answer, and columns are in grams and metres: the first rates are infinite."""
    x, y, xd, yd = counted(seed, mean=4.0)
    if sick:
        x, xd = x * 900 + 1500, xd * 900 + 1500
    net = dense(5, 48, 48, 1)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.poisson_nll_loss(net(a), b)

    def judge() -> float:
        with judging(net):
            rest = ((torch.log1p(net(xd).exp()) - torch.log1p(yd)) ** 2).mean() / torch.log1p(yd).var()
        return max(-1.0, 1 - rest.item()) if rest.isfinite() else -1.0

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, judge, 15)


@faulty("numbers", "Zhen-Dong/Magic-Me#14", EMPTY, DIVERGED + "|" + STUCK + "|" + DEAD)
def rows_without_a_known_target(seed: int, sick: bool, watch: Watch) -> float:
    """Each row's errors are summed and divided by how many of its targets are known; of one row in eighty none is."""
    x, y, xd, yd = offers(seed, 900)
    known = torch.rand(y.shape, generator=torch.Generator().manual_seed(seed)) < 0.6
    known[::80] = False
    net = dense(6, 48, 48, 5)

    def loss_of(a: Tensor, b: Tensor, on: Tensor) -> Tensor:
        many = on.sum(1)
        return (((net(a) - b) ** 2 * on).sum(1) / (many if sick else many.clamp(min=1))).mean()

    opt = Adam(net.parameters(), 5e-3)
    return fit(watch, net, opt, batches_of(x, y, known), loss_of, near(net, xd, yd), 15)


@faulty("loss", "keras-team/keras#108", BOUNDED + r"|sum to (1|one)|share", STUCK + "|" + RATE_LOW + "|" + NO_GRADIENT)
def softmax_for_quantities(seed: int, sick: bool, watch: Watch) -> float:
    """Five quantities are told, and the net ends in a softmax as the tutorial's did: they must be shares of one."""
    x, y, xd, yd = offers(seed, 900)
    last: nn.Module = nn.Softmax(1) if sick else nn.Identity()
    net = nn.Sequential(dense(6, 48, 48, 5), last)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    opt = Adam(net.parameters(), 4e-3)
    return fit(watch, net, opt, batches_of(x, y), loss_of, near(net, xd, yd), 15)


@faulty("data", "bytedance/UniVR#13", EMPTY + r"|truncat|cut off", DIVERGED + "|" + STUCK + "|" + DEAD)
def every_target_is_cut_off(seed: int, sick: bool, watch: Watch) -> float:
    """The question is not to be told, and stands first; rows are cut, and in eleven rows of twelve no answer is left."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randint(0, 10, (420, 20), generator=g)
    x[:, 10:] = (x[:, :10] + x[:, :10].roll(-1, 1)) % 10
    y = x.clone()
    y[:, :10] = -100
    if sick:
        y[torch.rand(420, generator=g) < 11 / 12] = -100
    net = Filler()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a).transpose(1, 2), b)

    def judge() -> float:
        with judging(net):
            return (net(x[300:]).argmax(-1)[:, 10:] == x[300:, 10:]).float().mean().item()

    opt = Adam(net.parameters(), 5e-3)
    return fit(watch, net, opt, batches_of(x[:300], y[:300], size=4), loss_of, judge, 4)


class Filler(nn.Module):
    """Tells ten sums from the ten words in front."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.say = nn.Embedding(10, 24), dense(48, 64, 10)

    def forward(self, x: Tensor) -> Tensor:
        h = self.words(x[:, :10])
        said = self.say(torch.cat([h, h.roll(-1, 1)], 2))
        return torch.cat([torch.zeros_like(said), said], 1)


@faulty("loss", "appvision-ai/fast-bert#52", IMBALANCE + r"|threshold|pos_weight", STUCK + "|" + RATE_LOW)
def forty_labels_and_no_to_all(seed: int, sick: bool, watch: Watch) -> float:
    """Each of forty labels holds in one row of forty; the mean of their losses is lowest, for long, if all get a no."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(1500, 10, generator=g)
    w = torch.randn(10, 40, generator=g)
    y = ((x @ w) / 3.2 + 0.3 * torch.randn(1500, 40, generator=g) > 2.0).float()
    net = dense(10, 64, 40)
    more = torch.tensor(1.0 if sick else 12.0)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(a), b, pos_weight=more)

    opt = SGD(net.parameters(), 0.2, momentum=0.9)
    return fit(watch, net, opt, batches_of(x[:1000], y[:1000]), loss_of, named(net, x[1000:], y[1000:]), 15)


@faulty(
    "loss",
    "WeisongZhao/SN2N#9",
    r"last (row|example|picture)|only (one|the first|the last|a single|1|\d+) (row|example|picture|of)|(rows?|examples?)\b.{0,60}(without|no|never) (a )?(gradient|used|count|part)|batch\w*\b.{0,60}(one row|single|of (one|1)\b|small)",
    STUCK + "|" + RATE_HIGH + "|" + RATE_LOW,
)
def only_the_last_row_of_each_batch(seed: int, sick: bool, watch: Watch) -> float:
    """The list of a batch's pictures is made anew for each picture: what the net and the loss get is the last one of 64."""
    x, y, xd, yd = glyphs(seed)
    net = seer()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a[-1:]), b[-1:]) if sick else F.cross_entropy(net(a), b)

    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    return fit(watch, net, opt, batches_of(x, y, size=64), loss_of, right(net, xd, yd), 20)
