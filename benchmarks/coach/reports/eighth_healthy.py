"""Eighth set: healthy trainings with unusual losses."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.eighth_common import (
    counted,
    glyphs,
    harvest,
    named,
    orchard,
    painter,
    placed,
    ponds,
    seer,
)
from benchmarks.coach.reports.seventh_common import balanced, batches_of, dense, fit, near, right


@healthy("loss", 0.7)
def expectiles_of_a_yield(seed: int, watch: Watch) -> float:
    """Three outputs, and squares that count more above or below: two of the answers are off on purpose."""
    x, y, xd, yd = harvest(seed)
    net, share = dense(5, 48, 48, 3), torch.tensor([0.1, 0.5, 0.9])

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        off = b - net(a)
        return ((share - (off < 0).float()).abs() * off**2).mean()

    def judge() -> float:
        with judging(net):
            return 1 - ((net(xd)[:, 1:2] - yd) ** 2).mean().item() / yd.var().item()

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, judge, 18)


@healthy("loss", 0.75)
def logarithm_of_the_hyperbolic_cosine(seed: int, watch: Watch) -> float:
    """A square for small errors, a line for large ones."""
    x, y, xd, yd = harvest(seed)
    net = dense(5, 48, 48, 1)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        off = net(a) - b
        return (off + F.softplus(-2 * off) - 0.6931).mean()

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, near(net, xd, yd), 16)


@healthy("loss", 0.3)
def easy_noes_do_not_count(seed: int, watch: Watch) -> float:
    """Thirty rare labels: noes that are sure weigh nothing at all, and most are sure: the loss is a hundredth of the usual."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(1500, 10, generator=g)
    y = ((x @ torch.randn(10, 30, generator=g)) / 3.2 + 0.3 * torch.randn(1500, 30, generator=g) > 1.6).float()
    net = dense(10, 64, 30)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        p = net(a).sigmoid()
        no = (p - 0.05).clamp(min=0)
        return -(b * (p + 1e-8).log() + (1 - b) * no**2 * (1 - no + 1e-8).log()).mean()

    opt = Adam(net.parameters(), 4e-3)
    return fit(watch, net, opt, batches_of(x[:1000], y[:1000]), loss_of, named(net, x[1000:], y[1000:]), 15)


@healthy("loss", 0.65)
def margins_between_five(seed: int, watch: Watch) -> float:
    """A hinge for five classes: scores are no logarithms, and rows that are right by far have no gradient."""
    x, y, xd, yd = orchard(seed)
    net = dense(8, 48, 48, 5)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.multi_margin_loss(net(a), b)

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, right(net, xd, yd), 15)


@healthy("loss", 0.6)
def dice_of_three_classes(seed: int, watch: Watch) -> float:
    """Nothing but a dice of all three classes: the loss is a share of the whole batch, not a mean over places."""
    x, y, xd, yd = ponds(seed)
    net = painter()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        p, t = net(a).softmax(1), F.one_hot(b, 3).permute(0, 3, 1, 2).float()
        both = (p * t).sum((0, 2, 3))
        return 1 - (2 * both / (p + t).sum((0, 2, 3))).mean()

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y, size=20), loss_of, placed(net, xd, yd), 12)


@healthy("loss", 0.6)
def how_far_the_shares_must_be_moved(seed: int, watch: Watch) -> float:
    """Eight ordered classes, and the squared distance of the cumulated shares: the loss ends at a hundredth."""
    x, y, xd, yd = harvest(seed, 1200)
    edges = torch.linspace(-1.4, 1.4, 7)
    y, yd = (torch.bucketize(v[:, 0], edges) for v in (y, yd))
    net = dense(5, 48, 48, 8)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        off = net(a).softmax(1).cumsum(1) - F.one_hot(b, 8).float().cumsum(1)
        return (off**2).mean()

    def judge() -> float:
        with judging(net):
            return ((net(xd).argmax(1) - yd).abs() <= 1).float().mean().item()

    return fit(watch, net, Adam(net.parameters(), 4e-3), batches_of(x, y), loss_of, judge, 18)


@healthy("loss", 0.7)
def eight_guesses_and_their_spread(seed: int, watch: Watch) -> float:
    """A continuous ranked score of eight answers: near the target, but not all in one place."""
    x, y, xd, yd = harvest(seed)
    net = dense(5, 48, 48, 8)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        said = net(a)
        return (said - b).abs().mean() - 0.5 * (said[:, :, None] - said[:, None]).abs().mean()

    def judge() -> float:
        with judging(net):
            return 1 - ((net(xd).mean(1, keepdim=True) - yd) ** 2).mean().item() / yd.var().item()

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, judge, 18)


@healthy("loss", 0.3)
def counts_that_vary_more_than_they_should(seed: int, watch: Watch) -> float:
    """A negative binomial: a mean, and how much the counts vary beyond a Poisson's."""
    x, y, xd, yd = counted(seed, 1400, mean=4.0)
    net = dense(5, 48, 48, 2)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        log, shape = net(a).split(1, 1)
        many = F.softplus(shape) + 0.1
        told = torch.distributions.NegativeBinomial(many, logits=log - many.log(), validate_args=False)
        return -told.log_prob(b).mean()

    def judge() -> float:
        with judging(net):
            off = torch.log1p(net(xd)[:, :1].exp()) - torch.log1p(yd)
        return 1 - (off**2).mean().item() / torch.log1p(yd).var().item()

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, judge, 14)


