"""Sixth set: faults of losses: what is clamped, cut off, counted, pulled, weighed, and matched."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Watch, faulty, judging, overlap
from benchmarks.coach.reports.fifth_common import NO_END
from benchmarks.coach.reports.fourth_common import (
    CREEPS,
    LEAPS,
    NO_MORE,
    TOO_GOOD,
    UNTRAINED,
    WILD,
    accounted,
    balanced,
    correct,
    dealt,
    islands,
    layers,
    learn,
    parts,
    quadrants,
    told_by,
)
from benchmarks.coach.reports.sixth_common import NO_GRADIENT, ONE_TARGET, Two, hills, letters, towns


@faulty(
    "loss",
    "lksshw/SRNet#18",
    NO_GRADIENT + r"|clamp|\bclip|sigmoid|between 0 and 1|outside (0|of 0|that)|saturat|logit|probabilit",
    NO_MORE + "|" + LEAPS + r"|always|one class|yes to",
)
def clamped_into_probabilities(seed: int, sick: bool, watch: Watch) -> float:
    """The loss wants numbers from 0 to 1, so raw scores are cut off there: what is outside has no gradient any more."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 64, 64, 5)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        told = net(a)
        wanted = F.one_hot(b, 5).float()
        return F.binary_cross_entropy(told.clamp(1e-6, 1 - 1e-6) if sick else told.sigmoid(), wanted)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 15)


@faulty(
    "loss",
    "thuml/predrnn-pytorch#11",
    NO_GRADIENT + r"|\bitem\b|detach|(second|one|other) (loss|task|term)|" + UNTRAINED,
    NO_MORE + "|" + TOO_GOOD,
)
def second_loss_as_a_number(seed: int, sick: bool, watch: Watch) -> float:
    """Two losses are added, the second one by ``item``: it is in the sum, but has no gradient, and its head stays."""
    x, y, xd, _ = towns(seed)
    much, dev = ((v[:, :1] * v[:, 1:2] + v[:, 2:3].abs()) for v in (x, xd))
    net = Two(7, 5)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
        kind, told = net(a)
        second = F.mse_loss(told, c)
        return F.cross_entropy(kind, b) + (second.item() if sick else second)

    def judge() -> float:
        with judging(net):
            return accounted(net(xd)[1], dev)

    return learn(watch, net, opt, dealt(x, y, much), loss_of, judge, 15)


class Around(nn.Module):
    """Words through a recurrent layer in both directions; scores (n, t, 4) of each place."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.read = nn.Embedding(20, 24), nn.GRU(24, 32, batch_first=True, bidirectional=True)
        self.say = nn.Linear(64, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.read(self.words(x))[0])


@faulty(
    "loss",
    "xfactlab/orpo#32",
    ONE_TARGET
    + r"|padding|\bpad\b|\bmask|invert|ignor|(few|which) (places|positions)|places?\b.{0,40}(count|gradient)",
    NO_MORE + r"|too (easy|good|soon|fast)|" + TOO_GOOD,
)
def only_padding_counts(seed: int, sick: bool, watch: Watch) -> float:
    """The mask of the loss is the wrong way round: what counts is the padding, whose tag is 0, and the words do not."""
    x, y, xd, yd = letters(seed)
    net = Around()
    opt = Adam(net.parameters(), 1e-2)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        each = F.cross_entropy(net(a).transpose(1, 2), b, reduction="none")
        counts = ((a == 0) if sick else (a != 0)).float()
        return (each * counts).sum() / counts.sum().clamp(min=1)

    def judge() -> float:
        with judging(net):
            hit = net(xd).argmax(2) == yd
        return hit[xd > 0].float().mean().item()

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 12)


@faulty(
    "loss",
    "omoindrot/tensorflow-triplet-loss#50",
    r"collaps|margin|negatives?\b|same (embedding|answer|output|vector|point)|(answers?|outputs?|embeddings?)\b.{0,70}(alike|the same|equal|identical|constant|shrink|smaller)|unlike|apart",
    NO_MORE + r"|too (easy|good|soon|fast)",
)
def unlike_pairs_weigh_nothing(seed: int, sick: bool, watch: Watch) -> float:
    """The margin of a pair's loss is 0: like rows are pulled together, and nothing ever pushes unlike ones apart."""
    x, y, xd, yd = towns(seed)
    net = layers(7, 64, 64, 3)
    opt = Adam(net.parameters(), 3e-3)
    margin = 0.0 if sick else 1.0

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        far = (torch.cdist(net(a), net(a)) ** 2 + 1e-6).sqrt()
        like = (b[:, None] == b).float()
        return (like * far**2 + (1 - like) * F.relu(margin - far) ** 2).mean()

    def judge() -> float:
        with judging(net):
            near = torch.cdist(net(xd), net(xd)) < 0.5
        like = yd[:, None] == yd
        return (near[like].float().mean().item() + (~near[~like]).float().mean().item()) / 2

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 20)


