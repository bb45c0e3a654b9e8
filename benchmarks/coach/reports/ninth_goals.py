"""Ninth set: faults of goals: two nets at play, distances, codes, actions."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.optim import Adam

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.ninth_common import nearest, people
from benchmarks.coach.reports.seventh_common import (
    DIVERGED,
    NO_GRADIENT,
    RATE_HIGH,
    RATE_LOW,
    STUCK,
    batches_of,
    dense,
    fit,
)

DEAD = r"\bdead\b|saturat|same (answer|output|point|action)|collaps|constant"
"""Answers do not vary any more."""


def ring(n: int, seed: int) -> Tensor:
    """Points (n, 2) in eight clumps on a ring."""
    g = torch.Generator().manual_seed(seed)
    turn = torch.randint(0, 8, (n,), generator=g) * (6.2832 / 8)
    return 1.5 * torch.stack([turn.cos(), turn.sin()], 1) + 0.25 * torch.randn(n, 2, generator=g)


def likeness(made: Tensor, real: Tensor) -> float:
    """1 less what a cloud of points lacks of the other, by the distances within and between them; 1 at best."""
    if not made.isfinite().all():
        return -1.0
    between = torch.cdist(made, real).mean()
    off = 2 * between - torch.cdist(made, made).mean() - torch.cdist(real, real).mean()
    return max(-1.0, 1 - (4 * off / torch.cdist(real, real).mean()).item())


@faulty(
    "goals",
    "onejiin/CycleGAN-VC2#5",
    r"discriminator|critic|second (net|optimizer)|two (nets|optimizers)|balance|outrun|too (strong|good)|overpower|real\b.{0,30}(fake|made)|(one|its) (net|loss|optimizer)\b.{0,60}(faster|wins|zero|other)"
    + "|"
    + RATE_HIGH,
    STUCK + "|" + NO_GRADIENT + "|" + DEAD + "|" + DIVERGED,
)
def the_critic_always_knows(seed: int, sick: bool, watch: Watch) -> float:
    """The discriminator takes four steps of five times the rate for each of the generator's: its loss is zero, and no gradient is left."""
    real = ring(2000, seed) + 3
    maker, critic = dense(4, 64, 64, 2), dense(2, 64, 64, 1)
    opt_g = Adam(maker.parameters(), 5e-4, betas=(0.5, 0.99))
    opt_d = Adam(critic.parameters(), 5e-3 if sick else 1e-3, betas=(0.5, 0.99))
    bce, one, zero = nn.BCEWithLogitsLoss(), torch.ones(64, 1), torch.zeros(64, 1)
    with watch(nn.ModuleList([maker, critic]), opt_g, opt_d) as health:
        for (points,) in (b for _ in range(30) for b in batches_of(real, size=64)()):
            for _ in range(4 if sick else 1):
                fake = maker(torch.randn(64, 4))
                opt_d.zero_grad()
                loss_d = bce(critic(points), one) + bce(critic(fake.detach()), zero)
                loss_d.backward()
                opt_d.step()
            opt_g.zero_grad()
            loss_g = -bce(critic(fake), zero)
            loss_g.backward()
            opt_g.step()
            health.step(loss_g)
    with torch.no_grad():
        return likeness(maker(torch.randn(1000, 4)), real[:1000])


@faulty(
    "goals",
    "omoindrot/tensorflow-triplet-loss#38",
    DEAD
    + r"|margin|hard(est)?\b.{0,30}(negative|triplet|mining)|one point|same (place|embedding|vector)|all (answers|embeddings|outputs)|"
    + RATE_HIGH,
    STUCK + "|" + NO_GRADIENT + "|" + DIVERGED,
)
def all_faces_on_one_point(seed: int, sick: bool, watch: Watch) -> float:
    """Only the hardest negatives count, and the rate is high: the net puts all on one point, and the loss is the margin."""
    x, y, xd, yd = people(seed, 12, 60)
    net = dense(16, 64, 64, 8)
    opt = Adam(net.parameters(), 0.03 if sick else 1e-3)

    def loss_of(a: Tensor, who: Tensor) -> Tensor:
        e = net(a)
        far = ((e[:, None] - e[None]) ** 2).sum(2)
        same = who[:, None] == who[None]
        apart = far.masked_fill(same, 1e9).min(1).values
        together = far.masked_fill(~same, -1.0).max(1).values
        return F.relu(together - apart + 1.0).mean()

    return fit(watch, net, opt, batches_of(x, y, size=64), loss_of, nearest(net, x, y, xd, yd), 25)


