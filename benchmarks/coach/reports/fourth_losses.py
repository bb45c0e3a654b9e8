"""Fourth set: faults of losses and of what they are given."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.fourth_common import (
    LEAPS,
    NO_MORE,
    TOO_GOOD,
    WILD,
    balanced,
    constellations,
    correct,
    dealt,
    islands,
    layers,
    learn,
    parts,
    quadrants,
    trained_before,
)


@faulty("loss", "utcsilab/deepinpy#13", r"\bsum(med)?\b|reduction|mean\b|" + LEAPS, WILD + "|" + NO_MORE)
def summed_over_all_pixels(seed: int, sick: bool, watch: Watch) -> float:
    """The loss of the masks is a sum over pixels and pictures; the rate is the one that a mean had been tuned for."""
    x, y, xd, yd = islands(seed)
    net = nn.Sequential(nn.Conv2d(1, 12, 5, padding=2), nn.ReLU(), nn.Conv2d(12, 12, 5, padding=2), nn.ReLU())
    net.append(nn.Conv2d(12, 1, 1))
    opt = SGD(net.parameters(), 0.1, momentum=0.9)
    reduction = "sum" if sick else "mean"

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(a), b, reduction=reduction)

    def judge() -> float:
        with judging(net):
            found = net(xd) > 0
        return ((found & (yd > 0)).sum() / (found | (yd > 0)).sum().clamp(min=1)).item()

    return learn(watch, net, opt, dealt(x, y, size=16), loss_of, judge, 12)


@faulty(
    "loss",
    "pytorch/pytorch#16804",
    r"pos_?weight|weight\b.{0,80}(class|positive|rare|frequent|invers|count|upside)|(rare|minority|positive)\b.{0,60}(class|example|row|weigh|never|ignored|few)|imbalanc|unbalanc|(always|never|nearly always) (says?|answers?|predicts?)|one class",
    NO_MORE,
)
def positives_weighed_down(seed: int, sick: bool, watch: Watch) -> float:
    """One row in ten is positive; ``pos_weight`` is the positives by the negatives, where the inverse was meant."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (1200, 8))
    z = x[:, 0] * x[:, 1] + 0.7 * x[:, 2] + g.normal(0, 0.6, 1200)
    x, y, xd, yd = parts(x, (z > np.quantile(z, 0.9)).astype(float)[:, None])
    share = y.mean()
    weight = share / (1 - share) if sick else (1 - share) / share
    net = layers(8, 32, 32, 1)
    opt = Adam(net.parameters(), 2e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(a), b, pos_weight=weight)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: balanced(net, xd, yd), 15)


@faulty(
    "loss",
    "TimDettmers/ConvE#55",
    r"smooth|targets?\b.{0,80}(above 1|outside|beyond|larger than 1|more than 1|between 0 and 1|range|exceed|over 1|greater than 1)|probabilit|unbounded|no lower bound|below (0|zero)|negative",
    WILD + "|" + NO_MORE,
)
def smoothed_above_one(seed: int, sick: bool, watch: Watch) -> float:
    """Smoothing adds a half, where a half of the smoothing was meant: targets are 0.5 and 1.4, not 0.05 and 0.95."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (900, 8))
    z = np.stack([x[:, 0] * x[:, 1] + x[:, 2], np.abs(x[:, 3]) - 0.7 + 0.5 * x[:, 4]], 1)
    x, y, xd, yd = parts(x, (z > 0).astype(float))
    net = layers(8, 48, 48, 2)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(a), 0.9 * b + (1 / 2 if sick else 0.1 / 2))

    def judge() -> float:
        with judging(net):
            return ((net(xd) > 0) == (yd > 0)).float().mean().item()

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 20)


@faulty(
    "loss",
    "PolarisShi/distillation#1",
    r"log_target|logarithm|\blogs?\b|\bkl\b|kl_div|divergence|probabilit|targets?\b.{0,60}(negative|below 0|sum|distribution)",
    r"\bnan\b|finite|no number|" + NO_MORE,
)
def teacher_in_logarithms(seed: int, sick: bool, watch: Watch) -> float:
    """The KL divergence gets the teacher's logarithms, and is not told that they are: no number comes out."""
    x, y, xd, yd = constellations(seed)
    teacher = trained_before(layers(10, 96, 96, 6), x, y).requires_grad_(False)
    net = layers(10, 24, 24, 6)
    opt = Adam(net.parameters(), 5e-3)

    def loss_of(a: Tensor, _: Tensor) -> Tensor:
        wanted, given = (teacher(a) / 2).log_softmax(1), (net(a) / 2).log_softmax(1)
        return F.kl_div(given, wanted, reduction="batchmean", log_target=not sick)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 20)


