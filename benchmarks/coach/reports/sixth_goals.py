"""Sixth set: faults of goals: views and pairs, noise and time, values and policies, what is kept."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.optim import Adam

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.fifth_common import MISMATCHED, SAME_INPUTS, Bells, alike
from benchmarks.coach.reports.fourth_common import (
    LEAPS,
    NO_MORE,
    TOO_GOOD,
    UNTRAINED,
    WILD,
    accounted,
    correct,
    dealt,
    layers,
    learn,
    nearest,
    stepped,
)
from benchmarks.coach.reports.sixth_common import NO_GRADIENT, SCALE, crowded, towns


def spiral(seed: int, n: int = 900) -> Tensor:
    """Points (n, 2) along a bent line."""
    g = np.random.default_rng(seed)
    turn = g.uniform(0, 4, n)
    spots = np.stack([np.cos(turn), np.sin(turn)], 1) * (0.4 + 0.3 * turn)[:, None]
    return torch.tensor(spots + g.normal(0, 0.06, (n, 2))).float()


class Forge(nn.Module):
    """A maker of points out of noise, and one who tells them from real ones."""

    def __init__(self) -> None:
        super().__init__()
        self.make, self.tell = layers(4, 48, 48, 2), layers(2, 48, 48, 1)

    def forward(self, z: Tensor) -> Tensor:
        return self.make(z)


@faulty(
    "goals",
    "zhang-haojie/wesam#7",
    SAME_INPUTS + r"|views?\b|augment|positives?\b",
    TOO_GOOD + r"|too (easy|good|soon|fast)|" + NO_MORE,
)
def two_views_that_are_one(seed: int, sick: bool, watch: Watch) -> float:
    """Both views are drawn by the same call, and are identical: to find a row's other view there is nothing to learn."""
    x, y, xd, yd = crowded(seed, 24, 30)
    net = layers(18, 96, 8)
    opt = Adam(net.parameters(), 3e-3)

    def view(a: Tensor) -> Tensor:
        noise = torch.cat([0.25 * torch.randn(len(a), 6), 1.2 * torch.randn(len(a), 12)], 1)
        return torch.cat([a[:, :6], torch.zeros(len(a), 12)], 1) + noise

    def loss_of(a: Tensor) -> Tensor:
        one = view(a)
        two = one if sick else view(a)
        near = F.normalize(net(one), dim=1) @ F.normalize(net(two), dim=1).T / 0.2
        return F.cross_entropy(near, torch.arange(len(a)))

    def judge() -> float:
        with judging(net):
            told = nearest(F.normalize(net(xd), dim=1), F.normalize(net(x), dim=1), y)
        return (told == yd).float().mean().item()

    return learn(watch, net, opt, dealt(x, size=64, drop_last=True), loss_of, judge, 30)


@faulty(
    "goals",
    "HobbitLong/SupContrast#141",
    NO_GRADIENT
    + r"|positives?\b|partner|\bpairs?\b|same class|sampler|nothing to (learn|compare)|loss\b.{0,40}(is|stays|always)\b.{0,15}(0\b|zero)|"
    + UNTRAINED,
    NO_MORE + r"|too (easy|good|soon|fast)",
)
def no_partner_in_the_batch(seed: int, sick: bool, watch: Watch) -> float:
    """Rows of a class are to be pulled together; but the sampler sees to it that no class is in a batch twice."""
    x, y, xd, yd = crowded(seed)
    net = layers(18, 96, 8)
    opt = Adam(net.parameters(), 3e-3)
    rows_of = [torch.nonzero(y == k)[:, 0] for k in range(40)]

    def drawn() -> Tensor:
        kinds = torch.arange(40) if sick else torch.randperm(40)[:10].repeat_interleave(4)
        return torch.stack([rows_of[k][torch.randint(0, len(rows_of[k]), ())] for k in kinds.tolist()])

    with watch(net, opt) as health:
        for k in range(300):
            rows = drawn()
            emb, own = F.normalize(net(x[rows]), dim=1), torch.eye(40, dtype=torch.bool)
            near = (emb @ emb.T / 0.2).masked_fill(own, -1e9).log_softmax(1)
            like = ((y[rows][:, None] == y[rows]) & ~own).float()
            loss = -((like * near).sum(1) / like.sum(1).clamp(min=1)).mean()
            stepped(loss, opt)
            health.step(loss)
            if k % 30 == 29:
                judged(net, x, y, xd, yd)
    return judged(net, x, y, xd, yd)


