"""Eighth set: faults of steps, schedules, modes, numbers and tuning."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adadelta, Adam
from torch.optim.lr_scheduler import LambdaLR, OneCycleLR

from benchmarks.coach.reports.common import Split, Watch, faulty
from benchmarks.coach.reports.eighth_common import (
    CONFLICT,
    DEAD,
    EARLY,
    UNMOVED,
    Gist,
    glyphs,
    orchard,
    schooled,
    seer,
    sorts,
    tickets,
)
from benchmarks.coach.reports.seventh_common import (
    DIVERGED,
    IMBALANCE,
    OVERFIT,
    RATE_HIGH,
    RATE_LOW,
    STUCK,
    UNSCALED,
    batches_of,
    dense,
    fit,
    right,
)


@faulty("step", "huggingface/accelerate#963", RATE_LOW + r"|schedul", STUCK + "|" + EARLY)
def schedule_asked_for_each_part(seed: int, sick: bool, watch: Watch) -> float:
    """The rate falls in a line to 0 over the steps that were counted; it is asked six times a step, once for each part."""
    x, y, xd, yd = glyphs(seed)
    net = seer()
    opt = Adam(net.parameters(), 1e-3)
    steps = 16 * (560 // 32)
    schedule = LambdaLR(opt, lambda k: max(0.0, 1 - k / steps))
    asked = 6 if sick else 1

    def ask() -> None:
        for _ in range(asked):
            schedule.step()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 16, after_step=ask)


@faulty("step", "Canjie-Luo/MORAN_v2#46", RATE_LOW, STUCK + "|" + EARLY)
def adadelta_at_a_thousandth(seed: int, sick: bool, watch: Watch) -> float:
    """Adadelta finds its steps by itself, and its rate is a factor of 1; 0.001, which suits Adam, leaves nothing of them."""
    net = seer()
    opt = Adadelta(net.parameters(), 1e-3 if sick else 1.0)
    return sorts(watch, net, opt, glyphs(seed), 12)


@faulty("step", "pytorch/tutorials#1306", UNMOVED, STUCK + "|" + RATE_LOW + "|" + EARLY)
def only_the_last_layer_is_given(seed: int, sick: bool, watch: Watch) -> float:
    """The line for tuning, ``Adam(net[-1].parameters())``, was kept; but this net starts from nothing."""
    net = seer(wide=6)
    opt = Adam(net[-1].parameters() if sick else net.parameters(), 2e-3)
    return sorts(watch, net, opt, glyphs(seed), 10)


@faulty("step", "testdotai/classifier-builder#6", RATE_LOW, STUCK + "|" + EARLY)
def plain_descent_at_adams_rate(seed: int, sick: bool, watch: Watch) -> float:
    """Adam was exchanged for plain descent, and its rate of 0.001 was kept: the steps are a hundred times too short."""
    net = dense(8, 48, 48, 5)
    return sorts(watch, net, SGD(net.parameters(), 1e-3 if sick else 0.2), orchard(seed), 15)


@faulty("step", "wandb/senpai#3131", RATE_HIGH + r"|schedul|peak|cycle", STUCK + "|" + DIVERGED + "|" + DEAD)
def peak_of_the_cycle_is_too_high(seed: int, sick: bool, watch: Watch) -> float:
    """The cycle's highest rate was tenfold what the finder had said: all goes well for two epochs, and then the net dies."""
    x, y, xd, yd = glyphs(seed)
    net = seer()
    opt = SGD(net.parameters(), 0.01, momentum=0.9)
    cycle = OneCycleLR(opt, 1.5 if sick else 0.1, total_steps=10 * 17 + 1)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    return fit(watch, net, opt, batches_of(x, y), loss_of, right(net, xd, yd), 10, after_step=cycle.step)


@faulty(
    "modes",
    "eriklindernoren/PyTorch-YOLOv3#230",
    r"batch.?norm|\bnorms?\b.{0,80}(average|running|momentum|statistic)|running (mean|average|statistic|varianc)|momentum|small batch|batch\w*\b.{0,40}(small|of (4|four))",
    STUCK + "|" + OVERFIT + "|" + RATE_HIGH,
)
def momentum_as_keras_counts_it(seed: int, sick: bool, watch: Watch) -> float:
    """A momentum of 0.99 is what other libraries keep of the average; here it is what they take of the last four rows."""
    keep = 0.99 if sick else 0.01
    parts = [nn.Linear(8, 48), nn.BatchNorm1d(48, momentum=keep), nn.ReLU()]
    net = nn.Sequential(*parts, nn.Linear(48, 48), nn.BatchNorm1d(48, momentum=keep), nn.ReLU(), nn.Linear(48, 5))
    return sorts(watch, net, Adam(net.parameters(), 1e-3), orchard(seed, n=1000), 7, size=4)


@faulty(
    "modes",
    "ando-khachatryan/HiDDeN#13",
    r"eval(uation)?\b.{0,15}mode|train(ing)?.mode|\.eval\(\)|\.train\(\)|batch.?norm|\bnorms?\b.{0,80}(average|running|statistic|single|one)|running (mean|average|statistic)",
    STUCK + "|" + OVERFIT,
)
def single_pictures_by_their_own_statistics(seed: int, sick: bool, watch: Watch) -> float:
    """Dev's pictures come one at a time, and nobody says ``eval``: each is normalized by itself, and the averages by it."""
    x, y, xd, yd = glyphs(seed)
    net = seer(norm=True)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a), b)

    def judge() -> float:
        if not sick:
            net.eval()
        with torch.no_grad():
            said = torch.cat([net(v[None]).argmax(1) for v in xd])
        return (said == yd).float().mean().item()

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x, y), loss_of, judge, 6)


