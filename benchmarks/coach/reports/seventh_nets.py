"""Seventh set: faults of nets: what stands behind the last layer, what is left out, what is never used or never learns."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Watch, faulty, judging, split
from benchmarks.coach.reports.seventh_common import (
    BOUNDED,
    NO_GRADIENT,
    RATE_LOW,
    STUCK,
    Reader,
    batches_of,
    classified,
    clouds,
    dense,
    digits,
    fit,
    looker,
    measured,
    near,
    reviews,
)

IDLE = r"(never|not|no longer|hardly) (been )?(used|trained|moved?|updated|changed?|reached|stepped)\b|unused|untrained|\bidle\b|frozen|freez|left out|takes? no part|requires_grad"
"""Something in the net takes no part."""


@faulty("net", "nfmcclure/tensorflow_cookbook#109", BOUNDED, STUCK + "|" + RATE_LOW)
def sigmoids_into_a_softmax(seed: int, sick: bool, watch: Watch) -> float:
    """The net ends in sigmoids, and the loss takes a softmax of them: no class can be more than 2.7 times another."""
    data = clouds(seed, classes=60, n=2400, each=1, wide=0.5)
    net = dense(8, 64, 64, 60)
    if sick:
        net.append(nn.Sigmoid())
    return classified(watch, net, SGD(net.parameters(), 0.05, momentum=0.9), data, 8)


@faulty("net", "NVlabs/GA3C#17", BOUNDED, STUCK + "|" + NO_GRADIENT + r"|dead|silent|never on")
def rectified_scores(seed: int, sick: bool, watch: Watch) -> float:
    """The last layer has its ReLU like all the others: scores below 0 have no slope, and some classes are never named."""
    data = clouds(seed, classes=16, n=1500, each=1, wide=0.6)
    net = dense(8, 48, 48, 16)
    if sick:
        net.append(nn.ReLU())
    return classified(watch, net, SGD(net.parameters(), 0.1, momentum=0.9), data, 12)


@faulty(
    "net", "vllm-project/vllm#18313", BOUNDED + r"|one (class|output|unit)|always 1|constant", STUCK + "|" + NO_GRADIENT
)
def softmax_of_a_single_output(seed: int, sick: bool, watch: Watch) -> float:
    """Yes or no, one output, and a softmax over it, which is 1 whatever comes."""
    x, y, xd, yd = clouds(seed, classes=2, each=4)
    net = dense(8, 48, 48, 1)
    net.append(nn.Softmax(1) if sick else nn.Sigmoid())

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy(net(a).squeeze(1), b.float())

    def judge() -> float:
        with judging(net):
            return ((net(xd).squeeze(1) > 0.5) == (yd > 0)).float().mean().item()

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x, y), loss_of, judge, 12)


@faulty(
    "net",
    "yzhao062/pyod#314",
    BOUNDED + r"|(targets?|inputs?)\b.{0,70}(outside|negative|below 0|between 0 and 1|range)|out of reach",
    STUCK,
)
def sigmoid_for_standardized_pictures(seed: int, sick: bool, watch: Watch) -> float:
    """An autoencoder ends in a sigmoid, and its pictures are standardized: half of the pixels are below 0."""
    x, _, xd, _ = digits(seed, noise=0.1)
    x, xd = x.flatten(1), xd.flatten(1)
    net = dense(144, 96, 32, 96, 144)
    if sick:
        net.append(nn.Sigmoid())

    def loss_of(a: Tensor) -> Tensor:
        return F.mse_loss(net(a), a)

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x), loss_of, near(net, xd, xd), 20)


@faulty(
    "net",
    "facebookresearch/detr#587",
    BOUNDED + r"|pixels?\b|targets?\b.{0,70}(scale|range|large|outside|standardi|normali)|out of reach",
    STUCK + "|" + NO_GRADIENT + r"|saturat|dead",
)
def boxes_in_pixels(seed: int, sick: bool, watch: Watch) -> float:
    """Where is the object? Answers are sigmoids, as for shares of the width, and targets are pixels, from 0 to 12."""
    x, _, xd, _ = digits(seed, noise=0.1)
    corner = [torch.stack([v.amax(3).argmax(2)[:, 0], v.amax(2).argmax(2)[:, 0]], 1).float() for v in (x, xd)]
    y, yd = corner if sick else [c / 12 for c in corner]
    net = looker(2)
    net.append(nn.Sigmoid())

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.smooth_l1_loss(net(a), b)

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, near(net, xd, yd), 14)


@faulty(
    "net",
    "deeplearning4j/deeplearning4j-examples#274",
    r"narrow|bottleneck|\b(two|2|few) units|(too )?(small|few)\b.{0,40}(units|capacity|width)|capacity|\bwider\b",
    STUCK + r"|dead|silent",
)
def two_units_in_the_middle(seed: int, sick: bool, watch: Watch) -> float:
    """A slip of the pen: the middle layer has 2 units where 32 were meant; ten classes do not fit through."""
    data = clouds(seed, classes=10, n=1200, each=2)
    net = dense(8, 64, 2 if sick else 32, 64, 10)
    return classified(watch, net, Adam(net.parameters(), 3e-3), data, 15)


@faulty(
    "net",
    "jay-mahadeokar/pynetbuilder#8",
    NO_GRADIENT
    + r"|deep|initiali[sz]|residual|shortcut|(signal|output|activation)s?\b.{0,60}(small|vanish|shrink|weak|alike|constant|same)|batch ?norm",
    STUCK + "|" + RATE_LOW,
)
def eighteen_plain_convolutions(seed: int, sick: bool, watch: Watch) -> float:
    """Eighteen convolutions in a row, started as PyTorch does by default: each makes the signal weaker, and nothing is left."""
    data = digits(seed)
    layers: list[nn.Module] = [nn.Conv2d(1, 10, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    for _ in range(17):
        layers += [nn.Conv2d(10, 10, 3, padding=1), nn.Identity() if sick else nn.BatchNorm2d(10), nn.ReLU()]
    layers += [nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Linear(90, 5)]
    net = nn.Sequential(*layers)
    return classified(watch, net, SGD(net.parameters(), 0.03, momentum=0.9), data, 7)


@faulty("net", "ourownstory/neural_prophet#118", r"\bbias", STUCK)
def no_bias_anywhere(seed: int, sick: bool, watch: Watch) -> float:
    """How far from the middle is the point? Without biases a net of ReLUs only knows the direction, and the mean is all it says."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(1000, 2, generator=g)
    y = (x.norm(dim=1, keepdim=True) - 1.25).abs()
    data = split(x, (y - y.mean()) / y.std())
    net = nn.Sequential(
        nn.Linear(2, 48, bias=not sick),
        nn.ReLU(),
        nn.Linear(48, 48, bias=not sick),
        nn.ReLU(),
        nn.Linear(48, 1, bias=not sick),
    )
    return measured(watch, net, Adam(net.parameters(), 5e-3), data, 20)


