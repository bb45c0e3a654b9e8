"""Fourth set: faults of steps: what is stepped, how far, by which schedule, and what is averaged."""

from __future__ import annotations

from copy import deepcopy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR

from benchmarks.coach.reports.common import Watch, faulty
from benchmarks.coach.reports.fourth_common import (
    CREEPS,
    LEAPS,
    NO_MORE,
    TOO_GOOD,
    UNTRAINED,
    WILD,
    Glance,
    constellations,
    correct,
    dealt,
    glyphs,
    layers,
    learn,
    quadrants,
    springs,
    told_by,
    trained_before,
)


@faulty("step", "LaurentMazare/ocaml-torch#36", r"optimi[sz]er\b.{0,80}(before|after|old)|" + UNTRAINED, NO_MORE)
def head_made_too_late(seed: int, sick: bool, watch: Watch) -> float:
    """The optimizer is made first and the new head afterwards: what is stepped is the head that was thrown away."""
    x, y, xd, yd = constellations(seed, 8)
    body = layers(10, 48, 48)
    net = nn.Sequential(body, nn.ReLU(), nn.Linear(48, 8))
    trained_before(net, x, y % 2)
    body[0].requires_grad_(False)
    opt = Adam(net.parameters(), 4e-4)
    net[2] = nn.Linear(48, 8)
    if not sick:
        opt = Adam(net.parameters(), 4e-4)
    return learn(
        watch,
        net,
        opt,
        dealt(x, y, size=10),
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, xd, yd),
        8,
        pretrained=True,
    )


@faulty(
    "step",
    "ageron/handson-mlp#28",
    r"schedul|warm.?up|one.?cycle|" + CREEPS,
    NO_MORE,
)
def one_cycle_by_epochs(seed: int, sick: bool, watch: Watch) -> float:
    """A one-cycle schedule counts 300 batches, but steps once an epoch: the rate stays where the warm-up begins."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = SGD(net.parameters(), 0.01)
    batches = dealt(x, y)
    schedule = OneCycleLR(opt, 0.5, total_steps=15 * len(batches) + 1, cycle_momentum=False)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    def per_step() -> None:
        if not sick:
            schedule.step()

    def per_epoch(_: float) -> None:
        if sick:
            schedule.step()

    return learn(
        watch,
        net,
        opt,
        batches,
        loss_of,
        lambda: correct(net, xd, yd),
        15,
        after_step=per_step,
        after_epoch=per_epoch,
    )


@faulty(
    "step",
    "lucidrains/imagen-pytorch#71",
    r"schedul|cosine|T_max|restart|anneal|(rate|\blr\b)\b.{0,80}(again|rises?|end|last|climb|swing|periodic|up and down|high|never (falls|decays))|lower.{0,20}rate|"
    + LEAPS,
    WILD + "|" + TOO_GOOD + "|" + NO_MORE,
)
def cosine_climbs_again(seed: int, sick: bool, watch: Watch) -> float:
    """The cosine's half wave is 2 epochs, those of a warm-up, and not 13: the rate swings, and is at its top at the end."""
    x, y, xd, yd = springs(seed, noise=0.6)
    net = layers(6, 64, 64, 1)
    opt = SGD(net.parameters(), 0.04, momentum=0.9)
    schedule = CosineAnnealingLR(opt, 2 if sick else 13)

    def after_epoch(_: float) -> None:
        schedule.step()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    return learn(
        watch, net, opt, dealt(x, y, size=8), loss_of, lambda: told_by(net, xd, yd), 13, after_epoch=after_epoch
    )


