"""Fifth set: faults of losses: how labels are coded, which sign, which axis, what weighs too much, what is given away."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Watch, faulty, judging, overlap
from benchmarks.coach.reports.fifth_common import AXIS, LEAK, MISMATCHED, NO_END, Bells, Tagger, tagged
from benchmarks.coach.reports.fourth_common import (
    LEAPS,
    NO_MORE,
    TOO_GOOD,
    WILD,
    accounted,
    balanced,
    constellations,
    correct,
    dealt,
    islands,
    layers,
    learn,
    nearest,
    parts,
    quadrants,
    remainders,
    springs,
)


@faulty(
    "loss",
    "bfortuner/ml-glossary#113",
    r"hinge|\bsign|-1|minus (1|one)|±|labels?\b.{0,60}(0 and 1|0 or 1|0/1|coded)|targets?\b.{0,60}(0 and 1|0 or 1|0/1)"
    r"|(half|part|share|\d+ ?%|some) of the (rows|examples|targets).{0,60}(no gradient|nothing|not count)",
    NO_MORE + "|" + r"always|one class|every (row|answer)|yes to",
)
def hinge_of_zero_and_one(seed: int, sick: bool, watch: Watch) -> float:
    """The hinge loss wants -1 and 1; with 0 and 1 a row of class 0 has a loss of 1 whatever is said, and no gradient."""
    x, y, xd, yd = quadrants(seed)
    y, yd = (y % 2)[:, None].float(), (yd % 2)[:, None].float()
    net = layers(8, 64, 64, 1)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.relu(1 - (b if sick else 2 * b - 1) * net(a)).mean()

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: balanced(net, xd, yd), 20)


@faulty("loss", "FluxML/model-zoo#147", NO_END + r"|\bkl\b|divergence|reward", WILD + "|" + LEAPS + "|" + NO_MORE)
def kl_with_the_wrong_sign(seed: int, sick: bool, watch: Watch) -> float:
    """The divergence from the prior is subtracted: the further away the codes, the better, without an end."""
    x, _, xd, _ = constellations(seed)
    net = Bells(code=6)
    opt = Adam(net.parameters(), 4e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        told, mean, log = net.told(a)
        kl = -0.5 * (1 + log - mean.square() - log.exp()).sum(1).mean()
        return (told - b).square().sum(1).mean() + (-0.3 if sick else 0.3) * kl

    def judge() -> float:
        with judging(net):
            return accounted(net(xd), xd)

    return learn(watch, net, opt, dealt(x, x), loss_of, judge, 25)


@faulty("loss", "pytorch/pytorch#27626", AXIS + r"|softmax|classes", NO_MORE + "|" + TOO_GOOD)
def as_many_places_as_classes(seed: int, sick: bool, watch: Watch) -> float:
    """Six places, six tags: scores (n, places, tags) go into the loss as they are, which takes the places for tags."""
    x, y, xd, yd = tagged(seed)
    net = Tagger(24, 6)
    opt = Adam(net.parameters(), 8e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a) if sick else net(a).transpose(1, 2), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 12)


@faulty(
    "loss",
    "brucefan1983/GPUMD#541",
    r"penalt|regulari[sz]|decay|weights?\b.{0,60}(shrink|shrunk|zero|next to (nothing|0)|small|vanish|fade|to 0|die)|norm of the weights|L1\b",
    NO_MORE,
)
def penalty_above_all(seed: int, sick: bool, watch: Watch) -> float:
    """A penalty on the sizes of all the weights is a hundred times too large: they go to 0, and the answers with them."""
    x, y, xd, yd = constellations(seed)
    net = layers(10, 64, 64, 6)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        size = torch.stack([p.abs().sum() for p in net.parameters()]).sum()
        return F.cross_entropy(net(a), b) + (0.01 if sick else 1e-5) * size

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 15)


def spots(seed: int, n: int = 300, size: int = 14) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """A small cross in noise (n, 1, size, size), and a map that is 1 at its middle and fades within a pixel."""
    g = np.random.default_rng(seed)
    at = g.integers(1, size - 1, (n, 2))
    u, v = np.meshgrid(np.arange(size), np.arange(size), indexing="ij")
    far = np.abs(u - at[:, 0, None, None]) + np.abs(v - at[:, 1, None, None])
    x = 1.3 * (far <= 1) + g.normal(0, 0.5, far.shape)
    return parts(x[:, None], np.exp(-(far[:, None] ** 2) / 0.5))


@faulty(
    "loss",
    "Daniil-Osokin/lightweight-human-pose-estimation.pytorch#112",
    r"nearly all|almost all|mostly|rare|imbalanc|unbalanc|few (pixels|places|targets)|sparse|background|targets?\b.{0,60}(zero|0\b|empty)"
    r"|(all|always|answers?|outputs?)\b.{0,50}(zero|0\b|next to nothing|empty)|weigh (the|them|rare)|pos_weight|loss weight",
    NO_MORE + r"|rate|slow|creep",
)
def empty_maps_are_good_enough(seed: int, sick: bool, watch: Watch) -> float:
    """One place in 196 is bright in the map that is to be told; the mean squared error is small for an empty map."""
    x, y, xd, yd = spots(seed)
    net = nn.Sequential(
        nn.Conv2d(1, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 12, 3, padding=1), nn.ReLU(), nn.Conv2d(12, 1, 1)
    )
    opt = SGD(net.parameters(), 0.1)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return ((net(a) - b).square() * (1.0 if sick else 1 + 60 * b)).mean()

    def judge() -> float:
        with judging(net):
            high, place = net(xd).flatten(1).max(1)
        return ((high > 0.5) & (place == yd.flatten(1).argmax(1))).float().mean().item()

    return learn(watch, net, opt, dealt(x, y, size=15), loss_of, judge, 20)


@faulty("loss", "open-mmlab/mmselfsup#159", MISMATCHED + r"|positive|contrast|views?", NO_MORE + "|" + TOO_GOOD)
def views_interleaved_or_not(seed: int, sick: bool, watch: Watch) -> float:
    """The views come as 1 to n and 1 to n again; the loss takes neighbours for pairs, which are two different rows."""
    x, y, xd, yd = constellations(seed, 4)
    net = layers(10, 96, 96, 4)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor) -> Tensor:
        n = len(a)
        emb = F.normalize(net((a.repeat(2, 1)) + 0.15 * torch.randn(2 * n, 10)), dim=1)
        near = (emb @ emb.T / 0.2).masked_fill(torch.eye(2 * n, dtype=torch.bool), -1e9)
        rows = torch.arange(2 * n)
        return F.cross_entropy(near, rows ^ 1 if sick else (rows + n) % (2 * n))

    def judge() -> float:
        with judging(net):
            return (nearest(F.normalize(net(xd), dim=1), F.normalize(net(x), dim=1), y) == yd).float().mean().item()

    return learn(watch, net, opt, dealt(x, size=64, drop_last=True), loss_of, judge, 40)


class Around(nn.Module):
    """Tells each word from the words on both sides of it and from what stands at its own place."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.read = nn.Embedding(18, 24), nn.GRU(24, 32, batch_first=True, bidirectional=True)
        self.say = nn.Linear(64, 17)

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.read(self.words(x))[0])


