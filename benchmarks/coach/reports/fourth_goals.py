"""Fourth set: faults of goals: targets' units, sequences, pairs, rewards, adversaries and rebuilt inputs."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.optim import Adam

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.fourth_common import (
    CREEPS,
    LEAPS,
    NO_MORE,
    TOO_GOOD,
    WILD,
    accounted,
    constellations,
    dealt,
    layers,
    learn,
    parts,
    springs,
    told_by,
)


@faulty(
    "numbers",
    "keras-team/keras#7207",
    r"targets?\b.{0,90}(small|tiny|scale|standardi|spread|deviation|unit)|(scale|standardi[sz]e|multiply)\b.{0,40}targets?|(outputs?|answers?)\b.{0,60}(larger|bigger|too large)|(first|initial) loss",
    NO_MORE + "|" + LEAPS + "|" + CREEPS + "|" + WILD,
)
def targets_of_a_thousandth(seed: int, sick: bool, watch: Watch) -> float:
    """Targets move by a thousandth around 1: the loss is a millionth as soon as the net says 1 to everything."""
    x, y, xd, yd = springs(seed)
    if sick:
        y, yd = 1 + 0.001 * y, 1 + 0.001 * yd
    net = layers(6, 64, 64, 1)
    opt = Adam(net.parameters(), 3e-3)
    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(net(a), b), lambda: told_by(net, xd, yd), 20)


class Translator(nn.Module):
    """A recurrent layer reads, another one writes; ``say`` gets what was written so far."""

    def __init__(self) -> None:
        super().__init__()
        self.source, self.target = nn.Embedding(12, 24), nn.Embedding(13, 24)
        self.read, self.write = nn.GRU(24, 64, batch_first=True), nn.GRU(24, 64, batch_first=True)
        self.say = nn.Linear(64, 12)

    def forward(self, x: Tensor, so_far: Tensor) -> Tensor:
        return self.say(self.write(self.target(so_far), self.read(self.source(x))[1])[0])


@faulty(
    "goals",
    "YueDongCS/EditNTS#9",
    r"shift|teacher|cop(y|ies)|leak|future|\bahead\b|(targets?|answers?)\b.{0,60}(among the inputs?|in the inputs?|given|is an input|already)|inputs?\b.{0,40}\b(is|are|equals?|holds?|contains?|same as)\b.{0,40}targets?|targets?\b.{0,40}\b(is|are|equals?|same as)\b.{0,40}inputs?",
    TOO_GOOD + "|too good|too easy|finished",
)
def writer_is_given_the_answer(seed: int, sick: bool, watch: Watch) -> float:
    """The writer's input is the right words, not moved by one: it learns to repeat its input, and in use has none."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randint(0, 12, (1000, 4), generator=g)
    y = (x.flip(1) + 1) % 12
    x, y, xd, yd = x[:800], y[:800], x[800:], y[800:]
    net = Translator()
    opt = Adam(net.parameters(), 6e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        begin = torch.full((len(b), 1), 12)
        return F.cross_entropy(net(a, b if sick else torch.cat([begin, b[:, :-1]], 1)).flatten(0, 1), b.flatten())

    def judge() -> float:
        said = torch.full((len(xd), 1), 12)
        with judging(net):
            for _ in range(4):
                said = torch.cat([said, net(xd, said)[:, -1:].argmax(2)], 1)
        return (said[:, 1:] == yd).float().mean().item()

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 18)


@faulty(
    "goals",
    "huiserwang/ContrastMask#4",
    r"temperature|(scores|logits|similarit\w+)\b.{0,70}(small|range|alike|between|narrow|close|near)|uniform|log(arithm)? of the (batch|number)",
    NO_MORE + "|" + CREEPS,
)
def similarity_without_temperature(seed: int, sick: bool, watch: Watch) -> float:
    """Similarities of -1 to 1 are multiplied by the temperature of 0.05, not divided: all pairs are nearly as likely."""
    g = np.random.default_rng(seed)
    z = g.normal(0, 1, (1400, 5))
    bend, other = g.normal(0, 0.8, (2, 5, 24))
    one = np.tanh(z @ bend) + g.normal(0, 0.3, (1400, 24))
    two = np.sin(z @ other) + g.normal(0, 0.3, (1400, 24))
    one, two, one_d, two_d = parts(one, two, 0.85)
    net = nn.ModuleDict({"one": layers(24, 96, 16), "two": layers(24, 96, 16)})
    opt = Adam(net.parameters(), 1e-3, weight_decay=1e-4)

    def scores(a: Tensor, b: Tensor) -> Tensor:
        return F.normalize(net["one"](a), dim=1) @ F.normalize(net["two"](b), dim=1).T

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(scores(a, b) * (0.05 if sick else 20), torch.arange(len(a)))

    def judge() -> float:
        with judging(net):
            return (scores(one_d, two_d).argmax(1) == torch.arange(len(one_d))).float().mean().item()

    return learn(watch, net, opt, dealt(one, two, size=70), loss_of, judge, 30)


