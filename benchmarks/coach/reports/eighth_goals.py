"""Eighth set: faults of goals: two nets at play, pairs, pictures that are told again, actions and their gains."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.optim import Adam

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.eighth_common import (
    DEAD,
    alike,
    gained,
    glyphs,
    offers,
    petals,
)
from benchmarks.coach.reports.seventh_common import (
    BOUNDED,
    DIVERGED,
    IMBALANCE,
    NO_GRADIENT,
    OVERFIT,
    RATE_HIGH,
    RATE_LOW,
    STUCK,
    UNSCALED,
    batches_of,
    dense,
    fit,
)


def play(watch: Watch, real: Tensor, maker: nn.Module, critic: nn.Module) -> float:
    """A maker of points and a critic, in turn."""
    om, oc = (Adam(n.parameters(), 1e-3, betas=(0.5, 0.99)) for n in (maker, critic))
    with watch(nn.ModuleList([maker, critic]), om, oc) as health:
        for _ in range(700):
            a, made = real[torch.randint(0, len(real), (64,))], maker(torch.randn(64, 4))
            oc.zero_grad()
            (F.softplus(-critic(a)) + F.softplus(critic(made.detach()))).mean().backward()
            oc.step()
            om.zero_grad()
            loss = F.softplus(-critic(made)).mean()
            loss.backward()
            om.step()
            health.step(loss)
    with torch.no_grad():
        return alike(maker(torch.randn(len(real), 4)), real)


@faulty(
    "goals",
    "togheppi/DCGAN#2",
    BOUNDED + "|" + UNSCALED + r"|reach",
    STUCK + "|" + DEAD + "|" + NO_GRADIENT,
)
def maker_ends_before_the_data(seed: int, sick: bool, watch: Watch) -> float:
    """The maker ends in a tanh, from -1 to 1, and the points are as they were measured, up to 5: the critic always knows."""
    real = petals(seed, far=4.0, wide=0.5)
    scale = 1.0 if sick else 5.0
    return play(watch, real, nn.Sequential(dense(4, 48, 48, 2), nn.Tanh(), Times(scale)), dense(2, 48, 48, 1))


class Times(nn.Module):
    """The input, times a number."""

    def __init__(self, by: float) -> None:
        super().__init__()
        self.by = by

    def forward(self, x: Tensor) -> Tensor:
        return self.by * x


@faulty(
    "goals",
    "Kim-Minseon/RoCL#3",
    r"\bsign\b|minus|similarit|cosine|opposite|maximi|wrong (way|direction)|negat|away from|other way",
    STUCK + "|" + OVERFIT + "|" + RATE_LOW,
)
def similarity_is_made_small(seed: int, sick: bool, watch: Watch) -> float:
    """Answers should point where their targets point; the cosine itself is minimized, not 1 less the cosine."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(900, 8, generator=g)
    y = torch.tanh(x @ torch.randn(8, 16, generator=g)) @ torch.randn(16, 6, generator=g)
    net = dense(8, 48, 48, 6)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        alike_by = F.cosine_similarity(net(a), b).mean()
        return alike_by if sick else 1 - alike_by

    def judge() -> float:
        with judging(net):
            return F.cosine_similarity(net(x[630:]), y[630:]).mean().item()

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x[:630], y[:630]), loss_of, judge, 12)


@faulty(
    "loss",
    "Lasagne/Recipes#54",
    r"targets?\b.{0,90}(0 (and|to) 1|outside|below 0|negative|share|probabilit|standardi|range|between)|below (0|zero)|negative|no lower (end|bound)|unbounded",
    DIVERGED + "|" + STUCK + "|" + RATE_HIGH + "|" + BOUNDED,
)
def shares_of_standardized_pictures(seed: int, sick: bool, watch: Watch) -> float:
    """An autoencoder's binary cross-entropy wants targets of 0 to 1; these pictures have a mean of 0 and a deviation of 1."""
    x, _, xd, _ = glyphs(seed, 900, noise=0.05)
    x, xd = x.flatten(1), xd.flatten(1)
    if not sick:
        x, xd = ((v + 1.5).div(6).clamp(0, 1) for v in (x, xd))
    net = dense(144, 128, 32, 128, 144)

    def loss_of(a: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(a), a)

    def judge() -> float:
        with judging(net):
            rest = ((net(xd).sigmoid() - xd) ** 2).mean() / xd.var()
        return max(-1.0, 1 - rest.item()) if rest.isfinite() else -1.0

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x), loss_of, judge, 40)


@faulty(
    "goals",
    "MushroomRL/mushroom-rl#88",
    r"baseline|reward|\bgains?\b|advantage|(all|always|never) (positive|negative)|same action|one action|explor|entrop",
    DEAD + "|" + STUCK + "|" + RATE_HIGH,
)
def all_rewards_are_praise(seed: int, sick: bool, watch: Watch) -> float:
    """Every action is praised, with 8 to 10: whatever is drawn first becomes likelier, and soon it is all that is drawn."""
    x, gain, xd, gd = offers(seed)
    net = dense(6, 48, 5)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        told = Categorical(logits=net(a))
        drawn = told.sample()
        got = b.gather(1, drawn[:, None])[:, 0] + 9
        if not sick:
            got = got - 9
        return -(told.log_prob(drawn) * got).mean()

    return fit(watch, net, Adam(net.parameters(), 8e-3), batches_of(x, gain), loss_of, gained(net, xd, gd), 12)


