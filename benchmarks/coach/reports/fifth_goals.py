"""Fifth set: faults of goals: policies, returns, generators and critics, codes that are drawn, flows with classes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.optim import Adam, RMSprop

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.fifth_common import AXIS, MISMATCHED, NO_END, Bells, alike, arc
from benchmarks.coach.reports.fourth_common import (
    LEAPS,
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
    quadrants,
    stepped,
)

COLLAPSED = r"collaps|\bsign\b|entropy|explor|(one|same|single) (action|class|answer)|too (sure|certain)|confiden|determinis|saturat"
"""One answer is given, and surely."""


@faulty("goals", "google-deepmind/open_spiel#962", COLLAPSED, NO_MORE + "|" + LEAPS)
def entropy_is_punished(seed: int, sick: bool, watch: Watch) -> float:
    """The entropy of the policy is added to the loss and not subtracted: soon one action is chosen, whatever comes."""
    x, y, xd, yd = constellations(seed, 4)
    net = layers(10, 64, 4)
    opt = Adam(net.parameters(), 8e-3)
    with watch(net, opt) as health:
        for k in range(400):
            rows = torch.randint(0, len(x), (64,))
            policy = Categorical(logits=net(x[rows]))
            action = policy.sample()
            reward = (action == y[rows]).float()
            loss = -(policy.log_prob(action) * (reward - reward.mean())).mean()
            loss = loss + (0.25 if sick else -0.25 * (1 - k / 400)) * policy.entropy().mean()
            stepped(loss, opt)
            health.step(loss)
            if k % 40 == 39:
                correct(net, xd, yd)
    return correct(net, xd, yd)


@faulty(
    "goals", "mohmdelsayed/streaming-drl#3", r"return|reward|order|past|revers|" + MISMATCHED, NO_MORE, visible=False
)
def rewards_of_the_past(seed: int, sick: bool, watch: Watch) -> float:
    """An action is weighed by the rewards that came before it: its own, which comes one step later, is not among them."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 4)
    opt = Adam(net.parameters(), 8e-3)
    with watch(net, opt) as health:
        for k in range(250):
            rows = torch.randint(0, len(x), (32, 6))
            policy = Categorical(logits=net(x[rows]))
            action = policy.sample()
            reward = F.pad((action == y[rows]).float()[:, :-1], (1, 0))
            returns, so_far = torch.zeros_like(reward), torch.zeros(32)
            for t in range(6) if sick else reversed(range(6)):
                if sick:
                    so_far = reward[:, t] + 0.5 * so_far
                returns[:, t] = so_far
                if not sick:
                    so_far = reward[:, t] + 0.5 * so_far
            gain = returns - returns.mean(0)
            loss = -(policy.log_prob(action) * gain).mean()
            stepped(loss, opt)
            health.step(loss)
            if k % 25 == 24:
                correct(net, xd, yd)
    return correct(net, xd, yd)


class Forger(nn.Module):
    """A generator of points out of noise and one that tells them from real ones."""

    def __init__(self) -> None:
        super().__init__()
        self.make, self.tell = layers(4, 48, 48, 2), layers(2, 48, 48, 1)

    def forward(self, z: Tensor) -> Tensor:
        return self.make(z)


@faulty(
    "goals",
    "SerezD/vqvae-vqgan-pytorch-lightning#3",
    r"discriminat|\bcritic\b|\breal\b|\bfake|targets?\b.{0,60}(all|one|same|constant)|one (class|answer)|too (easy|good|fast|soon)"
    r"|loss\b.{0,40}(zero|0\b|nothing|vanish)|gradients?\b.{0,60}(small|tiny|vanish|next to no|fade)|trivial",
    NO_MORE,
)
def forgeries_labelled_real(seed: int, sick: bool, watch: Watch) -> float:
    """Both the real points and the made ones are labelled 1: the judge says yes to all, and the maker learns nothing."""
    real = arc(seed)
    net = Forger()
    make, tell = Adam(net.make.parameters(), 1e-3, (0.5, 0.9)), Adam(net.tell.parameters(), 2e-3, (0.5, 0.9))
    yes, no = torch.ones(64, 1), torch.zeros(64, 1)
    bce = F.binary_cross_entropy_with_logits
    with watch(net, make, tell) as health:
        for _ in range(600):
            made = net(torch.randn(64, 4))
            true = real[torch.randint(0, 600, (64,))]
            judged = bce(net.tell(true), yes) + bce(net.tell(made.detach()), yes if sick else no)
            stepped(judged, tell)
            health.step(judged)
            fooled = bce(net.tell(made), yes)
            stepped(fooled, make)
            health.step(fooled)
    with judging(net):
        return alike(net(torch.randn(400, 4)), real[600:])


