"""Eighth set: faults of nets: what is normalized away, pooled away, forgotten, not trained, or far too large."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Split, Watch, faulty, split
from benchmarks.coach.reports.eighth_common import (
    DEAD,
    UNMOVED,
    Hearer,
    beats,
    sorts,
    tickets,
    weighs,
)
from benchmarks.coach.reports.seventh_common import (
    DIVERGED,
    NO_GRADIENT,
    OVERFIT,
    RATE_HIGH,
    RATE_LOW,
    STUCK,
    UNSCALED,
    batches_of,
    dense,
    fit,
    near,
)


@faulty(
    "net",
    "naoto0804/chainer-cyclegan#2",
    r"norm\w*\b.{0,90}(remov|los[te]|gone|level|mean|same|constant|forget|each picture|input)",
    STUCK + "|" + RATE_LOW + "|" + DEAD + "|" + OVERFIT,
)
def brightness_behind_an_instance_norm(seed: int, sick: bool, watch: Watch) -> float:
    """How bright is the scene? Each picture's own mean and deviation are taken away by the norm in front."""
    g = torch.Generator().manual_seed(seed)
    level = torch.randn(700, 1, generator=g)
    x = 0.5 * level[..., None, None] + torch.randn(700, 1, 10, 10, generator=g)
    data = split(x, level)
    first: nn.Module = nn.InstanceNorm2d(1) if sick else nn.Identity()
    body = [nn.Conv2d(1, 10, 3, padding=1), nn.ReLU(), nn.Conv2d(10, 10, 3, stride=2), nn.ReLU()]
    net = nn.Sequential(first, *body, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(10, 1))
    return weighs(watch, net, Adam(net.parameters(), 4e-3), data, 12)


class Looking(nn.Module):
    """One layer of attention over words with positions, by hand."""

    def __init__(self, deep: int, scale: float, places: float, words: int = 60, classes: int = 3) -> None:
        super().__init__()
        self.words, self.scale = nn.Embedding(words, deep), scale
        self.all = nn.Linear(deep, 3 * deep)
        self.say = dense(deep, 32, classes)
        at = torch.arange(18.0)[:, None] * torch.exp(-torch.arange(0, deep, 2) * (math.log(1e4) / deep))
        self.register_buffer("places", places * torch.cat([at.sin(), at.cos()], 1))

    def forward(self, x: Tensor) -> Tensor:
        h, on = self.words(x) + self.get_buffer("places"), (x > 0)
        q, k, v = self.all(h).chunk(3, 2)
        look = (q @ k.transpose(1, 2) * self.scale).masked_fill(~on[:, None], -1e9).softmax(2)
        h = h + look @ v
        return self.say((h * on[..., None]).sum(1) / on.sum(1, keepdim=True))


@faulty(
    "net",
    "khirotaka/SAnD#3",
    r"position|embedding\b.{0,80}(small|drown|scal|large|size)|drown|outweigh|dominat|inputs?\b.{0,60}alike",
    STUCK + "|" + UNSCALED + "|" + RATE_LOW + "|" + RATE_HIGH,
)
def places_drown_the_words(seed: int, sick: bool, watch: Watch) -> float:
    """Codes of positions are multiplied by the root of the width, twice, instead of the words: words are hardly heard."""
    net = Looking(32, 32**-0.5, 32.0 if sick else 0.2)
    return sorts(watch, net, Adam(net.parameters(), 2e-3), tickets(seed), 10)


@faulty(
    "net",
    "pytorch/pytorch#55270",
    RATE_HIGH + r"|warm|norm\w*\b.{0,60}(behind|after|post|first|before)|deep|(many|14|fourteen) layers|" + NO_GRADIENT,
    STUCK + "|" + DIVERGED + "|" + RATE_LOW + "|" + DEAD,
)
def fourteen_layers_without_a_warm_up(seed: int, sick: bool, watch: Watch) -> float:
    """A deep transformer with its norms behind the sums goes at the full rate from the first step on, and says one class."""
    x, y, xd, yd = tickets(seed, n=500, t=9)
    layers = [nn.TransformerEncoderLayer(24, 2, 48, 0.0, batch_first=True, norm_first=not sick) for _ in range(14)]
    net = Stack(nn.Sequential(*layers))
    return sorts(watch, net, Adam(net.parameters(), 4e-3), Split(x, y, xd, yd), 6)


