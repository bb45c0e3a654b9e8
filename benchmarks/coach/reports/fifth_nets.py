"""Fifth set: faults of nets: what is forgotten, viewed, dropped, normalized, embedded, and weighed."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Watch, faulty
from benchmarks.coach.reports.fifth_common import AXIS, keyed
from benchmarks.coach.reports.fourth_common import (
    NO_MORE,
    TOO_GOOD,
    UNTRAINED,
    WILD,
    constellations,
    correct,
    dealt,
    layers,
    learn,
    motifs,
    parts,
    remainders,
    springs,
    told_by,
    trained_before,
)

LOST = (
    r"(outputs?|answers?|activations?|values?|layers?)\b.{0,70}(the same|alike|constant|always|whatever|do(es)? not (depend|vary)|ignore)"
    r"|(inputs?|signal)\b.{0,60}(lost|erased|no (effect|influence)|not (arrive|reach|used)|ignored)|ignores? (its|the) inputs?"
)
"""The answer does not depend on the input."""


class Steps(nn.Module):
    """A recurrent layer that is called place by place; what it says last is classified."""

    def __init__(self, wiped: bool) -> None:
        super().__init__()
        self.read, self.say, self.wiped = nn.GRU(3, 32, batch_first=True), nn.Linear(32, 3), wiped

    def forward(self, x: Tensor) -> Tensor:
        state = None
        for place in x.split(1, 1):
            out, kept = self.read(place) if self.wiped else self.read(place, state)
            state = kept
        return self.say(out[:, 0])


@faulty(
    "net",
    "yunjey/pytorch-tutorial#22",
    r"recurren|hidden state|\bstates?\b|memory|weight_hh|earlier (places|steps)|" + UNTRAINED,
    NO_MORE + "|" + TOO_GOOD,
)
def memory_wiped_at_each_step(seed: int, sick: bool, watch: Watch) -> float:
    """The recurrent layer is called for each place without its last state: it begins anew, and knows one place only."""
    x, y, xd, yd = motifs(seed, t=12)
    net = Steps(sick)
    opt = Adam(net.parameters(), 8e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 14
    )


class Heads(nn.Module):
    """Attention of four heads over 12 words; what the first place takes from the others is classified."""

    def __init__(self, viewed: bool) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(40, 32, padding_idx=0), nn.Parameter(0.2 * torch.randn(12, 32))
        self.three, self.out, self.say, self.viewed = nn.Linear(32, 96), nn.Linear(32, 32), nn.Linear(32, 4), viewed

    def forward(self, x: Tensor) -> Tensor:
        n, t = x.shape
        parts_ = self.three(self.words(x) + self.places).chunk(3, 2)
        if self.viewed:
            q, k, v = (z.reshape(n, 4, t, 8) for z in parts_)
        else:
            q, k, v = (z.view(n, t, 4, 8).transpose(1, 2) for z in parts_)
        taken = (q @ k.transpose(2, 3) / 8**0.5).softmax(3) @ v
        taken = taken.reshape(n, t, 32) if self.viewed else taken.transpose(1, 2).reshape(n, t, 32)
        return self.say(self.out(taken[:, 0]).relu())


@faulty("net", "reczoo/FuxiCTR#30", AXIS + r"|heads?\b|attention|\bview|mixed", TOO_GOOD + "|" + NO_MORE, visible=False)
def heads_viewed_not_moved(seed: int, sick: bool, watch: Watch) -> float:
    """The heads are split off by a view alone: each holds three places cut in pieces, and sees no others."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, 800)
    x = g.integers(9, 40, (800, 12))
    x[np.arange(800), g.integers(0, 12, 800)] = 1 + 2 * y + g.integers(0, 2, 800)
    x, y, xd, yd = parts(x, y)
    net = Heads(sick)
    opt = Adam(net.parameters(), 5e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 18
    )


@faulty(
    "net",
    "maddin79/darch#12",
    r"dropout|dropped|(outputs?|answers?)\b.{0,60}(zero|0\b|random|at chance|switched off|mode)|training mode|modes?\b.{0,40}differ",
    NO_MORE + "|" + TOO_GOOD,
)
def dropout_on_the_answers(seed: int, sick: bool, watch: Watch) -> float:
    """Dropout stands behind the last layer as well: half of the answers are 0, the others doubled."""
    x, y, xd, yd = springs(seed)
    net = layers(6, 64, 64, 1)
    net = nn.Sequential(*net, nn.Dropout(0.5)) if sick else net
    opt = Adam(net.parameters(), 3e-3)
    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(net(a), b), lambda: told_by(net, xd, yd), 25)


