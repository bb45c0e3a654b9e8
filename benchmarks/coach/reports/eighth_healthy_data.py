"""Eighth set: healthy trainings with unusual data."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW

from benchmarks.coach.reports.common import Split, Watch, healthy, judging, split
from benchmarks.coach.reports.eighth_common import (
    Gist,
    Hearer,
    beats,
    glyphs,
    harvest,
    orchard,
    seer,
    sorts,
    tickets,
    weighs,
)
from benchmarks.coach.reports.seventh_common import batches_of, dense, fit, near, right


@healthy("data", 0.7)
def ranks_in_place_of_values(seed: int, watch: Watch) -> float:
    """Each column is replaced by its rank, from 0 to 1: its mean is a half, and its deviation 0.29."""
    x, y, xd, yd = harvest(seed, 1400)
    edges = x.sort(0).values
    x, xd = (
        torch.stack([torch.searchsorted(edges[:, k].contiguous(), v[:, k].contiguous()) for k in range(5)], 1)
        / len(edges)
        for v in (x, xd)
    )
    net = dense(5, 64, 64, 1)
    return weighs(watch, net, Adam(net.parameters(), 5e-3), Split(x, y, xd, yd), 25)


@healthy("data", 0.6)
def words_by_their_rareness(seed: int, watch: Watch) -> float:
    """Counts of words by how rare they are, each row made one long: most of the input is 0, and the rest small."""
    x, y, xd, yd = tickets(seed)

    def bags(v: Tensor) -> Tensor:
        return torch.zeros(len(v), 60).scatter_add_(1, v, (v > 0).float())

    rare = torch.log(len(x) / (1 + (bags(x) > 0).sum(0)))
    x, xd = (F.normalize(bags(v) * rare, dim=1) for v in (x, xd))
    net = dense(60, 48, 3)
    return sorts(watch, net, Adam(net.parameters(), 5e-3), Split(x, y, xd, yd), 15)


@healthy("data", 0.65)
def pixels_that_are_on_or_off(seed: int, watch: Watch) -> float:
    """Pictures of 0 and 1 only, a sixth of them 1."""
    x, y, xd, yd = glyphs(seed)
    data = Split((x > 1).float(), y, (xd > 1).float(), yd)
    net = seer()
    return sorts(watch, net, Adam(net.parameters(), 2e-3), data, 12)


@healthy("loader", 0.55)
def as_many_words_in_each_batch(seed: int, watch: Watch) -> float:
    """A batch is as many texts as have 320 words: eighteen long ones, or sixty short ones."""
    x, y, xd, yd = tickets(seed)
    net = Gist()

    def batches():
        order = (x > 0).sum(1).argsort()
        rows: list[int] = []
        cut = []
        for i in order.tolist():
            rows.append(i)
            if len(rows) * int((x[i] > 0).sum()) >= 320:
                cut.append(rows)
                rows = []
        for k in torch.randperm(len(cut)).tolist():
            yield x[cut[k]][:, : int((x[cut[k]] > 0).sum(1).max())], y[cut[k]]

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return fit(watch, net, Adam(net.parameters(), 6e-3), batches, loss_of, right(net, xd, yd), 18)


@healthy("loader", 0.6)
def hard_rows_more_often(seed: int, watch: Watch) -> float:
    """Rows are drawn by how large their loss was in the last epoch, and weighed down by as much."""
    x, y, xd, yd = orchard(seed)
    net = dense(8, 48, 48, 5)
    chance = torch.ones(len(x))

    def batches():
        with torch.no_grad():
            chance.copy_(F.cross_entropy(net(x), y, reduction="none") + 0.2)
        rows = torch.multinomial(chance, 672, replacement=True).view(21, 32)
        weigh = chance.mean() / chance
        for r in rows:
            yield x[r], y[r], weigh[r]

    def loss_of(a: Tensor, b: Tensor, w: Tensor) -> Tensor:
        return (w * F.cross_entropy(net(a), b, reduction="none")).mean()

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches, loss_of, right(net, xd, yd), 15)


@healthy("data", 0.6)
def more_columns_than_rows(seed: int, watch: Watch) -> float:
    """Two hundred rows of three hundred columns, of which twelve matter: a linear layer, and a strong decay."""
    g = np.random.default_rng(seed)
    x = g.normal(0, 1, (320, 300))
    y = (x[:, :4] @ np.array([1.0, -1, 1, -1]) > 0).astype(np.int64)
    x[:, 4:60] += 0.7 * (2 * y[:, None] - 1)
    net = nn.Linear(300, 2)
    return sorts(watch, net, AdamW(net.parameters(), 1e-3, weight_decay=1.0), split(x, y), 15)


@healthy("data", 0.6)
def four_levels_of_everything(seed: int, watch: Watch) -> float:
    """Columns were stored in two bits: four different values in each, and many rows alike."""
    x, y, xd, yd = harvest(seed, 1400)
    cuts = torch.tensor([-0.7, 0.0, 0.7])
    x, xd = (torch.tensor([-1.2, -0.35, 0.35, 1.2])[torch.bucketize(v, cuts)] for v in (x, xd))
    net = dense(5, 48, 48, 1)
    return weighs(watch, net, Adam(net.parameters(), 2e-3), Split(x, y, xd, yd), 10)


@healthy("data", 0.75)
def frames_are_missing_and_told_so(seed: int, watch: Watch) -> float:
    """A quarter of the frames are lost: they repeat the last one, and a column says how long ago that was."""
    x, y, xd, yd = beats(seed, 900, noise=0.25)
    g = torch.Generator().manual_seed(seed)

    def lose(v: Tensor) -> Tensor:
        lost = torch.rand(v.shape[:2], generator=g) < 0.25
        out, ago = v.clone(), torch.zeros(v.shape[:2])
        for t in range(1, v.shape[1]):
            out[:, t] = torch.where(lost[:, t, None], out[:, t - 1], v[:, t])
            ago[:, t] = torch.where(lost[:, t], ago[:, t - 1] + 1, 0)
        return torch.cat([out, ago[..., None]], 2)

    net = Hearer(nn.GRU(3, 24, batch_first=True), 24, 4)
    return sorts(watch, net, Adam(net.parameters(), 8e-3), Split(lose(x), y, lose(xd), yd), 14)


@healthy("data", 0.7)
def five_people_saw_each_row(seed: int, watch: Watch) -> float:
    """Each row is there five times, with the label of another person, who may be wrong: same inputs, other labels."""
    x, y, xd, yd = glyphs(seed, 600)
    g = torch.Generator().manual_seed(seed)
    wrong = torch.randint(0, 5, (5, len(y)), generator=g)
    labels = torch.where(torch.rand(5, len(y), generator=g) < 0.25, wrong, y).flatten()
    net = seer()
    return sorts(watch, net, Adam(net.parameters(), 1e-3), Split(x.repeat(5, 1, 1, 1), labels, xd, yd), 4)


@healthy("data", 0.65)
def pixels_in_any_order(seed: int, watch: Watch) -> float:
    """Pixels are shuffled, in all pictures alike, and the net has no convolutions: nobody could see what it is."""
    x, y, xd, yd = glyphs(seed, 1600, size=7)
    order = torch.randperm(49, generator=torch.Generator().manual_seed(seed))
    net = nn.Sequential(nn.Linear(49, 96), nn.ReLU(), nn.Dropout(0.2), nn.Linear(96, 64), nn.ReLU(), nn.Linear(64, 5))
    data = Split(x.flatten(1)[:, order], y, xd.flatten(1)[:, order], yd)
    return sorts(watch, net, AdamW(net.parameters(), 1.5e-3, weight_decay=0.1), data, 12)


@healthy("data", 0.7)
def dev_has_sixty_rows(seed: int, watch: Watch) -> float:
    """Dev is sixty rows, and its accuracy jumps by several percent from one epoch to the next."""
    x, y, xd, yd = glyphs(seed)
    net = seer()
    return sorts(watch, net, Adam(net.parameters(), 1.5e-3), Split(x, y, xd[:60], yd[:60]), 14)


@healthy("data", 0.7)
def amounts_up_to_a_million(seed: int, watch: Watch) -> float:
    """Inputs and targets are amounts, from one to a million, and the net itself takes the logarithm of both."""
    x, y, xd, yd = harvest(seed)
    net = nn.Sequential(Logarithm(), dense(5, 48, 48, 1))
    data = Split(torch.exp(2 * x + 6), y, torch.exp(2 * xd + 6), yd)
    return weighs(watch, net, Adam(net.parameters(), 3e-3), data, 18)


class Logarithm(nn.Module):
    """The logarithm of amounts, less 6, and half of that."""

    def forward(self, x: Tensor) -> Tensor:
        return (x.log() - 6) / 2


@healthy("data", 0.7)
def changed_in_use_as_well(seed: int, watch: Watch) -> float:
    """Pictures are moved and mirrored at chance in training; in dev the mean of nine such changes is the answer."""
    x, y, xd, yd = glyphs(seed)
    net = seer()

    def moved(a: Tensor) -> Tensor:
        i, j = (int(v) for v in torch.randint(-1, 2, (2,)))
        return a.roll((i, j), (2, 3))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(moved(a)), b)

    def judge() -> float:
        with judging(net):
            said = torch.stack([net(moved(xd)).softmax(1) for _ in range(9)]).mean(0)
        return (said.argmax(1) == yd).float().mean().item()

    return fit(watch, net, SGD(net.parameters(), 0.04, momentum=0.9), batches_of(x, y), loss_of, judge, 14)


@healthy("data", 0.7)
def years_drift_a_little(seed: int, watch: Watch) -> float:
    """Rows are in the order of time, columns drift, dev is the newest year; batches are still drawn from all of the past."""
    x, y, xd, yd = harvest(seed, 1500)
    drift = torch.linspace(-0.3, 0.3, 1500)[:, None] * torch.tensor([0.0, 0, 0, 0, 1])
    x, xd = x + drift[: len(x)], xd + drift[len(x) :]
    y, yd = y + 0.3 * drift[: len(y), 4:], yd + 0.3 * drift[len(y) :, 4:]
    net = dense(5, 48, 48, 1)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x, y), loss_of, near(net, xd, yd), 12)