class Stack(nn.Module):
    """Words, layers over them, the mean, the scores."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.words, self.layers, self.say = nn.Embedding(60, 24), layers, nn.Linear(24, 3)

    def forward(self, x: Tensor) -> Tensor:
        on = (x > 0).unsqueeze(2)
        return self.say((self.layers(self.words(x)) * on).sum(1) / on.sum(1))


@faulty(
    "net",
    "zju3dv/pvnet#131",
    r"\bpool|position|locat|spatial|\bplaces\b",
    STUCK + "|" + RATE_LOW,
)
def where_it_is_pooled_away(seed: int, sick: bool, watch: Watch) -> float:
    """Where is the spot? The features' mean over all places is what the head gets, and a mean knows no place."""
    g = torch.Generator().manual_seed(seed)
    at = torch.randint(0, 12, (800, 2), generator=g)
    x = 0.3 * torch.randn(800, 1, 12, 12, generator=g)
    x[torch.arange(800), 0, at[:, 0], at[:, 1]] += 4
    data = split(x, (at - 5.5) / 3.45)
    how = {"padding": 1, "padding_mode": "circular"}
    body = [nn.Conv2d(1, 12, 3, **how), nn.ReLU(), nn.Conv2d(12, 12, 3, **how), nn.ReLU()]
    pool: nn.Module = nn.AdaptiveAvgPool2d(1) if sick else nn.AvgPool2d(2)
    net = nn.Sequential(*body, pool, nn.Flatten(), nn.Linear(12 if sick else 432, 2))
    return weighs(watch, net, Adam(net.parameters(), 4e-3), data, 10)


class Weighed(nn.Module):
    """A GRU over a series, whose answers are weighed by a softmax over an axis."""

    def __init__(self, axis: int) -> None:
        super().__init__()
        self.axis = axis
        self.read, self.score, self.say = nn.GRU(2, 20, batch_first=True), nn.Linear(20, 1), nn.Linear(20, 4)

    def forward(self, x: Tensor) -> Tensor:
        h, _ = self.read(x)
        return self.say((self.score(h).softmax(self.axis) * h).sum(1))


@faulty(
    "net",
    "PetrochukM/PyTorch-NLP#2",
    r"softmax\b.{0,80}(batch|axis|dim|rows|wrong|other)|batch\b.{0,80}(depend|other rows|softmax|mix|see)|other rows|(depend\w*|differ\w*) (on|with|by) (the )?batch|one row\b.{0,60}(other|batch)",
    STUCK + "|" + OVERFIT,
)
def weights_of_attention_along_the_batch(seed: int, sick: bool, watch: Watch) -> float:
    """The softmax of the weights goes over the rows: how much a row counts hangs on how many others come with it."""
    net = Weighed(0 if sick else 1)
    return sorts(watch, net, Adam(net.parameters(), 6e-3), beats(seed), 8, size=16)


@faulty(
    "net",
    "craffel/nntools#19",
    NO_GRADIENT + r"|forget|\bgates?\b|memory|long (series|depend)|(first|early) (places?|frames?)|vanish",
    STUCK + "|" + RATE_LOW + "|" + OVERFIT,
)
def gates_that_forget_at_once(seed: int, sick: bool, watch: Watch) -> float:
    """What counts comes in the first 3 of 24 frames; the forget gates' bias was set to -4, where +1 was meant."""
    g = torch.Generator().manual_seed(seed)
    y = torch.randint(0, 4, (700,), generator=g)
    x = torch.randn(700, 24, 4, generator=g)
    x[:, :3] += 2.5 * F.one_hot(y, 4)[:, None]
    layer = nn.LSTM(4, 24, batch_first=True)
    with torch.no_grad():
        layer.bias_ih_l0[24:48] = -4.0 if sick else 1.0
    net = Hearer(layer, 24, 4)
    return sorts(watch, net, Adam(net.parameters(), 1e-2), split(x, y), 14)