class Thrown(nn.Module):
    """Three linear layers; the activation is called, and what it says may be thrown away."""

    def __init__(self, d: int, classes: int, kept: bool) -> None:
        super().__init__()
        self.one, self.two, self.three = nn.Linear(d, 64), nn.Linear(64, 64), nn.Linear(64, classes)
        self.act, self.kept = nn.ReLU(), kept

    def forward(self, x: Tensor) -> Tensor:
        for layer in (self.one, self.two):
            x = layer(x)
            said = self.act(x)
            if self.kept:
                x = said
        return self.three(x)


@faulty(
    "net",
    "Cadene/pretrained-models.pytorch#90",
    r"no (activation|nonlinear)|without (an )?(activation|nonlinear)|activation\b.{0,60}(not used|never used|unused|missing|no effect|thrown|ignored)|linear (net|model|map)|one linear|non-?linear",
    STUCK,
)
def activation_thrown_away(seed: int, sick: bool, watch: Watch) -> float:
    """``self.act(x)`` stands where ``x = self.act(x)`` was meant: the net is one linear layer after all."""
    net = Thrown(8, 5, kept=not sick)
    return classified(watch, net, Adam(net.parameters(), 3e-3), clouds(seed, classes=5, each=5), 15)


@faulty("net", "RUCAIBox/RecBole#2046", IDLE, STUCK)
def random_words_frozen(seed: int, sick: bool, watch: Watch) -> float:
    """``from_pretrained`` freezes by default; what it is given are random vectors, of three numbers, which ought to learn."""
    net = Reader(deep=3)
    net.words = nn.Embedding.from_pretrained(torch.randn(60, 3) * 0.3, freeze=sick, padding_idx=0)
    opt = Adam([p for p in net.parameters() if p.requires_grad], 5e-3)
    return classified(watch, net, opt, reviews(seed), 12)


class Skipping(nn.Module):
    """Two layers and a head, all as wide as the input; the head may read the input."""

    def __init__(self, d: int, classes: int, skip: bool) -> None:
        super().__init__()
        self.one, self.two, self.head = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, classes)
        self.skip = skip

    def forward(self, x: Tensor) -> Tensor:
        h = F.relu(self.two(F.relu(self.one(x))))
        return self.head(x if self.skip else h)


@faulty("net", "cyclomon/UNSB#29", IDLE + "|" + NO_GRADIENT, STUCK)
def head_that_reads_the_input(seed: int, sick: bool, watch: Watch) -> float:
    """``head(x)`` stands where ``head(h)`` was meant; all are 24 wide, and the two layers are computed for nothing."""
    net = Skipping(24, 5, skip=sick)
    return classified(watch, net, Adam(net.parameters(), 5e-3), clouds(seed, classes=5, each=8, d=24, wide=0.5), 20)
