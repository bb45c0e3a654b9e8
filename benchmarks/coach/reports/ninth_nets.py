"""Ninth set: faults of nets: layers that nobody knows of, dimensions, masks, beginnings, ends, normalization."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.ninth_common import Cnn, customers, gestures, loader, mails, rents, signs, train, tunes
from benchmarks.coach.reports.seventh_common import (
    BOUNDED,
    DIVERGED,
    NO_GRADIENT,
    OVERFIT,
    RATE_HIGH,
    RATE_LOW,
    STUCK,
    batches_of,
    fit,
    near,
    right,
)

UNKNOWN = (
    r"(weights?|parameters?|layers?|modules?|tensors?|encoder|embed\w*|rnn|body)\b.{0,80}(not|never|isn.t|aren.t|without|no)\b.{0,40}(optimizer|regist|train|mov|updat|chang|step|gradient)"
    r"|(optimizer|parameters\(\))\b.{0,60}(not|lacks?|miss|without|only|does not)\b.{0,40}(know|hold|have|has|weight|param|layer|of them|some|all)|ModuleList|plain list|python list|outside the (optimizer|net)"
)
"""Some weights are in no list of weights."""

WEAK = (
    STUCK
    + r"|underfit|too (small|simple|weak)|capacity|larger net|(more|longer) (epochs|steps|training)|slow|unfinished|still (fall|improv)"
)
"""The net learns less than it could."""


class Deep(nn.Module):
    """A stack of hidden layers, kept in whatever ``keep`` makes of a list, and an output layer."""

    def __init__(self, i: int, o: int, listed: bool, deep: int = 3, wide: int = 48) -> None:
        super().__init__()
        layers = [nn.Linear(i if k == 0 else wide, wide) for k in range(deep)]
        self.layers = nn.ModuleList(layers) if listed else layers
        self.out = nn.Linear(wide, o)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.relu(layer(x))
        return self.out(x)


@faulty("net", "pytorch/pytorch#715", UNKNOWN, WEAK)
def hidden_layers_in_a_plain_list(seed: int, sick: bool, watch: Watch) -> float:
    """``self.layers`` is a list and no ``ModuleList``: ``parameters()`` has the last layer's alone."""
    x, y, xd, yd = customers(seed, noise=0.05, n=2000)
    net = Deep(8, 4, listed=not sick)
    return train(watch, net, Adam(net.parameters(), 3e-3), loader(x, y), F.cross_entropy, right(net, xd, yd), 25)


class Looking(nn.Module):
    """A question that asks a series, and weights that should add up to 1 over its steps."""

    def __init__(self, words: int, classes: int, over: int) -> None:
        super().__init__()
        self.embed, self.over = nn.Embedding(words, 24), over
        self.key, self.value = nn.Linear(24, 24), nn.Linear(24, 24)
        self.ask = nn.Parameter(torch.randn(24))
        self.out = nn.Linear(24, classes)

    def forward(self, x: Tensor) -> Tensor:
        e = self.embed(x)
        weights = torch.softmax(self.key(e) @ self.ask / math.sqrt(24), dim=self.over)
        return self.out((weights.unsqueeze(2) * self.value(e)).sum(1))