class Normed(nn.Module):
    """Linear layers with norms over the batch, and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Linear(10, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 64), nn.BatchNorm1d(64), nn.ReLU()
        )
        self.head = nn.Linear(64, 6)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))


@faulty(
    "tuning",
    "kdexd/virtex#16",
    r"\bnorms?\b|batch.?norm|normali[sz]ation|statistic|running|small batch|(batch|batches)\b.{0,40}(small|few|two|2\b)|eval\(|\bmodes?\b|buffer",
    TOO_GOOD + "|" + NO_MORE + "|" + WILD,
)
def frozen_norms_still_count(seed: int, sick: bool, watch: Watch) -> float:
    """The body is frozen, but in training mode: its norms go by batches of two, and their averages move on."""
    x, y, xd, yd = constellations(seed, n=1100)
    net = Normed()
    trained_before(net, x[:600], y[:600], epochs=15)
    net.head = nn.Linear(64, 6)
    net.body.requires_grad_(False)
    opt = Adam(net.head.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        net.body.train(sick)
        return F.cross_entropy(net(a), b)

    batches = dealt(x[600:], y[600:], size=2, drop_last=True)
    return learn(watch, net, opt, batches, loss_of, lambda: correct(net, xd, yd), 8, pretrained=True)


class Keys(nn.Module):
    """Numbers of words, as they are or embedded, through a recurrent layer."""

    def __init__(self, embedded: bool) -> None:
        super().__init__()
        self.words = nn.Embedding(17, 24) if embedded else None
        self.read, self.say = nn.GRU(24 if embedded else 1, 32, batch_first=True), nn.Linear(32, 17)

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.read(self.words(x) if self.words else x[..., None].float())[0])


@faulty(
    "net",
    "wuyifan18/DeepLog#14",
    r"embed|one.hot|categor|quantit|class numbers|integers|whole numbers|(inputs?|columns?)\b.{0,60}(large|scale|standardi[sz]|range|not (near|around|centred))|standardi[sz]",
    NO_MORE + "|" + TOO_GOOD,
)
def words_as_quantities(seed: int, sick: bool, watch: Watch) -> float:
    """The numbers of the words go into the recurrent layer as quantities, without an embedding."""
    x, y, xd, yd = remainders(seed)
    net = Keys(not sick)
    opt = Adam(net.parameters(), 6e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a).transpose(1, 2), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 14)


@faulty(
    "net",
    "pytorch/pytorch#108956",
    LOST
    + r"|\bnorms?\b|layer.?norm|normali[sz]ation|\bone (value|column)|single (value|column)|no gradient|"
    + UNTRAINED,
    NO_MORE,
)
def norm_of_one_column(seed: int, sick: bool, watch: Watch) -> float:
    """A layer norm stands in front of a net with one column: a value less its own mean is 0, always."""
    g = np.random.default_rng(seed)
    x = g.uniform(-2, 2, (800, 1))
    x, y, xd, yd = parts(5 + 3 * x, np.sin(2 * x) + 0.3 * x + g.normal(0, 0.1, x.shape))
    net = nn.Sequential(nn.LayerNorm(1) if sick else nn.BatchNorm1d(1), *layers(1, 48, 48, 1))
    opt = Adam(net.parameters(), 5e-3)
    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(net(a), b), lambda: told_by(net, xd, yd), 25)


class Weighed(nn.Module):
    """Frames are weighed by a score and summed; the sum is classified."""

    def __init__(self, over: int) -> None:
        super().__init__()
        self.score, self.read, self.say, self.over = layers(6, 16, 1), layers(6, 32), layers(32, 32, 4), over

    def forward(self, x: Tensor) -> Tensor:
        weights = self.score(x).softmax(self.over)
        return self.say((weights * self.read(x).relu()).sum(1))


@faulty("net", "DEEP-PolyU/KEQA_WSDM19#2", AXIS + r"|softmax|attention|" + UNTRAINED, NO_MORE + "|" + TOO_GOOD)
def attention_of_all_ones(seed: int, sick: bool, watch: Watch) -> float:
    """Scores (n, t, 1) go through a softmax over the last axis, of one: all weights are 1, and nothing is chosen."""
    x, y, xd, yd = keyed(seed, t=60)
    net = Weighed(2 if sick else 1)
    opt = Adam(net.parameters(), 5e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 25
    )


@faulty(
    "net",
    "aymericdamien/TensorFlow-Examples#146",
    r"vanish|sigmoid|gradients?\b.{0,60}(small|tiny|fade|next to no|weak|shrink|hardly|times (smaller|less))|fade|saturat|first layers?|"
    + LOST,
    NO_MORE + r"|rate|slow|creep|hardly|untrained|stand still",
)
def eight_layers_of_sigmoids(seed: int, sick: bool, watch: Watch) -> float:
    """A sigmoid behind each of eight layers: the gradient is at least four times smaller with each of them."""
    x, y, xd, yd = constellations(seed, 4)
    net = layers(10, *8 * [48], 4, act=nn.Sigmoid if sick else nn.ReLU)
    for layer in net:
        if isinstance(layer, nn.Linear):
            nn.init.kaiming_normal_(layer.weight)
    opt = SGD(net.parameters(), 0.03, momentum=0.9)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 15
    )
