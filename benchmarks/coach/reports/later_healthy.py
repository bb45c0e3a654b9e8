"""Second set: healthy trainings that look unusual."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn.utils import prune
from torch.optim import SGD, Adam, AdamW, Optimizer, SparseAdam
from torch.utils.checkpoint import checkpoint

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.later_common import (
    go,
    groups,
    houses,
    icons,
    loader,
    ordinary,
    parted,
    picture_net,
    right,
    stack,
    told,
)


def priced(seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Houses with standardized prices."""
    x, y, xd, yd = houses(seed)
    return x, (y - y.mean()) / y.std(), xd, (yd - y.mean()) / y.std()


class Codes(nn.Module):
    """Each vector is replaced by the nearest of 24 codes; gradients pass as if it were not."""

    def __init__(self) -> None:
        super().__init__()
        self.put, self.get = stack(16, 48, 8), stack(8, 48, 16)
        self.codes = nn.Parameter(torch.randn(24, 8) * 0.5)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        z = self.put(x)
        code = self.codes[torch.cdist(z, self.codes).argmin(1)]
        penalty = F.mse_loss(code, z.detach()) + 0.25 * F.mse_loss(z, code.detach())
        return self.get(z + (code - z).detach()), penalty


@healthy("goals", 0.25)
def straight_through_codes(seed: int, watch: Watch) -> float:
    """A vector-quantized autoencoder: several codes are never used."""
    x, _, xd, _ = groups(seed, 10, 1000)
    net = Codes()

    def loss_of(a: Tensor, _: Tensor) -> Tensor:
        out, penalty = net(a)
        return F.mse_loss(out, a) + penalty

    def judge() -> float:
        with judging(net):
            return 1 - (F.mse_loss(net(xd)[0], xd) / xd.var()).item()

    return go(watch, net, Adam(net.parameters(), 2e-3), loader(x, x), loss_of, judge, 25)


