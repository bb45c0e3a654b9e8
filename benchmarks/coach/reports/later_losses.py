"""Second set: faults of losses, and of the last layer before them."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.later_common import go, groups, houses, loader, parted, right, stack, tags, told


@faulty(
    "loss",
    "yudi-mars/daisyRec#15",
    r"sigmoid|logit|squash|twice|probabilit|between 0 and 1|0 to 1|cannot (go|fall|get) below|floor|bounded",
    r"plateau|underfit|unfinished|saturat",
)
def sigmoid_twice(seed: int, sick: bool, watch: Watch) -> float:
    """The net ends in a sigmoid, and the loss, like the use, applies another one."""
    x, y, xd, yd = tags(seed)
    net = stack(12, 64, 6)
    if sick:
        net.append(nn.Sigmoid())
    loss_of = nn.BCEWithLogitsLoss()

    def judge() -> float:
        with judging(net):
            said = net(xd).sigmoid() > 0.5
        return (2 * (said & (yd > 0)).sum() / (said.sum() + yd.sum())).item()

    return go(watch, net, AdamW(net.parameters(), 3e-3), loader(x, y), lambda a, b: loss_of(net(a), b), judge, 20)


@faulty(
    "loss",
    "NaJaeMin92/pytorch-DANN#7",
    r"softmax|logit|probabilit|twice|sum to (1|one)|squash|cannot (go|fall|get) below|floor|bounded",
    r"plateau|underfit|unfinished|slow",
)
def softmax_twice(seed: int, sick: bool, watch: Watch) -> float:
    """Probabilities go into a cross-entropy that takes a softmax itself."""
    x, y, xd, yd = groups(seed)
    net = stack(16, 64, 20)
    if sick:
        net.append(nn.Softmax(-1))
    loss_of = nn.CrossEntropyLoss()
    opt = SGD(net.parameters(), 0.1, momentum=0.9)
    return go(watch, net, opt, loader(x, y), lambda a, b: loss_of(net(a), b), lambda: right(net, xd, yd), 15)


@faulty(
    "numbers",
    "atomistic-machine-learning/schnetpack#336",
    r"target.{0,80}(scale|large|standardi|normali|unit|mean|deviation|divide|range|size|far)|standardi[sz]e|normali[sz]e the (target|label|answer)|(scale|units|size|magnitude|mean) of the (target|label|answer)|rescale|answers.{0,60}far",
    r"unfinished|slow|rate|plateau|large (loss|gradient)",
)
def prices_in_euros(seed: int, sick: bool, watch: Watch) -> float:
    """Targets of some 300,000 are learned as they are, by steps of a thousandth."""
    x, y, xd, yd = houses(seed)
    if not sick:
        y, yd = (y - y.mean()) / y.std(), (yd - y.mean()) / y.std()
    net = stack(6, 64, 64, 1, act=nn.SiLU)
    opt = Adam(net.parameters(), 1e-3)
    return go(watch, net, opt, loader(x, y), lambda a, b: F.mse_loss(net(a), b), lambda: told(net, xd, yd), 25)


@faulty(
    "net",
    "ProteomicsML/ProteomicsML#203",
    r"relu|negative|below (0|zero)|(last|final|output).{0,30}activation|activation.{0,30}(last|output|end)|cannot (go|be|reach|say|answer)|out of reach|last layer|always (0|zero)|dead",
    r"plateau|underfit|constant|same answer|unfinished",
)
def relu_at_the_end(seed: int, sick: bool, watch: Watch) -> float:
    """The last layer has a ReLU like the others, and half of the standardized targets are negative."""
    x, y, xd, yd = houses(seed)
    y, yd = (y - y.mean()) / y.std(), (yd - y.mean()) / y.std()
    net = stack(6, 48, 48, 1)
    if sick:
        net.append(nn.ReLU())
    opt = Adam(net.parameters(), 2e-3)
    return go(watch, net, opt, loader(x, y), lambda a, b: F.l1_loss(net(a), b), lambda: told(net, xd, yd), 20)


@faulty(
    "loss",
    "huggingface/torchMoji#21",
    r"(no|without|never|not).{0,30}gradient|gradient.{0,80}(no |none|never|not|\b0\b|zero|reach|missing)|graph|detach|not connected|\.item|\.data\b|requires_grad|disconnect",
    r"not (move|change)|stand still|stood still|does not learn|never (move|change)|constant|plateau",
)
def loss_wrapped_anew(seed: int, sick: bool, watch: Watch) -> float:
    """The loss is made a new leaf that wants gradients, to silence an error: going back ends at it."""
    x, y, xd, yd = groups(seed, 6)
    net = stack(16, 48, 6)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        loss = F.cross_entropy(net(a), b)
        return loss.detach().clone().requires_grad_(True) if sick else loss

    return go(watch, net, Adam(net.parameters(), 3e-3), loader(x, y), loss_of, lambda: right(net, xd, yd), 10)


class Hearing(nn.Module):
    """Frames (n, t, 8) to log-probabilities of 6 symbols and the blank, (n, t / stride, 7)."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv1d(8, 32, 5, stride, 2), nn.ReLU(), nn.Conv1d(32, 32, 3, 1, 1), nn.ReLU())
        self.head = nn.Conv1d(32, 7, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x.transpose(1, 2))).transpose(1, 2).log_softmax(-1)


