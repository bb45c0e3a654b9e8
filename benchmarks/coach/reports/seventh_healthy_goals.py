"""Seventh set: healthy trainings for unusual goals: made points, choices, views, noise, teachers."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.seventh_common import (
    batches_of,
    clouds,
    dense,
    digits,
    fit,
    grown,
    houses,
    looker,
    near,
    reviews,
    right,
)


def closeness(made: Tensor, real: Tensor) -> float:
    """1 less the energy distance of two sets of points over the spread of the real ones."""
    across, within = torch.cdist(made, real).mean(), torch.cdist(real, real).mean()
    return (1 - (2 * across - torch.cdist(made, made).mean() - within) / within).item()


@healthy("goals", 0.8)
def squares_between_maker_and_judge(seed: int, watch: Watch) -> float:
    """A judge learns 1 and 0 by squared errors, on points with noise that fades; after a while neither loss moves."""
    g = torch.Generator().manual_seed(seed)
    real = torch.randn(600, 2, generator=g) * torch.tensor([1.0, 0.3]) + torch.tensor([1.5, -1.0])
    maker, judge = dense(4, 48, 2), dense(2, 48, 1)
    om, oj = (Adam(n.parameters(), 1e-3, betas=(0.5, 0.99)) for n in (maker, judge))
    with watch(nn.ModuleList([maker, judge]), om, oj) as health:
        for k in range(650):
            blur = 0.3 * (1 - k / 650)
            a, made = real[torch.randint(0, 600, (64,))], maker(torch.randn(64, 4))
            oj.zero_grad()
            a, shown = (v + blur * torch.randn_like(v) for v in (a, made.detach()))
            ((judge(a) - 1) ** 2 + judge(shown) ** 2).mean().backward()
            oj.step()
            om.zero_grad()
            loss = ((judge(made + blur * torch.randn_like(made)) - 1) ** 2).mean()
            loss.backward()
            om.step()
            health.step(loss)
    with torch.no_grad():
        return closeness(maker(torch.randn(600, 4)), real)


@healthy("goals", 0.7)
def rewards_less_what_was_expected(seed: int, watch: Watch) -> float:
    """A policy for one choice of six, its reward less a running mean, and a little entropy: the loss wanders about 0."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(2500, 6, generator=g)
    gain = torch.tanh(x @ torch.randn(6, 6, generator=g)) + 2
    net = dense(6, 48, 6)
    mean = [2.0]

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        told = torch.distributions.Categorical(logits=net(a))
        chosen = told.sample()
        got = b[torch.arange(len(a)), chosen]
        mean[0] += 0.05 * (got.mean().item() - mean[0])
        return -(told.log_prob(chosen) * (got - mean[0])).mean() - 0.01 * told.entropy().mean()

    def judge() -> float:
        with judging(net):
            got = gain[2000:][torch.arange(500), net(x[2000:]).argmax(1)].mean()
        most, middle = gain[2000:].max(1).values.mean(), gain[2000:].mean()
        return ((got - middle) / (most - middle)).item()

    return fit(watch, net, Adam(net.parameters(), 5e-3), batches_of(x[:2000], gain[:2000]), loss_of, judge, 14)


class Variational(nn.Module):
    """Pictures to the mean and the spread of eight numbers, and back."""

    def __init__(self) -> None:
        super().__init__()
        self.there, self.back = dense(144, 96, 16), dense(8, 96, 144)
        self.apart = torch.zeros(())

    def forward(self, x: Tensor) -> Tensor:
        mean, log = self.there(x).chunk(2, 1)
        each = 0.5 * (mean**2 + log.exp() - log - 1)
        self.apart = each.mean(0).clamp(min=0.05).sum()
        return self.back(mean + (0.5 * log).exp() * torch.randn_like(mean) if self.training else mean)


@healthy("goals", 0.35)
def divergence_that_comes_in_slowly(seed: int, watch: Watch) -> float:
    """The divergence counts nothing at first and all in the end, with a little that is free: the loss rises for that."""
    x, _, xd, _ = digits(seed, 1000, noise=0.05)
    x, xd = x.flatten(1), xd.flatten(1)
    net = Variational()
    done = [0]

    def loss_of(a: Tensor) -> Tensor:
        done[0] += 1
        return F.mse_loss(net(a), a, reduction="sum") / len(a) + min(1.0, done[0] / 300) * net.apart

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x), loss_of, near(net, xd, xd), 25)