@faulty(
    "loss",
    "jakeret/tf_unet#15",
    NO_END + r"|sigmoid|logit|probabilit|raw (score|answer|output)|between 0 and 1",
    WILD + "|" + LEAPS + "|" + NO_MORE,
)
def dice_of_raw_scores(seed: int, sick: bool, watch: Watch) -> float:
    """The dice loss is computed of scores, not of probabilities: it has poles, and no end below."""
    x, y, xd, yd = islands(seed)
    net = nn.Sequential(nn.Conv2d(1, 12, 5, padding=2), nn.ReLU(), nn.Conv2d(12, 1, 3, padding=1))
    opt = Adam(net.parameters(), 4e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        p = net(a) if sick else net(a).sigmoid()
        return 1 - (2 * (p * b).sum() + 1) / (p.sum() + b.sum() + 1)

    return learn(watch, net, opt, dealt(x, y, size=15), loss_of, lambda: overlap(net, xd, yd), 20)


@faulty(
    "loss",
    "yaringal/multi-task-learning-example#14",
    r"varian|deviation\b.{0,40}(answer|told|predict)|clamp|negative (varian|value|number|output|answer)|\bexp\b|exponent|softplus|divi(d|s)\w*\b.{0,40}(zero|0\b|tiny|small|next)|"
    + NO_GRADIENT,
    WILD + "|" + LEAPS + "|" + NO_MORE,
)
def log_variance_as_variance(seed: int, sick: bool, watch: Watch) -> float:
    """The second output is meant as the logarithm of a variance, and used as the variance: below 0 it is cut to 1e-6."""
    x, y, xd, yd = hills(seed)
    net = layers(5, 64, 64, 2)
    opt = Adam(net.parameters(), 2e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        mean, second = net(a).chunk(2, 1)
        var = second.clamp(min=1e-6) if sick else second.exp()
        return 0.5 * (var.log() + (b - mean) ** 2 / var).mean()

    def judge() -> float:
        with judging(net):
            return accounted(net(xd)[:, :1], yd)

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 20)


@faulty(
    "loss",
    "pytorch/pytorch#1779",
    r"logarithm|\blog\b|exponent|\bexp\b|link|rate of the counts",
    TOO_GOOD,
    visible=False,
)
def rate_taken_for_its_logarithm(seed: int, sick: bool, watch: Watch) -> float:
    """The net's answer is a rate; the loss takes it for the rate's logarithm, by its default."""
    x, y, xd, yd = hills(seed)
    counts = torch.poisson((0.6 * y + 1).exp(), generator=torch.Generator().manual_seed(seed))
    net = nn.Sequential(layers(5, 64, 64, 1), nn.Softplus())
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.poisson_nll_loss(net(a), b, log_input=sick)

    return learn(watch, net, opt, dealt(x, counts), loss_of, lambda: told_by(net, xd, (0.6 * yd + 1).exp()), 20)


@faulty(
    "loss",
    "deepset-ai/FARM#443",
    r"pos_weight|weigh(ts?|s|ed|ing)\b.{0,60}(too|large|high|extreme|thousand|class|loss|positive|row|target)"
    r"|(class|loss|positive) weights?|weighs? (too|far)",
    NO_MORE + "|" + WILD + r"|imbalanc|uneven|(always|all|every)\b.{0,50}(yes|positive|one class|class 1)|yes to",
)
def yes_to_everything(seed: int, sick: bool, watch: Watch) -> float:
    """One row in ten is a yes, and weighs a thousand times a no, where nine was right: it is best to say yes always."""
    x, y, xd, yd = quadrants(seed, 1800)
    y, yd = (y == 3)[:, None].float(), (yd == 3)[:, None].float()
    keep = (y[:, 0] == 0) | (torch.rand(len(y), generator=torch.Generator().manual_seed(seed)) < 0.3)
    x, y = x[keep], y[keep]
    net = layers(8, 64, 64, 1)
    opt = Adam(net.parameters(), 2e-3)
    weight = torch.tensor(1000.0 if sick else 9.0)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(a), b, pos_weight=weight)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: balanced(net, xd, yd), 10)