def transcribed(net: nn.Module, x: Tensor, y: Tensor) -> float:
    """Share of the rows that are read without a mistake."""
    with judging(net):
        best = net(x).argmax(-1).tolist()
    short = [[s for s, before in zip(row, [0, *row]) if s and s != before] for row in best]
    return float(np.mean([s == [v for v in row if v] for s, row in zip(short, y.tolist())]))


@faulty(
    "loss",
    "k2-fsa/icefall#135",
    r"too short|shorter|\blengths?\b|\bctc\b|strid|down.?sampl|fewer (frames|steps)|zero_infinity",
    r"nan|not a number|finite|\binf",
)
def fewer_frames_than_symbols(seed: int, sick: bool, watch: Watch) -> float:
    """Strides leave 6 frames for transcripts of up to 8 symbols: CTC finds no way, and its loss is infinite."""
    g = np.random.default_rng(seed)
    codes = g.normal(0, 1.2, (7, 8))
    long, y = g.integers(4, 9, 600), np.zeros((600, 8), np.int64)
    x = g.normal(0, 0.5, (600, 24, 8))
    for i in range(600):
        for k in range(long[i]):
            y[i, k] = 1 + (y[i, k - 1] - 1 + g.integers(1, 6)) % 6 if k else g.integers(1, 7)
            x[i, 3 * k : 3 * k + 3] += codes[y[i, k]]
    x, y, xd, yd = parted(x, y)
    net = Hearing(4 if sick else 1)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        out = net(a).transpose(0, 1)
        return F.ctc_loss(out, b, torch.full((len(a),), len(out)), (b > 0).sum(1))

    return go(watch, net, Adam(net.parameters(), 4e-3), loader(x, y), loss_of, lambda: transcribed(net, xd, yd), 15)


@faulty(
    "loss",
    "huggingface/transformers#2759",
    r"\bpad|ignore_index|ignore|(class|label|target|token|tag).{0,80}(most of|majority|share|frequent|dominat|\d+ ?%)|majority|imbalance",
    r"plateau|unfinished|slow|same answer|constant",
)
def padding_in_the_loss(seed: int, sick: bool, watch: Watch) -> float:
    """Nine tenths of the places are padding, and the loss counts them: saying padding is nearly right."""
    g = np.random.default_rng(seed)
    x = np.where(np.arange(60) < g.integers(3, 9, (700, 1)), g.integers(1, 30, (700, 60)), 0)
    before = np.concatenate([np.zeros((700, 1), int), x[:, :-1]], 1)
    x, y, xd, yd = parted(x, np.where(x > 0, 1 + (x + 3 * (before % 2)) % 6, 0))
    net = nn.Sequential(nn.Embedding(30, 24), nn.LSTM(24, 32, batch_first=True))
    head = nn.Linear(32, 7)
    whole = nn.ModuleList([net, head])

    def scores(a: Tensor) -> Tensor:
        return head(net(a)[0])

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(scores(a).transpose(1, 2), b, ignore_index=-100 if sick else 0)

    def judge() -> float:
        with judging(whole):
            return (scores(xd).argmax(-1) == yd)[yd > 0].float().mean().item()

    return go(watch, whole, SGD(whole.parameters(), 0.3, momentum=0.9), loader(x, y), loss_of, judge, 12)
