"""Faults of the loss, and of what is handed to it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import (
    Split,
    Watch,
    conv,
    curve,
    entropy,
    explained,
    faulty,
    gratings,
    judging,
    mlp,
    overlap,
    recall,
    spots,
    squared,
    tagged,
    train,
    unwatched,
    wheel,
)


@faulty(
    "loss", "deepset-ai/FARM#229", r"broadcast|shapes?\b|\(n, ?1\)", r"constant|mean|same (answer|output|prediction)"
)
def column_against_row(seed: int, sick: bool, watch: Watch) -> float:
    """Answers (n, 1) against targets (n,): every answer is compared with every target."""
    d = curve(seed)
    net = mlp(6, 1)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return ((net(x) - (y[:, 0] if sick else y)) ** 2).mean()

    return train(watch, net, Adam(net.parameters(), 2e-3), loss_of, d, judge=explained)


class Binary(nn.Module):
    """One score or two; two scores are what is judged."""

    def __init__(self, scores: int) -> None:
        super().__init__()
        self.body = mlp(8, scores)

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x)


@faulty(
    "loss",
    "ultralytics/yolov3#191",
    r"one (output|score|class|column|unit)|single number|single (output|score|class|column|unit)|1 (output|score|class|column|unit)|two outputs|loss is (exactly )?(0|zero)|always (0|zero)",
    r"gradient|no change|does not (move|change)",
)
def cross_entropy_of_one_score(seed: int, sick: bool, watch: Watch) -> float:
    """Two classes, one output, cross-entropy: the loss is 0 whatever happens."""
    d = wheel(seed, classes=2)
    net = mlp(8, 1 if sick else 2)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(net(x), torch.zeros_like(y) if sick else y)

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            out = net(x)
        return (((out[:, 0] > 0) if sick else out.argmax(1)) == y).float().mean().item()

    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, d, judge=judge)


@faulty(
    "loss",
    "AnubhavGupta3377/Text-Classification-Models-Pytorch#9",
    r"log_?softmax|log.?prob|cross.?entropy|negative|below (0|zero)|nll",
    r"grow|explod|diverg",
)
def nll_of_scores(seed: int, sick: bool, watch: Watch) -> float:
    """``nll_loss`` of raw scores, without a log-softmax."""
    d = gratings(seed)
    net = conv()

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return F.nll_loss(net(x) if sick else net(x).log_softmax(1), y)

    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, d, epochs=12)


@faulty(
    "loss",
    "ctallec/world-models#10",
    r"\bdim\b|dim=|axis|over the (batch|rows|examples)|across (the )?(batch|rows|examples)|(depends|other) .{0,40}(rows|batch|examples)|sum to (1|one)|softmax",
    "",
)
def softmax_down_the_batch(seed: int, sick: bool, watch: Watch) -> float:
    """The softmax goes over the rows of the batch instead of the classes, in training and in use, row by row."""
    d = wheel(seed)
    net = nn.Sequential(mlp(8, 4), nn.LogSoftmax(0 if sick else 1))

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return F.nll_loss(net(x), y)

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            return (torch.cat([net(v[None]) for v in x]).argmax(1) == y).float().mean().item()

    return train(watch, net, SGD(net.parameters(), 0.1, momentum=0.9), loss_of, d, judge=judge)


@faulty(
    "loss",
    "microsoft/ProDA#20",
    r"log_?softmax|log.?prob|kl|negative|below (0|zero)|divergence",
    r"plateau|slow|constant",
)
def kl_of_probabilities(seed: int, sick: bool, watch: Watch) -> float:
    """Distillation: ``kl_div`` gets the student's probabilities, not their logarithms."""
    d = wheel(seed)
    teacher = mlp(8, 4, (64, 64))
    train(unwatched, teacher, Adam(teacher.parameters(), 4e-3), entropy, d, epochs=15)
    net = mlp(8, 4, (32,))

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        with torch.no_grad():
            goal = teacher(x).softmax(1)
        out = net(x).softmax(1) if sick else net(x).log_softmax(1)
        return F.kl_div(out, goal, reduction="batchmean")

    return train(watch, net, SGD(net.parameters(), 0.1, momentum=0.9), loss_of, d)


class Tagger(nn.Module):
    """A score per word and tag: (n, tags, t)."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.mix, self.head = nn.Embedding(24, 12), nn.Conv1d(12, 32, 3, padding=1), nn.Conv1d(32, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.mix(self.words(x).transpose(1, 2)).relu())


def tags_right(net: nn.Module, x: Tensor, y: Tensor) -> float:
    with judging(net):
        return (net(x).argmax(1) == y).float().mean().item()


@faulty(
    "loss",
    "weirme/FCSN#32",
    r"\bview|reshape|permut|transpos|axis|\bdim\b|dim=|order of|mixed|shapes?\b|align|belong",
    r"plateau|chance|does not learn",
)
def reshaped_not_permuted(seed: int, sick: bool, watch: Watch) -> float:
    """Scores (n, tags, t) are viewed as (n·t, tags): each row holds scores of several words."""
    d = tagged(seed)
    net = Tagger()

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        out = net(x)
        rows = out.reshape(-1, 4) if sick else out.transpose(1, 2).reshape(-1, 4)
        return F.cross_entropy(rows, y.reshape(-1))

    return train(watch, net, Adam(net.parameters(), 4e-3), loss_of, d, judge=tags_right, epochs=15)


@faulty(
    "loss",
    "nyu-mll/jiant#925",
    r"ignore|class 0|never.{0,40}(predict|answer|class)|(class|label|target).{0,60}(left out|skip|missing|no gradient|not counted|without)|pad",
    r"dev|low",
)
def class_0_ignored(seed: int, sick: bool, watch: Watch) -> float:
    """``ignore_index=0``, meant for padding, where 0 is a tag like the others."""
    d = tagged(seed)
    net = Tagger()

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(net(x), y, ignore_index=0 if sick else -100)

    return train(watch, net, Adam(net.parameters(), 4e-3), loss_of, d, judge=tags_right, epochs=15)


@faulty(
    "loss",
    "amanshenoy/multilogue-net#21",
    r"weight.{0,60}(class|loss|rare|invert|frequen)|class(es)?.{0,60}(rare|never|few|imbalance|frequen|weight|share)|imbalance|rare|majority|minority",
    r"dev",
)
def weights_of_the_frequent(seed: int, sick: bool, watch: Watch) -> float:
    """Class weights grow with the classes' counts instead of shrinking."""
    d = wheel(seed, lean=0.9)
    counts = torch.bincount(d.y, minlength=4).float()
    weight = counts**2 if sick else 1 / counts
    net = mlp(8, 4)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(net(x), y, weight=weight)

    return train(watch, net, Adam(net.parameters(), 2e-3), loss_of, d, judge=recall)


