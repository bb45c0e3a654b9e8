"""Fifth set: faults of data: what dev is given, how masks and points are resized, what is kept, cut, repeated, mixed."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.fifth_common import MISMATCHED, SAME_INPUTS, Tagger
from benchmarks.coach.reports.fourth_common import (
    NO_MORE,
    TOO_GOOD,
    Glance,
    constellations,
    correct,
    dealt,
    glyphs,
    layers,
    learn,
    parts,
    quadrants,
    springs,
    told_by,
)
from benchmarks.coach.reports.fourth_data import OTHERWISE

SIZES = r"resiz|interpolat|nearest|image size|other units|labels?\b.{0,60}(wrong|doubt|noise)|mislabel"
"""Something was made smaller, and its labels were not, or wrongly."""


def spoiled(x: Tensor) -> Tensor:
    """Pictures (n, 1, 11, 11) with a dark box of 7 by 7, at a place of chance, anew at each call."""
    x = x.clone()
    for picture, (a, b) in zip(x, torch.randint(0, 5, (len(x), 2)).tolist(), strict=True):
        picture[0, a : a + 7, b : b + 7] = -0.15
    return x


@faulty(
    "data",
    "gpleiss/efficient_densenet_pytorch#51",
    r"augment|random changes|at chance each|(dev|judg|evaluat|validat)\w*\b.{0,90}(change|differ|not the same|each time|anew)|"
    + OTHERWISE,
    TOO_GOOD + "|" + NO_MORE,
)
def dev_is_spoiled_too(seed: int, sick: bool, watch: Watch) -> float:
    """The random changes of the pictures are made before the split: dev's pictures have a box cut out as well."""
    x, y, xd, yd = glyphs(seed, 900, noise=0.3)
    net = Glance()
    opt = Adam(net.parameters(), 3e-3)

    def judge() -> float:
        return correct(net, spoiled(xd) if sick else xd, yd)

    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(spoiled(a)), b), judge, 14)


def streets(seed: int, smooth: bool, n: int = 300) -> tuple[Tensor, Tensor]:
    """Pictures (n, 1, 12, 12) of crossing bars, and classes (n, 12, 12) of 4, made smaller from 32 by 32."""
    g = np.random.default_rng(seed)
    y = np.zeros((n, 32, 32))
    for i in range(n):
        for kind in g.permutation([1, 2, 3]):
            at = g.integers(0, 28)
            y[(i, slice(at, at + 4)) if g.random() < 0.5 else (i, slice(None), slice(at, at + 4))] = kind
    big = torch.tensor(y).float()[:, None]
    shade = torch.tensor([0.0, 2.0, -2.0, 1.0])[big.long()] + torch.tensor(g.normal(0, 0.6, big.shape)).float()
    masks = F.interpolate(big, 12, mode="bilinear") if smooth else F.interpolate(big, 12)
    return F.interpolate(shade, 12, mode="area"), masks[:, 0].round().long()


@faulty("data", "divamgupta/image-segmentation-keras#11", SIZES, TOO_GOOD + "|" + NO_MORE, visible=False)
def masks_resized_smoothly(seed: int, sick: bool, watch: Watch) -> float:
    """Masks are made smaller by interpolation: between class 3 and class 0 there are now pixels of class 1 and 2."""
    x, y = streets(seed, sick)
    yd = streets(seed, False)[1][210:]
    net = nn.Sequential(
        nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.Conv2d(16, 16, 5, padding=2), nn.ReLU(), nn.Conv2d(16, 4, 1)
    )
    opt = Adam(net.parameters(), 5e-3)

    def judge() -> float:
        with judging(net):
            told = net(x[210:]).argmax(1)
        both = [((told == k) & (yd == k)).sum() / ((told == k) | (yd == k)).sum().clamp(min=1) for k in range(4)]
        return torch.stack(both).mean().item()

    batches = dealt(x[:210], y[:210], size=15)
    return learn(watch, net, opt, batches, lambda a, b: F.cross_entropy(net(a), b), judge, 15)


