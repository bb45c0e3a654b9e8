"""Seventh set: faults of losses: which one, of what shape, divided by what, and what it is given."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Split, Watch, faulty, judging
from benchmarks.coach.reports.seventh_common import (
    DIVERGED,
    IMBALANCE,
    NO_GRADIENT,
    RATE_LOW,
    STUCK,
    batches_of,
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

OTHER_LOSS = r"cross.?entropy|(other|wrong|unsuit\w+|another) loss|squared error|\bmse\b|mean squared"
"""Another loss is called for."""


@faulty(
    "loss",
    "llSourcell/Make_a_neural_network#13",
    OTHER_LOSS,
    STUCK + "|" + RATE_LOW + "|" + NO_GRADIENT + r"|softmax|saturat",
)
def squares_of_probabilities(seed: int, sick: bool, watch: Watch) -> float:
    """Thirty classes, a softmax, and the mean squared error to rows of one 1 and noughts: next to no slope at the start."""
    x, y, xd, yd = clouds(seed, classes=30, n=1500, each=1)
    net = dense(8, 64, 64, 30)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        if sick:
            return F.mse_loss(net(a).softmax(1), F.one_hot(b, 30).float())
        return F.cross_entropy(net(a), b)

    opt = SGD(net.parameters(), 0.1, momentum=0.9)
    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 14)


@faulty(
    "loss",
    "Cambridge-ICCS/practical-ml-with-pytorch#83",
    r"cross.?entropy|\bbinary\b|\bbce\b|sigmoid|one.?hot|each class (for itself|alone)|exclusive|softmax",
    STUCK + "|" + RATE_LOW + "|" + IMBALANCE,
)
def a_yes_or_no_for_each_class(seed: int, sick: bool, watch: Watch) -> float:
    """Forty classes, of which one is right, by binary cross-entropies of all forty, averaged: it is best to say no to all."""
    x, y, xd, yd = clouds(seed, classes=40, n=1500, each=1)
    net = dense(8, 64, 40)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        if sick:
            return F.binary_cross_entropy_with_logits(net(a), F.one_hot(b, 40).float())
        return F.cross_entropy(net(a), b)

    opt = SGD(net.parameters(), 0.1, momentum=0.9)
    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 8)


class Follower(nn.Module):
    """A GRU over series (n, t, 1), and one number for each place: (n, t)."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.say = nn.GRU(1, 24, batch_first=True), nn.Linear(24, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.read(x)[0]).squeeze(2)


