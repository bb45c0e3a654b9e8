"""Faults of the step: gradients, rates, optimizers, averages."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import LambdaLR, StepLR

from benchmarks.coach.reports.common import (
    Watch,
    accuracy,
    conv,
    curve,
    entropy,
    explained,
    faulty,
    gratings,
    mlp,
    plain,
    shuffled,
    squared,
    train,
    wheel,
)


@faulty(
    "step",
    "wenet-e2e/wekws#73",
    r"zero_grad|clear|accumul|add(ed)? up|pile|old gradient|earlier (batch|step)|never (emptied|zeroed|reset)",
    r"explod|rate|unstable|grow|large gradient",
)
def gradients_never_cleared(seed: int, sick: bool, watch: Watch) -> float:
    """No ``zero_grad``: every step goes along the sum of all gradients so far."""
    d = wheel(seed)
    net = mlp(8, 4)

    def update(opt: Optimizer, loss: Tensor) -> None:
        if not sick:
            opt.zero_grad()
        loss.backward()
        opt.step()

    return train(watch, net, SGD(net.parameters(), 0.05, momentum=0.8), entropy, d, update=update)


@faulty(
    "step",
    "skorch-dev/skorch#317",
    r"not (given|held|in)\b|other (net|model|parameters|weights)|optimizer.{0,60}(other|not|without|different|hold|belong|copy)|(never|not|do not|does not|no).{0,40}(move|change|update|train|step)|stand still",
    r"plateau|chance|learn",
)
def optimizer_of_the_copy(seed: int, sick: bool, watch: Watch) -> float:
    """The net is copied after its optimizer was made; the copy is trained."""
    d = wheel(seed)
    net = mlp(8, 4)
    opt = Adam(net.parameters(), 3e-3)
    if sick:
        net = copy.deepcopy(net)
    return train(watch, net, opt, entropy, d)


@faulty(
    "step",
    "ivadomed/ivadomed#55",
    r"schedul|\b(rate|lr)\b.{0,60}(\b0\b|zero|fall|fell|small|low|tiny|shrink|vanish|drop|decay|too (soon|early|fast))|(rate|lr) decay|per (batch|epoch)|too (soon|early)",
    r"plateau|unfinished|more to learn|slow",
)
def schedule_per_batch(seed: int, sick: bool, watch: Watch) -> float:
    """A schedule that is meant for epochs steps after each batch: the rate is 0 within an epoch."""
    d = gratings(seed)
    net = conv()
    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    schedule = StepLR(opt, 5, 0.3)

    def update(opt: Optimizer, loss: Tensor) -> None:
        plain(opt, loss)
        if sick:
            schedule.step()

    return train(
        watch, net, opt, entropy, d, epochs=14, update=update, each_epoch=(lambda: None) if sick else schedule.step
    )


@faulty(
    "step",
    "facebookresearch/d2go#19",
    r"warm|schedul|rate.{0,60}(low|small|tiny|rais|higher|rising|growing|never|rises)|(low|small|tiny|higher).{0,30}rate",
    r"slow|unfinished|more to learn|underfit",
)
def warm_up_without_end(seed: int, sick: bool, watch: Watch) -> float:
    """A warm-up over 100,000 steps in a training of some hundred."""
    d = wheel(seed)
    net = mlp(8, 4)
    opt = SGD(net.parameters(), 0.1, momentum=0.9)
    warm = 100_000 if sick else 60
    schedule = LambdaLR(opt, lambda step: min(1.0, (step + 1) / warm))

    def update(opt: Optimizer, loss: Tensor) -> None:
        plain(opt, loss)
        schedule.step()

    return train(watch, net, opt, entropy, d, update=update)


@faulty(
    "step",
    "BVLC/caffe#1396",
    r"weight.?decay|decay|regulari[sz]|weights.{0,40}(shrink|shrunk|0|zero|small|pulled)",
    r"constant|underfit|plateau|same answer",
)
def decay_of_one_half(seed: int, sick: bool, watch: Watch) -> float:
    """A weight decay of 0.5 in Adam, on everything."""
    d = curve(seed)
    net = mlp(6, 1)
    return train(
        watch, net, Adam(net.parameters(), 3e-3, weight_decay=0.5 if sick else 1e-5), squared, d, judge=explained
    )


@faulty(
    "step",
    "Lightning-AI/pytorch-lightning#9330",
    r"clip|unscale|scal|(step|update|gradient)s?.{0,40}(tiny|small)|rate.{0,30}(low|small)|too (low|small)",
    r"slow|unfinished|more to learn|underfit",
)
def clipped_before_unscaled(seed: int, sick: bool, watch: Watch) -> float:
    """The loss is scaled up for half precision; gradients are clipped before they are scaled down."""
    d = wheel(seed)
    net = mlp(8, 4)
    scale = 4096.0

    def update(opt: Optimizer, loss: Tensor) -> None:
        opt.zero_grad()
        (loss * scale).backward()
        if sick:
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for p in net.parameters():
            p.grad.div_(scale)
        if not sick:
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        opt.step()

    return train(watch, net, SGD(net.parameters(), 0.1, momentum=0.9), entropy, d, update=update)


@faulty(
    "step",
    "ApolloResearch/e2e_sae#70",
    r"accumul|divid|rate.{0,40}(high|large|big)|too (high|large|big)|large steps|\bsum(s|med)?\b",
    r"explod|unstable|osc|jump|diverg|grow",
)
def sum_of_32_batches(seed: int, sick: bool, watch: Watch) -> float:
    """Gradients of 32 small batches are added up, not averaged."""
    d = curve(seed, 2200)
    net = mlp(6, 1)
    opt = SGD(net.parameters(), 0.1, momentum=0.9)
    result = 0.0
    with watch(net, opt) as health:
        for _ in range(24):
            opt.zero_grad()
            for i, rows in enumerate(shuffled(len(d.x), 8)):
                loss = squared(net, d.x[rows], d.y[rows])
                (loss if sick else loss / 32).backward()
                if i % 32 == 31:
                    opt.step()
                    opt.zero_grad()
                    health.step(loss)
            result = explained(net, d.xd, d.yd)
    return result


@faulty(
    "step",
    "bytetriper/RAE#67",
    r"accumul|zero_grad|clear|thrown away|lost|(few|rare|seldom|not every|only).{0,40}step|steps?.{0,40}(few|rare|seldom|each|every)|discard",
    r"unfinished|more to learn|slow|underfit",
)
def cleared_before_each_part(seed: int, sick: bool, watch: Watch) -> float:
    """A step after 16 small batches, but gradients are cleared before each: 15 of 16 are lost."""
    d = wheel(seed, 1400)
    net = mlp(8, 4)
    opt = SGD(net.parameters(), 0.2, momentum=0.9)
    result = 0.0
    with watch(net, opt) as health:
        for _ in range(30):
            for i, rows in enumerate(shuffled(len(d.x), 4)):
                if sick or i % 16 == 0:
                    opt.zero_grad()
                loss = entropy(net, d.x[rows], d.y[rows])
                (loss / 16).backward()
                if i % 16 == 15:
                    opt.step()
                    health.step(loss)
            result = accuracy(net, d.xd, d.yd)
    return result


@faulty(
    "step",
    "lucidrains/DALLE2-pytorch#131",
    r"\bema\b|(weights|parameters).{0,50}(overwrit|written|back|reset|outside|pulled)|(changed|moved|written|overwrit).{0,30}(outside|besides|after|between)|undone|running average|moving average",
    r"unfinished|more to learn|underfit|slow|hardly|rate",
)
def average_written_back(seed: int, sick: bool, watch: Watch) -> float:
    """The running average of the weights is copied into the trained net after each step."""
    d = wheel(seed)
    net = mlp(8, 4)
    mean = copy.deepcopy(net)

    def update(opt: Optimizer, loss: Tensor) -> None:
        plain(opt, loss)
        with torch.no_grad():
            for m, p in zip(mean.parameters(), net.parameters()):
                m.lerp_(p, 0.005)
                if sick:
                    p.copy_(m)

    return train(watch, net, Adam(net.parameters(), 3e-3), entropy, d, update=update)


@faulty(
    "step",
    "haydnv/tinychain#51",
    r"optimizer.{0,60}(state|new|anew|again|each|every|another|other|not)|new optimizer|re-?created|made anew|momentum",
    r"unstable|osc|noisy|jump|rate",
)
def optimizer_made_anew(seed: int, sick: bool, watch: Watch) -> float:
    """Adam is made anew for each batch: its averages never live past one gradient."""
    d = curve(seed)
    net = mlp(6, 1)
    opt = Adam(net.parameters(), 1e-2)

    def update(_: Optimizer, loss: Tensor) -> None:
        plain(Adam(net.parameters(), 1e-2) if sick else opt, loss)

    return train(watch, net, opt, squared, d, update=update, judge=explained)


@faulty(
    "tuning",
    "facebookarchive/fb.resnet.torch#150",
    r"rate.{0,60}(high|large|big|lower|smaller|reduce)|too (high|large|big)|large steps|forg[eo]t|(lower|smaller|high|large|big).{0,20}rate",
    r"jump|unstable|worse|grow|diverg|start",
)
def tuned_at_full_rate(seed: int, sick: bool, watch: Watch) -> float:
    """A trained net is tuned to few rows at a rate that throws away what it knew."""
    d = wheel(seed, 1500)
    net = mlp(8, 4, (64, 64))
    opt = Adam(net.parameters(), 4e-3)
    for _ in range(30):
        for rows in shuffled(len(d.x), 64):
            plain(opt, entropy(net, d.x[rows] + 0.1, d.y[rows]))
    few = d._replace(x=d.x[:160], y=d.y[:160])
    opt = SGD(net.parameters(), 1.5 if sick else 0.002, momentum=0.9)
    return train(watch, net, opt, entropy, few, epochs=25, batch=16, pretrained=True)


@faulty(
    "tuning",
    "pytorch/examples#1029",
    r"frozen|freez|random|not (loaded|trained)|pretrained|initial|untrained|never trained",
    r"underfit|plateau|capacity",
)
def weights_not_loaded(seed: int, sick: bool, watch: Watch) -> float:
    """Weights are loaded with ``strict=False`` under other names, so none is; then the body is frozen."""
    d = wheel(seed, 1500)
    net = mlp(8, 4, (24, 24))
    train_first = mlp(8, 4, (24, 24))
    opt = Adam(train_first.parameters(), 4e-3)
    for _ in range(24):
        for rows in shuffled(len(d.x), 64):
            plain(opt, entropy(train_first, d.x[rows], (d.y[rows] + 1) % 4))
    prefix = "module." if sick else ""
    body = {prefix + k: v for k, v in train_first.state_dict().items() if not k.startswith("4.")}
    net.load_state_dict(body, strict=False)
    net[:4].requires_grad_(False)
    opt = Adam(net[4].parameters(), 5e-3)
    return train(watch, net, opt, entropy, d, epochs=12, pretrained=True)


@faulty(
    "tuning",
    "zshn25/DINOv2_mmseg#1",
    r"pretrained.{0,60}(lost|random|not|initial|overwrit)|random|initiali[sz]|overwrit|untrained|fresh",
    r"rate|slow|unfinished|more to learn|underfit",
    visible=False,
)
def initialized_once_more(seed: int, sick: bool, watch: Watch) -> float:
    """The framework initializes the weights after they were loaded."""
    d = wheel(seed, 1500)
    net = mlp(8, 4, (64, 64))
    opt = Adam(net.parameters(), 4e-3)
    for _ in range(30):
        for rows in shuffled(len(d.x), 64):
            plain(opt, entropy(net, d.x[rows] + 0.1, d.y[rows]))
    if sick:
        for m in net.modules():
            if isinstance(m, nn.Linear):
                m.reset_parameters()
    few = d._replace(x=d.x[:160], y=d.y[:160])
    return train(watch, net, AdamW(net.parameters(), 3e-4), entropy, few, epochs=25, batch=16, pretrained=True)


@faulty(
    "step",
    "line/open-universe#5",
    r"not (given|held)|optimizer|(never|not|do not|does not|no).{0,40}(move|change|update|train|step)|stand still|first layer|twice",
    r"plateau|underfit",
)
def same_layers_twice(seed: int, sick: bool, watch: Watch) -> float:
    """The list for the optimizer names one half of the net twice, and the other never."""
    d = gratings(seed)
    low, high = conv()[:4], conv()[4:]
    net = nn.Sequential(*low, *high)
    with torch.no_grad():
        for p in low.parameters():
            p.mul_(0.05)
    opt = SGD([{"params": list((high if sick else low).parameters())}], 0.05, momentum=0.9)
    if not sick:
        opt.add_param_group({"params": list(high.parameters())})
    return train(watch, net, opt, entropy, d, epochs=12)