def starred(seed: int, n: int = 1200, t: int = 24, words: int = 40) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Words (n, t), one of which is a star of 5 kinds: which kind is the class; the others say nothing."""
    g = torch.Generator().manual_seed(seed)
    x, y = torch.randint(10, words, (n, t), generator=g), torch.randint(0, 5, (n,), generator=g)
    at = torch.randint(0, t, (n,), generator=g)
    x[torch.arange(n), at] = 2 * y + torch.randint(0, 2, (n,), generator=g)
    near_by = torch.randint(0, t, (n, 9), generator=g)
    for k in range(9):
        free = near_by[:, k] != at
        x[torch.arange(n)[free], near_by[free, k]] = 10 + 3 * torch.randint(0, 5, (int(free.sum()),), generator=g)
    k = int(n * 0.7)
    return x[:k], y[:k], x[k:], y[k:]


@faulty(
    "net",
    "PetrochukM/PyTorch-NLP#2",
    r"softmax|attention|\bdim(ension)?s?\b|axis|(across|over|between|other) (the )?(rows|batch|samples|examples)|batch\b.{0,50}(mix|depend|leak)|rows\b.{0,40}(mix|depend|leak)",
    WEAK + "|" + OVERFIT,
)
def weights_add_up_over_the_batch(seed: int, sick: bool, watch: Watch) -> float:
    """The softmax of the attention runs over the rows of the batch, dimension 0, and not over the steps of a series."""
    x, y, xd, yd = starred(seed)
    net = Looking(40, 5, over=0 if sick else 1)

    def judge() -> float:
        with judging(net):
            return (
                torch.cat([net(a).argmax(1) == b for a, b in zip(xd.split(1), yd.split(1), strict=True)])
                .float()
                .mean()
                .item()
            )

    return train(watch, net, Adam(net.parameters(), 3e-3), loader(x, y), F.cross_entropy, judge, 12)


class Timed(nn.Module):
    """A GRU that wants time first, and a head."""

    def __init__(self, viewed: bool) -> None:
        super().__init__()
        self.viewed = viewed
        self.rnn, self.out = nn.GRU(2, 32), nn.Linear(32, 4)

    def forward(self, x: Tensor) -> Tensor:
        n, t, d = x.shape
        turned = x.reshape(t, n, d) if self.viewed else x.permute(1, 0, 2)
        return self.out(self.rnn(turned)[0][-1])


@faulty(
    "net",
    "vitrioil/Speech-Separation#4",
    r"\bview\b|reshape|permut|transpos|\bdim(ension)?s?\b|axis|axes|batch_first|(across|between|other) (the )?(rows|batch|samples|examples)|rows?\b.{0,40}(mix|depend|leak|scrambl)|batch\b.{0,50}(mix|depend|leak|scrambl)",
    WEAK + "|" + OVERFIT,
)
def a_view_instead_of_a_permutation(seed: int, sick: bool, watch: Watch) -> float:
    """``reshape(t, n, d)`` has the shape that the GRU wants, and mixes the rows of the batch with the steps."""
    x, y, xd, yd = gestures(seed)
    net = Timed(viewed=sick)
    return train(watch, net, Adam(net.parameters(), 5e-3), loader(x, y), F.cross_entropy, right(net, xd, yd), 15)


class Composer(nn.Module):
    """A small Transformer that says the next note; with or without a mask on what comes later."""

    def __init__(self, notes: int = 16, wide: int = 32, causal: bool = True) -> None:
        super().__init__()
        self.embed, self.place = nn.Embedding(notes, wide), nn.Parameter(0.1 * torch.randn(16, wide))
        layer = nn.TransformerEncoderLayer(wide, 4, 64, dropout=0.0, batch_first=True)
        self.body, self.out = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), nn.Linear(wide, notes)
        self.causal = causal

    def forward(self, x: Tensor) -> Tensor:
        t = x.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(t) if self.causal else None
        return self.out(self.body(self.embed(x) + self.place[:t], mask=mask))


def foretold(net: nn.Module, x: Tensor) -> float:
    """How often the last note is told by those before it, for beginnings of some lengths."""
    with judging(net):
        hits = [net(x[:, :k])[:, -1].argmax(1) == x[:, k] for k in (6, 9, 12, 15)]
    return torch.cat(hits).float().mean().item()


@faulty(
    "net",
    "pytorch/tutorials#2478",
    r"mask|causal|future|later (tokens|steps|words|notes|places)|ahead|leak|cheat|copy|copies|sees (the|its) (target|answer)|peek|too (low|good)",
    OVERFIT,
)
def the_next_note_is_seen(seed: int, sick: bool, watch: Watch) -> float:
    """The Transformer has no causal mask: each place sees the very note that it is to tell."""
    x, _, xd, _ = tunes(seed, 600)
    net = Composer(causal=not sick)

    def loss_of(a: Tensor) -> Tensor:
        return F.cross_entropy(net(a[:, :-1]).flatten(0, 1), a[:, 1:].flatten())

    opt = AdamW(net.parameters(), 3e-3)
    return fit(watch, net, opt, batches_of(x), loss_of, lambda: foretold(net, xd), 20)


class Last(nn.Module):
    """Words, an LSTM, and scores of what it says at the end of the row or of the text."""

    def __init__(self, words: int, classes: int, at_the_text: bool) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, 16)
        self.lstm, self.out = nn.LSTM(16, 24, batch_first=True), nn.Linear(24, classes)
        self.at_the_text = at_the_text

    def forward(self, x: Tensor) -> Tensor:
        out, _ = self.lstm(self.embed(x))
        last = (x > 0).sum(1) - 1 if self.at_the_text else torch.full((len(x),), x.shape[1] - 1)
        return self.out(out[torch.arange(len(x)), last])


@faulty(
    "net",
    "ray-project/ray#21392",
    r"\bpad\w*|(text|sequence|row|true|real|vary\w*|differ\w*)\w* lengths?|lengths? of (the )?(row|text|seq)|last (step|output|answer|state|place)|pack|mask|fill",
    WEAK + "|" + RATE_LOW,
)
def the_last_step_is_padding(seed: int, sick: bool, watch: Watch) -> float:
    """Texts are padded to 60 words, and ``out[:, -1]`` is what the LSTM says after dozens of empty places."""
    x, y, xd, yd = mails(seed, 900, t=12, least=4)
    x, xd = (F.pad(v, (0, 48)) for v in (x, xd))
    net = Last(60, 3, at_the_text=not sick)
    return train(watch, net, Adam(net.parameters(), 4e-3), loader(x, y), F.cross_entropy, right(net, xd, yd), 12)


@faulty(
    "net",
    "stackexchange: are ReLU a very bad choice as last layer for regression",
    BOUNDED + r"|negative (targets|values|answers)|(below|under) (0|zero)",
    STUCK + "|" + NO_GRADIENT,
)
def the_answer_is_rectified(seed: int, sick: bool, watch: Watch) -> float:
    """The last linear layer has a ReLU, as all the others, and half of the standardized targets are below zero."""
    x, y, xd, yd = rents(seed)
    net = nn.Sequential(nn.Linear(6, 48), nn.ReLU(), nn.Linear(48, 48), nn.ReLU(), nn.Linear(48, 1))
    if sick:
        net.append(nn.ReLU())
    return train(watch, net, Adam(net.parameters(), 2e-3), loader(x, y), F.mse_loss, near(net, xd, yd), 25)


@faulty(
    "net",
    "nutonomy/nuscenes-devkit#728",
    r"activation|non-?linear|linear\b.{0,60}(one|single|only|nothing but|in a row|after|layers)|relu",
    WEAK,
)
def linear_after_linear(seed: int, sick: bool, watch: Watch) -> float:
    """Three linear layers follow each other with nothing in between: together they are one."""
    x, y, xd, yd = rents(seed)

    act = nn.Identity if sick else nn.ReLU
    net = nn.Sequential(nn.Linear(6, 64), act(), nn.Linear(64, 64), act(), nn.Linear(64, 1))
    return train(watch, net, Adam(net.parameters(), 2e-3), loader(x, y), F.mse_loss, near(net, xd, yd), 20)


@faulty(
    "net",
    "forums.fast.ai: chapter 3, full MNIST, single layer performs better than 3-layers",
    r"initial|\binit\b|weights?\b.{0,60}(large|big|huge|positive|scale|size|start)|begin\w*\b.{0,50}(large|big|high)|first loss\b.{0,60}(high|large|far)|activations?\b.{0,50}(large|huge|grow|explod)",
    "|".join([STUCK, DIVERGED, RATE_HIGH, RATE_LOW]) + r"|\bdead\b",
)
def weights_begin_between_zero_and_one(seed: int, sick: bool, watch: Watch) -> float:
    """All weights come from ``torch.rand``: they are positive and large, and the first answers are in the thousands."""
    x, y, xd, yd = signs(seed, 1000)
    net = nn.Sequential(Cnn(), nn.Identity())
    if sick:
        for p in net.parameters():
            nn.init.uniform_(p)
    opt = SGD(net.parameters(), 0.02, momentum=0.9)
    return train(watch, net, opt, loader(x, y), F.cross_entropy, right(net, xd, yd), 14)


@faulty(
    "tuning",
    "xuebinqin/BASNet#42",
    r"batch.?(norm|size)|(small|tiny|little|two|2|larger|bigger)\b.{0,30}batch|batches?\b.{0,40}(small|tiny|two|2|few)|running (mean|stat|var)|normaliz\w+ (layer|stat)",
    OVERFIT + "|" + STUCK + r"|nois|eval",
)
def normalized_over_two_rows(seed: int, sick: bool, watch: Watch) -> float:
    """Memory was short, so a batch has two rows, and each batch normalization takes its statistics from them."""
    x, y, xd, yd = customers(seed, 4, 1000)
    net = nn.Sequential(
        nn.Linear(8, 48),
        nn.BatchNorm1d(48),
        nn.ReLU(),
        nn.Linear(48, 48),
        nn.BatchNorm1d(48),
        nn.ReLU(),
        nn.Linear(48, 4),
    )
    judge = right(net, xd, yd)
    opt = Adam(net.parameters(), 1e-3)
    return fit(
        watch,
        net,
        opt,
        batches_of(x, y, size=2 if sick else 20),
        lambda a, b: F.cross_entropy(net(a), b),
        judge,
        4 if sick else 40,
    )