@faulty(
    "loss",
    "eriklindernoren/PyTorch-YOLOv3#134",
    r"several labels|multi-?label|more than one|argmax|only one (label|class)|sigmoid|binary|exclusive|thrown away",
    NO_MORE,
    visible=False,
)
def first_of_many_labels(seed: int, sick: bool, watch: Watch) -> float:
    """Of the several labels of a row an argmax keeps the first, as cross-entropy wants one; in use all are asked for."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (900, 10))
    z = np.tanh(x @ g.normal(0, 0.6, (10, 20))) @ g.normal(0, 0.6, (20, 5))
    x, y, xd, yd = parts(x, (z > np.quantile(z, 0.6, 0)).astype(float))
    some = y.sum(1) > 0
    x, y = x[some], y[some]
    net = layers(10, 64, 64, 5)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b.argmax(1)) if sick else F.binary_cross_entropy_with_logits(net(a), b)

    def judge() -> float:
        with judging(net):
            return ((net(xd) > 0) == (yd > 0)).float().mean().item()

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 15)


class Speaker(nn.Module):
    """Tells the next word from all before it."""

    def __init__(self, words: int) -> None:
        super().__init__()
        self.words, self.read, self.say = (
            nn.Embedding(words, 24),
            nn.GRU(24, 48, batch_first=True),
            nn.Linear(48, words),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.read(self.words(x))[0])


@faulty(
    "loss",
    "mlabonne/llm-course#33",
    r"\beos\b|end (token|mark|of (the |a )?(sentence|sequence|text))|padd|ignore_index|ignored?\b.{0,60}(target|class|label|word)|-100|(token|word|class|symbol|target)s?\b.{0,60}(never|missing|absent|not among|no target|does not occur)",
    NO_MORE + "|" + TOO_GOOD,
)
def end_counts_as_padding(seed: int, sick: bool, watch: Watch) -> float:
    """The end of a sentence is also what pads it, and the loss passes padding over: the net never learns to stop."""
    g = np.random.default_rng(seed)
    end, pad, after = 1, 1 if sick else 0, g.permutation(np.arange(2, 14))
    rows = np.full((700, 14), pad)
    for i in range(700):
        k, m = int(g.integers(0, 12)), 0
        while k >= 0:
            rows[i, m], k, m = after[k], k - int(g.integers(1, 3)), m + 1
        rows[i, m] = end
    rows = torch.as_tensor(rows)
    net = Speaker(14)
    opt = Adam(net.parameters(), 4e-3)

    def loss_of(a: Tensor) -> Tensor:
        return F.cross_entropy(net(a[:, :-1]).flatten(0, 1), a[:, 1:].flatten(), ignore_index=pad)

    def judge() -> float:
        said = torch.as_tensor(after)[:, None]
        with judging(net):
            for _ in range(13):
                said = torch.cat([said, net(said)[:, -1:].argmax(2)], 1)
        first = (said == end).float().argmax(1)
        ended = (said == end).any(1) & (said[torch.arange(12), first - 1] <= 13)
        return ended.float().mean().item()

    return learn(watch, net, opt, dealt(rows), loss_of, judge, 8)


@faulty(
    "loss",
    "mohomran/neural_body_fitting#10",
    r"angle|period|circular|wrap|sine|\bsin\b|cosine|discontinu",
    NO_MORE + "|" + TOO_GOOD,
    visible=False,
)
def degrees_as_numbers(seed: int, sick: bool, watch: Watch) -> float:
    """A direction is learned as a number of degrees, between whose ends, 0 and 360, there is a cliff."""
    g = np.random.default_rng(seed)
    turn = g.uniform(0, 2 * np.pi, 800)
    places = 2 * np.pi * np.arange(10) / 10
    x = np.exp(1.5 * (np.cos(turn[:, None] - places) - 1)) + g.normal(0, 0.22, (800, 10))
    x, t, xd, td = parts(2 * x, turn[:, None])
    y = (t - np.pi) / 1.81 if sick else torch.cat([t.sin(), t.cos()], 1)
    net = layers(10, 48, 48, 1 if sick else 2)
    opt = Adam(net.parameters(), 3e-3)

    def judge() -> float:
        with judging(net):
            out = net(xd)
        told = out * 1.81 + np.pi if sick else torch.atan2(out[:, :1], out[:, 1:])
        off = torch.remainder(told - td + np.pi, 2 * np.pi) - np.pi
        return (off.abs() < 0.35).float().mean().item()

    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(net(a), b), judge, 25)


@faulty(
    "loss",
    "andrijdavid/FocalLoss#2",
    r"focal|exponent|\bsign\b|(few|single|one|some) (rows?|examples?|outliers?)\b.{0,60}(loss|gradient|weigh|dominat)|outlier|weigh(t|s|ed)?\b.{0,60}(row|example|hard)|(loss|gradient)s?\b.{0,60}(dominat|few rows|few examples)|(first|initial) loss|loss (starts|begins)",
    WILD + "|" + LEAPS + "|" + NO_MORE,
)
def focal_with_the_inverse(seed: int, sick: bool, watch: Watch) -> float:
    """In a focal loss the probability comes out of exp(+loss): hard rows weigh (1 - 1/p)², which has no bound."""
    x, y, xd, yd = quadrants(seed)
    flip = torch.rand(len(y), generator=torch.Generator().manual_seed(seed)) < 0.15
    y = torch.where(flip, (y + 1) % 4, y)
    net = layers(8, 64, 64, 4)
    opt = SGD(net.parameters(), 0.05, momentum=0.9)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        each = F.cross_entropy(net(a), b, reduction="none")
        return ((1 - (each if sick else -each).exp()) ** 2 * each).mean()

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 20)


@faulty(
    "loss",
    "pytorch/pytorch#23782",
    r"(^|[^\de])-1\b|negative|collaps|(outputs?|answers?|embeddings?|vectors?|rows|inputs|examples)\b.{0,50}alike|(same|one) (embedding|output|answer|vector|point)|targets?\b.{0,50}(ignored|1 or|0 and 1)|\bpairs?\b|apart|regardless of|do(es)? not depend on",
    NO_MORE,
)
def pairs_of_zero_and_one(seed: int, sick: bool, watch: Watch) -> float:
    """Cosine embedding loss wants -1 for unlike pairs, and gets 0, which it passes over: all pairs become alike."""
    x, y, xd, yd = constellations(seed, 4)
    net = layers(10, 64, 64, 8)
    opt = Adam(net.parameters(), 2e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        other = torch.randperm(len(a))
        same = (b == b[other]).float()
        return F.cosine_embedding_loss(net(a), net(a[other]), same if sick else 2 * same - 1, margin=0.1)

    def judge() -> float:
        half = len(xd) // 2
        with judging(net):
            alike = F.cosine_similarity(net(xd[:half]), net(xd[half : 2 * half])) > 0.5
        same = yd[:half] == yd[half : 2 * half]
        return 0.5 * (alike[same].float().mean() + (~alike[~same]).float().mean()).item()

    return learn(watch, net, opt, dealt(x, y, size=64), loss_of, judge, 25)