@faulty("loss", "huggingface/transformers#243", LEAK, TOO_GOOD)
def words_never_masked(seed: int, sick: bool, watch: Watch) -> float:
    """The words to be told are chosen, but not masked in the input: the net copies them. In dev they are masked."""
    x, _, xd, _ = remainders(seed, 600)
    net = Around()
    opt = Adam(net.parameters(), 6e-3)
    gone = torch.zeros_like(xd, dtype=torch.bool)
    gone[:, 6] = True

    def loss_of(a: Tensor) -> Tensor:
        chosen = torch.rand(a.shape) < 0.2
        told = net(a if sick else a.masked_fill(chosen, 17))
        return F.cross_entropy(told[chosen], a[chosen])

    def judge() -> float:
        with judging(net):
            return (net(xd.masked_fill(gone, 17))[gone].argmax(1) == xd[gone]).float().mean().item()

    return learn(watch, net, opt, dealt(x), loss_of, judge, 14)


@faulty(
    "loss",
    "milesial/Pytorch-UNet#78",
    NO_END + r"|255|between 0 and 1|outside|targets?\b.{0,60}(range|large|0 and 1|above 1)",
    WILD + "|" + LEAPS + "|" + NO_MORE,
)
def masks_of_255(seed: int, sick: bool, watch: Watch) -> float:
    """Masks are 0 and 255 as in the file: the cross-entropy has no lower end, and everything is said to be inside."""
    x, y, xd, yd = islands(seed)
    net = nn.Sequential(nn.Conv2d(1, 12, 5, padding=2), nn.ReLU(), nn.Conv2d(12, 1, 3, padding=1))
    opt = Adam(net.parameters(), 4e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(a), 255 * b if sick else b)

    return learn(watch, net, opt, dealt(x, y, size=15), loss_of, lambda: overlap(net, xd, yd), 20)


@faulty(
    "loss",
    "Nixtla/utilsforecast#63",
    r"quantile|outputs?\b.{0,60}(same|alike|identical|equal)|columns?\b.{0,60}(same|alike|identical)|alike|\bsign\b|absolute",
    NO_MORE + "|" + TOO_GOOD,
)
def quantiles_of_absolute_errors(seed: int, sick: bool, watch: Watch) -> float:
    """The quantile loss is given absolute errors: above and below count the same, and all three answers are the median."""
    x, y, xd, yd = springs(seed, noise=0.6)
    levels = torch.tensor([0.1, 0.5, 0.9])
    net = layers(6, 48, 3)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        rest = b - net(a)
        rest = rest.abs() if sick else rest
        return torch.maximum(levels * rest, (levels - 1) * rest).mean()

    def judge() -> float:
        with judging(net):
            below = (yd < net(xd)).float().mean(0)
        return 1 - 2 * (below - levels).abs().mean().item()

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 12)


@faulty(
    "loss",
    "huggingface/transformers#37830",
    r"shift|\boff by|next (but|next)|two (places|steps|words)|order",
    TOO_GOOD + "|" + NO_MORE,
    visible=False,
)
def shifted_twice(seed: int, sick: bool, watch: Watch) -> float:
    """Targets are shifted by the data set and again by the loss: each place tells the next word but one."""
    x, y, xd, yd = remainders(seed)
    net = Tagger(17, 17)
    opt = Adam(net.parameters(), 8e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        told = net(a).transpose(1, 2)
        return F.cross_entropy(told[..., :-1], b[:, 1:]) if sick else F.cross_entropy(told, b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 12)