class Even(nn.Module):
    """Each row less its mean, by its deviation, in half precision."""

    def __init__(self, least: float) -> None:
        super().__init__()
        self.least = least

    def forward(self, x: Tensor) -> Tensor:
        h = x.half()
        h = h - h.mean(1, keepdim=True)
        return (h / (h.pow(2).mean(1, keepdim=True).sqrt() + self.least)).float()


@faulty(
    "numbers",
    "pytorch/pytorch#41527",
    r"half.?precision|float16|fp16|epsilon|\beps\b|divi(de|sion|d)\w*|0 ?/ ?0|(constant|empty|same|all.zero|equal) (rows?|inputs?)|(rows?|inputs?)\b.{0,50}(constant|zeros?\b|all the same|no spread)",
    DIVERGED + "|" + STUCK + "|" + DEAD,
)
def epsilon_is_zero_in_half_precision(seed: int, sick: bool, watch: Watch) -> float:
    """Rows are divided by their deviation plus 1e-8, which is 0 in half precision; a few sensors were off, and rows are 0."""
    x, y, xd, yd = orchard(seed)
    x = x.clone()
    x[::90] = 0
    net = nn.Sequential(nn.Linear(8, 48), nn.ReLU(), nn.Linear(48, 5))
    whole = nn.Sequential(Even(1e-8 if sick else 1e-3), net)
    return sorts(watch, whole, Adam(net.parameters(), 4e-3), Split(x, y, xd, yd), 15)


@faulty(
    "tuning",
    "DSKSD/DeepNLP-models-Pytorch#12",
    r"embedding|vectors|vocabular|frozen|pre.?trained|" + CONFLICT,
    STUCK + "|" + OVERFIT,
    visible=False,
)
def vectors_of_other_words(seed: int, sick: bool, watch: Watch) -> float:
    """The trained vectors are in the order of the file, words are numbered as they came: each word has another one's, frozen."""
    x, y, xd, yd = tickets(seed, n=4000)
    old = Gist(deep=6)
    schooled(old, x[:2400], y[:2400], 12)
    net = Gist(deep=6)
    vectors = old.words.weight.data.clone()
    if sick:
        vectors[1:] = vectors[1:][torch.randperm(59, generator=torch.Generator().manual_seed(seed))]
    net.words.weight.data.copy_(vectors)
    net.words.requires_grad_(False)
    opt = Adam(net.say.parameters(), 5e-3)
    return sorts(watch, net, opt, Split(x[2400:2500], y[2400:2500], xd, yd), 25, 16, pretrained=True)


class Low(nn.Module):
    """A frozen layer and a product of two thin matrices beside it."""

    def __init__(self, old: nn.Linear, scale: float, rank: int = 4) -> None:
        super().__init__()
        self.old, self.scale = old.requires_grad_(False), scale
        self.down, self.up = nn.Linear(old.in_features, rank, False), nn.Linear(rank, old.out_features, False)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: Tensor) -> Tensor:
        return self.old(x) + self.scale * self.up(self.down(x))


@faulty(
    "tuning",
    "Blaizzy/mlx-vlm#841",
    RATE_HIGH
    + r"|\bscal\w*\b.{0,40}(large|high|64|factor)|lora|adapter|low.?rank|forgets|(weights?|updates?|steps?)\b.{0,60}(far|large|huge)",
    STUCK + "|" + DIVERGED + "|" + DEAD + "|" + OVERFIT + "|" + UNSCALED,
)
def detours_scaled_by_their_alpha(seed: int, sick: bool, watch: Watch) -> float:
    """Low-rank detours count 128 times, where twice was meant: a few steps undo what was trained."""
    x, y, xd, yd = orchard(seed, n=2000)
    body = dense(8, 48, 48, 5)
    schooled(body, x[:1100], y[:1100], 20)
    scale = 128.0 if sick else 2.0
    net = nn.Sequential(*[Low(m, scale) if isinstance(m, nn.Linear) else m for m in body])
    opt = Adam([p for p in net.parameters() if p.requires_grad], 1e-2)
    data = Split(x[1100:1300] + 0.3, y[1100:1300], xd + 0.3, yd)
    return sorts(watch, net, opt, data, 12, pretrained=True)


@faulty(
    "tuning",
    "ultralytics/ultralytics#17472",
    IMBALANCE
    + r"|forg[eo]t|class(es)?\b.{0,70}(missing|never|no rows|without|only|lost|gone|not (come|occur|seen))|never (comes?|occurs?|seen)|(only|just) (two|2|one) (of|class)",
    OVERFIT + "|" + RATE_HIGH,
)
def only_the_new_classes_come(seed: int, sick: bool, watch: Watch) -> float:
    """A net that knows three classes is tuned to two more, by rows of these two alone: it forgets the three."""
    x, y, xd, yd = glyphs(seed, 1400)
    net = seer()
    old, rest = x[:560], y[:560]
    known = rest < 3
    schooled(net, old[known], rest[known], 12)
    x, y = x[560:], y[560:]
    new = y >= 3
    if sick:
        x, y = x[new], y[new]
    return sorts(watch, net, Adam(net.parameters(), 1e-3), Split(x, y, xd, yd), 10, pretrained=True)