@healthy("goals", 0.6)
def noise_told_from_noise(seed: int, watch: Watch) -> float:
    """Inputs and targets are two noisy copies of the same picture: most of the loss stays, and dev's pictures are clean."""
    x, _, xd, _ = digits(seed, 900, noise=0.02)
    x, xd = x.flatten(1), xd.flatten(1)
    net = dense(144, 128, 64, 128, 144)

    def loss_of(a: Tensor) -> Tensor:
        return F.mse_loss(net(a + 0.7 * torch.randn_like(a)), a + torch.randn_like(a))

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x), loss_of, near(net, xd, xd), 30)


@healthy("goals", 0.5)
def one_step_ahead_of_many_waves(seed: int, watch: Watch) -> float:
    """To learn how to learn: each task is a wave, the loss is that after one step on ten points, through that step."""
    net = dense(1, 40, 40, 1, act=nn.Tanh)
    opt = Adam(net.parameters(), 3e-3)

    def task(g: torch.Generator | None = None) -> tuple[Tensor, ...]:
        high, phase = 0.5 + 1.5 * torch.rand(8, 1, 1, generator=g), 3.14 * torch.rand(8, 1, 1, generator=g)
        x = 6 * torch.rand(8, 20, 1, generator=g) - 3
        y = high * torch.sin(x + phase)
        return x[:, :10], y[:, :10], x[:, 10:], y[:, 10:]

    def adapted(x: Tensor, y: Tensor, a: Tensor, graph: bool) -> Tensor:
        own = dict(net.named_parameters())
        slopes = torch.autograd.grad(F.mse_loss(net(x), y), list(own.values()), create_graph=graph)
        moved = {n: p - 0.1 * s for (n, p), s in zip(own.items(), slopes, strict=True)}
        return functional_call(net, moved, (a,))

    with watch(net, opt) as health:
        for _ in range(250):
            opt.zero_grad()
            loss = torch.stack(
                [F.mse_loss(adapted(x, y, a, True), b) for x, y, a, b in zip(*task(), strict=True)]
            ).mean()
            loss.backward()
            opt.step()
            health.step(loss)
    g = torch.Generator().manual_seed(seed)
    tests = [t for _ in range(8) for t in zip(*task(g), strict=True)]
    rest = [F.mse_loss(adapted(x, y, a, False), b).item() for x, y, a, b in tests]
    return 1 - sum(rest) / sum(b.var().item() for *_, b in tests)


@healthy("data", 0.75)
def sure_of_the_weakly_changed(seed: int, watch: Watch) -> float:
    """Of 560 pictures 60 have labels; the others count where the net is sure of them, moved a little, and then moved more."""
    x, y, xd, yd = digits(seed)
    net = looker()

    def moved(a: Tensor, much: int) -> Tensor:
        return a.roll(tuple(torch.randint(-much, much + 1, (2,)).tolist()), (2, 3))

    def loss_of(a: Tensor) -> Tensor:
        rows = torch.randint(0, 60, (20,))
        known = F.cross_entropy(net(moved(x[rows], 2)), y[rows])
        with torch.no_grad():
            sure, what = net(moved(a, 1)).softmax(1).max(1)
        other = F.cross_entropy(net(moved(a, 3) + 0.2 * torch.randn_like(a)), what, reduction="none")
        return known + (other * (sure > 0.9)).mean()

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x[60:], size=40), loss_of, right(net, xd, yd), 22)


@healthy("loss", 0.8)
def teacher_s_middle_as_well(seed: int, watch: Watch) -> float:
    """A small net learns a large one's softened answers, and by one more layer its middle; labels are not used at all."""
    x, y, xd, yd = clouds(seed)
    teacher = dense(8, 96, 96, 6)
    grown(teacher, x, y)
    teacher.eval().requires_grad_(False)
    pupil, widen = dense(8, 20, 20, 6), nn.Linear(20, 96)
    net = nn.ModuleList([pupil, widen])

    def loss_of(a: Tensor) -> Tensor:
        middle = F.mse_loss(widen(pupil[:4](a)), teacher[:4](a))
        soft = F.kl_div((pupil(a) / 3).log_softmax(1), (teacher(a) / 3).softmax(1), reduction="batchmean")
        return 9 * soft + 0.3 * middle

    return fit(watch, net, Adam(net.parameters(), 4e-3), batches_of(x), loss_of, right(pupil, xd, yd), 25)


def told_by_neighbours(net: nn.Module, x: Tensor, y: Tensor, xd: Tensor, yd: Tensor) -> float:
    """The share of dev's rows whose nearest training row, by the net's vectors, is of their class."""
    with judging(net):
        h, hd = F.normalize(net(x), dim=1), F.normalize(net(xd), dim=1)
    return (y[(hd @ h.T).argmax(1)] == yd).float().mean().item()


