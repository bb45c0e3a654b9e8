"""Sixth set: faults of steps: in which direction, how far, with which rate, and of what."""

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
    UNTRAINED,
    WILD,
    constellations,
    correct,
    dealt,
    layers,
    learn,
    told_by,
    trained_before,
)
from benchmarks.coach.reports.sixth_common import NO_GRADIENT, Viewer, hills, marks, towns


@faulty(
    "step",
    "pytorch/pytorch#3495",
    r"\bsign\b|maximi|ascen|uphill|climb|wrong (way|direction)|opposite|away from the (minimum|valley)|along the gradient|raise the loss",
    WILD + "|" + LEAPS + "|" + NO_MORE + r"|loss (rises|grows)",
)
def maximize_left_on(seed: int, sick: bool, watch: Watch) -> float:
    """The optimizer was copied from a policy's training, and maximizes: the loss is driven up."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 64, 64, 5)
    opt = SGD(net.parameters(), 0.02, momentum=0.9, maximize=sick)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 10
    )


@faulty(
    "step",
    "speedinghzl/pytorch-segmentation-toolbox#12",
    r"param(eter)?.?groups?|rate\b.{0,50}(is|of|stays|at) (0\b|zero)|(second|one|other) group|" + UNTRAINED,
    NO_MORE + "|" + CREEPS,
)
def only_the_first_group_is_warmed_up(seed: int, sick: bool, watch: Watch) -> float:
    """Both groups begin with a rate of 0; the warm-up sets that of ``param_groups[0]``, the head: the body stays."""
    x, y, xd, yd = marks(seed)
    net = Viewer()
    opt = Adam([{"params": net.head.parameters(), "lr": 0.0}, {"params": net.body.parameters(), "lr": 0.0}])
    done = [0]

    def before_step() -> None:
        done[0] += 1
        for group in opt.param_groups[: 1 if sick else 2]:
            group["lr"] = 3e-3 * min(1, done[0] / 40)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 14, before_step=before_step)


@faulty(
    "step",
    "pytorch/pytorch#47175",
    r"clear|zero_grad|accumul|add(ed|s)? up|gradients?\b.{0,50}grow|sum of|left over|earlier (batches|steps)|stale|once (an|per|each) epoch",
    WILD + "|" + LEAPS + "|" + NO_MORE,
)
def cleared_once_an_epoch(seed: int, sick: bool, watch: Watch) -> float:
    """Gradients are cleared where an epoch begins, and stepped after each batch: the last step has the sum of 20."""
    x, y, xd, yd = hills(seed)
    net = layers(5, 64, 64, 1)
    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    with watch(net, opt) as health:
        for _ in range(18):
            net.train()
            opt.zero_grad()
            for a, b in dealt(x, y):
                loss = F.mse_loss(net(a), b)
                if not sick:
                    opt.zero_grad()
                loss.backward()
                opt.step()
                health.step(loss)
            told_by(net, xd, yd)
    return told_by(net, xd, yd)


@faulty(
    "tuning",
    "naoto0804/pytorch-inpainting-with-partial-conv#11",
    CREEPS + r"|resum|load(ed|s|ing)?\b.{0,60}(rate|optimi|state)|rate\b.{0,60}(0\b|zero|old|last)",
    NO_MORE,
)
def rate_loaded_with_the_state(seed: int, sick: bool, watch: Watch) -> float:
    """The optimizer's state is loaded for the tuning, and with it the rate at which the training had ended."""
    x, y, xd, yd = marks(seed, 900)
    net = Viewer()
    trained_before(net, x[:400], y[:400])
    old = Adam(net.parameters(), 1e-6)
    opt = Adam(net.parameters(), 2e-3)
    if sick:
        opt.load_state_dict(old.state_dict())
    x, y, yd = x[400:], ((y + 1) % 4)[400:], (yd + 1) % 4
    return learn(
        watch,
        net,
        opt,
        dealt(x, y),
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, xd, yd),
        14,
        pretrained=True,
    )