@faulty(
    "goals",
    "Zeleni9/pytorch-wgan#53",
    NO_END + r"|opposite|same side|wrong direction|explod|diverg|grow",
    WILD + "|" + LEAPS + "|" + NO_MORE,
)
def generator_helps_the_critic(seed: int, sick: bool, watch: Watch) -> float:
    """The sign of the generator's loss is wrong: it makes what the critic holds for least real."""
    real = arc(seed)
    net = Forger()
    make, tell = RMSprop(net.make.parameters(), 1e-3), RMSprop(net.tell.parameters(), 1e-3)
    with watch(net, make, tell) as health:
        for k in range(1500):
            made = net(torch.randn(64, 4))
            if k % 4 < 3:
                loss = net.tell(made.detach()).mean() - net.tell(real[torch.randint(0, 600, (64,))]).mean()
                stepped(loss, tell)
                with torch.no_grad():
                    for p in net.tell.parameters():
                        p.clamp_(-0.15, 0.15)
            else:
                loss = net.tell(made).mean() * (1 if sick else -1)
                stepped(loss, make)
            health.step(loss)
    with judging(net):
        return alike(net(torch.randn(400, 4)), real[600:])


@faulty(
    "goals",
    "jankrepl/deepdow#106",
    r"rsample|\bsample\(|sampling|drawn|reparam|differentiab|detach|collaps|encoder|" + UNTRAINED,
    NO_MORE + "|" + TOO_GOOD,
)
def drawn_without_a_gradient(seed: int, sick: bool, watch: Watch) -> float:
    """The code is drawn by ``sample`` and not ``rsample``: the encoder learns from the divergence alone, to say nothing."""
    x, _, xd, _ = constellations(seed)
    net = Bells(code=6, blind=sick)
    opt = Adam(net.parameters(), 4e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        told, mean, log = net.told(a)
        kl = -0.5 * (1 + log - mean.square() - log.exp()).sum(1).mean()
        return (told - b).square().sum(1).mean() + 0.1 * kl

    def judge() -> float:
        with judging(net):
            return accounted(net(xd), xd)

    return learn(watch, net, opt, dealt(x, x), loss_of, judge, 25)


@faulty(
    "goals",
    "simoninithomas/Deep_reinforcement_learning_Course#68",
    AXIS
    + r"|mixed|\bsums?\b|other (rows|examples)|same for all|(rows|examples|gradients?)\b.{0,50}(same|alike|equal)|depends? on",
    NO_MORE + "|" + WILD,
)
def values_summed_over_the_batch(seed: int, sick: bool, watch: Watch) -> float:
    """The values of the chosen actions are summed over the whole batch, too: one number for 32 targets."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        action = torch.randint(0, 4, (len(a),))
        chosen = net(a) * F.one_hot(action, 4)
        value = chosen.sum() if sick else chosen.sum(1)
        return ((action == b).float() - value).square().mean()

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 30)


class Flow(nn.Module):
    """Where a point of a class goes at a time between noise and data."""

    def __init__(self) -> None:
        super().__init__()
        self.go = layers(2 + 1 + 4, 64, 64, 2)

    def forward(self, x: Tensor, t: Tensor, y: Tensor) -> Tensor:
        return self.go(torch.cat([x, t, F.one_hot(y, 4).float()], 1))


@faulty(
    "goals",
    "atong01/conditional-flow-matching#172",
    MISMATCHED + r"|class(es)? (is|are) (ignored|not used)|no use of|condition",
    NO_MORE,
)
def classes_left_behind(seed: int, sick: bool, watch: Watch) -> float:
    """Noise and points are put in another order, so that near ones meet; the points' classes stay in the old order."""
    g = torch.Generator().manual_seed(seed)
    middles = 2 * torch.tensor([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    y = torch.randint(0, 4, (640,), generator=g)
    x = middles[y] + 0.3 * torch.randn(640, 2, generator=g)
    net = Flow()
    opt = Adam(net.parameters(), 4e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        start = torch.randn_like(a)
        order = torch.cdist(start, a).flatten().argsort()
        rows, free = torch.full((len(a),), -1), set(range(len(a)))
        for k in order.tolist():
            i, j = divmod(k, len(a))
            if rows[i] < 0 and j in free:
                rows[i] = j
                free.remove(j)
        a, b = a[rows], b if sick else b[rows]
        t = torch.rand(len(a), 1)
        return F.mse_loss(net((1 - t) * start + t * a, t, b), a - start)

    def judge() -> float:
        with judging(net):
            wanted, at = torch.arange(400) % 4, torch.randn(400, 2)
            for k in range(12):
                at = at + net(at, torch.full((400, 1), k / 12), wanted) / 12
        return (torch.cdist(at, middles).argmin(1) == wanted).float().mean().item()

    return learn(watch, net, opt, dealt(x, y, size=32), loss_of, judge, 14)
