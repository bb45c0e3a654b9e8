"""Third set: faults of loops: steps, schedules, checkpoints, averages, and who is trained by whom."""

from __future__ import annotations

from copy import deepcopy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Categorical
from torch.optim import SGD, Adam
from torch.optim.lr_scheduler import CosineAnnealingLR
from torch.utils.data import DataLoader

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.later_common import loader, parted, stack
from benchmarks.coach.reports.third_common import arrows, clusters, fit, fitted, hits, slopes
from benchmarks.coach.reports.third_nets import Trunk

STILL = r"(weights?|parameters?|net|optimi[sz]er)\b.{0,60}(never|not|no |without)\b.{0,30}(move|chang|update|train|step|call)|stand still|stood still|(no|never a|not one|without an?) (optimi[sz]er )?(step|update)|step\(\).{0,40}(never|not)"
"""The weights do not move."""


@faulty(
    "step",
    "sacmehta/EdgeNets#14",
    r"zero_grad|clear|gradients?\b.{0,60}(\b0\b|zero|none|lost|before the step|thrown|wiped|gone|empty)|(weights?|parameters?|net)\b.{0,60}(never|not|no )\b.{0,30}(move|chang|update|train|step)|stand still|stood still|steps?\b.{0,40}(no effect|nothing|zero|empty)",
    r"plateau|underfit|unfinished|constant",
)
def cleared_before_the_step(seed: int, sick: bool, watch: Watch) -> float:
    """``backward``, ``zero_grad``, ``step``: every step is taken along no gradient at all."""
    x, y, xd, yd = arrows(seed, 500)
    net = nn.Sequential(Trunk(), nn.Linear(32, 4))
    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    result = 0.0
    with watch(net, opt) as health:
        for _ in range(12):
            net.train()
            for a, b in loader(x, y, 20):
                if not sick:
                    opt.zero_grad()
                loss = F.cross_entropy(net(a), b)
                loss.backward()
                if sick:
                    opt.zero_grad()
                opt.step()
                health.step(loss)
            result = hits(net, xd, yd)
    return result


@faulty(
    "step",
    "timoschick/pet#25",
    r"accumul|" + STILL,
    r"plateau|underfit|unfinished|constant",
)
def accumulates_beyond_the_epoch(seed: int, sick: bool, watch: Watch) -> float:
    """A step is due after 32 batches, counted anew in each epoch, which has 25: none is ever taken."""
    x, y, xd, yd = arrows(seed)
    net = nn.Sequential(Trunk(), nn.Linear(32, 4))
    opt = Adam(net.parameters(), 4e-3)
    batches, gathered, result = loader(x, y, 20, drop_last=True), 32 if sick else 4, 0.0
    with watch(net, opt) as health:
        for _ in range(16):
            net.train()
            opt.zero_grad()
            for k, (a, b) in enumerate(batches):
                loss = F.cross_entropy(net(a), b) / gathered
                loss.backward()
                if (k + 1) % gathered == 0:
                    opt.step()
                    opt.zero_grad()
                health.step(loss)
            result = hits(net, xd, yd)
    return result


def anew(layer: nn.Module) -> None:
    """Draw a linear layer's or a convolution's weights."""
    if isinstance(layer, nn.Linear | nn.Conv2d):
        layer.reset_parameters()


@faulty(
    "step",
    "flairNLP/flair#1899",
    r"re-?initiali|initiali[sz].{0,40}(again|each|every|once more)|\breset|re-?start|start(ed|s|ing)? (again|over|anew|from)|anew|(weights?|parameters?).{0,80}(outside|not by the optimi|jump|changed (by|between|without)|overwrit|replac|drawn|random|no step)|loss.{0,60}(each|every|new) epoch.{0,60}(jump|rise|high|start|begin)|(each|every) epoch.{0,60}(start|begin|jump|rise)",
    r"forget|jump|swing|osc|unfinished|underfit|plateau|unstable",
)
def drawn_anew_each_epoch(seed: int, sick: bool, watch: Watch) -> float:
    """The function that trains an epoch also draws the first weights: each epoch starts from nothing."""
    x, y, xd, yd = arrows(seed)
    net = nn.Sequential(Trunk(), nn.Linear(32, 4))
    opt = Adam(net.parameters(), 2e-3)

    def between(epoch: int, result: float) -> None:
        if sick and epoch < 13:
            net.apply(anew)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return fit(watch, net, opt, loader(x, y), loss_of, lambda: hits(net, xd, yd), 14, between)