class Meeting(nn.Module):
    """Users and films: a product of two vectors, and two biases; the vectors may be parameters, or not."""

    def __init__(self, known: bool) -> None:
        super().__init__()
        users, films = 0.1 * torch.randn(60, 6), 0.1 * torch.randn(60, 6)
        self.users: Tensor = nn.Parameter(users) if known else users.requires_grad_()
        self.films: Tensor = nn.Parameter(films) if known else films.requires_grad_()
        self.kind, self.mean = nn.Embedding(60, 1), nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor) -> Tensor:
        return (self.users[x[:, 0]] * self.films[x[:, 1]]).sum(1, keepdim=True) + self.kind(x[:, 1]) + self.mean


@faulty(
    "net",
    "SimonThomine/RememberingNormality#7",
    UNMOVED + r"|nn\.Parameter|plain tensor|tensors?\b.{0,60}(not|no) (a )?parameter",
    STUCK + "|" + RATE_LOW + "|" + NO_GRADIENT,
)
def tensors_that_are_no_parameters(seed: int, sick: bool, watch: Watch) -> float:
    """The vectors of users and films are tensors that want a gradient, but no parameters: the optimizer never hears of them."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randint(0, 60, (2600, 2), generator=g)
    u, f = torch.randn(60, 4, generator=g), torch.randn(60, 4, generator=g)
    y = (u[x[:, 0]] * f[x[:, 1]]).sum(1, keepdim=True) / 2
    data = split(x, y, 0.2)
    net = Meeting(not sick)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    opt = Adam(net.parameters(), 2e-2)
    return fit(watch, net, opt, batches_of(data.x, data.y, size=64), loss_of, near(net, data.xd, data.yd), 20)


class Village(nn.Module):
    """Two layers over a graph's links (n, n), whole in each step."""

    def __init__(self, links: Tensor) -> None:
        super().__init__()
        self.register_buffer("links", links)
        self.layers = nn.ModuleList([nn.Linear(8, 24), nn.Linear(24, 24)])
        self.say = nn.Linear(24, 4)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.relu(layer(self.get_buffer("links") @ x))
        return self.say(x)


@faulty(
    "net",
    "lucidrains/egnn-pytorch#7",
    r"(signal|activation|output|logit|score)s?\b.{0,60}(large|huge|grow|hundred|thousand|far)|neighbou?r|normali[sz]|adjacen|\bsum|weights?\b.{0,50}(large|start)",
    STUCK + "|" + RATE_HIGH + "|" + DIVERGED + "|" + OVERFIT,
)
def neighbours_are_summed(seed: int, sick: bool, watch: Watch) -> float:
    """Each of two layers adds up some fifty neighbours, where their mean was meant: the first answers are in the thousands."""
    g = torch.Generator().manual_seed(seed)
    y = torch.randint(0, 4, (300,), generator=g)
    near_by = torch.rand(300, 300, generator=g) < torch.where(y[:, None] == y, 0.3, 0.03)
    links = ((near_by | near_by.T) | torch.eye(300, dtype=torch.bool)).float()
    x = torch.randn(300, 8, generator=g) + 1.2 * F.one_hot(y, 8)
    net = Village(links if sick else links / links.sum(1, keepdim=True))
    seen = torch.arange(300) < 90

    def loss_of(_: Tensor) -> Tensor:
        return F.cross_entropy(net(x)[seen], y[seen])

    def judge() -> float:
        with torch.no_grad():
            return (net(x).argmax(1) == y)[~seen].float().mean().item()

    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    return fit(watch, net, opt, lambda: [(x,)], loss_of, judge, 120)