@faulty(
    "loss",
    "bigmb/Unet-Segmentation-Pytorch-Nest-of-Unets#18",
    r"negative|below (0|zero)|between 0 and 1|outside|0 (and|to|or) 1|range|-1",
    r"grow|explod|diverg",
)
def masks_of_minus_one(seed: int, sick: bool, watch: Watch) -> float:
    """Masks of -1 and 1, as an augmentation left them, in a binary cross-entropy."""
    d = spots(seed)
    net = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 1)
    )

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(x), 2 * y - 1 if sick else y)

    return train(watch, net, Adam(net.parameters(), 5e-3), loss_of, d, judge=overlap, epochs=15)


@faulty(
    "loss",
    "Ugenteraan/Deep_Hierarchical_Classification#6",
    r"gradient|differentiab|\bround|argmax|threshold|not connected|graph|detach",
    r"does not (change|move|learn)|stands still|constant",
)
def rounded_before_the_loss(seed: int, sick: bool, watch: Watch) -> float:
    """Probabilities are rounded to 0 and 1 before the loss."""
    d = wheel(seed, classes=2)
    net = mlp(8, 1)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        p = net(x)[:, 0].sigmoid()
        return F.mse_loss(p.round() if sick else p, y.float())

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            return ((net(x)[:, 0] > 0) == (y > 0)).float().mean().item()

    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, d, judge=judge)


@faulty(
    "loss",
    "sraashis/easytorch#38",
    r"\bsign\b|minus|1 ?[-−] ?dice|maximi|wrong (way|direction)|upside|invert|opposite|worse (as|while)|below chance|worse than|accuracy.{0,40}fall",
    r"constant|empty|nothing|saturat|one class|same answer",
)
def dice_as_the_loss(seed: int, sick: bool, watch: Watch) -> float:
    """The dice coefficient itself is minimized, not 1 minus it."""
    d = spots(seed)
    net = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 1)
    )

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        p = net(x).sigmoid()
        dice = (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)
        return dice if sick else 1 - dice

    return train(watch, net, Adam(net.parameters(), 5e-3), loss_of, d, judge=overlap, epochs=15)


@faulty(
    "loss",
    "SeungjunNah/DeepDeblur_release#4",
    r"tanh|range|squash|saturat|\bbound|cannot reach|out of reach|outside|between -1|last activation",
    r"plateau|gradient|scale",
)
def squashed_answers(seed: int, sick: bool, watch: Watch) -> float:
    """A tanh at the end, and targets far outside -1 to 1."""
    d = curve(seed)
    y, yd = 4 + 2 * d.y, 4 + 2 * d.yd
    net = nn.Sequential(mlp(6, 1), nn.Tanh() if sick else nn.Identity())
    return train(watch, net, Adam(net.parameters(), 4e-3), squared, Split(d.x, y, d.xd, yd), judge=explained, epochs=25)


@faulty(
    "loss",
    "torchgeo/torchgeo#791",
    r"softmax|sigmoid|several (labels|classes|answers)|multi.?label|sum to (1|one)|independent|more than one (label|class)",
    r"plateau|low|underfit",
)
def softmax_for_many_labels(seed: int, sick: bool, watch: Watch) -> float:
    """Several labels may hold at once, but a softmax makes them share one."""
    d = wheel(seed, 1200)
    y, yd = ((v[:, :5] + 0.6 * v[:, 1:6] * v[:, 2:7] > -0.5).float() for v in (d.x, d.xd))
    net = mlp(8, 5)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        p = net(x).softmax(1) if sick else net(x).sigmoid()
        return F.binary_cross_entropy(p, y)

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            p = net(x).softmax(1) if sick else net(x).sigmoid()
        return ((p > 0.5) == (y > 0)).float().mean().item()

    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, Split(d.x, y, d.xd, yd), judge=judge)


@faulty(
    "loss",
    "mlfoundations/open_lm#92",
    r"cancel|reduc(tion|ed)|mean.{0,40}(before|first|of the errors|instead)|averag.{0,40}(before|first)|each (row|example)|per (row|example)|single rows",
    r"constant|same answer|\bmean\b",
)
def error_of_the_mean(seed: int, sick: bool, watch: Watch) -> float:
    """The errors are averaged before they are squared: they cancel."""
    d = curve(seed)
    net = mlp(6, 1)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return (net(x) - y).mean() ** 2 if sick else F.mse_loss(net(x), y)

    return train(watch, net, Adam(net.parameters(), 2e-3), loss_of, d, judge=explained)
