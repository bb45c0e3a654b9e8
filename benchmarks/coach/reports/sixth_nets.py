"""Sixth set: faults of nets: what saturates, is cut, dropped, masked, left out, and never moves."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.fourth_common import (
    CREEPS,
    NO_MORE,
    TOO_GOOD,
    UNTRAINED,
    WILD,
    accounted,
    constellations,
    correct,
    dealt,
    layers,
    learn,
    parts,
)
from benchmarks.coach.reports.sixth_common import NO_GRADIENT, Cell, letters, opened, towns


@faulty(
    "net",
    "chris-nemeth/sgmcmc-review-paper#2",
    NO_GRADIENT + r"|softmax|saturat|activation (function|between|of the hidden)|signal",
    NO_MORE + "|" + CREEPS,
)
def softmax_between_layers(seed: int, sick: bool, watch: Watch) -> float:
    """Hidden layers end in a softmax, as the last one might: each of their 64 units says about a sixty-fourth."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 64, 64, 64, 5, act=(lambda: nn.Softmax(1)) if sick else nn.ReLU)
    opt = Adam(net.parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 12
    )


@faulty(
    "net",
    "keras-team/keras#8945",
    NO_GRADIENT
    + r"|detach|through time|earlier (frame|place|step|input)|truncat|forg(e|o)t|recurren|hidden state|first (frames|places|steps)",
    NO_MORE + "|" + TOO_GOOD,
)
def state_cut_at_each_frame(seed: int, sick: bool, watch: Watch) -> float:
    """The state is detached after each frame: nobody can learn to keep what only counts ten frames later."""
    x, y, xd, yd = opened(seed, t=12)
    net = Cell(4, 4, Tensor.detach if sick else lambda h: h)
    opt = Adam(net.parameters(), 8e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 12
    )


class Echo(nn.Module):
    """Reads six words, and writes them backwards; in training it is given the right ones so far."""

    def __init__(self, told: bool) -> None:
        super().__init__()
        self.words, self.told = nn.Embedding(9, 16), told
        self.read, self.write = nn.GRU(16, 48, batch_first=True), nn.GRU(16, 48, batch_first=True)
        self.say = nn.Linear(48, 8)

    def forward(self, x: Tensor) -> Tensor:
        state = self.read(self.words(x))[1]
        so_far = F.pad(x.flip(1)[:, :-1], (1, 0), value=8)
        return self.say(self.write(self.words(so_far), state if self.told else None)[0])


@faulty(
    "net",
    "jingxil/Pointer-Networks#4",
    NO_GRADIENT + r"|encoder|hidden state|not used|unused|ignor|" + UNTRAINED,
    NO_MORE + "|" + TOO_GOOD,
)
def writer_never_told(seed: int, sick: bool, watch: Watch) -> float:
    """The writer begins with a state of zeros, not with the reader's last one: what was read is never used."""
    g = np.random.default_rng(seed)
    x, y, xd, yd = parts(rows := g.integers(0, 8, (900, 4)), rows[:, ::-1].copy())
    net = Echo(not sick)
    opt = Adam(net.parameters(), 1e-2)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a).transpose(1, 2), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 20)


@faulty("net", "ECMWFCode4Earth/ml_drought#103", r"dropout|dropped|drops\b", NO_MORE + "|" + TOO_GOOD + "|" + CREEPS)
def dropout_in_the_state(seed: int, sick: bool, watch: Watch) -> float:
    """Half of the state is dropped after each of 14 frames, by chance: nothing can be kept until the end."""
    x, y, xd, yd = opened(seed)
    net = Cell(4, 4, nn.Dropout(0.5) if sick else nn.Identity())
    opt = Adam(net.parameters(), 6e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 12
    )


class Looking(nn.Module):
    """A layer of attention over words with places; scores (n, t, 4) of each word."""

    def __init__(self, causal: bool, t: int = 10) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(20, 32), nn.Parameter(0.3 * torch.randn(t, 32))
        self.look = nn.TransformerEncoderLayer(32, 2, 64, 0.0, batch_first=True)
        self.say = nn.Linear(32, 4)
        self.hidden = torch.ones(t, t).triu(1).bool() if causal else None

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.look(self.words(x) + self.places, src_mask=self.hidden))


@faulty("net", "huggingface/transformers#46077", r"causal|\bmask|future|next word|to the right", NO_MORE, visible=False)
def mask_where_none_is_due(seed: int, sick: bool, watch: Watch) -> float:
    """Tags depend on the next word; attention has the mask of a writer, and cannot see it."""
    x, y, xd, yd = letters(seed)
    net = Looking(sick)
    opt = Adam(net.parameters(), 5e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a).transpose(1, 2), b.masked_fill(a == 0, -100))

    def judge() -> float:
        with judging(net):
            hit = net(xd).argmax(2) == yd
        return hit[xd > 0].float().mean().item()

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 26)


@faulty(
    "net",
    "pyg-team/pytorch_geometric#6251",
    r"self.?loop|diagonal|own (features|columns|inputs?)|itself",
    NO_MORE,
    visible=False,
)
def nodes_without_themselves(seed: int, sick: bool, watch: Watch) -> float:
    """Each layer takes the mean over the neighbours; links to oneself were forgotten, so that no node knows itself."""
    g = np.random.default_rng(seed)
    x, y, xd, yd = towns(seed, 4, 400)
    x, y = torch.cat([x, xd]), torch.cat([y, yd])
    link = torch.tensor(np.triu(g.random((400, 400)) < np.where(y[:, None] == y, 0.003, 0.002), 1)).float()
    link = link + link.T + (0 if sick else torch.eye(400))
    link = link / link.sum(1, keepdim=True).clamp(min=1)
    net = nn.Sequential(nn.Linear(7, 48), nn.Linear(48, 4))
    opt = Adam(net.parameters(), 1e-2)
    known = torch.arange(400) < 280

    def scores() -> Tensor:
        return link @ net[1](torch.relu(net[0](x)))

    def judge() -> float:
        with judging(net):
            return (scores().argmax(1) == y)[~known].float().mean().item()

    def loss_of(_: Tensor) -> Tensor:
        return F.cross_entropy(scores()[known], y[known])

    return learn(watch, net, opt, dealt(torch.zeros(10), size=1), loss_of, judge, 15)


class Codes(nn.Module):
    """An autoencoder by way of the nearest of 32 codes."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.leave = layers(10, 48, 6), layers(6, 48, 10)
        self.codes = nn.Parameter(torch.empty(32, 6).uniform_(-1 / 32, 1 / 32))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        z = self.enter(x)
        code = self.codes[torch.cdist(z, self.codes).argmin(1)]
        return self.leave(z + (code - z).detach()), z, code


@faulty(
    "net",
    "showlab/Olaf-World#8",
    NO_GRADIENT + r"|codebook|\bcodes\b|" + UNTRAINED,
    NO_MORE + "|" + CREEPS + "|" + WILD,
)
def codes_that_never_move(seed: int, sick: bool, watch: Watch) -> float:
    """The term that pulls the codes to what the encoder says is computed of detached codes: they stay as drawn."""
    x, _, xd, _ = constellations(seed)
    net = Codes()
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor) -> Tensor:
        told, z, code = net(a)
        pull = F.mse_loss(code.detach() if sick else code, z.detach())
        return F.mse_loss(told, a) + pull + 0.25 * F.mse_loss(z, code.detach())

    def judge() -> float:
        with judging(net):
            return accounted(net(xd)[0], xd)

    return learn(watch, net, opt, dealt(x), loss_of, judge, 25)