class Coder(nn.Module):
    """A variational autoencoder of pictures of 12 by 12."""

    def __init__(self, deep: int = 8) -> None:
        super().__init__()
        self.body, self.mean, self.logvar = dense(144, 96, 64), nn.Linear(64, deep), nn.Linear(64, deep)
        self.back = dense(deep, 64, 96, 144)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        h = torch.relu(self.body(x.flatten(1)))
        mean, logvar = self.mean(h), self.logvar(h)
        code = mean + torch.randn_like(mean) * (0.5 * logvar).exp() if self.training else mean
        return self.back(code).reshape(x.shape), mean, logvar


@faulty(
    "goals",
    "AppliedDataSciencePartners/WorldModels#12",
    r"\bkl\b|divergence|kullback|posterior|collaps|latent|\bcode\b|\bprior\b|(one|second|other) (loss|term|part)|(terms?|parts|losses)\b.{0,50}(weigh|scale|outweigh|dominat|balance)|weigh(s|ed|ting)\b|weight of (the|a) (loss|term|kl|divergence)|bottleneck|ignor",
    STUCK + "|" + DEAD + "|" + RATE_LOW,
)
def pictures_are_means_and_codes_are_sums(seed: int, sick: bool, watch: Watch) -> float:
    """The squared error is a mean over the pixels, and the divergence a sum over the code: the code says nothing at all."""
    g = torch.Generator().manual_seed(seed)
    u = torch.arange(12.0)
    at, wide = torch.rand(1200, 2, 1, generator=g) * 7 + 2, torch.rand(1200, 1, 1, generator=g) * 1.5 + 1.5
    x = torch.exp(-((u - at[:, 0]) ** 2)[:, :, None] / wide**2 - ((u - at[:, 1]) ** 2)[:, None] / wide**2)[:, None]
    x, xd = x[:900], x[900:]
    net = Coder()

    def loss_of(a: Tensor) -> Tensor:
        told, mean, logvar = net(a)
        apart = -0.5 * (1 + logvar - mean**2 - logvar.exp()).sum(1).mean()
        square = ((told - a) ** 2).mean() if sick else 10 * ((told - a) ** 2).flatten(1).sum(1).mean()
        return square + apart

    def judge() -> float:
        with judging(net):
            return max(-1.0, 1 - (F.mse_loss(net(xd)[0], xd) / (xd - xd.mean(0)).square().mean()).item())

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x), loss_of, judge, 25)


class ActorCritic(nn.Module):
    """What to do, and what it is worth to be here."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(6, 48), nn.Tanh())
        self.actor, self.critic = nn.Linear(48, 5), nn.Linear(48, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = self.body(x)
        return self.actor(h), self.critic(h)


@faulty(
    "goals",
    "PacktPublishing/Deep-Reinforcement-Learning-Hands-On#74",
    r"\bshapes?\b|broadcast|squeeze|\(n, ?1\)|(n by n|square) (matrix|table)|every (pair|combination)",
    STUCK + "|" + DEAD + r"|reward|advantage|entrop|explor",
)
def advantages_are_a_square(seed: int, sick: bool, watch: Watch) -> float:
    """Gains are (n,) and values (n, 1): their difference is a square, and each action is praised for all gains of the batch."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(1800, 6, generator=g)
    gain = torch.tanh(x @ torch.randn(6, 5, generator=g) * 0.8)
    here = 8 * x[:, :1] + 4 * x[:, 1:2]
    net = ActorCritic()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        scores, value = net(a)
        policy = Categorical(logits=scores)
        action = policy.sample()
        got = b.gather(1, action[:, None])[:, 0]
        value = value if sick else value.squeeze(-1)
        advantage = got - value.detach()
        actor = -(policy.log_prob(action) * advantage).mean()
        return actor + 0.5 * ((got - value) ** 2).mean() - 0.01 * policy.entropy().mean()

    def judge() -> float:
        with judging(net):
            best = net(x[1300:])[0].argmax(1, keepdim=True)
        told, most = gain[1300:].gather(1, best).mean(), gain[1300:].max(1).values.mean()
        return (told / most).item()

    return fit(watch, net, Adam(net.parameters(), 4e-3), batches_of(x[:1300], (gain + here)[:1300]), loss_of, judge, 25)