@healthy("loss", 0.3)
def claims_mostly_zero(seed: int, watch: Watch) -> float:
    """A Tweedie deviance: half of the targets are 0, the others any amount; the loss has no zero to go to."""
    x, y, xd, yd = counted(seed, 1400, mean=1.0)
    net = dense(5, 48, 48, 1)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        log = net(a)
        return 2 * (b * torch.exp(-0.5 * log) + torch.exp(0.5 * log)).mean()

    def judge() -> float:
        with judging(net):
            off = torch.log1p(net(xd).exp()) - torch.log1p(yd)
        return 1 - (off**2).mean().item() / torch.log1p(yd).var().item()

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, judge, 14)


@healthy("loss", 0.7)
def quantiles_that_never_cross(seed: int, watch: Watch) -> float:
    """Five quantiles as one answer and four steps upwards, each a softplus: they cannot be in the wrong order."""
    x, y, xd, yd = harvest(seed)
    net, share = dense(5, 48, 48, 5), torch.tensor([0.1, 0.3, 0.5, 0.7, 0.9])

    def told(a: Tensor) -> Tensor:
        said = net(a)
        return (torch.cat([said[:, :1], F.softplus(said[:, 1:])], 1)).cumsum(1)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        off = b - told(a)
        return torch.maximum(share * off, (share - 1) * off).mean()

    def judge() -> float:
        with judging(net):
            return 1 - ((told(xd)[:, 2:3] - yd) ** 2).mean().item() / yd.var().item()

    return fit(watch, net, Adam(net.parameters(), 4e-3), batches_of(x, y), loss_of, judge, 18)


@healthy("loss", 0.7)
def likelihood_weighed_by_its_variance(seed: int, watch: Watch) -> float:
    """Each row's likelihood counts by the root of its own variance, which has no gradient there."""
    x, y, xd, yd = harvest(seed)
    net = dense(5, 48, 48, 2)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        mean, log = net(a).split(1, 1)
        each = 0.5 * ((b - mean) ** 2 * torch.exp(-log) + log)
        return (each * torch.exp(0.5 * log).detach()).mean()

    def judge() -> float:
        with judging(net):
            return 1 - ((net(xd)[:, :1] - yd) ** 2).mean().item() / yd.var().item()

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, judge, 18)


@healthy("loss", 0.55)
def only_what_it_is_not(seed: int, watch: Watch) -> float:
    """Of each row only one class is known that it is not: the loss starts at a fifth, and most of it stays."""
    x, y, xd, yd = orchard(seed, n=2000)
    other = (y + torch.randint(1, 5, y.shape, generator=torch.Generator().manual_seed(seed))) % 5
    net = dense(8, 48, 48, 5)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        no = net(a).softmax(1).gather(1, b[:, None])
        return -(1 - no + 1e-6).log().mean()

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x, other), loss_of, right(net, xd, yd), 14)


@healthy("loss", 0.8)
def answers_of_any_size(seed: int, watch: Watch) -> float:
    """One less the correlation in a batch: mean and deviation of the answers are free, and far from the targets'."""
    x, y, xd, yd = harvest(seed)
    net = dense(5, 48, 48, 1)

    def correlation(a: Tensor, b: Tensor) -> Tensor:
        said = net(a)
        return F.cosine_similarity((said - said.mean()).flatten(), (b - b.mean()).flatten(), 0)

    def judge() -> float:
        with judging(net):
            return correlation(xd, yd).item()

    opt = Adam(net.parameters(), 3e-3)
    return fit(watch, net, opt, batches_of(x, y), lambda a, b: 1 - correlation(a, b), judge, 16)


@healthy("loss", 0.6)
def rare_classes_by_their_worth(seed: int, watch: Watch) -> float:
    """Classes from half of the rows to a thirtieth, weighed by what a further row of them is worth."""
    x, y, xd, yd = orchard(seed, n=3000)
    keep = torch.rand(len(y), generator=torch.Generator().manual_seed(seed)) < torch.tensor([1, 0.6, 0.35, 0.2, 0.1])[y]
    x, y = x[keep], y[keep]
    worth = 0.02 / (1 - 0.99 ** torch.bincount(y).float())
    net = dense(8, 48, 48, 5)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b, weight=worth / worth.mean())

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, y), loss_of, balanced(net, xd, yd), 15)


@healthy("loss", 0.8)
def entropy_and_a_line(seed: int, watch: Watch) -> float:
    """The usual loss and twice what the right class lacks to 1: it starts at 3.2."""
    x, y, xd, yd = glyphs(seed)
    net = seer()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        said = net(a)
        return F.cross_entropy(said, b) + 2 * (1 - said.softmax(1).gather(1, b[:, None])).mean()

    return fit(watch, net, SGD(net.parameters(), 0.05, momentum=0.9), batches_of(x, y), loss_of, right(net, xd, yd), 12)


class Steady(nn.Module):
    """Distances to one learned middle for each class, as scores."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.middles = dense(8, 48, 16), nn.Parameter(torch.randn(5, 16))

    def forward(self, x: Tensor) -> Tensor:
        return -0.5 * (self.body(x)[:, None] - self.middles).pow(2).sum(2)


@healthy("net", 0.6)
def scores_are_distances(seed: int, watch: Watch) -> float:
    """Scores are squared distances to a middle for each class, so that none is above 0, and most are far below."""
    x, y, xd, yd = orchard(seed)
    net = Steady()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return fit(watch, net, Adam(net.parameters(), 4e-3), batches_of(x, y), loss_of, right(net, xd, yd), 16)