@healthy("goals", 0.6)
def one_side_stands_still(seed: int, watch: Watch) -> float:
    """Two views, no unlike pairs: a small net tells one from the other, which has no gradient; the loss goes to -1."""
    x, y, xd, yd = clouds(seed, each=1, wide=0.5)
    net = nn.ModuleDict(
        {"body": nn.Sequential(nn.Linear(8, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 32), nn.BatchNorm1d(32))}
    )
    net["tell"] = nn.Sequential(nn.Linear(32, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 32))

    def loss_of(a: Tensor) -> Tensor:
        one, two = (net["body"](a + 0.35 * torch.randn_like(a)) for _ in range(2))
        both = F.cosine_similarity(net["tell"](one), two.detach()) + F.cosine_similarity(net["tell"](two), one.detach())
        return -0.5 * both.mean()

    def judge() -> float:
        return told_by_neighbours(net["body"], x, y, xd, yd)

    return fit(watch, net, SGD(net.parameters(), 0.05, momentum=0.9), batches_of(x, size=64), loss_of, judge, 25)


@healthy("goals", 0.6)
def pupil_sharper_than_its_teacher(seed: int, watch: Watch) -> float:
    """A slow copy's answers, less their mean and sharpened, are the targets of the net itself: the loss settles above 0."""
    x, y, xd, yd = clouds(seed, each=1, wide=0.5)
    net = dense(8, 64, 24)
    slow, middle = copy.deepcopy(net).requires_grad_(False), torch.zeros(24)

    def loss_of(a: Tensor) -> Tensor:
        one, two = (a + 0.3 * torch.randn_like(a) for _ in range(2))
        with torch.no_grad():
            said = slow(one)
            target = ((said - middle) / 0.3).softmax(1)
            middle.lerp_(said.mean(0), 0.1)
        return -(target * (net(two) / 0.6).log_softmax(1)).sum(1).mean()

    def follow() -> None:
        for p, q in zip(slow.parameters(), net.parameters(), strict=True):
            p.lerp_(q.detach(), 0.03)

    def judge() -> float:
        return told_by_neighbours(slow, x, y, xd, yd)

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x, size=64), loss_of, judge, 20, after_step=follow)


@healthy("goals", 0.5)
def two_answers_one_is_known(seed: int, watch: Watch) -> float:
    """With the treatment, or without it? Of each row only one outcome is known, so that each head learns from half of them."""
    x, y, xd, _ = houses(seed)
    g = torch.Generator().manual_seed(seed)
    treated = (torch.rand(len(x), 1, generator=g) < torch.sigmoid(x[:, :1])).float()
    gain, dev_gain = (1 + v[:, 1:2] - v[:, 3:4] for v in (x, xd))
    net = dense(6, 64, 64, 2)

    def loss_of(a: Tensor, b: Tensor, t: Tensor) -> Tensor:
        return (((net(a) - b) ** 2) * torch.cat([1 - t, t], 1)).sum(1).mean()

    def judge() -> float:
        with judging(net):
            said = net(xd)
        return 1 - ((said[:, 1:] - said[:, :1] - dev_gain) ** 2).mean().item() / dev_gain.var().item()

    batches = batches_of(x, y + treated * gain, treated)
    return fit(watch, net, Adam(net.parameters(), 3e-3), batches, loss_of, judge, 25)


@healthy("goals", 0.6)
def which_words_were_exchanged(seed: int, watch: Watch) -> float:
    """One word in seven is exchanged for another, and the net says which: most answers are no, and some cannot be known."""
    x, _, xd, _ = reviews(seed)
    x, xd = (torch.where(v > 1, 2 + (v + torch.arange(20)) % 8 * 7, v) for v in (x, xd))
    net = nn.Sequential(nn.Embedding(60, 16), nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 1))

    def exchanged(a: Tensor, g: torch.Generator | None = None) -> tuple[Tensor, Tensor, Tensor]:
        swap = (torch.rand(a.shape, generator=g) < 0.15) & (a > 1)
        return torch.where(swap, torch.randint(2, 60, a.shape, generator=g), a), swap, a > 1

    def loss_of(a: Tensor) -> Tensor:
        seen, swap, real = exchanged(a)
        return F.binary_cross_entropy_with_logits(net(seen)[..., 0][real], swap[real].float())

    def judge() -> float:
        seen, swap, real = exchanged(xd, torch.Generator().manual_seed(1))
        with judging(net):
            said = net(seen)[..., 0] > 0
        return (said & swap)[real].sum().item() / swap[real].sum().item()

    return fit(watch, net, Adam(net.parameters(), 5e-3), batches_of(x), loss_of, judge, 20)
