"""Fifth set: faults of steps: the rate, what is skipped, cleared and left out, when is stepped and when stopped."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import LambdaLR

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
    stepped,
    told_by,
    trained_before,
)


@faulty("step", "lhoyer/MIC#60", r"schedul|factor|lambda|" + CREEPS, NO_MORE)
def factor_is_the_rate_itself(seed: int, sick: bool, watch: Watch) -> float:
    """The schedule's function gives the rate, where a factor is wanted: the rate is squared."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = Adam(net.parameters(), 4e-3)
    schedule = LambdaLR(opt, lambda step: (4e-3 if sick else 1.0) * (1 + 0.002 * step) ** -0.75)
    return learn(
        watch,
        net,
        opt,
        dealt(x, y),
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, xd, yd),
        15,
        after_step=schedule.step,
    )


@faulty(
    "numbers",
    "deepspeedai/DeepSpeed#697",
    r"overflow|skip|infinit|finite|\binf\b|\bscale\b|scaler|half precision|float16|fp16|never (moved?|step|chang)|not (moved?|stepped)|no step|"
    + UNTRAINED,
    NO_MORE + "|" + CREEPS,
)
def every_step_is_skipped(seed: int, sick: bool, watch: Watch) -> float:
    """Gradients in half precision overflow, the step is skipped, and the scale is not lowered: the next one is, too."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = Adam(net.parameters(), 4e-3)
    scale = 2.0**24
    with watch(net, opt) as health:
        for _ in range(12):
            net.train()
            for a, b in dealt(x, y):
                loss = F.cross_entropy(net(a), b)
                opt.zero_grad()
                (loss * scale).backward()
                for p in net.parameters():
                    p.grad = p.grad.half().float() / scale
                if all(p.grad.isfinite().all() for p in net.parameters()):
                    opt.step()
                elif not sick:
                    scale /= 2
                health.step(loss)
            correct(net, xd, yd)
    return correct(net, xd, yd)


@faulty(
    "step",
    "Hsintien-Ng/idinvert_pytorch-reproduced#1",
    r"clear|zero_grad|accumul|add(ed|s)? up|grow|sum of|left over|earlier (batches|steps)|stale",
    WILD + "|" + LEAPS + "|" + NO_MORE,
)
def one_of_two_never_cleared(seed: int, sick: bool, watch: Watch) -> float:
    """Body and head have an optimizer each; the body's gradients are never cleared, and add up."""
    x, y, xd, yd = constellations(seed)
    body, head = layers(10, 64, 64), layers(64, 6)
    net = nn.Sequential(body, nn.ReLU(), head)
    first, last = SGD(body.parameters(), 0.05, momentum=0.9), SGD(head.parameters(), 0.05, momentum=0.9)
    with watch(net, first, last) as health:
        for _ in range(15):
            net.train()
            for a, b in dealt(x, y):
                loss = F.cross_entropy(net(a), b)
                last.zero_grad()
                if not sick:
                    first.zero_grad()
                loss.backward()
                first.step()
                last.step()
                health.step(loss)
            correct(net, xd, yd)
    return correct(net, xd, yd)


@faulty(
    "tuning",
    "zjunlp/HVPNeT#5",
    r"optimi[sz]er\b.{0,80}(not|lack|without|never)|parameter groups?|param_group|" + UNTRAINED,
    NO_MORE + "|" + CREEPS,
)
def group_that_was_never_added(seed: int, sick: bool, watch: Watch) -> float:
    """Two groups are made, a slow one for the trained body and a quick one for the new head; one is never added."""
    x, y, xd, yd = glyphs(seed, 900)
    net = Glance()
    trained_before(net, x[:400], y[:400])
    net.head = nn.Linear(32, 4)
    groups = [{"params": list(net.body.parameters()), "lr": 1e-5}]
    head = {"params": list(net.head.parameters()), "lr": 5e-3}
    if not sick:
        groups.append(head)
    opt = Adam(groups)
    return learn(
        watch,
        net,
        opt,
        dealt(x[400:], y[400:]),
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, xd, yd),
        14,
        pretrained=True,
    )


