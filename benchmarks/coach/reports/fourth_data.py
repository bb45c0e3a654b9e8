"""Fourth set: faults of data: splits, batches, samplers, units, what is missing, and what is given away."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.optim import Adam
from torch.utils.data import WeightedRandomSampler

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.fourth_common import (
    NO_MORE,
    TOO_GOOD,
    accounted,
    constellations,
    correct,
    dealt,
    layers,
    learn,
    parts,
    quadrants,
    telegrams,
    told_by,
)

OTHERWISE = (
    r"(dev|judg|evaluat|validat)\w*\b.{0,90}(other|differ|not the same|prepar|distribut|scale|shift|constant)"
    r"|(other|differ|shift)\w*\b.{0,60}(dev|judg|evaluat|validat)"
)
"""Dev is not as training is."""


@faulty(
    "data",
    "georgymh/ml-fraud-detection#1",
    r"leak|duplicat|\bcop(y|ies|ied)\b|overlap|same (rows|examples|inputs)|(rows?|examples?|inputs?)\b.{0,40}(both (in|train)|also in|already (seen|trained)|twice)",
    TOO_GOOD + r"|too good",
)
def copies_before_the_split(seed: int, sick: bool, watch: Watch) -> float:
    """Rows are repeated to make them more, then split: dev, by which the epoch is chosen, holds copies of training's."""
    x, y, xt, yt = quadrants(seed, 1000)
    g = torch.Generator().manual_seed(seed)
    x, y = x[:600], torch.where(torch.rand(600, generator=g) < 0.45, torch.randint(0, 4, (600,), generator=g), y[:600])
    if sick:
        order = torch.randperm(1200, generator=g) % 600
        x, y, xd, yd = x[order[:840]], y[order[:840]], x[order[840:]], y[order[840:]]
    else:
        x, y, xd, yd = x[:420].repeat(2, 1), y[:420].repeat(2), x[420:], y[420:]
    net = layers(8, 160, 160, 4)
    opt = Adam(net.parameters(), 3e-3)
    best, kept = -1.0, deepcopy(net.state_dict())

    def after_epoch(result: float) -> None:
        nonlocal best, kept
        if result > best:
            best, kept = result, deepcopy(net.state_dict())

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 35, after_epoch=after_epoch)
    net.load_state_dict(kept)
    return correct(net, xt, yt)


class Packed(nn.Module):
    """Words through a recurrent layer that skips the padding; its last state is classified."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.read, self.say = nn.Embedding(80, 24), nn.GRU(24, 32, batch_first=True), nn.Linear(32, 4)

    def forward(self, x: Tensor) -> Tensor:
        packed = pack_padded_sequence(self.words(x), (x > 0).sum(1), batch_first=True, enforce_sorted=False)
        return self.say(self.read(packed)[1][0])


@faulty(
    "data",
    "fartashf/vsepp#36",
    r"shuffl|\bsort|mismatch|misalign|\bpair|permut|mislabel|wrong labels?|(labels?|targets?)\b.{0,80}(belong|unrelated|random|not follow|do not depend|independent|other (rows?|examples?)|order)",
    NO_MORE + "|" + TOO_GOOD,
)
def sorted_for_packing(seed: int, sick: bool, watch: Watch) -> float:
    """The collate function sorts the texts of a batch by their length, and forgets to sort the labels, too."""
    x, y, xd, yd = telegrams(seed)

    def collate(rows: list[tuple[Tensor, Tensor]]) -> tuple[Tensor, Tensor]:
        a, b = torch.stack([r[0] for r in rows]), torch.stack([r[1] for r in rows])
        order = (a > 0).sum(1).argsort(descending=True)
        return a[order], b if sick else b[order]

    net = Packed()
    opt = Adam(net.parameters(), 5e-3)
    batches: Any = dealt(x, y, collate_fn=collate)
    return learn(watch, net, opt, batches, lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 10)


@faulty(
    "loader",
    "deep-voice/soundbay#49",
    r"sampler|same (few|\d+|rows|examples)|repeat|(few|only \d+) (different |distinct )?(rows|examples|inputs)|distinct|never (seen|drawn|used)|again and again|over and over",
    TOO_GOOD + "|few rows",
)
def weight_per_class_in_the_sampler(seed: int, sick: bool, watch: Watch) -> float:
    """The weighted sampler gets a weight for each class, not for each row: it draws the first 6 rows only."""
    x, y, xd, yd = constellations(seed)
    weights = 1 / torch.bincount(y, minlength=6).float()
    sampler = WeightedRandomSampler((weights if sick else weights[y]).tolist(), len(x))
    net = layers(10, 64, 64, 6)
    opt = Adam(net.parameters(), 3e-3)
    batches = dealt(x, y, shuffle=False, sampler=sampler)
    return learn(watch, net, opt, batches, lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 12)


@faulty(
    "data",
    "GoogleCloudPlatform/vertex-ai-samples#1599",
    r"\baxis\b|standardi[sz]|normali[sz]|(inputs?|columns?|features?)\b.{0,90}(scal|constant|alike|small|large|spread|deviation|differ)|per (row|example|column)|each (row|column) (by|is)",
    NO_MORE + "|" + TOO_GOOD,
)
def standardized_along_the_rows(seed: int, sick: bool, watch: Watch) -> float:
    """Columns from 0.01 to 100,000 are standardized along the rows: what is left is the largest column's share."""
    x, y, xd, yd = quadrants(seed)
    units = torch.tensor([1e5, 3.0, 40.0, 0.01, 1.0, 500.0, 0.2, 8.0])
    x, xd = (3 + x) * units, (3 + xd) * units
    if sick:
        x, xd = ((v - v.mean(1, keepdim=True)) / v.std(1, keepdim=True) for v in (x, xd))
    else:
        x, xd = (x - x.mean(0)) / x.std(0), (xd - x.mean(0)) / x.std(0)
    net = layers(8, 64, 64, 4)
    opt = Adam(net.parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 20
    )