@faulty(
    "loss",
    "pytorch/text#342",
    r"shape|axis|axes|dimension|transpos|(n, ?t|t, ?n)|broadcast|time\b.{0,40}(batch|first)|batch\b.{0,40}(first|time)|mismatch|(not|don't) (fit|match|belong)|unrelated|wrong (row|order)",
    STUCK,
)
def places_against_rows(seed: int, sick: bool, watch: Watch) -> float:
    """Answers are (rows, places) and targets (places, rows); there are 16 of both, so nobody notices."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(500, 16, 1, generator=g)
    y = x[..., 0].cumsum(1) / 3
    net = Follower()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b.T if sick else b)

    opt = Adam(net.parameters(), 5e-3)
    return fit(watch, net, opt, batches_of(x[:350], y[:350], size=16), loss_of, near(net, x[350:], y[350:]), 15)


@faulty(
    "loss",
    "felipecode/coiltraine#37",
    r"divid|twice|reduction|loss\b.{0,50}(too small|tiny|scale)|gradients?\b.{0,50}(small|tiny)",
    STUCK + "|" + NO_GRADIENT + "|" + RATE_LOW,
)
def divided_by_the_batch_again(seed: int, sick: bool, watch: Watch) -> float:
    """The loss is a mean over 64 rows already, and is divided by 64 once more; plain descent goes 64 times slower."""
    x, y, xd, yd = clouds(seed)
    net = dense(8, 64, 6)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b) / (len(a) if sick else 1)

    opt = SGD(net.parameters(), 0.1, momentum=0.9)
    return fit(watch, net, opt, batches_of(x, y, size=64), loss_of, right(net, xd, yd), 12)


@faulty(
    "loss",
    "aharley/simple_bev#64",
    r"(targets?|labels?)\b.{0,90}(outside|above 1|beyond|between 0 and 1|\b2\b|0 and 1|greater|larger)|no (lower )?(end|bound)|unbounded|below (0|zero)|negative loss|loss\b.{0,50}(negative|below)",
    STUCK + "|" + DIVERGED,
)
def labels_of_one_and_two(seed: int, sick: bool, watch: Watch) -> float:
    """Yes and no are 2 and 1 in the file; a binary cross-entropy takes them for shares, and has no lower end."""
    x, y, xd, yd = clouds(seed, classes=2, each=4)
    net = dense(8, 48, 48, 1)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(a).squeeze(1), b.float() + (1 if sick else 0))

    def judge() -> float:
        with judging(net):
            return ((net(xd).squeeze(1) > 0) == (yd > 0)).float().mean().item()

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x, y), loss_of, judge, 12)


@faulty(
    "loss",
    "AnubhavGupta3377/Text-Classification-Models-Pytorch#9",
    r"log.?softmax|logarithm|log.prob|probabilit|nll|cross.?entropy|below (0|zero)|negative loss|loss\b.{0,50}(negative|below)|softmax",
    STUCK + "|" + RATE_LOW + "|" + NO_GRADIENT,
)
def likelihood_of_probabilities(seed: int, sick: bool, watch: Watch) -> float:
    """The loss wants logarithms, and gets the softmax itself: it runs from 0 to -1, and a class that is lost stays lost."""
    x, y, xd, yd = clouds(seed, classes=30, n=1500, each=1)
    net = dense(8, 48, 30)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.nll_loss(net(a).softmax(1) if sick else net(a).log_softmax(1), b)

    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 12)


@faulty(
    "loss",
    "dmlc/gluon-cv#644",
    IMBALANCE + r"|\bempty\b|few (pixels|places)|\bdice\b|pos_weight|weigh(ed|ing)? (the )?(few|rare|inside|positive)",
    STUCK + "|" + RATE_LOW,
)
def all_of_it_is_background(seed: int, sick: bool, watch: Watch) -> float:
    """Two pixels in a hundred are inside; the plain loss is content with an empty mask for long, and longer than the training."""
    x, y, xd, yd = lesions(seed)
    net = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 1)
    )
    weight = torch.tensor(1.0 if sick else 10.0)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(a), b, pos_weight=weight)

    return fit(
        watch,
        net,
        SGD(net.parameters(), 0.03, momentum=0.9),
        batches_of(x, y, size=16),
        loss_of,
        covered(net, xd, yd),
        8,
    )


@faulty(
    "loss",
    "jiwei0921/CoNet#3",
    r"broadcast|shape|\(n, ?1\)|squeeze|dimension|every (answer|row)\b.{0,40}every|mean of (all|the) targets",
    STUCK,
)
def huber_of_a_column_and_a_row(seed: int, sick: bool, watch: Watch) -> float:
    """Answers (n, 1) and targets (n,) in a Huber loss: each answer is held against all the targets, and the mean is learned."""
    x, y, xd, yd = houses(seed)
    net = dense(6, 64, 64, 1)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.smooth_l1_loss(net(a), b.squeeze(1) if sick else b)

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, near(net, xd, yd), 15)


@faulty(
    "loss",
    "facebookarchive/C3D#107",
    r"class 0|never (seen|comes|occurs)|unused|(labels?|classes)\b.{0,60}(1 to|from 1|begin|start|off by one|shift)|numbered|mismatch",
    STUCK,
    visible=False,
)
def numbered_from_one(seed: int, sick: bool, watch: Watch) -> float:
    """Training's classes are 1 to 5, and there is an output more; in use they are 0 to 4, and each answer is one too high."""
    x, y, xd, yd = digits(seed)
    net = looker(6)
    data = Split(x, y + 1 if sick else y, xd, yd)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    opt = Adam(net.parameters(), 2e-3)
    return fit(watch, net, opt, batches_of(data.x, data.y), loss_of, right(net, xd, yd), 8)