@faulty("data", "tensorflow/skflow#157", OTHERWISE + r"|standardi[sz]|scal|fit_transform", TOO_GOOD, visible=False)
def standardized_by_itself(seed: int, sick: bool, watch: Watch) -> float:
    """Dev is of a later year, with larger values; it is standardized by its own mean and deviation."""
    x, y, xd, yd = springs(seed)
    late = (xd[:, 1] > 0) & (xd[:, 2] > -0.5)
    xd, yd = xd[late], yd[late]
    if sick:
        xd = (xd - xd.mean(0)) / xd.std(0)
    net = layers(6, 64, 64, 1)
    opt = Adam(net.parameters(), 3e-3)
    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(net(a), b), lambda: told_by(net, xd, yd), 25)


class Last(nn.Module):
    """Words through a recurrent layer; what it says at the last place is classified."""

    def __init__(self, words: int, classes: int) -> None:
        super().__init__()
        self.read = Tagger(words, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.read(x)[:, -1]


def notes(seed: int, n: int = 800, longest: int = 18, shortest: int = 4, first: int = 0) -> tuple[Tensor, Tensor]:
    """Word numbers (n, longest), padded behind by 0, and the class, of 4: that of the one word that is below 9."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, n)
    x = np.zeros((n, longest), np.int64)
    for i in range(n):
        m = g.integers(shortest, longest + 1)
        x[i, :m] = g.integers(9, 40, m)
        x[i, g.integers(first, m)] = 1 + 2 * y[i] + g.integers(0, 2)
    return torch.tensor(x), torch.tensor(y)


@faulty("data", "huggingface/trl#2778", r"\bpad|left side|right side|" + OTHERWISE, TOO_GOOD)
def dev_padded_on_the_other_side(seed: int, sick: bool, watch: Watch) -> float:
    """In training the padding stands in front, in dev behind; and the class is that of the last word."""
    g = np.random.default_rng(seed)
    x = torch.tensor(g.integers(1, 40, (800, 18)) * (np.arange(18) < g.integers(4, 15, (800, 1))))
    front = torch.stack([row.roll(int((row == 0).sum())) for row in x])
    y = front[:, -1] % 4
    net = Last(40, 4)
    opt = Adam(net.parameters(), 8e-3)
    dev = (x if sick else front)[560:]
    batches = dealt(front[:560], y[:560])
    return learn(
        watch, net, opt, batches, lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, dev, y[560:]), 14
    )


@faulty("data", "google-deepmind/dm_control#34", SAME_INPUTS + "|" + MISMATCHED, NO_MORE)
def states_kept_by_reference(seed: int, sick: bool, watch: Watch) -> float:
    """The world writes each state into the same array, and the memory keeps that array 32 times: all are the last one."""
    x, y, xd, yd = quadrants(seed)
    net = layers(8, 64, 64, 4)
    opt = Adam(net.parameters(), 3e-3)
    now = np.zeros(8, np.float32)

    def remembered() -> list[tuple[Tensor, Tensor]]:
        found = []
        for rows in torch.randperm(len(x)).split(32):
            states = []
            for row in x[rows].numpy():
                now[:] = row
                states.append(now if sick else now.copy())
            found.append((torch.tensor(np.stack(states)), y[rows]))
        return found

    with watch(net, opt) as health:
        for _ in range(15):
            net.train()
            for a, b in remembered():
                loss = F.cross_entropy(net(a), b)
                opt.zero_grad()
                loss.backward()
                opt.step()
                health.step(loss)
            correct(net, xd, yd)
    return correct(net, xd, yd)


@faulty("data", "500swapnil/stacked-hourglass#3", SIZES, NO_MORE + "|" + TOO_GOOD, visible=False)
def points_in_the_size_before(seed: int, sick: bool, watch: Watch) -> float:
    """Pictures of many sizes are made 12 by 12; the points in them keep the numbers of the size before."""
    g = np.random.default_rng(seed)
    at, size = g.uniform(0.1, 0.9, (700, 2)), g.uniform(15, 60, (700, 1))
    u, v = np.meshgrid(np.arange(12) / 12, np.arange(12) / 12, indexing="ij")
    far = (u - at[:, 0, None, None]) ** 2 + (v - at[:, 1, None, None]) ** 2
    x = 2 * np.exp(-far / 0.02) + g.normal(0, 0.3, far.shape)
    x, y, xd, yd = parts(x.reshape(700, 144), at * size / 40 if sick else at)
    net = layers(144, 64, 2)
    opt = Adam(net.parameters(), 2e-3)
    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(net(a), b), lambda: told_by(net, xd, yd), 25)


@faulty(
    "data", "huggingface/transformers#456", r"\bcut|truncat|too short|length|longest|max_len", TOO_GOOD, visible=False
)
def cut_before_the_answer(seed: int, sick: bool, watch: Watch) -> float:
    """Texts are cut after 10 words; the word that tells the class mostly stands further behind."""
    x, y = notes(seed, longest=26, shortest=24, first=2)
    x = x[:, :10] if sick else x
    net = nn.Sequential(nn.Embedding(40, 24), nn.Linear(24, 32), nn.ReLU())
    say = nn.Linear(32, 4)
    both = nn.ModuleList([net, say])
    opt = Adam(both.parameters(), 5e-3)

    def scores(a: Tensor) -> Tensor:
        return say(net(a).amax(1))

    def judge() -> float:
        with judging(both):
            return (scores(x[560:]).argmax(1) == y[560:]).float().mean().item()

    return learn(watch, both, opt, dealt(x[:560], y[:560]), lambda a, b: F.cross_entropy(scores(a), b), judge, 14)


@faulty("data", "wenet-e2e/west#121", MISMATCHED + r"|repeat", NO_MORE)
def repeated_in_two_ways(seed: int, sick: bool, watch: Watch) -> float:
    """Each row is given four times, with noise: rows as a b a b, labels as a a b b."""
    x, y, xd, yd = constellations(seed)
    net = layers(10, 64, 64, 6)
    opt = Adam(net.parameters(), 2e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        a = a.repeat(4, 1) if sick else a.repeat_interleave(4, 0)
        return F.cross_entropy(net(a + 0.1 * torch.randn_like(a)), b.repeat_interleave(4))

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 15)


@faulty("data", "kornia/kornia#3077", MISMATCHED + r"|\bmix|lambda", NO_MORE + "|" + TOO_GOOD)
def mixed_the_other_way_round(seed: int, sick: bool, watch: Watch) -> float:
    """A strip of each picture is from another one; the shares of the two labels are confused."""
    x, y, xd, yd = glyphs(seed, 900, noise=0.3)
    net = Glance()
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        wide, other = int(torch.randint(0, 4, ())), torch.randperm(len(a))
        a = torch.cat([a[other][..., :wide], a[..., wide:]], -1)
        own = wide / 11 if sick else 1 - wide / 11
        scores = net(a)
        return own * F.cross_entropy(scores, b) + (1 - own) * F.cross_entropy(scores, b[other])

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: correct(net, xd, yd), 14)


@faulty("data", "lonePatient/BERT-NER-Pytorch#65", MISMATCHED + r"|piece|token", NO_MORE + "|" + TOO_GOOD)
def tags_stay_when_words_are_split(seed: int, sick: bool, watch: Watch) -> float:
    """Some words become two pieces, and the tags stay where they were: behind the first such word all are late."""
    g = np.random.default_rng(seed)
    words, tags = g.integers(0, 24, (700, 10)), np.zeros((700, 18), np.int64)
    kind, split_up = g.permutation(24) % 4, np.arange(24) % 3 == 0
    x = np.zeros((700, 18), np.int64)
    good = np.full((700, 18), -100)
    for i, row in enumerate(words):
        pieces = [(w, kind[w]) for w in row for w, _ in ([(w, 0), (w, 1)] if split_up[w] else [(w, 0)])][:18]
        x[i, : len(pieces)] = [1 + w for w, _ in pieces]
        good[i, : len(pieces)] = [k for _, k in pieces]
        tags[i] = -100
        tags[i, :10] = kind[row]
    x, y, xd, yd = parts(x, np.stack([tags, good], 2))
    net = Tagger(25, 4)
    opt = Adam(net.parameters(), 8e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a).transpose(1, 2), b[..., 0 if sick else 1])

    def judge() -> float:
        with judging(net):
            hit = net(xd).argmax(2) == yd[..., 1]
        return hit[yd[..., 1] >= 0].float().mean().item()

    return learn(watch, net, opt, dealt(x, y), loss_of, judge, 10)