class Frugal(nn.Module):
    """Runs its body again on the way back instead of keeping what it found."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = picture_net(32), nn.Linear(32, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(checkpoint(self.body, x, use_reentrant=False).relu())


@healthy("net", 0.7)
def body_runs_twice(seed: int, watch: Watch) -> float:
    """Checkpointing: each step runs the body a second time on the way back."""
    x, y, xd, yd = icons(seed)
    net = Frugal()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a / 128 - 1), b)

    return go(watch, net, Adam(net.parameters(), 3e-3), loader(x, y), loss_of, lambda: right(net, xd / 128 - 1, yd), 9)


class Signs(Optimizer):
    """Steps along the sign of a running mean of gradients, with weight decay (Lion)."""

    def __init__(self, params, lr: float) -> None:
        super().__init__(params, {"lr": lr, "decay": 0.1})

    @torch.no_grad()
    def step(self, closure=None):  # type: ignore[no-untyped-def,override]
        for group in self.param_groups:
            for p in group["params"]:
                mean = self.state[p].setdefault("mean", torch.zeros_like(p))
                p.mul_(1 - group["lr"] * group["decay"]).sub_(group["lr"] * (0.9 * mean + 0.1 * p.grad).sign())
                mean.mul_(0.99).add_(p.grad, alpha=0.01)


@healthy("step", 0.85)
def steps_of_signs(seed: int, watch: Watch) -> float:
    """An optimizer of one's own: all steps are of one size."""
    x, y, xd, yd = groups(seed, 8)
    net = stack(16, 64, 64, 8, act=nn.GELU)
    opt = Signs(net.parameters(), 7e-4)
    return go(watch, net, opt, loader(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: right(net, xd, yd), 12)


@healthy("step", 0.75)
def rows_clipped_one_by_one(seed: int, watch: Watch) -> float:
    """Private descent: each row's gradient is clipped, noise is added to their sum; there is no pass back."""
    x, y, xd, yd = groups(seed, 5)
    net = stack(16, 32, 5)
    opt = SGD(net.parameters(), 0.5)

    def one(params: dict[str, Tensor], a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(functional_call(net, params, (a[None],)), b[None])

    with watch(net, opt) as health:
        for _ in range(12):
            for a, b in loader(x, y, 64):
                named = {k: p.detach() for k, p in net.named_parameters()}
                each = vmap(grad(one), (None, 0, 0))(named, a, b)
                norm = torch.stack([v.flatten(1).norm(dim=1) for v in each.values()]).norm(dim=0)
                for k, p in net.named_parameters():
                    cut = torch.einsum("n...,n->...", each[k], 1 / norm.clamp(min=1.0))
                    p.grad = (cut + 0.5 * torch.randn_like(cut)) / len(a)
                opt.step()
                with torch.no_grad():
                    loss = F.cross_entropy(net(a), b)
                health.step(loss)
            result = right(net, xd, yd)
    return result


@healthy("data", 0.4)
def state_carried_over(seed: int, watch: Watch) -> float:
    """Eight long texts are read in order, a piece per step; the state goes on, the gradient does not."""
    g = np.random.default_rng(seed)
    after = np.stack([g.permutation(20) for _ in range(3)], 1)
    text = np.zeros((8, 2401), np.int64)
    for k in range(1, 2401):
        text[:, k] = after[text[:, k - 1], g.choice(3, 8, p=[0.7, 0.2, 0.1])]
    words, layer, head = nn.Embedding(20, 24), nn.LSTM(24, 48, batch_first=True), nn.Linear(48, 20)
    net, x = nn.ModuleList([words, layer, head]), torch.as_tensor(text)
    opt = Adam(net.parameters(), 5e-3)
    with watch(net, opt) as health:
        for _ in range(6):
            state = None
            for k in range(0, 1800, 30):
                out, state = layer(words(x[:, k : k + 30]), state)
                state = tuple(s.detach() for s in state)
                loss = F.cross_entropy(head(out).transpose(1, 2), x[:, k + 1 : k + 31])
                ordinary(opt, loss)
                health.step(loss)
            with judging(net):
                out = head(layer(words(x[:, 1800:2400]))[0])
                result = (out.argmax(-1) == x[:, 1801:]).float().mean().item()
    return result


@healthy("net", 0.85)
def half_of_the_weights_pruned(seed: int, watch: Watch) -> float:
    """After some epochs the smallest weights are set to 0 and stay there."""
    x, y, xd, yd = groups(seed, 8)
    net = stack(16, 96, 96, 8)
    epochs: list[float] = []

    def after(result: float) -> None:
        epochs.append(result)
        if len(epochs) == 6:
            for layer in net:
                if isinstance(layer, nn.Linear):
                    prune.l1_unstructured(layer, "weight", 0.6)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    return go(watch, net, opt, loader(x, y), loss_of, lambda: right(net, xd, yd), 14, after=after)


@healthy("step", 0.8)
def thawed_from_the_top(seed: int, watch: Watch) -> float:
    """Layers of a trained net are frozen, and released one by one from the top."""
    x, y, xd, yd = groups(seed, 8)
    net = stack(16, 64, 64, 8)
    early = Adam(net.parameters(), 3e-3)
    for a, b in loader(x, y % 4):
        ordinary(early, F.cross_entropy(net(a), b))
    net[4] = head = nn.Linear(64, 8)
    for p in net[:4].parameters():
        p.requires_grad_(False)
    opt, frozen = AdamW(head.parameters(), 3e-3), [net[0], net[2]]

    def after(_: float) -> None:
        if frozen and opt.state[head.weight]["step"] > 100 * (3 - len(frozen)):
            layer = frozen.pop()
            opt.add_param_group({"params": list(layer.requires_grad_(True).parameters()), "lr": 2e-3})

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return go(watch, net, opt, loader(x, y), loss_of, lambda: right(net, xd, yd), 16, after=after)


@healthy("goals", 0.8)
def equation_solved(seed: int, watch: Watch) -> float:
    """No data: a net's second slope must be minus itself, from 0 with slope 1; the answer is a sine."""
    net = stack(1, 32, 32, 1, act=nn.Tanh)
    opt = Adam(net.parameters(), 5e-3)
    where = torch.linspace(0, 4, 80)[:, None]
    with watch(net, opt) as health:
        for _ in range(900):
            t = (4 * torch.rand(48, 1)).requires_grad_()
            u = t * (1 + t * net(t))
            slope = torch.autograd.grad(u.sum(), t, create_graph=True)[0]
            bend = torch.autograd.grad(slope.sum(), t, create_graph=True)[0]
            loss = ((bend + u) ** 2).mean()
            ordinary(opt, loss)
            health.step(loss)
        with judging(net):
            u = where * (1 + where * net(where))
    return 1 - ((u - where.sin()) ** 2).mean().item() / where.sin().var().item()


class Flow(nn.Module):
    """Six couplings, each of which moves one half by what the other says; returns log-densities."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = nn.ModuleList(stack(2, 32, 4, act=nn.Tanh) for _ in range(6))

    def forward(self, x: Tensor) -> Tensor:
        total = torch.zeros(len(x))
        for part in self.parts:
            a, b = x.chunk(2, 1)
            scale, shift = part(a).chunk(2, 1)
            scale = scale.tanh()
            x, total = torch.cat([b * scale.exp() + shift, a], 1), total + scale.sum(1)
        return total - 0.5 * (x**2).sum(1) - 2 * np.log(2 * np.pi)


@healthy("goals", 0.5)
def flow_of_densities(seed: int, watch: Watch) -> float:
    """A normalizing flow: the loss is a density, and falls below 0."""
    g = np.random.default_rng(seed)
    a = g.uniform(0, 2 * np.pi, 1200)
    x = np.stack([np.cos(a), np.sin(a), np.cos(2 * a), np.sin(2 * a)], 1) + g.normal(0, 0.05, (1200, 4))
    x, _, xd, _ = parted(x, x)
    net = Flow()

    def judge() -> float:
        with judging(net):
            return min(1.0, (net(xd).mean().item() + 4) / 4)

    return go(watch, net, Adam(net.parameters(), 3e-3), loader(x, x, 64), lambda v, _: -net(v).mean(), judge, 25)


class Sets(nn.Module):
    """Sets of any size: a list of (k, 2) points to the two classes' scores."""

    def __init__(self) -> None:
        super().__init__()
        self.each, self.all = stack(2, 48, 32), stack(32, 32, 2)

    def forward(self, sets: list[Tensor]) -> Tensor:
        return self.all(torch.stack([self.each(s).amax(0) for s in sets]))


@healthy("data", 0.8)
def sets_of_any_size(seed: int, watch: Watch) -> float:
    """The input is a list, of sets of 3 to 12 points: is one of them outside the circle?"""
    g = torch.Generator().manual_seed(seed)
    sets, labels = [], []
    for i in range(600):
        s = torch.randn(3 + i % 10, 2, generator=g)
        s = s / s.norm(dim=1, keepdim=True) * torch.rand(len(s), 1, generator=g)
        if torch.rand((), generator=g) < 0.5:
            s[0] *= 1.6 / s[0].norm()
        sets.append(s)
        labels.append(int((s.norm(dim=1) > 1).any()))
    net, y = Sets(), torch.tensor(labels)
    opt = Adam(net.parameters(), 3e-3)
    with watch(net, opt) as health:
        for _ in range(8):
            for rows in torch.randperm(420).split(20):
                loss = F.cross_entropy(net([sets[i] for i in rows]), y[rows])
                ordinary(opt, loss)
                health.step(loss)
            with judging(net):
                result = (net(sets[420:]).argmax(1) == y[420:]).float().mean().item()
    return result


@healthy("loss", 0.6)
def who_dies_first(seed: int, watch: Watch) -> float:
    """Cox's partial likelihood: each row's loss is a softmax over those of the batch that lived on."""
    x, y, xd, yd = priced(seed)
    net = stack(6, 32, 1, act=nn.Tanh)
    opt = Adam(net.parameters(), 3e-3)
    seen = torch.rand(len(x), generator=torch.Generator().manual_seed(seed)) < 0.8

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        risk, order = net(a)[:, 0], b[:, 0].argsort(descending=True)
        risk = risk[order]
        return -((risk - risk.logcumsumexp(0)) * b[order, 1]).sum() / b[:, 1].sum().clamp(min=1)

    def judge() -> float:
        with judging(net):
            risk = net(xd)[:, 0]
        later = yd > yd.T
        return 2 * (risk[:, None] < risk)[later].float().mean().item() - 1

    return go(watch, net, opt, loader(x, torch.cat([y, seen.float()[:, None]], 1), 60), loss_of, judge, 25)


class Rounded(nn.Module):
    """A net whose weights are rounded to 15 steps on the way forward only."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Linear(16, 64), nn.Linear(64, 8)

    def forward(self, x: Tensor) -> Tensor:
        for layer, last in ((self.one, False), (self.two, True)):
            step = layer.weight.detach().abs().max() / 7
            weight = layer.weight + ((layer.weight / step).round() * step - layer.weight).detach()
            x = F.linear(x, weight, layer.bias)
            x = x if last else x.relu()
        return x


@healthy("numbers", 0.85)
def weights_of_four_bits(seed: int, watch: Watch) -> float:
    """Training that knows of quantization: gradients pass through the rounding."""
    x, y, xd, yd = groups(seed, 8)
    net = Rounded()
    opt = Adam(net.parameters(), 3e-3)
    return go(watch, net, opt, loader(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: right(net, xd, yd), 14)


@healthy("loss", 0.85)
def only_the_hardest_rows(seed: int, watch: Watch) -> float:
    """The loss is the mean of the quarter of the rows that are told worst."""
    x, y, xd, yd = groups(seed, 8)
    net = stack(16, 64, 64, 8)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b, reduction="none").topk(len(a) // 4).values.mean()

    return go(watch, net, Adam(net.parameters(), 2e-3), loader(x, y), loss_of, lambda: right(net, xd, yd), 15)


class Market(nn.Module):
    """Sums of embeddings of a shop and of an article, whose gradients are sparse."""

    def __init__(self) -> None:
        super().__init__()
        self.shop, self.article = nn.Embedding(400, 6, sparse=True), nn.Embedding(300, 6, sparse=True)

    def forward(self, x: Tensor) -> Tensor:
        return (self.shop(x[:, 0]) * self.article(x[:, 1])).sum(1, keepdim=True)


@healthy("step", 0.3)
def factors_of_a_sparse_table(seed: int, watch: Watch) -> float:
    """Matrix factorization: most rows of both tables stand still in a step."""
    g = np.random.default_rng(seed)
    a, b = g.normal(0, 0.8, (400, 3)), g.normal(0, 0.8, (300, 3))
    x = np.stack([g.integers(0, 400, 14_000), g.integers(0, 300, 14_000)], 1)
    x, y, xd, yd = parted(x, ((a[x[:, 0]] * b[x[:, 1]]).sum(1) + g.normal(0, 0.1, 14_000))[:, None])
    net = Market()
    for table in (net.shop, net.article):
        nn.init.normal_(table.weight, std=0.3)
    opt = SparseAdam(list(net.parameters()), 1e-2)
    return go(watch, net, opt, loader(x, y, 128), lambda a, b: F.mse_loss(net(a), b), lambda: told(net, xd, yd), 12)


@healthy("loss", 0.85)
def two_passes_agree(seed: int, watch: Watch) -> float:
    """Two passes with dropout, and a penalty on what they disagree about."""
    x, y, xd, yd = groups(seed, 8)
    net = nn.Sequential(nn.Linear(16, 96), nn.ReLU(), nn.Dropout(0.3), nn.Linear(96, 8))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        one, two = (net(a).log_softmax(1) for _ in range(2))
        apart = F.kl_div(one, two, log_target=True, reduction="batchmean")
        apart = apart + F.kl_div(two, one, log_target=True, reduction="batchmean")
        return F.nll_loss(one, b) + F.nll_loss(two, b) + 0.5 * apart

    return go(watch, net, Adam(net.parameters(), 3e-3), loader(x, y), loss_of, lambda: right(net, xd, yd), 14)