@faulty(
    "step",
    "IntelLabs/distiller#145",
    r"(rate|\blr\b).{0,80}(high|large|big|jump|rose|rise|reset|restart|decay|fall|schedul)|(high|large|big|jump).{0,30}(rate|\blr\b|steps?\b)|resum|schedul|optimi[sz]er.{0,40}(state|load|restor|new)|checkpoint",
    r"jump|swing|osc|noise|unstable|unfinished|plateau|explod",
)
def resumed_at_the_first_rate(seed: int, sick: bool, watch: Watch) -> float:
    """After a break the weights are loaded, but neither the optimizer nor the schedule: the rate is the first again."""
    x, y, xd, yd = slopes(seed)
    net = stack(7, 64, 64, 1)
    batches = loader(x, y, 16)
    kept: dict[str, dict] = {}
    result = 0.0
    for begun, epochs in ((0, 17), (17, 3)):
        opt = SGD(net.parameters(), 0.12, momentum=0.9)
        schedule = CosineAnnealingLR(opt, 20)
        if begun:
            net.load_state_dict(kept["net"])
        if begun and not sick:
            opt.load_state_dict(kept["opt"])
            schedule.load_state_dict(kept["schedule"])

        def loss_of(a: Tensor, b: Tensor) -> Tensor:
            return F.mse_loss(net(a), b)

        def between(epoch: int, now: float, schedule=schedule) -> None:
            schedule.step()

        result = fit(watch, net, opt, batches, loss_of, lambda: fitted(net, xd, yd), epochs, between)
        kept = deepcopy({"net": net.state_dict(), "opt": opt.state_dict(), "schedule": schedule.state_dict()})
    return result


@faulty(
    "step",
    "WenjieDu/PyPOTS#667",
    r"state_dict|copy|reference|best (weights|epoch|net)|restor|early stop|stop(ped)? (earlier|sooner)",
    r"overfit|memor|\bdev\b|noise|generali",
    visible=False,
)
def best_kept_by_reference(seed: int, sick: bool, watch: Watch) -> float:
    """The best epoch's weights are kept as a reference, so that the last ones are what is loaded in the end."""
    x, y = clusters(seed, 4)
    x, y, xd, yd = parted(x, y)
    x, y = x[:160], y[:160]
    spoilt = torch.rand(160, generator=torch.Generator().manual_seed(seed)) < 0.4
    y = torch.where(spoilt, torch.randint(0, 4, (160,), generator=torch.Generator().manual_seed(seed + 1)), y)
    net = stack(10, 128, 128, 4)
    opt = Adam(net.parameters(), 2e-3)
    best, kept = -1.0, net.state_dict()

    def between(epoch: int, result: float) -> None:
        nonlocal best, kept
        if result > best:
            best, kept = result, (net.state_dict() if sick else deepcopy(net.state_dict()))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    fit(watch, net, opt, loader(x, y, 16), loss_of, lambda: hits(net, xd, yd), 40, between)
    net.load_state_dict(kept)
    return hits(net, xd, yd)


@faulty(
    "step",
    "ultralytics/yolov5#4389",
    r"averag|\bema\b|decay of 0\.99|moving mean|momentum",
    r"unfinished|slow|underfit|more (steps|epochs)",
    visible=False,
)
def average_too_slow(seed: int, sick: bool, watch: Watch) -> float:
    """What is judged is an average of the weights over ten thousand steps, of a training of some hundred."""
    x, y, xd, yd = parted(*clusters(seed))
    net = stack(10, 48, 48, 6)
    opt = Adam(net.parameters(), 3e-3)
    slow, decay = deepcopy(net), 0.9999 if sick else 0.95

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        with torch.no_grad():
            for s, p in zip(slow.parameters(), net.parameters(), strict=True):
                s.lerp_(p, 1 - decay)
        return F.cross_entropy(net(a), b)

    return fit(watch, net, opt, loader(x, y), loss_of, lambda: hits(slow, xd, yd), 15)