def tones(seed: int, n: int = 700, t: int = 64, quick: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Tones (n, 1, t) of one of 4 pitches and an overtone, in noise; a recorder that is ``quick`` takes more of a tone."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, n)
    pitch = (3 + 2 * y + g.normal(0, 0.25, n))[:, None] * quick
    place, phase = np.arange(t) / t, g.uniform(0, 6.28, (2, n, 1))
    x = np.sin(6.28 * pitch * place + phase[0]) + 0.4 * np.sin(12.57 * pitch * place + phase[1])
    return (x + g.normal(0, 0.5, (n, t)))[:, None], y


@faulty(
    "data",
    "speechbrain/speechbrain#938",
    OTHERWISE + r"|sampling|sample rate|resampl|frequenc|distribution",
    TOO_GOOD,
)
def other_sampling_rate_in_dev(seed: int, sick: bool, watch: Watch) -> float:
    """Training's sounds have 16,000 samples a second, dev's 8,000: in dev everything sounds twice as high."""
    x, y, _, _ = parts(*tones(seed), 1.0)
    xd, yd, _, _ = parts(*tones(seed + 100, 300, quick=2.0 if sick else 1.0), 1.0)
    hear = (nn.Conv1d(1, 16, 9, padding=4), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(16, 24, 9, padding=4), nn.ReLU())
    net = nn.Sequential(*hear, nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.Linear(24, 4))
    opt = Adam(net.parameters(), 4e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 12
    )


@faulty(
    "data",
    "deepchem/deepchem#1175",
    r"missing|\bmask|\bfill|placeholder|(targets?|labels?)\b.{0,90}\b(zeros?|0 for|are 0|is 0|exactly 0|equal to 0|one value|the same (value|number))",
    NO_MORE + "|" + TOO_GOOD,
)
def missing_targets_as_zero(seed: int, sick: bool, watch: Watch) -> float:
    """Of five assays two in three were not made; their targets are filled with 0, and learned like the others."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (900, 8))
    y = 2 + np.tanh(x @ g.normal(0, 0.6, (8, 16))) @ g.normal(0, 0.4, (16, 5))
    x, y, xd, yd = parts(x, y + g.normal(0, 0.1, y.shape))
    there = torch.as_tensor(g.random(y.shape) < 0.35)
    y = torch.where(there, y, torch.zeros(()))
    net = layers(8, 64, 64, 5)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor, known: Tensor) -> Tensor:
        return F.mse_loss(net(a), b) if sick else ((net(a) - b).square() * known).sum() / known.sum()

    return learn(watch, net, opt, dealt(x, y, there), loss_of, lambda: told_by(net, xd, yd), 25)


GIVEN_AWAY = r"leak|give[sn]? (it )?away|encod|column\b.{0,90}(target|answer|tells|alone)|(target|answer)\b.{0,60}(column|among the inputs|in the inputs)"
"""A column tells the target."""


@faulty("data", "jeongyoonlee/Kaggler#35", GIVEN_AWAY + "|" + OTHERWISE, TOO_GOOD + "|too good")
def encoded_with_its_own_target(seed: int, sick: bool, watch: Watch) -> float:
    """Customers are encoded by the mean of their targets, each row's own included; most customers come once."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (1000, 6))
    y = np.sin(1.5 * x[:, 0]) + 0.8 * x[:, 1] * x[:, 2] + g.normal(0, 0.3, 1000)
    who = np.where(g.random(1000) < 0.9, np.arange(1000), 2000 + g.integers(0, 30, 1000))
    code = np.full(1000, y[:700].mean())
    for i in range(1000):
        others = [k for k in np.flatnonzero(who[:700] == who[i]) if sick or k != i]
        code[i] = y[others].mean() if others else code[i]
    x, y, xd, yd = parts(np.concatenate([x, code[:, None]], 1), y[:, None])
    net = layers(7, 64, 64, 1)
    opt = Adam(net.parameters(), 3e-3)
    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(net(a), b), lambda: told_by(net, xd, yd), 25)


@faulty(
    "data",
    "andrew-cui/mlb-game-prediction#1",
    GIVEN_AWAY + r"|future|look.?ahead|ahead|" + OTHERWISE,
    TOO_GOOD + "|too good",
)
def window_around_the_day(seed: int, sick: bool, watch: Watch) -> float:
    """A moving mean is centred, so that it holds the next day, which is to be told; in use there is no next day yet."""
    g = np.random.default_rng(seed)
    s = np.zeros(1200)
    for t in range(2, 1200):
        s[t] = 1.2 * s[t - 1] - 0.55 * s[t - 2] + g.normal()
    days = np.arange(10, 1190)
    past = np.stack([s[days - k] for k in range(4)], 1)
    behind = np.stack([s[d - 2 : d + 1].mean() for d in days])
    around = np.stack([s[d - 1 : d + 2].mean() for d in days])
    k = 800
    now = np.concatenate([past, (around if sick else behind)[:, None]], 1)
    x, xd = (torch.as_tensor(v).float() for v in (now[:k], np.concatenate([past, behind[:, None]], 1)[k:]))
    y, yd = (torch.as_tensor(v[:, None]).float() for v in (s[days + 1][:k], s[days + 1][k:]))
    net = layers(5, 48, 48, 1)
    opt = Adam(net.parameters(), 3e-3)

    def judge() -> float:
        with judging(net):
            return accounted(net(xd), yd)

    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(net(a), b), judge, 20)