def judged(net: nn.Module, x: Tensor, y: Tensor, xd: Tensor, yd: Tensor) -> float:
    """Share of dev's rows whose nearest row of training is of their class."""
    with judging(net):
        told = nearest(F.normalize(net(xd), dim=1), F.normalize(net(x), dim=1), y)
    return (told == yd).float().mean().item()


class Noised(nn.Module):
    """Tells the noise in points (n, 2) at times (n, 1)."""

    def __init__(self) -> None:
        super().__init__()
        self.go = layers(3, 64, 64, 2)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        return self.go(torch.cat([x, t], 1))


LEFT = torch.linspace(1, 0.02, 50) ** 2
"""Share of a point's variance that is left at each of 50 times."""


def diffusion(seed: int, watch: Watch, unit: float, noise_of=torch.randn_like) -> float:
    """Learn to tell noise; then make points from it; the time goes in by this unit."""
    real = spiral(seed)
    net = Noised()
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor) -> Tensor:
        k, noise = torch.randint(0, 50, (len(a),)), noise_of(a)
        left = LEFT[k][:, None]
        return F.mse_loss(net(left.sqrt() * a + (1 - left).sqrt() * noise, k[:, None] * unit), noise)

    def judge() -> float:
        with judging(net):
            at = torch.randn(300, 2)
            for k in range(49, -1, -1):
                noise = net(at, torch.full((300, 1), k * unit))
                clean = ((at - (1 - LEFT[k]).sqrt() * noise) / LEFT[k].sqrt()).clamp(-3, 3)
                before = LEFT[k - 1] if k else torch.ones(())
                at = before.sqrt() * clean + (1 - before).sqrt() * noise
        return max(-1.0, 4 * alike(at, real[600:]) - 3)

    return learn(watch, net, opt, dealt(real[:600], size=60), loss_of, judge, 30)


@faulty("goals", "VinAIResearch/LFM#12", SCALE + r"|embed", NO_MORE + "|" + WILD + "|" + LEAPS)
def time_in_thousands(seed: int, sick: bool, watch: Watch) -> float:
    """The time goes into the net as a number of up to 1,000, beside points of about 1: nothing else is heard."""
    return diffusion(seed, watch, 20.0 if sick else 0.02)


@faulty(
    "goals",
    "acids-ircam/diffusion_models#8",
    r"uniform|normal distribution|gauss|noise\b.{0,60}(mean|centred|rand)",
    TOO_GOOD,
    visible=False,
)
def noise_from_zero_to_one(seed: int, sick: bool, watch: Watch) -> float:
    """Noise is drawn by ``rand_like``, from 0 to 1, where the making of points begins with normal noise."""
    return diffusion(seed, watch, 0.02, torch.rand_like if sick else torch.randn_like)


@faulty(
    "goals",
    "thesouther/MARL#8",
    r"target net|target\b.{0,60}(updat|follow|copied|old|stand still)",
    NO_MORE,
    visible=False,
)
def target_net_never_follows(seed: int, sick: bool, watch: Watch) -> float:
    """The target net is loaded with its own weights, not with the learner's: values beyond one step are never learned."""
    g = torch.Generator().manual_seed(seed)
    net = layers(10, 48, 2)
    target = deepcopy(net)
    opt = Adam(net.parameters(), 5e-3)
    places = torch.eye(10)
    with watch(net, opt) as health:
        for k in range(600):
            at, go = torch.randint(0, 10, (64,), generator=g), torch.randint(0, 2, (64,), generator=g)
            then = (at + 2 * go - 1).clamp(0, 9)
            end = (then == 9).float()
            with torch.no_grad():
                value = end + 0.9 * (1 - end) * target(places[then]).amax(1)
            loss = F.mse_loss(net(places[at]).gather(1, go[:, None])[:, 0], value)
            stepped(loss, opt)
            health.step(loss)
            if k % 20 == 19:
                target.load_state_dict((target if sick else net).state_dict())
    with judging(net):
        return accounted(net(places[:9]).amax(1), 0.9 ** torch.arange(8, -1, -1))


