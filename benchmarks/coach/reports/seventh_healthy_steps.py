"""Seventh set: healthy trainings with unusual steps, rates and orders."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adafactor, Adam, AdamW, NAdam, RAdam
from torch.optim.lr_scheduler import CyclicLR, LambdaLR

from benchmarks.coach.reports.common import Split, Watch, healthy
from benchmarks.coach.reports.seventh_common import (
    batches_of,
    classified,
    clouds,
    dense,
    digits,
    fit,
    grown,
    houses,
    looker,
    measured,
    near,
    right,
)


@healthy("step", 0.7)
def parts_of_a_step_are_uneven(seed: int, watch: Watch) -> float:
    """Gradients of five small batches make a step; at the end of an epoch three are left, and make one, too."""
    x, y, xd, yd = digits(seed)
    net = looker()
    opt = Adam(net.parameters(), 3e-3)
    judge = right(net, xd, yd)
    with watch(net, opt) as health:
        for _ in range(10):
            net.train()
            batches = list(batches_of(x, y, size=12)())[:43]
            for k, (a, b) in enumerate(batches):
                parts = 5 if k < 40 else 3
                loss = F.cross_entropy(net(a), b)
                (loss / parts).backward()
                if k % 5 == 4 or k == len(batches) - 1:
                    opt.step()
                    opt.zero_grad()
                health.step(loss)
            judge()
    return judge()


@healthy("step", 0.75)
def up_and_down_every_two_epochs(seed: int, watch: Watch) -> float:
    """The rate climbs to sixteen times what it was and back, nine times; the loss follows it."""
    x, y, xd, yd = houses(seed)
    net = dense(6, 64, 64, 1)
    opt = SGD(net.parameters(), 0.01, momentum=0.8)
    waves = CyclicLR(opt, 0.005, 0.08, step_size_up=21, mode="triangular", cycle_momentum=False)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    return fit(watch, net, opt, batches_of(x, y), loss_of, near(net, xd, yd), 18, after_step=waves.step)


@healthy("step", 0.8)
def up_the_hill_before_each_step(seed: int, watch: Watch) -> float:
    """Sharpness-aware steps scaled by the weights: two passes for a step, and the loss that is heard of is the second."""
    x, y, xd, yd = clouds(seed)
    net = dense(8, 64, 64, 6)
    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    judge = right(net, xd, yd)
    with watch(net, opt) as health:
        for _ in range(14):
            net.train()
            for a, b in batches_of(x, y)():
                opt.zero_grad()
                F.cross_entropy(net(a), b).backward()
                kept = [p.detach().clone() for p in net.parameters()]
                with torch.no_grad():
                    size = torch.stack([(p.abs() * p.grad).norm() for p in net.parameters()]).norm() + 1e-9
                    for p in net.parameters():
                        p += 0.5 * p.abs() ** 2 * p.grad / size
                opt.zero_grad()
                loss = F.cross_entropy(net(a), b)
                loss.backward()
                with torch.no_grad():
                    for p, was in zip(net.parameters(), kept, strict=True):
                        p.copy_(was)
                opt.step()
                health.step(loss)
            judge()
    return judge()


@healthy("step", 0.8)
def average_that_begins_quickly(seed: int, watch: Watch) -> float:
    """What is judged is a running average that is quick at first, and slower with each step; the net itself jumps about."""
    x, y, xd, yd = clouds(seed)
    net = dense(8, 64, 64, 6)
    slow = copy.deepcopy(net).requires_grad_(False)
    done = [0]

    def follow() -> None:
        done[0] += 1
        keep = min(0.99, done[0] / (done[0] + 10))
        for p, q in zip(slow.parameters(), net.parameters(), strict=True):
            p.lerp_(q.detach(), 1 - keep)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    opt = SGD(net.parameters(), 0.1, momentum=0.9)
    return fit(watch, net, opt, batches_of(x, y, size=16), loss_of, right(slow, xd, yd), 14, after_step=follow)


@healthy("step", 0.75)
def factors_of_the_squares(seed: int, watch: Watch) -> float:
    """Adafactor: the squares of a matrix's gradients are kept as a row and a column, and steps are relative to the weights."""
    net = dense(6, 64, 64, 1)
    return measured(watch, net, Adafactor(net.parameters(), 0.03), houses(seed), 25)