@faulty("step", "mlpnlp/mlpnlp-nmt#4", r"\beps\b|epsilon|" + CREEPS, NO_MORE)
def epsilon_of_a_tenth(seed: int, sick: bool, watch: Watch) -> float:
    """Adam's epsilon is 0.1 by a program's own default: next to it the gradients are nothing, and so are the steps."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = Adam(net.parameters(), 1e-3, eps=0.1 if sick else 1e-8)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 25
    )


@faulty("step", "wandb/senpai#978", r"\bclip|max_norm|" + CREEPS, NO_MORE)
def clipped_to_next_to_nothing(seed: int, sick: bool, watch: Watch) -> float:
    """Gradients are clipped to a norm of 0.005 in each step, where theirs is about 1."""
    x, y, xd, yd = glyphs(seed)
    net = Glance()
    opt = SGD(net.parameters(), 0.1, momentum=0.9)

    def before_step() -> None:
        clip_grad_norm_(net.parameters(), 0.005 if sick else 1.0)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 12, before_step=before_step)


@faulty(
    "step",
    "FlyreelAI/sesemi#36",
    r"averag|\bema\b|buffer|running|statistic|batch ?norm",
    TOO_GOOD + "|" + NO_MORE,
    visible=False,
)
def average_without_buffers(seed: int, sick: bool, watch: Watch) -> float:
    """What is judged is a running average of the parameters; its batch norms keep the mean 0 and deviation 1 of a start."""
    x, y, xd, yd = glyphs(seed)
    net = Glance(norm=nn.BatchNorm2d)
    slow = deepcopy(net)
    opt = Adam(net.parameters(), 2e-3)

    def after_step() -> None:
        with torch.no_grad():
            for s, p in zip(slow.parameters(), net.parameters(), strict=True):
                s.lerp_(p, 0.05)
            for s, b in zip(slow.buffers(), net.buffers(), strict=True):
                if not sick:
                    s.copy_(b)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(4 * a + 3), b)

    return learn(
        watch, net, opt, dealt(x, y), loss_of, lambda: correct(slow, 4 * xd + 3, yd), 12, after_step=after_step
    )


@faulty(
    "step",
    "nerfstudio-project/nerfacc#307",
    r"unscal|(loss|gradients?)\b.{0,40}(scaled|scale|scaler)|scaler|" + LEAPS,
    WILD + "|" + NO_MORE,
)
def scaled_and_never_back(seed: int, sick: bool, watch: Watch) -> float:
    """The loss is multiplied by 1,024 for half precision, and nobody divides the gradients before the step."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    result = 0.0
    with watch(net, opt) as health:
        for _ in range(15):
            net.train()
            for a, b in dealt(x, y):
                opt.zero_grad()
                loss = F.cross_entropy(net(a), b)
                (1024 * loss).backward()
                for p in net.parameters():
                    if not sick and p.grad is not None:
                        p.grad /= 1024
                opt.step()
                health.step(loss)
            result = correct(net, xd, yd)
    return result


@faulty("step", "distillpub/post--momentum#90", r"momentum|" + LEAPS, WILD + "|" + NO_MORE)
def momentum_of_nearly_one(seed: int, sick: bool, watch: Watch) -> float:
    """A momentum of 0.997: each gradient goes on for hundreds of steps, and the weights swing past every valley."""
    x, y, xd, yd = springs(seed)
    net = layers(6, 64, 64, 1)
    opt = SGD(net.parameters(), 0.03, momentum=0.997 if sick else 0.9)
    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(net(a), b), lambda: told_by(net, xd, yd), 20)


@faulty(
    "tuning",
    "lightly-ai/lightly-train#646",
    r"\bhead\b|(last|new) layers?\b|param(eter)? groups?|" + CREEPS,
    NO_MORE,
)
def head_at_the_rate_of_the_body(seed: int, sick: bool, watch: Watch) -> float:
    """The new head is stepped at the rate of the trained body, 2e-5, as if it had been trained as well."""
    x, y, xd, yd = glyphs(seed, 900)
    net = Glance()
    trained_before(net, x[:400], y[:400])
    net.head = nn.Linear(32, 4)
    groups = [{"params": net.body.parameters()}, {"params": net.head.parameters(), "lr": 2e-5 if sick else 5e-3}]
    opt = Adam(groups, 2e-5)
    batches = dealt(x[400:], y[400:], size=16)
    return learn(
        watch,
        net,
        opt,
        batches,
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, xd, yd),
        10,
        pretrained=True,
    )
