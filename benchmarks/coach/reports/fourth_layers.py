"""Fourth set: faults of norms, pools, masks in place, and of what is read of a series."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.fourth_common import (
    NO_MORE,
    TOO_GOOD,
    Glance,
    correct,
    dealt,
    glyphs,
    learn,
    motifs,
    quadrants,
    remainders,
    telegrams,
)
from benchmarks.coach.reports.fourth_data import OTHERWISE
from benchmarks.coach.reports.fourth_nets import MIXED


class Shared(nn.Module):
    """Three layers with batch norm; ``one`` norm stands in all three places."""

    def __init__(self, one: bool) -> None:
        super().__init__()
        self.first, self.second, self.third, self.say = (nn.Linear(*s) for s in ((8, 48), (48, 48), (48, 48), (48, 4)))
        self.norms = nn.ModuleList([nn.BatchNorm1d(48)] * 3 if one else [nn.BatchNorm1d(48) for _ in range(3)])

    def forward(self, x: Tensor) -> Tensor:
        for layer, norm in zip((self.first, self.second, self.third), self.norms, strict=True):
            x = norm(4 * layer(x) if layer is self.second else layer(x)).relu()
        return self.say(x)


@faulty(
    "modes",
    "pytorch/pytorch#1738",
    r"batch ?norm|running|statistic|evaluation mode|\beval\b|\bmodes?\b|shared|several times|more than once|used again|reused",
    TOO_GOOD + "|" + OTHERWISE,
)
def one_norm_for_three_places(seed: int, sick: bool, watch: Watch) -> float:
    """One batch norm is called after three layers: its averages are those of none of them, and evaluation uses them."""
    x, y, xd, yd = quadrants(seed)
    net = Shared(sick)
    opt = Adam(net.parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 12
    )


class Filler(nn.Module):
    """Tells hidden numbers by those on both sides."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.read = nn.Embedding(18, 32), nn.Conv1d(32, 64, 3, padding=1)
        self.say = nn.Sequential(nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 18))

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.read(self.words(x).transpose(1, 2)).transpose(1, 2))


@faulty(
    "data",
    "huggingface/transformers#243",
    r"in.?place|\bmask|drift|inputs?\b.{0,60}(chang|drift|differ|worse|each epoch|every epoch)|chang(e|es|ed|ing)\b.{0,40}(inputs?|data|while|between)|overwrit|erod|(words?|tokens?|numbers?|inputs?)\b.{0,60}(one (word|token|number)|alike|the same)|targets?\b.{0,50}(the same|one class|nearly all|mostly)",
    TOO_GOOD + "|" + NO_MORE,
)
def masks_that_stay(seed: int, sick: bool, watch: Watch) -> float:
    """Words are hidden in the data themselves, not in a copy: after some epochs most words are hidden for good."""
    x, _, xd, _ = remainders(seed, 700)
    net = Filler()
    opt = Adam(net.parameters(), 4e-3)
    place = torch.rand(xd.shape, generator=torch.Generator().manual_seed(seed)) < 0.15
    result = 0.0
    with watch(net, opt) as health:
        for _ in range(24):
            net.train()
            for k in range(0, len(x) - 31, 32):
                rows = x[k : k + 32] if sick else x[k : k + 32].clone()
                hidden = torch.rand(rows.shape) < 0.15
                labels = torch.where(hidden, rows, -100)
                rows[hidden] = 17
                opt.zero_grad()
                loss = F.cross_entropy(net(rows).flatten(0, 1), labels.flatten())
                loss.backward()
                opt.step()
                health.step(loss)
            with judging(net):
                told = net(xd.masked_fill(place, 17)).argmax(2)
            result = (told == xd)[place].float().mean().item()
    return result


class LastSaid(nn.Module):
    """A recurrent layer over a series; the output at ``step`` is classified."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.read, self.say, self.step = nn.LSTM(3, 32, batch_first=True), nn.Linear(32, 3), step

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.read(x)[0][:, self.step])


@faulty(
    "net",
    "yunjey/pytorch-tutorial#151",
    r"only.{0,40}(first|start|beginning|part)|first (step|word|place|position)|\bunread\b|not (all )?read|never (read|used|looked at)|(input|steps?|series)\b.{0,60}(no influence|not depend|ignored|without effect|no gradient)|last (step|state|output)|whole (input|series)|part of the input",
    NO_MORE + "|" + TOO_GOOD,
)
def first_step_for_the_last(seed: int, sick: bool, watch: Watch) -> float:
    """The output of the first step is classified, where the last one's was meant: nothing else of a series is read."""
    x, y, xd, yd = motifs(seed, earliest=4)
    net = LastSaid(0 if sick else -1)
    opt = Adam(net.parameters(), 5e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 15
    )


@faulty(
    "modes",
    "sahagobinda/GPM#9",
    r"track_running|running|statistic|batch ?norm|\bsorted|" + MIXED,
    TOO_GOOD + "|" + OTHERWISE,
)
def norms_by_the_dev_batch(seed: int, sick: bool, watch: Watch) -> float:
    """Batch norms keep no averages, so that dev's batches are their own measure, and dev comes folder by folder."""
    x, y, xd, yd = glyphs(seed)
    order = yd.argsort()
    xd, yd = xd[order], yd[order]
    net = Glance(norm=lambda w: nn.BatchNorm2d(w, track_running_stats=not sick))
    opt = Adam(net.parameters(), 3e-3)

    def judge() -> float:
        with judging(net):
            right = [(net(a).argmax(1) == b).float().sum() for a, b in zip(xd.split(10), yd.split(10), strict=True)]
        return torch.stack(right).sum().item() / len(xd)

    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), judge, 12)


class Meaning(nn.Module):
    """The mean of the words' vectors, of those of the padding, too, unless ``masked``."""

    def __init__(self, masked: bool) -> None:
        super().__init__()
        self.words, self.say, self.masked = nn.Embedding(80, 32), nn.Linear(32, 4), masked
        self.mix = nn.Sequential(nn.Linear(32, 32), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        h, there = self.mix(self.words(x)), (x > 0).unsqueeze(2)
        return self.say((h * there).sum(1) / there.sum(1) if self.masked else h.mean(1))


@faulty(
    "data",
    "autoliuweijie/BERT-whitening-pytorch#13",
    r"\bpad|\bmask|\blengths?\b|\bpool|\bmean (of|over)\b|" + MIXED + "|" + OTHERWISE,
    TOO_GOOD + "|" + NO_MORE,
)
def mean_with_the_padding(seed: int, sick: bool, watch: Watch) -> float:
    """A text's mean takes in its padding: little in training, whose batches are of like lengths, and 100 places in dev."""
    x, y, xd, yd = telegrams(seed, 900)
    order = (x > 0).sum(1).argsort()
    batches = [(x[r][:, : int((x[r] > 0).sum(1).max())], y[r]) for r in order.split(30)]
    xd = F.pad(xd, (0, 80))
    net = Meaning(not sick)
    opt = Adam(net.parameters(), 5e-3)
    return learn(watch, net, opt, batches, lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 15)