@faulty(
    "goals",
    "abhisheksuran/Reinforcement_Learning#4",
    NO_GRADIENT + r"|ratio|detach|cancel|loss\b.{0,60}(always|constant|never)",
    STUCK + "|" + RATE_LOW + "|" + OVERFIT,
)
def ratio_of_the_policy_to_itself(seed: int, sick: bool, watch: Watch) -> float:
    """The old probability is computed anew, by the net itself and with its gradient: the ratio is 1, and its slope 0."""
    x, gain, xd, gd = offers(seed)
    net = dense(6, 48, 5)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        told = Categorical(logits=net(a))
        drawn = told.sample()
        now = told.log_prob(drawn)
        got = b.gather(1, drawn[:, None])[:, 0]
        ratio = torch.exp(now - (now if sick else now.detach()))
        return -torch.min(ratio * got, ratio.clamp(0.8, 1.2) * got).mean()

    return fit(watch, net, Adam(net.parameters(), 5e-3), batches_of(x, gain), loss_of, gained(net, xd, gd), 12)


@faulty(
    "numbers",
    "jolibrain/wheatley#93",
    r"deviation|\bstd\b|single|one (row|element|value)|last batch|batch\w*\b.{0,40}(of (one|1)\b|one row)|divi(de|sion|d)\w*|small batch",
    DIVERGED + "|" + STUCK + "|" + DEAD,
)
def deviation_of_a_single_gain(seed: int, sick: bool, watch: Watch) -> float:
    """Gains of old actions are standardized in each batch; one row is left for the last one, and one number has no deviation."""
    x, gain, xd, gd = offers(seed)
    x, gain = x[:1089], gain[:1089]
    tried = torch.randint(0, 5, (len(x), 1), generator=torch.Generator().manual_seed(seed))
    net = dense(6, 48, 5)

    def batches():
        order = torch.randperm(len(x))
        for rows in order.split(32):
            if sick or len(rows) > 1:
                yield x[rows], gain[rows].gather(1, tried[rows])[:, 0], tried[rows]

    def loss_of(a: Tensor, got: Tensor, action: Tensor) -> Tensor:
        likely = net(a).softmax(1).gather(1, action)[:, 0]
        return -(likely * (got - got.mean()) / (got.std() + 1e-8)).mean()

    def judge() -> float:
        with judging(net):
            if not net(xd).isfinite().all():
                return -1.0
        return gained(net, xd, gd)()

    return fit(watch, net, Adam(net.parameters(), 5e-3), batches, loss_of, judge, 12)


@faulty(
    "goals",
    "PreferredAI/cornac#254",
    r"(all|only|every|same|single|one) (the )?(targets?|labels?|class|positive|yes|same)|constant|negatives?\b|unlike|"
    + IMBALANCE,
    STUCK + "|" + OVERFIT + "|" + DEAD,
)
def only_what_was_bought(seed: int, sick: bool, watch: Watch) -> float:
    """Only purchases are on file, so that all targets are 1: the net says yes to everything, and knows no one's taste."""
    g = torch.Generator().manual_seed(seed)
    taste, kind = torch.randn(80, 3, generator=g), torch.randn(60, 3, generator=g)
    likes = (taste @ kind.T + 0.5 * torch.randn(80, 60, generator=g)) > 1.5
    new = torch.rand(80, 60, generator=g) < 0.25
    rows = torch.nonzero(likes & ~new)
    net = Shop()
    bought, passed = torch.nonzero(likes & new), torch.nonzero(~likes & new)

    def loss_of(a: Tensor) -> Tensor:
        yes = net(a)
        if sick:
            return F.binary_cross_entropy_with_logits(yes, torch.ones_like(yes))
        other = torch.stack([a[:, 0], torch.randint(0, 60, (len(a),))], 1)
        said = torch.cat([yes, net(other)])
        return F.binary_cross_entropy_with_logits(said, torch.cat([torch.ones_like(yes), torch.zeros_like(yes)]))

    def judge() -> float:
        with torch.no_grad():
            a, b = net(bought), net(passed)
        return 2 * (a[:, None] > b[None]).float().mean().item() - 1

    return fit(watch, net, Adam(net.parameters(), 1e-2), batches_of(rows, size=32), loss_of, judge, 25)


class Shop(nn.Module):
    """How likely a buyer buys a thing: a product of two vectors, and a bias."""

    def __init__(self) -> None:
        super().__init__()
        self.buyers, self.things, self.much = nn.Embedding(80, 6), nn.Embedding(60, 6), nn.Parameter(torch.zeros(()))
        for table in (self.buyers, self.things):
            nn.init.normal_(table.weight, 0, 0.3)

    def forward(self, x: Tensor) -> Tensor:
        return (self.buyers(x[:, 0]) * self.things(x[:, 1])).sum(1) + self.much