@faulty(
    "loss",
    "CIA-Oceanix/4dvarnet-core#35",
    CREEPS + r"|weigh|gradients?\b.{0,60}(small|tiny|next to nothing)|loss\b.{0,50}(small|tiny|scale)",
    NO_MORE,
)
def weights_that_sum_to_one(seed: int, sick: bool, watch: Watch) -> float:
    """The rows' weights sum to 1 over all of them, and then the mean is taken: the loss is 630 times too small."""
    x, y, xd, yd = towns(seed)
    often = torch.bincount(y, minlength=5).float()
    weight = (1 / often)[y]
    weight = weight / weight.sum() * (1 if sick else len(y))
    net = layers(7, 64, 64, 5)
    opt = SGD(net.parameters(), 0.1, momentum=0.9)

    def loss_of(a: Tensor, b: Tensor, w: Tensor) -> Tensor:
        return (w * F.cross_entropy(net(a), b, reduction="none")).mean()

    return learn(watch, net, opt, dealt(x, y, weight), loss_of, lambda: correct(net, xd, yd), 15)


def corners(told: Tensor) -> Tensor:
    """Left, top, right and bottom (n, 4) of boxes by their middle and the logarithm of ten times their size."""
    middle, size = told[:, :2], 0.1 * told[:, 2:].clamp(max=4).exp()
    return torch.cat([middle - size / 2, middle + size / 2], 1)


def shared(one: Tensor, two: Tensor, around: bool) -> Tensor:
    """Overlap of boxes (n, 4) by their union, less the share of what is around both that is in neither."""

    def area(box: Tensor) -> Tensor:
        return (box[:, 2:] - box[:, :2]).clamp(min=0).prod(1)

    both = area(torch.cat([torch.maximum(one[:, :2], two[:, :2]), torch.minimum(one[:, 2:], two[:, 2:])], 1))
    union = area(one) + area(two) - both
    hull = area(torch.cat([torch.minimum(one[:, :2], two[:, :2]), torch.maximum(one[:, 2:], two[:, 2:])], 1))
    return both / union - ((hull - union) / hull if around else 0)


@faulty(
    "loss",
    "lilanxiao/Rotated_IoU#9",
    NO_GRADIENT + r"|overlap|touch|disjoint|giou|" + UNTRAINED,
    NO_MORE + "|" + CREEPS,
)
def boxes_that_never_touch(seed: int, sick: bool, watch: Watch) -> float:
    """The loss is 1 less the overlap; at first the boxes are near a corner and touch none, so there is no gradient."""
    g = np.random.default_rng(seed)
    middle, size = g.uniform(0.35, 0.75, (700, 2)), g.uniform(0.2, 0.4, (700, 2))
    wanted = np.concatenate([middle - size / 2, middle + size / 2], 1)
    place = (np.arange(12) + 0.5) / 12
    inside = [(place > wanted[:, k, None]) & (place < wanted[:, k + 2, None]) for k in (0, 1)]
    x = (inside[0][:, :, None] & inside[1][:, None]) + g.normal(0, 0.15, (700, 12, 12))
    x, y, xd, yd = parts(x.reshape(700, 144), wanted)
    net = layers(144, 96, 4)
    opt = Adam(net.parameters(), 2e-3)
    with torch.no_grad():
        net[-1].weight *= 0.1

    def judge() -> float:
        with judging(net):
            return shared(corners(net(xd)), yd, False).mean().item()

    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: (1 - shared(corners(net(a)), b, not sick)).mean(), judge, 25
    )


@faulty("loss", "balancap/SSD-Tensorflow#222", ONE_TARGET + r"|anchor|match", NO_MORE + r"|too (easy|good|soon|fast)")
def no_anchor_matches(seed: int, sick: bool, watch: Watch) -> float:
    """Objects are small, anchors large: none shares one half with an object, so that all of them are background."""
    g = np.random.default_rng(seed)
    start, wide = g.integers(2, 34, 700), g.integers(2, 5, 700)
    place = np.arange(40)
    inside = (place >= start[:, None]) & (place < (start + wide)[:, None])
    x = 2 * inside + g.normal(0, 0.5, (700, 40))
    both = inside.reshape(700, 5, 8).sum(2)
    iou = both / (8 + wide[:, None] - both)
    x, y, xd, yd = parts(x, np.concatenate([iou > (0.5 if sick else 0.15), both == both.max(1, keepdims=True)], 1))
    y, yd = y[:, :5].float(), yd[:, 5:]
    net = layers(40, 48, 5)
    opt = Adam(net.parameters(), 3e-3)

    def judge() -> float:
        with judging(net):
            high, best = net(xd).max(1)
        return ((high > 0) & yd.gather(1, best[:, None])[:, 0]).float().mean().item()

    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.binary_cross_entropy_with_logits(net(a), b), judge, 15)