@faulty(
    "goals",
    "ekapolc/RL_course_2019#6",
    r"softmax|logits?|probabilit|sums? to (1|one)|between 0 and 1|twice|two softmax",
    r"plateau|entropy|underfit|unfinished|chance|explor|reward",
)
def probabilities_as_logits(seed: int, sick: bool, watch: Watch) -> float:
    """A policy's probabilities are given to a distribution that takes logits: it never becomes sure."""
    x, y = clusters(seed)
    x, y, xd, yd = parted(x, y)
    net = nn.Sequential(stack(10, 48, 48, 6), nn.Softmax(-1) if sick else nn.Identity())
    opt = Adam(net.parameters(), 5e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        choice = Categorical(logits=net(a))
        action = choice.sample()
        reward = (action == b).float()
        return -(choice.log_prob(action) * (reward - reward.mean())).mean()

    def judge() -> float:
        with judging(net):
            return (Categorical(logits=net(xd)).sample() == yd).float().mean().item()

    return fit(watch, net, opt, loader(x, y, 64), loss_of, judge, 60)


@faulty(
    "goals",
    "haitongli/knowledge-distillation-pytorch#25",
    r"teacher|detach|no_grad|frozen|freez|target(s)?\b.{0,60}(gradient|move|chang|trained|learn|drift)|both (nets|models|sides)|gradient.{0,60}(target|two (nets|models)|second)",
    r"plateau|chance|underfit|nothing|finished|too (good|easy|low)|collaps|same answer|constant|alike",
)
def teacher_learns_too(seed: int, sick: bool, watch: Watch) -> float:
    """The teacher's answers keep their gradient, and its weights are in the optimizer: it learns to agree."""
    x, y, xd, yd = parted(*clusters(seed))
    pair = nn.ModuleDict({"teacher": stack(10, 96, 96, 6), "student": stack(10, 16, 16, 6)})
    teacher, student = pair["teacher"], pair["student"]
    first = Adam(teacher.parameters(), 3e-3)
    for _ in range(10):
        for a, b in loader(x, y):
            first.zero_grad()
            F.cross_entropy(teacher(a), b).backward()
            first.step()
    teacher.requires_grad_(sick)
    opt = Adam([p for p in pair.parameters() if p.requires_grad], 3e-3)

    def loss_of(a: Tensor, _: Tensor) -> Tensor:
        wanted = (teacher(a) / 2).softmax(1)
        return F.cross_entropy(student(a) / 2, wanted)

    return fit(watch, pair, opt, loader(x, y), loss_of, lambda: hits(student, xd, yd), 20)


@faulty(
    "data",
    "facebookresearch/fairseq#78",
    r"overfit|memor|by heart|few (rows|examples|data)|more (data|rows|examples)|regulari|generali|too (many weights|large a net)|early stop|weight decay|dropout",
    r"\bdev\b|noise",
)
def few_rows_by_heart(seed: int, sick: bool, watch: Watch) -> float:
    """A wide net learns 60 rows of 90 columns by heart, of the 630 there are."""
    g = torch.Generator().manual_seed(seed)
    x, y = clusters(seed, 4)
    x, y, xd, yd = parted(torch.cat([x, torch.randn(len(x), 80, generator=g)], 1), y)
    rows = 60 if sick else len(x)
    batches: DataLoader = loader(x[:rows], y[:rows], 20)
    net = stack(90, 256, 256, 4)
    opt = Adam(net.parameters(), 1e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return fit(watch, net, opt, batches, loss_of, lambda: hits(net, xd, yd), 60 if sick else 8)