@faulty(
    "step",
    "hwan-sig/Official-FedGF#1",
    r"perturb|restor|undo|undone|put back|sharp|uphill|climb|besides the optimi|other than the optimi|not (only )?by the optimi"
    r"|(weights?|parameters?)\b.{0,80}(between (the )?steps|outside|besides|elsewhere|by hand|other than)",
    WILD + "|" + LEAPS + "|" + NO_MORE,
)
def never_climbs_down_again(seed: int, sick: bool, watch: Watch) -> float:
    """Before the second pass the weights climb a little, and nobody puts them back: each step begins further up."""
    x, y, xd, yd = constellations(seed, n=700)
    net = layers(10, 64, 64, 6)
    opt = SGD(net.parameters(), 0.03, momentum=0.9)
    with watch(net, opt) as health:
        for _ in range(12):
            net.train()
            for a, b in dealt(x, y):
                opt.zero_grad()
                F.cross_entropy(net(a), b).backward()
                grads = [p.grad.clone() for p in net.parameters()]
                length = torch.stack([g.norm() for g in grads]).norm() + 1e-9
                with torch.no_grad():
                    for p, g in zip(net.parameters(), grads, strict=True):
                        p += 0.15 * g / length
                opt.zero_grad()
                loss = F.cross_entropy(net(a), b)
                loss.backward()
                if not sick:
                    with torch.no_grad():
                        for p, g in zip(net.parameters(), grads, strict=True):
                            p -= 0.15 * g / length
                opt.step()
                health.step(loss)
            correct(net, xd, yd)
    return correct(net, xd, yd)


@faulty(
    "step",
    "ratschlab/RGAN#12",
    r"clamp|\bclip\w*\b.{0,40}(weights?|parameters?)|weights?\b.{0,30}\bclip|(weights?|parameters?)\b.{0,70}(small|tiny|bound|limit|same size|at most|equal|held|close to (0|zero)|next to|edge)",
    NO_MORE + "|" + CREEPS,
)
def every_weight_clamped(seed: int, sick: bool, watch: Watch) -> float:
    """A line from a critic's training is left: after each step all weights are cut to between -0.03 and 0.03."""
    x, y, xd, yd = hills(seed)
    net = layers(5, 64, 64, 1)
    opt = Adam(net.parameters(), 3e-3)

    def after_step() -> None:
        if sick:
            with torch.no_grad():
                for p in net.parameters():
                    p.clamp_(-0.03, 0.03)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.mse_loss(net(a), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: told_by(net, xd, yd), 18, after_step=after_step)


@faulty(
    "step",
    "google-deepmind/jax_privacy#383",
    r"noise\b.{0,60}(gradient|step|large|drown|batch|privacy)|gradients?\b.{0,70}(noise|random|at odds|disagree|no direction|unrelated|drown|chance)|privacy",
    NO_MORE + "|" + LEAPS + "|" + WILD,
)
def noise_of_the_sum_on_the_mean(seed: int, sick: bool, watch: Watch) -> float:
    """Noise for privacy is measured for the sum of 32 gradients, and added to their mean: it drowns them."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 32, 5)
    opt = SGD(net.parameters(), 0.15)

    def before_step() -> None:
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for p in net.parameters():
            p.grad += 0.6 * torch.randn_like(p) / (1 if sick else 32)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 20, before_step=before_step)


@faulty(
    "step",
    "SYSU-SAIL/PAM#4",
    LEAPS + r"|rate\b.{0,60}(rise|rose|climb|grow|grew|increas|doubl)|schedul",
    WILD + "|" + NO_MORE,
)
def rate_that_grows(seed: int, sick: bool, watch: Watch) -> float:
    """The exponent of the schedule has a minus too many: every two epochs the rate doubles, where it ought to be halved."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 64, 64, 5)
    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    schedule = LambdaLR(opt, lambda epoch: 0.6 ** (-epoch // 2 if sick else epoch // 2))
    return learn(
        watch,
        net,
        opt,
        dealt(x, y),
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, xd, yd),
        18,
        after_epoch=lambda _: schedule.step(),
    )


@faulty(
    "step",
    "mila-iqia/blocks#1159",
    r"momentum|\bbetas?\b|inertia|(old|earlier|past) gradients?|average of (the )?gradients?|swings? past",
    WILD + "|" + LEAPS + "|" + CREEPS + "|" + NO_MORE,
)
def betas_swapped(seed: int, sick: bool, watch: Watch) -> float:
    """Adam gets its two numbers in the wrong order: gradients of a thousand steps count, their sizes of ten."""
    x, y, xd, yd = hills(seed)
    net = layers(5, 64, 64, 1)
    opt = Adam(net.parameters(), 5e-3, betas=(0.999, 0.9) if sick else (0.9, 0.999))
    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(net(a), b), lambda: told_by(net, xd, yd), 20)


