"""Seventh set: faults of steps and modes: how far, how often, how many, in which mode, and with what is left over."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import ExponentialLR, ReduceLROnPlateau

from benchmarks.coach.reports.common import Watch, faulty
from benchmarks.coach.reports.seventh_common import (
    DIVERGED,
    OVERFIT,
    RATE_HIGH,
    RATE_LOW,
    STUCK,
    batches_of,
    classified,
    clouds,
    dense,
    digits,
    fit,
    houses,
    looker,
    measured,
    near,
    right,
)


@faulty(
    "step", "namiyousef/argument-mining#48", RATE_HIGH, STUCK + "|" + DIVERGED + r"|dead|silent|same class|one class"
)
def adam_at_a_tenth(seed: int, sick: bool, watch: Watch) -> float:
    """Adam at a rate of 0.1, which plain descent might bear: after few steps the net says one class to everything."""
    net = looker()
    return classified(watch, net, Adam(net.parameters(), 0.1 if sick else 2e-3), digits(seed), 8)


@faulty("step", "imatge-upc/salgan#9", RATE_HIGH, STUCK + "|" + DIVERGED)
def prices_run_away(seed: int, sick: bool, watch: Watch) -> float:
    """A rate of 0.5 with a momentum of 0.9: the error of the prices grows with each step, until it is no number."""
    net = dense(6, 64, 64, 1)
    return measured(watch, net, SGD(net.parameters(), 0.5 if sick else 0.02, momentum=0.9), houses(seed), 12)


@faulty("step", "halwai/bird_classification#12", RATE_LOW, STUCK)
def rate_for_tuning_from_nothing(seed: int, sick: bool, watch: Watch) -> float:
    """The rate of 1e-5 is from a recipe for tuning; this net starts from nothing, and is hardly anywhere after 9 epochs."""
    net = looker(norm=True)
    return classified(watch, net, Adam(net.parameters(), 1e-5 if sick else 2e-3), digits(seed), 9)


@faulty(
    "step",
    "wenet-e2e/wekws#72",
    r"zero_grad|\bclear|accumul|add(ed|s|ing)? up|left over|earlier (batches|steps)|stale|gradients?\b.{0,50}(grow|sum of)",
    STUCK + "|" + DIVERGED + "|" + RATE_HIGH,
)
def clearing_without_brackets(seed: int, sick: bool, watch: Watch) -> float:
    """``opt.zero_grad`` without the brackets does nothing: each step goes along the gradients of all the batches so far."""
    x, y, xd, yd = digits(seed)
    net = looker()
    opt = SGD(net.parameters(), 0.03, momentum=0.9)
    judge = right(net, xd, yd)
    with watch(net, opt) as health:
        for _ in range(8):
            net.train()
            for a, b in batches_of(x, y)():
                clear = opt.zero_grad
                if not sick:
                    clear()
                loss = F.cross_entropy(net(a), b)
                loss.backward()
                opt.step()
                health.step(loss)
            judge()
    return judge()


@faulty(
    "step",
    "s-huu/TurningWeaknessIntoStrength#6",
    r"never (steps?|stepped|called|moved?|updated)|no step|\bstep\(\)|(weights?|parameters?|net)\b.{0,60}(not (move|change|updated)|never (move|change)|stand still|unchanged|the same)|not (trained|updated|stepped)",
    STUCK + "|" + RATE_LOW,
)
def only_the_schedule_steps(seed: int, sick: bool, watch: Watch) -> float:
    """``schedule.step()`` stands where ``opt.step()`` was meant as well: gradients are computed, and nothing moves."""
    x, y, xd, yd = houses(seed)
    net = dense(6, 48, 48, 1)
    opt = Adam(net.parameters(), 3e-3)
    schedule = ExponentialLR(opt, 0.999)
    judge = near(net, xd, yd)
    with watch(net, opt) as health:
        for _ in range(12):
            net.train()
            for a, b in batches_of(x, y)():
                opt.zero_grad()
                loss = F.mse_loss(net(a), b)
                loss.backward()
                if not sick:
                    opt.step()
                schedule.step()
                health.step(loss)
            judge()
    return judge()


@faulty("step", "shayneobrien/coreference-resolution#22", RATE_LOW + r"|schedul|gamma", STUCK)
def a_tenth_after_every_epoch(seed: int, sick: bool, watch: Watch) -> float:
    """The rate is divided by 10 after each epoch, where 0.97 was meant: from the fourth on nothing moves any more."""
    x, y, xd, yd = clouds(seed)
    net = dense(8, 64, 64, 6)
    opt = SGD(net.parameters(), 0.03, momentum=0.9)
    schedule = ExponentialLR(opt, 0.1 if sick else 0.97)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 18, after_epoch=schedule.step)


@faulty("step", "keras-team/keras#10924", RATE_LOW + r"|schedul|plateau\b.{0,40}(schedul|batch|step|rate)", STUCK)
def plateau_asked_after_each_batch(seed: int, sick: bool, watch: Watch) -> float:
    """A schedule that waits for two bad epochs is asked after each batch: soon two are bad, and again, and the rate is gone."""
    x, y, xd, yd = digits(seed)
    net = looker()
    opt = Adam(net.parameters(), 2e-3)
    schedule = ReduceLROnPlateau(opt, factor=0.3, patience=2)
    last: list[Tensor] = []

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        last[:] = [F.cross_entropy(net(a), b)]
        return last[0]

    def tell(now: bool) -> None:
        if now:
            schedule.step(last[0].item())

    judge = right(net, xd, yd)
    batches = batches_of(x, y)
    return fit(
        watch, net, opt, batches, loss_of, judge, 9, after_step=lambda: tell(sick), after_epoch=lambda: tell(not sick)
    )


@faulty(
    "step",
    "pytorch/pytorch#9170",
    RATE_LOW
    + r"|(batch\w*)\b.{0,50}(too )?(large|big|all)|(few|too few|more|only \d+) (steps|updates|epochs)|(steps|updates)\b.{0,30}few|still fall|(stopped|ended|ends|stops) (too )?(early|soon)|longer",
    STUCK,
)
def twelve_steps_in_all(seed: int, sick: bool, watch: Watch) -> float:
    """The batch was made as large as the memory takes, 700 rows; 12 epochs are now 12 steps, at the rate of before."""
    net = dense(8, 64, 64, 6)
    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    return classified(watch, net, opt, clouds(seed), 12, size=700 if sick else 16)


@faulty(
    "modes",
    "tk-rusch/coRNN#1",
    r"eval(uation)?\b.{0,15}mode|train(ing)?.mode|net\.train|\.train\(\)|(dropout|norms?)\b.{0,60}(off|never|not|no effect|inactive|averages?|running|frozen)",
    STUCK + "|" + OVERFIT + "|" + RATE_HIGH + "|" + DIVERGED,
)
def never_back_in_training_mode(seed: int, sick: bool, watch: Watch) -> float:
    """``net.train()`` stands before the loop over the epochs, ``net.eval()`` within: norms go by averages of the first one."""
    x, y, xd, yd = digits(seed, noise=0.3)
    x, y = x[:300], y[:300]
    net = looker(norm=True)
    opt = SGD(net.parameters(), 0.15)
    net.train()
    result = float("nan")
    with watch(net, opt) as health:
        for _ in range(15):
            if not sick:
                net.train()
            for a, b in batches_of(x, y, size=20)():
                opt.zero_grad()
                loss = F.cross_entropy(net(a), b)
                loss.backward()
                opt.step()
                health.step(loss)
            net.eval()
            with torch.no_grad():
                result = (net(xd).argmax(1) == yd).float().mean().item()
    return result


@faulty(
    "step",
    "yu4u/age-gender-estimation#18",
    r"(more|too few|few|only \w+) (epochs|steps)|longer|still (fall|improv|learn|going)|(stopped|ended|ends|stops) (too )?(early|soon)|not (yet )?(finished|converged|done)",
    STUCK + "|" + RATE_LOW,
)
def two_epochs_are_thought_enough(seed: int, sick: bool, watch: Watch) -> float:
    """Two epochs, as one tunes large models; this one starts from nothing, and its loss is still falling fast."""
    net = looker()
    return classified(watch, net, Adam(net.parameters(), 1e-3), digits(seed), 2 if sick else 12)


class Roots(nn.Module):
    """The root of what is above 0, and 0 else; ``safe`` takes the root of what can have one."""

    def __init__(self, safe: bool) -> None:
        super().__init__()
        self.safe = safe

    def forward(self, x: Tensor) -> Tensor:
        inner = x.clamp(min=1e-2) if self.safe else x
        return torch.where(x > 0, inner.sqrt(), torch.zeros_like(x))


@faulty("numbers", "pytorch/pytorch#68425", DIVERGED + r"|\bwhere\b|root|sqrt", STUCK)
def where_hides_a_root(seed: int, sick: bool, watch: Watch) -> float:
    """``where`` leaves out the roots of negative numbers, but on the way back they are there, and are no numbers."""
    net = nn.Sequential(nn.Linear(8, 64), Roots(not sick), nn.Linear(64, 6))
    return classified(watch, net, Adam(net.parameters(), 3e-3), clouds(seed), 12)