@healthy("step", 0.7)
def rectified_from_the_first_step(seed: int, watch: Watch) -> float:
    """RAdam: for the first steps it goes without squares, and hardly moves; nobody warms it up."""
    net = looker()
    return classified(watch, net, RAdam(net.parameters(), 4e-3, weight_decay=1e-4), digits(seed), 15)


@healthy("step", 0.75)
def each_entry_cut_to_a_hundredth(seed: int, watch: Watch) -> float:
    """Each entry of the gradient is cut to between -0.01 and 0.01, nearly all of them at first, and the rate is high."""
    x, y, xd, yd = houses(seed)
    net = dense(6, 64, 64, 1)

    def cut() -> None:
        nn.utils.clip_grad_value_(net.parameters(), 0.01)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    opt = SGD(net.parameters(), 0.15, momentum=0.9)
    return fit(watch, net, opt, batches_of(x, y), loss_of, near(net, xd, yd), 20, before_step=cut)


@healthy("numbers", 0.7)
def scaled_and_scaled_back(seed: int, watch: Watch) -> float:
    """The loss is computed in bfloat16 and times 4,096; gradients are divided by it before they are cut and used."""
    x, y, xd, yd = digits(seed)
    net = looker()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            said = net(a)
        return 4096 * F.cross_entropy(said.float(), b)

    def back() -> None:
        for p in net.parameters():
            p.grad /= 4096
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)

    opt = NAdam(net.parameters(), 2e-3)
    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 8, before_step=back)


@healthy("step", 0.8)
def weakest_links_give_way(seed: int, watch: Watch) -> float:
    """Behind the first layer seven in ten weights are off; after each third epoch the weakest of the rest are put off, and others on, from 0."""
    x, y, xd, yd = clouds(seed)
    net = dense(8, 96, 96, 6)
    layers = [m for m in net if isinstance(m, nn.Linear)]
    masks = [(torch.rand_like(m.weight) < (1.0 if k == 0 else 0.3)).float() for k, m in enumerate(layers)]
    epoch = [0]

    def hold() -> None:
        with torch.no_grad():
            for m, mask in zip(layers, masks, strict=True):
                m.weight *= mask

    def swap() -> None:
        epoch[0] += 1
        if epoch[0] % 3 or epoch[0] > 9:
            return
        for m, mask in list(zip(layers, masks, strict=True))[1:]:
            much = int(mask.sum() * 0.2)
            on, off = mask.flatten().nonzero()[:, 0], (mask.flatten() == 0).nonzero()[:, 0]
            weakest = on[m.weight.detach().flatten()[on].abs().argsort()[:much]]
            mask.view(-1)[weakest] = 0
            mask.view(-1)[off[torch.randperm(len(off))[:much]]] = 1
        hold()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    hold()
    opt = SGD(net.parameters(), 0.03, momentum=0.9)
    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 15, after_step=hold, after_epoch=swap)


@healthy("step", 0.75)
def moments_forgotten_now_and_then(seed: int, watch: Watch) -> float:
    """After every fifth epoch Adam is made anew, with half of the rate: its moments begin again, three times."""
    x, y, xd, yd = houses(seed)
    net = dense(6, 64, 64, 1)
    opt = Adam(net.parameters(), 6e-3)
    epoch = [0]

    def forget() -> None:
        epoch[0] += 1
        if epoch[0] % 5 == 0:
            opt.state.clear()
            opt.param_groups[0]["lr"] *= 0.5

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    return fit(watch, net, opt, batches_of(x, y), loss_of, near(net, xd, yd), 20, after_epoch=forget)


@healthy("tuning", 0.6)
def deeper_layers_move_less(seed: int, watch: Watch) -> float:
    """A trained net is tuned: each layer has a rate three times smaller than the one above it, and then all fall to 0."""
    x, y, xd, yd = digits(seed, 1200)
    net = looker()
    grown(net, x[:400], y[:400] % 3, 8)
    net[-1] = nn.Linear(32, 5)
    layers = [m for m in net if list(m.parameters())]
    groups = [{"params": m.parameters(), "lr": 8e-3 / 3 ** (len(layers) - 1 - k)} for k, m in enumerate(layers)]
    opt = AdamW(groups, weight_decay=0.01)
    line = LambdaLR(opt, lambda k: min(1, (k + 1) / 20) * max(0.0, 1 - k / 240))
    data = Split(x[400:], y[400:], xd, yd)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    batches = batches_of(data.x, data.y)
    return fit(watch, net, opt, batches, loss_of, right(net, xd, yd), 18, after_step=line.step, pretrained=True)
