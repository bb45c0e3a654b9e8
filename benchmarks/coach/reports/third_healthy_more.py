"""Third set: healthy trainings that look unusual, by their nets, steps and rates."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.later_common import loader, parted, stack
from benchmarks.coach.reports.third_common import Eye, arrows, clusters, fit, fitted, hits, slopes


@healthy("step", 0.85, "yoshitomo-matsubara/torchdistill#305")
def rate_that_restarts(seed: int, watch: Watch) -> float:
    """The rate falls to nothing and jumps up again, three times: so does the loss."""
    x, y, xd, yd = slopes(seed)
    net = stack(7, 64, 64, 1)
    opt = SGD(net.parameters(), 0.1, momentum=0.9)
    schedule = CosineAnnealingWarmRestarts(opt, 8)

    def between(epoch: int, result: float) -> None:
        schedule.step()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    return fit(watch, net, opt, loader(x, y, 16), loss_of, lambda: fitted(net, xd, yd), 24, between)


@healthy("net", 0.8, "El3ssar/ResDAG#265")
def random_features(seed: int, watch: Watch) -> float:
    """A wide first layer is drawn and never trained, on purpose; a linear layer reads it."""
    x, y, xd, yd = parted(*clusters(seed))
    drawn, read = nn.Linear(10, 400).requires_grad_(False), nn.Linear(400, 6)
    net = nn.Sequential(drawn, nn.ReLU(), read)
    opt = Adam(read.parameters(), 3e-3)
    return fit(watch, net, opt, loader(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: hits(net, xd, yd), 20)


@healthy("step", 0.9, "keras-team/keras#8432")
def batches_that_grow(seed: int, watch: Watch) -> float:
    """Batches of 8, then of 32, then of 128, in place of a falling rate."""
    x, y, xd, yd = parted(*clusters(seed))
    net = stack(10, 48, 48, 6)
    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    result = 0.0
    with watch(net, opt) as health:
        for epoch in range(18):
            net.train()
            for a, b in loader(x, y, 8 * 4 ** (epoch // 6)):
                opt.zero_grad()
                loss = F.cross_entropy(net(a), b)
                loss.backward()
                opt.step()
                health.step(loss)
            result = hits(net, xd, yd)
    return result


class Exits(nn.Module):
    """Four blocks; an answer after the second, the third and the last one."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(nn.Linear(i, 40) for i in (10, 40, 40, 40))
        self.says = nn.ModuleList(nn.Linear(40, 6) for _ in range(3))

    def forward(self, x: Tensor) -> list[Tensor]:
        seen = []
        for block in self.blocks:
            x = block(x).relu()
            seen.append(x)
        return [say(s) for say, s in zip(self.says, seen[1:], strict=True)]


@healthy("net", 0.9, "mary-phuong/multiexit-distillation#3")
def early_exits(seed: int, watch: Watch) -> float:
    """Three answers to one question, each with a loss of its own weight."""
    x, y, xd, yd = parted(*clusters(seed))
    net = Exits()
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return torch.stack([w * F.cross_entropy(s, b) for w, s in zip((0.2, 0.3, 1.0), net(a), strict=True)]).sum()

    def judge() -> float:
        with judging(net):
            return (net(xd)[-1].argmax(1) == yd).float().mean().item()

    return fit(watch, net, opt, loader(x, y), loss_of, judge, 15)


@healthy("tuning", 0.85, "facebookresearch/detr#95")
def slow_body_quick_head(seed: int, watch: Watch) -> float:
    """The trained body moves a thousand times slower than the new head."""
    x, y, xd, yd = arrows(seed)
    net = Eye(1, 2)
    before = Adam(net.parameters(), 3e-3)
    for _ in range(8):
        for a, b in loader(x, y):
            before.zero_grad()
            F.cross_entropy(net(a), b // 2).backward()
            before.step()
    net.say = nn.Sequential(nn.Linear(216, 32), nn.ReLU(), nn.Linear(32, 4))
    groups = [{"params": net.look.parameters(), "lr": 5e-6}, {"params": net.say.parameters(), "lr": 5e-3}]
    opt = Adam(groups)
    return fit(watch, net, opt, loader(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: hits(net, xd, yd), 10)


class Skipping(nn.Module):
    """Six residual blocks, each of which is left out of a training step by chance (stochastic depth)."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(10, 40), nn.Linear(40, 6)
        self.blocks = nn.ModuleList(stack(40, 40, 40) for _ in range(6))

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        for block in self.blocks:
            if not self.training:
                x = x + 0.6 * block(x)
            elif torch.rand(()) < 0.6:
                x = x + block(x)
        return self.last(x)


@healthy("net", 0.9, "lucidrains/x-transformers#294")
def blocks_left_out_by_chance(seed: int, watch: Watch) -> float:
    """In each step some of the blocks do not run, and get no gradient."""
    x, y, xd, yd = parted(*clusters(seed))
    net = Skipping()
    opt = Adam(net.parameters(), 1e-3)
    return fit(watch, net, opt, loader(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: hits(net, xd, yd), 18)


@healthy("modes", 0.85, "isht7/pytorch-deeplab-resnet#39")
def norms_left_alone(seed: int, watch: Watch) -> float:
    """A trained body is tuned in small batches; its batch norms stay in evaluation mode, on purpose."""
    x, y, xd, yd = arrows(seed)
    layers = [nn.Conv2d(1, 12, 3, 2, 1), nn.BatchNorm2d(12), nn.ReLU(), nn.Conv2d(12, 24, 3, 2, 1)]
    body = nn.Sequential(*layers, nn.BatchNorm2d(24), nn.ReLU(), nn.Flatten())
    net = nn.Sequential(body, nn.Linear(216, 2))
    before = Adam(net.parameters(), 3e-3)
    for _ in range(8):
        for a, b in loader(x, y):
            before.zero_grad()
            F.cross_entropy(net(a), b // 2).backward()
            before.step()
    net[1] = nn.Linear(216, 4)
    opt = Adam(net.parameters(), 1e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        for layer in body:
            layer.train(not isinstance(layer, nn.BatchNorm2d))
        return F.cross_entropy(net(a), b)

    return fit(watch, net, opt, loader(x, y, 6, drop_last=True), loss_of, lambda: hits(net, xd, yd), 5)


class Words(nn.Module):
    """An autoencoder by 4 choices of one of 8 each; the choices are drawn, and become harder (Gumbel softmax)."""

    def __init__(self) -> None:
        super().__init__()
        self.put, self.get, self.heat = stack(10, 64, 32), stack(32, 64, 10), 2.0

    def forward(self, x: Tensor) -> Tensor:
        scores = self.put(x).unflatten(1, (4, 8))
        if self.training:
            choice = F.gumbel_softmax(scores, self.heat, hard=True)
        else:
            choice = F.one_hot(scores.argmax(2), 8).float()
        return self.get(choice.flatten(1))


@healthy("goals", 0.4, "ericjang/gumbel-softmax#2")
def choices_that_harden(seed: int, watch: Watch) -> float:
    """Between two linear nets stand draws, of a heat that falls: the same input gives other outputs."""
    x, _ = clusters(seed)
    x = (x - x.mean(0)) / x.std(0)
    x, _, xd, _ = parted(x, x)
    net = Words()
    opt = Adam(net.parameters(), 3e-3)

    def between(epoch: int, result: float) -> None:
        net.heat = max(0.5, net.heat * 0.95)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    return fit(watch, net, opt, loader(x, x), loss_of, lambda: fitted(net, xd, xd), 40, between)