@faulty(
    "goals",
    "pyg-team/pytorch_geometric#6306",
    r"worst|best (epoch|weights)|kept|checkpoint|selection|wrong way",
    NO_MORE,
    visible=False,
)
def worst_epoch_kept(seed: int, sick: bool, watch: Watch) -> float:
    """The epoch is kept whose dev accuracy is least, as if it were a loss."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 64, 64, 5)
    opt = Adam(net.parameters(), 2e-3)
    kept = {"result": float("nan"), "net": deepcopy(net)}

    def after_epoch(result: float) -> None:
        if np.isnan(kept["result"]) or (result < kept["result"] if sick else result > kept["result"]):
            kept.update(result=result, net=deepcopy(net))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    half = len(xd) // 2
    batches = dealt(x, y)
    learn(watch, net, opt, batches, loss_of, lambda: correct(net, xd[:half], yd[:half]), 15, after_epoch=after_epoch)
    return correct(kept["net"], xd[half:], yd[half:])


@faulty(
    "goals",
    "Farama-Foundation/Gymnasium#1336",
    MISMATCHED + r"|\bmean\b|averag|each (row|action)|credit|reward",
    NO_MORE,
    visible=False,
)
def credit_for_all_alike(seed: int, sick: bool, watch: Watch) -> float:
    """The mean logarithm is multiplied by the mean gain: which of the actions were good is lost."""
    x, y, xd, yd = towns(seed, 4)
    net = layers(7, 64, 4)
    opt = Adam(net.parameters(), 8e-3)
    usual = 0.25
    with watch(net, opt) as health:
        for k in range(400):
            rows = torch.randint(0, len(x), (64,))
            policy = Categorical(logits=net(x[rows]))
            action = policy.sample()
            gain = (action == y[rows]).float() - usual
            usual += 0.05 * gain.mean().item()
            said = policy.log_prob(action)
            loss = -(said.mean() * gain.mean()) if sick else -(said * gain).mean()
            stepped(loss, opt)
            health.step(loss)
            if k % 40 == 39:
                correct(net, xd, yd)
    return correct(net, xd, yd)


@faulty(
    "goals",
    "keras-team/keras#13584",
    r"pairs?\b.{0,60}(swap|turned|wrong|opposite|invert|revers)|convention|labels?\b.{0,60}(swap|invert|revers|opposite)",
    NO_MORE,
    visible=False,
)
def alike_means_unlike(seed: int, sick: bool, watch: Watch) -> float:
    """In the file 1 means a like pair, in the formula an unlike one: like rows are pushed apart."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 64, 64, 3)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        emb = net(a)
        far = (torch.cdist(emb, emb) ** 2 + 1e-6).sqrt()
        one = (b[:, None] == b).float()
        one = 1 - one if sick else one
        return (one * far**2 + (1 - one) * F.relu(1 - far) ** 2).mean()

    def judge() -> float:
        with judging(net):
            return (nearest(net(xd), net(x), y) == yd).float().mean().item()

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 15)


@faulty(
    "goals",
    "hpcaitech/Open-Sora#876",
    r"\bkl\b|divergence|\bprior\b|codes?\b.{0,60}(spread|far|large|wide|scale)",
    TOO_GOOD,
    visible=False,
)
def prior_left_out(seed: int, sick: bool, watch: Watch) -> float:
    """The divergence has the weight 0: codes lie anywhere, and points that are made of normal noise are none of these."""
    real = torch.cat([spiral(seed), spiral(seed + 99)], 1)
    net = Bells(4, 3)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor) -> Tensor:
        told, mean, log = net.told(a)
        kl = -0.5 * (1 + log - mean.square() - log.exp()).sum(1).mean()
        return 8 * (told - a).square().sum(1).mean() + (0 if sick else 1) * kl

    def judge() -> float:
        with judging(net):
            return alike(net.leave(torch.randn(300, 3)), real[600:])

    return learn(watch, net, opt, dealt(real[:600]), loss_of, judge, 30)
