"""Healthy programs with losses that are not the usual ones."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW

from benchmarks.coach.reports.common import (
    Split,
    Watch,
    conv,
    curve,
    entropy,
    explained,
    gratings,
    healthy,
    judging,
    mlp,
    overlap,
    recall,
    spots,
    train,
    unwatched,
    wheel,
)


@healthy("loss", 0.9)
def label_smoothing(seed: int, watch: Watch) -> float:
    d = gratings(seed)
    net = conv()
    loss = nn.CrossEntropyLoss(label_smoothing=0.2)
    return train(watch, net, Adam(net.parameters(), 3e-3), lambda n, x, y: loss(n(x), y), d, epochs=14)


@healthy("loss", 0.6)
def focal_loss(seed: int, watch: Watch) -> float:
    d = wheel(seed, 1400, lean=0.5)
    net = mlp(8, 4)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        off = F.cross_entropy(net(x), y, reduction="none")
        return ((1 - (-off).exp()) ** 2 * off).mean()

    return train(watch, net, AdamW(net.parameters(), 3e-3), loss_of, d, judge=recall, epochs=25)


@healthy("loss", 0.6)
def class_weights(seed: int, watch: Watch) -> float:
    d = wheel(seed, 1400, lean=0.7)
    weight = len(d.y) / (4 * torch.bincount(d.y, minlength=4).float())
    net = mlp(8, 4)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return F.cross_entropy(net(x), y, weight=weight)

    return train(watch, net, AdamW(net.parameters(), 3e-3), loss_of, d, judge=recall, epochs=25)


@healthy("loss", 0.5)
def three_quantiles(seed: int, watch: Watch) -> float:
    d = curve(seed, 1300)
    net = mlp(6, 3)
    levels = torch.tensor([0.1, 0.5, 0.9])

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        off = y - net(x)
        return torch.maximum(levels * off, (levels - 1) * off).mean()

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            return 1 - ((net(x)[:, 1:2] - y) ** 2).mean().item()

    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, d, judge=judge, epochs=25)


@healthy("loss", 0.5)
def huber_and_outliers(seed: int, watch: Watch) -> float:
    d = curve(seed, 1300)
    y = d.y + 15 * torch.randn_like(d.y) * (torch.rand_like(d.y) < 0.04)
    net = mlp(6, 1)
    return train(
        watch,
        net,
        Adam(net.parameters(), 2e-3),
        lambda n, x, y: F.huber_loss(n(x), y),
        d._replace(y=y),
        judge=explained,
        epochs=25,
    )


@healthy("loss", 0.2)
def poisson_counts(seed: int, watch: Watch) -> float:
    d = curve(seed, 1400)
    y, yd = torch.poisson((0.7 * d.y).exp()), torch.poisson((0.7 * d.yd).exp())
    net = mlp(6, 1)

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            return 1 - (((net(x).exp() - y) ** 2).mean() / y.var()).item()

    return train(
        watch,
        net,
        Adam(net.parameters(), 1e-3),
        lambda n, x, y: F.poisson_nll_loss(n(x), y),
        Split(d.x, y, d.xd, yd),
        judge=judge,
    )


@healthy("loss", 0.6)
def gaussian_likelihood(seed: int, watch: Watch) -> float:
    """The loss falls below 0, as it should."""
    d = curve(seed, 1400, noise=0.05)
    net = mlp(6, 2)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        mean, log_var = net(x).chunk(2, 1)
        return 0.5 * (log_var + (y - mean) ** 2 / log_var.exp()).mean()

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            return 1 - ((net(x)[:, :1] - y) ** 2).mean().item()

    return train(watch, net, Adam(net.parameters(), 2e-3), loss_of, d, judge=judge, epochs=25)


@healthy("loss", 0.65)
def mixed_rows(seed: int, watch: Watch) -> float:
    """Mixup."""
    d = wheel(seed, 1400)
    net = mlp(8, 4)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        share, other = float(torch.distributions.Beta(0.2, 0.2).sample()), torch.randperm(len(x))
        out = net(share * x + (1 - share) * x[other])
        return share * F.cross_entropy(out, y) + (1 - share) * F.cross_entropy(out, y[other])

    return train(watch, net, AdamW(net.parameters(), 3e-3), loss_of, d, epochs=30)


@healthy("loss", 0.65)
def hinge(seed: int, watch: Watch) -> float:
    d = wheel(seed, 1400)
    net = mlp(8, 4)
    return train(watch, net, AdamW(net.parameters(), 3e-3), lambda n, x, y: F.multi_margin_loss(n(x), y), d, epochs=20)


@healthy("loss", 0.8)
def several_labels(seed: int, watch: Watch) -> float:
    d = wheel(seed, 1400)
    y, yd = ((v[:, :5] + 0.6 * v[:, 1:6] > 0.6).float() for v in (d.x, d.xd))
    weight = (1 - y.mean(0)) / y.mean(0)
    net = mlp(8, 5)

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            return ((net(x) > 0) == (y > 0)).float().mean().item()

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(x), y, pos_weight=weight)

    return train(watch, net, Adam(net.parameters(), 2e-3), loss_of, Split(d.x, y, d.xd, yd), judge=judge, epochs=15)


@healthy("loss", 0.6)
def dice_and_entropy(seed: int, watch: Watch) -> float:
    d = spots(seed)
    layers = [nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.Conv2d(8, 1, 1)]
    net = nn.Sequential(*layers)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        out = net(x)
        p = out.sigmoid()
        return F.binary_cross_entropy_with_logits(out, y) + 1 - (2 * (p * y).sum() + 1) / (p.sum() + y.sum() + 1)

    return train(watch, net, Adam(net.parameters(), 4e-3), loss_of, d, judge=overlap, epochs=18)


@healthy("loss", 0.65)
def distilled(seed: int, watch: Watch) -> float:
    d = wheel(seed, 1400)
    teacher = mlp(8, 4, (64, 64))
    train(unwatched, teacher, Adam(teacher.parameters(), 4e-3), entropy, d, epochs=15)
    net = mlp(8, 4, (32, 32))

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        with torch.no_grad():
            goal = (teacher(x) / 2).softmax(1)
        out = net(x)
        soft = F.kl_div((out / 2).log_softmax(1), goal, reduction="batchmean") * 4
        return 0.7 * soft + 0.3 * F.cross_entropy(out, y)

    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, d, epochs=20)


@healthy("loss", 0.6)
def one_score_of_two_rows(seed: int, watch: Watch) -> float:
    """Ranking: which of two rows has the larger target."""
    d = curve(seed, 1300)
    net = mlp(6, 1)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        half = len(x) // 2
        way = (y[:half] - y[half : 2 * half]).sign()
        return F.softplus(-way * (net(x[:half]) - net(x[half : 2 * half]))).mean()

    def judge(net: nn.Module, x: Tensor, y: Tensor) -> float:
        with judging(net):
            out = net(x)
        return ((out - out.T).sign() == (y - y.T).sign()).float().mean().item()

    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, d, judge=judge, epochs=20)


@healthy("loss", 0.6)
def penalty_on_slopes(seed: int, watch: Watch) -> float:
    """A penalty on the input's gradient: a second pass back through the first."""
    d = curve(seed, 1300)
    net = mlp(6, 1, act=nn.Tanh)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        x = x.clone().requires_grad_()
        out = net(x)
        (slope,) = torch.autograd.grad(out.sum(), x, create_graph=True)
        return F.mse_loss(out, y) + 0.002 * (slope**2).sum(1).mean()

    return train(watch, net, Adam(net.parameters(), 5e-3), loss_of, d, judge=explained, epochs=25)


@healthy("loss", 0.6)
def summed_at_a_small_rate(seed: int, watch: Watch) -> float:
    d = curve(seed, 1300)
    net = mlp(6, 1)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        return F.mse_loss(net(x), y, reduction="sum")

    return train(watch, net, SGD(net.parameters(), 3e-4, momentum=0.9), loss_of, d, judge=explained, epochs=35)


@healthy("loss", 0.6)
def adversarial_rows(seed: int, watch: Watch) -> float:
    """Each step learns from rows that a first pass back has moved against the net."""
    d = wheel(seed, 1400)
    net = mlp(8, 4)

    def loss_of(net: nn.Module, x: Tensor, y: Tensor) -> Tensor:
        near = x.clone().requires_grad_()
        (slope,) = torch.autograd.grad(F.cross_entropy(net(near), y), near)
        return F.cross_entropy(net(x + 0.05 * slope.sign()), y)

    return train(watch, net, Adam(net.parameters(), 3e-3), loss_of, d, epochs=20)