@faulty(
    "step",
    "XinyiYS/Gradient-Driven-Rewards-to-Guarantee-Fairness-in-Collaborative-Machine-Learning#3",
    r"(few|once|only|\d+|one) .{0,30}(steps?|updates?)|steps?\b.{0,60}(few|rare|seldom|per epoch|each epoch|outside|between|without a step|every \d+)"
    r"|(batches|losses)\b.{0,60}(without|no|for each|per) .{0,12}step|accumul|indent|weights?\b.{0,40}(stand still|do not move|unchanged)",
    NO_MORE + "|" + LEAPS + "|" + CREEPS,
)
def step_behind_the_loop(seed: int, sick: bool, watch: Watch) -> float:
    """A wrong indentation: gradients are computed for each batch, the step is done when the epoch is over."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = Adam(net.parameters(), 4e-3)
    with watch(net, opt) as health:
        for _ in range(15):
            net.train()
            for a, b in dealt(x, y):
                loss = F.cross_entropy(net(a), b)
                opt.zero_grad()
                loss.backward()
                if not sick:
                    opt.step()
                health.step(loss)
            opt.step()
            correct(net, xd, yd)
    return correct(net, xd, yd)


@faulty(
    "step",
    "modelscope/ms-swift#5326",
    r"early|stop|patience|more to learn|still (fall|improv|ris|gain|learn|better)|could go on|longer|more epochs|unfinished|go on",
    NO_MORE + "|" + CREEPS,
)
def bad_epochs_never_forgiven(seed: int, sick: bool, watch: Watch) -> float:
    """Epochs without a new best are counted, and the count is not set back by a new best: training ends too early."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = SGD(net.parameters(), 0.03)
    best, bad = 0.0, 0
    with watch(net, opt) as health:
        for _ in range(90):
            net.train()
            for a, b in dealt(x, y):
                loss = F.cross_entropy(net(a), b)
                stepped(loss, opt)
                health.step(loss)
            result = correct(net, xd[:90], yd[:90])
            if result > best:
                best, bad = result, bad if sick else 0
            else:
                bad += 1
            if bad == 9:
                break
    return correct(net, xd, yd)


@faulty("step", "open-mmlab/mmdetection#1710", LEAPS + "|warm", WILD + "|" + NO_MORE)
def rate_of_48_cards(seed: int, sick: bool, watch: Watch) -> float:
    """The rate is multiplied by the number of cards, 48, where one trains with small batches."""
    x, y, xd, yd = glyphs(seed, 700)
    net = Glance()
    opt = SGD(net.parameters(), 0.02 * (48 if sick else 1), momentum=0.9)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 12
    )


@faulty(
    "tuning",
    "iamwangyabin/S-Prompts#2",
    r"decay|frozen|shrink|shrunk|fade|weights?\b.{0,60}(smaller|to 0|zero|vanish|lost|moved?)|forg(e|o)t|without a gradient",
    TOO_GOOD + "|" + NO_MORE + "|" + WILD,
)
def frozen_weights_still_decay(seed: int, sick: bool, watch: Watch) -> float:
    """The frozen body is still in the optimizer, with gradients of 0: weight decay makes it smaller at each step."""
    x, y, xd, yd = constellations(seed, n=1000)
    body = layers(10, 64, 64)
    net = nn.Sequential(body, nn.ReLU(), nn.Linear(64, 6))
    trained_before(net, x[:500], y[:500], epochs=12)
    net[2] = nn.Linear(64, 6)
    opt = SGD((net if sick else net[2]).parameters(), 0.05, momentum=0.9, weight_decay=0.02)
    if sick:
        for p in body.parameters():
            p.grad = torch.zeros_like(p)
    body.requires_grad_(False)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    with watch(net, opt, pretrained=True) as health:
        for _ in range(20):
            net.train()
            for a, b in dealt(x[500:], y[500:], size=10):
                loss = loss_of(a, b)
                opt.zero_grad(set_to_none=False)
                loss.backward()
                opt.step()
                health.step(loss)
            correct(net, xd, yd)
    return correct(net, xd, yd)


@faulty("step", "ApolloResearch/e2e_sae#59", r"divid|accumul|gradients?\b.{0,60}(small|tiny|scale)|" + CREEPS, NO_MORE)
def divided_by_the_parts(seed: int, sick: bool, watch: Watch) -> float:
    """The loss is divided by the 64 parts of a step, as if gradients were summed; but each part has its own step."""
    x, y, xd, yd = springs(seed)
    net = layers(6, 64, 64, 1)
    opt = SGD(net.parameters(), 0.03, momentum=0.9)
    return learn(
        watch,
        net,
        opt,
        dealt(x, y),
        lambda a, b: F.mse_loss(net(a), b) / (64 if sick else 1),
        lambda: told_by(net, xd, yd),
        20,
    )