@faulty(
    "step",
    "pytorch/examples#130",
    r"rate\b.{0,70}(0\b|zero|nothing|fell|falls|vanish|small|low|end)|schedul|integer|(weights?|parameters?|net)\b.{0,60}(stand still|not move|unchanged|stopped|stops)|"
    + UNTRAINED,
    NO_MORE + "|" + CREEPS,
)
def divided_by_integers(seed: int, sick: bool, watch: Watch) -> float:
    """What is left of the training is divided by its length with ``//``: 1 in the first step, 0 in all the others."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 64, 64, 5)
    opt = Adam(net.parameters(), 4e-3)
    total = 20 * 12
    schedule = LambdaLR(opt, lambda k: (total - k) // total if sick else (total - k) / total)
    return learn(
        watch,
        net,
        opt,
        dealt(x, y),
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, xd, yd),
        12,
        after_step=schedule.step,
    )


def halved(module: nn.Module, into: tuple[Tensor, ...], out: Tensor) -> None:
    """On the way back the gradient of what a layer said goes through half precision."""
    if out.requires_grad:
        out.register_hook(lambda g: g.half().float())


@faulty(
    "numbers",
    "engichang1467/Open-Rig3R#35",
    r"underflow|half precision|float16|fp16|\bhalf\b.{0,20}(number|float|bits)|precision|loss scal|scaler|rounded to (0|zero)|"
    + NO_GRADIENT,
    NO_MORE + "|" + CREEPS,
)
def gradients_lost_in_half_precision(seed: int, sick: bool, watch: Watch) -> float:
    """Gradients of a small loss pass through half precision; without a scale most of them are 0 there."""
    x, y, xd, yd = hills(seed)
    net = layers(5, 64, 64, 1)
    opt = Adam(net.parameters(), 3e-3)
    scale = 1.0 if sick else 2.0**16
    for layer in net:
        layer.register_forward_hook(halved)

    def before_step() -> None:
        for p in net.parameters():
            p.grad = p.grad.half().float() / scale

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return scale * 3e-7 * F.mse_loss(net(a), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: told_by(net, xd, yd), 20, before_step=before_step)


@faulty(
    "tuning",
    "fastai/fastai#2133",
    r"optimi[sz]er\b.{0,80}(not|lack|without|never|made|knows)|thaw|unfr(ee|o)ze|frozen|" + UNTRAINED,
    NO_MORE + "|" + CREEPS,
)
def thawed_without_the_optimizer(seed: int, sick: bool, watch: Watch) -> float:
    """The body is released after two epochs; but the optimizer was made of what wanted gradients then: the head alone."""
    x, y, xd, yd = marks(seed, 1000)
    net = Viewer()
    trained_before(net, x[:300], (y == 2).long()[:300], epochs=3)
    net.head = nn.Linear(64, 4)
    net.body.requires_grad_(False)
    opt = Adam([p for p in net.parameters() if p.requires_grad], 3e-3)
    epoch = [0]

    def after_epoch(_: float) -> None:
        epoch[0] += 1
        if epoch[0] == 2:
            net.body.requires_grad_(True)
            if not sick:
                opt.add_param_group({"params": list(net.body.parameters())})

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    batches = dealt(x[300:], y[300:])
    return learn(
        watch, net, opt, batches, loss_of, lambda: correct(net, xd, yd), 14, after_epoch=after_epoch, pretrained=True
    )
