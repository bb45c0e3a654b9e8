"""Sixth set: healthy trainings that look unusual, by their data and by what they are for."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.fifth_common import alike
from benchmarks.coach.reports.fourth_common import (
    accounted,
    balanced,
    correct,
    dealt,
    layers,
    learn,
    parts,
    quadrants,
    stepped,
)
from benchmarks.coach.reports.sixth_common import hills, towns
from benchmarks.coach.reports.sixth_goals import Forge, spiral


@healthy("data", 0.6)
def flags_mostly_off(seed: int, watch: Watch) -> float:
    """Sixty columns of yes and no, each a yes in one row of twelve: nearly all of the input is 0."""
    g = np.random.default_rng(seed)
    x = (g.random((1200, 60)) < 0.08).astype(float)
    score = x[:, :20].sum(1) - x[:, 20:40].sum(1) + 2 * (x[:, 40:50].sum(1) > 0)
    x, y, xd, yd = parts(x, np.digitize(score, [-0.5, 0.5, 2.5]))
    net = layers(60, 48, 4)
    opt = Adam(net.parameters(), 3e-3, weight_decay=1e-4)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 10
    )


@healthy("data", 0.8)
def rows_drawn_with_replacement(seed: int, watch: Watch) -> float:
    """A bootstrap: of 630 rows some 400 are ever seen, and many of them twice or three times an epoch."""
    x, y, xd, yd = towns(seed)
    rows = torch.randint(0, len(x), (len(x),), generator=torch.Generator().manual_seed(seed))
    net = layers(7, 48, 5)
    opt = Adam(net.parameters(), 4e-3)
    batches = dealt(x[rows], y[rows])
    return learn(watch, net, opt, batches, lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 14)


@healthy("loader", 0.8)
def never_shuffled_but_mixed(seed: int, watch: Watch) -> float:
    """The same batches in the same order in each epoch; the file itself is in no order, so nothing is lost."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 64, 64, 5)
    opt = Adam(net.parameters(), 3e-3)
    batches = dealt(x, y, shuffle=False)
    return learn(watch, net, opt, batches, lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 15)


@healthy("loader", 0.85)
def last_batch_of_one(seed: int, watch: Watch) -> float:
    """Of 609 rows a single one is left for each epoch's last batch: there the loss may be anything."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = Adam(net.parameters(), 3e-3)
    batches = dealt(x[:609], y[:609])
    return learn(watch, net, opt, batches, lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 16)


@healthy("loss", 0.75)
def rare_and_weighed(seed: int, watch: Watch) -> float:
    """One row in fifteen is a yes, and weighs fourteen times as much, as it should: both kinds are told alike."""
    x, y, xd, yd = quadrants(seed, 3000)
    y, yd = (y == 3)[:, None].float(), (yd == 3)[:, None].float()
    keep = (y[:, 0] == 0) | (torch.rand(len(y), generator=torch.Generator().manual_seed(seed)) < 0.18)
    x, y = x[keep], y[keep]
    net = layers(8, 48, 48, 1)
    opt = Adam(net.parameters(), 2e-3)
    weight = (1 - y).sum() / y.sum()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(a), b, pos_weight=weight)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: balanced(net, xd, yd), 8)


@healthy("goals", 0.7)
def only_the_chosen_offer_is_known(seed: int, watch: Watch) -> float:
    """A bandit: of five offers one is made, and only its gain is known; four in five outputs have no gradient in a row."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 64, 64, 5)
    opt = Adam(net.parameters(), 4e-3)
    with watch(net, opt) as health:
        for k in range(500):
            rows = torch.randint(0, len(x), (48,))
            told = net(x[rows])
            chosen = torch.where(torch.rand(48) < max(0.1, 1 - k / 250), torch.randint(0, 5, (48,)), told.argmax(1))
            gain = torch.bernoulli(torch.where(chosen == y[rows], 0.9, 0.1))
            loss = F.mse_loss(told.gather(1, chosen[:, None])[:, 0], gain)
            stepped(loss, opt)
            health.step(loss)
            if k % 50 == 49:
                correct(net, xd, yd)
    return correct(net, xd, yd)


@healthy("goals", 0.8)
def maker_and_judge_in_balance(seed: int, watch: Watch) -> float:
    """A judge with a hinge and a maker: from the middle of the training on neither loss goes anywhere."""
    real = spiral(seed)
    net = Forge()
    make, tell = Adam(net.make.parameters(), 1e-3, (0.5, 0.9)), Adam(net.tell.parameters(), 2e-3, (0.5, 0.9))
    with watch(net, make, tell) as health:
        for _ in range(900):
            made = net(torch.randn(64, 4))
            true = real[torch.randint(0, 600, (64,))]
            loss = F.relu(1 - net.tell(true)).mean() + F.relu(1 + net.tell(made.detach())).mean()
            stepped(loss, tell)
            health.step(loss)
            loss = -net.tell(made).mean()
            stepped(loss, make)
            health.step(loss)
    with judging(net):
        return alike(net(torch.randn(300, 4)), real[600:])


@healthy("goals", 0.6)
def own_guess_as_an_input(seed: int, watch: Watch) -> float:
    """Boosting by stages: each of four small nets gets the sum of those before it, cut off, and corrects it."""
    x, y, xd, yd = hills(seed)
    net = nn.ModuleList(layers(6, 24, 1) for _ in range(4))
    opt = Adam(net.parameters(), 8e-3)

    def told(a: Tensor) -> list[Tensor]:
        found = [torch.zeros(len(a), 1)]
        for part in net:
            found.append(found[-1].detach() + part(torch.cat([a, found[-1].detach()], 1)))
        return found[1:]

    def judge() -> float:
        with judging(net):
            return accounted(told(xd)[-1], yd)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return torch.stack([F.mse_loss(part, b) for part in told(a)]).sum()

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 20)