@faulty(
    "goals",
    "thu-ml/tianshou#397",
    r"(other|another|second|new|again|different)\b.{0,40}(action|draw|sample)|(action|draw)s?\b.{0,60}(again|not the|another|other)|log.?prob",
    NO_MORE + "|reward|explor",
    visible=False,
)
def action_drawn_again(seed: int, sick: bool, watch: Watch) -> float:
    """The logarithm is of an action that is drawn anew, not of the one that was rewarded: reward says nothing of it."""
    x, y, xd, yd = constellations(seed)
    net = layers(10, 64, 6)
    opt = Adam(net.parameters(), 1e-2)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        policy = Categorical(logits=net(a))
        action = policy.sample()
        reward = (action == b).float()
        return -(policy.log_prob(policy.sample() if sick else action) * (reward - reward.mean())).mean()

    def judge() -> float:
        with judging(net):
            return (net(xd).argmax(1) == yd).float().mean().item()

    return learn(watch, net, opt, dealt(x, y, size=64), loss_of, judge, 40)


@faulty(
    "goals",
    "pkmital/CADL#56",
    r"identity|cop(y|ies|ied|ying)\b|leak|(inputs?|targets?)\b.{0,40}\b(is|are|equals?|equal|contains?|holds?|same|identical)\b.{0,40}(inputs?|targets?)|target.{0,30}(among|in) the inputs?|too easy",
    TOO_GOOD + r"|too good|finished",
)
def denoiser_shown_clean_inputs(seed: int, sick: bool, watch: Watch) -> float:
    """The noisy input is overwritten by the clean one on the way to the net: it learns to repeat what it is given."""
    g = np.random.default_rng(seed)
    z = g.normal(0, 1, (800, 3))
    x, _, xd, _ = parts(np.tanh(z @ g.normal(0, 0.8, (3, 20))), z)
    noisy = xd + 0.8 * torch.randn(xd.shape, generator=torch.Generator().manual_seed(seed))
    net = layers(20, 96, 96, 20)
    opt = Adam(net.parameters(), 2e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        given = a if sick else a + 0.8 * torch.randn_like(a)
        return F.mse_loss(net(given), b)

    return learn(watch, net, opt, dealt(x, x), loss_of, lambda: told_by(net, noisy, xd), 25)


@faulty(
    "goals",
    "NourozR/Stock-Price-Prediction-LSTM#2",
    r"last (value|step|input|day)|persist|cop(y|ies)|yesterday|previous (value|step|day)|differenc|\btrend|\blevel\b|baseline|column\b.{0,80}target|target\b.{0,60}column",
    TOO_GOOD + "|" + NO_MORE + "|too good",
)
def tomorrow_is_today(seed: int, sick: bool, watch: Watch) -> float:
    """Prices are learned as they are: saying yesterday's again explains 99 % of them, and nothing of how they move."""
    g = np.random.default_rng(seed)
    move = np.zeros(1500)
    for t in range(2, 1500):
        move[t] = 0.8 * np.sin(2.5 * move[t - 1]) - 0.4 * move[t - 2] + g.normal(0, 0.4)
    price = np.cumsum(move - move.mean()) + 100
    at = np.arange(20, 1498)
    steps = np.stack([price[at - k] for k in range(6)][::-1], 1)
    x, y = (steps - 100) / price.std(), (price[at + 1] - 100) / price.std()
    if not sick:
        x, y = np.diff(steps, axis=1) / move.std(), (price[at + 1] - price[at]) / move.std()
    x, y, xd, _ = parts(x[..., None], y[:, None])
    moved = torch.as_tensor((price[at + 1] - price[at])[len(x) :]).float()[:, None]
    read, say = nn.GRU(1, 32, batch_first=True), nn.Linear(32, 1)
    net = nn.ModuleDict({"read": read, "say": say})
    opt = Adam(net.parameters(), 4e-3)

    def told(a: Tensor) -> Tensor:
        return say(read(a)[1][0])

    def judge() -> float:
        with judging(net):
            out = told(xd)
        return accounted((out - xd[:, -1]) * price.std() if sick else out * move.std(), moved)

    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(told(a), b), judge, 15)
