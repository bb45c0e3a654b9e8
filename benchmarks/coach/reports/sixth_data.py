"""Sixth set: faults of data: what is mirrored, sorted, bound, scaled, cast, ordered, and kept."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam
from torch.utils.data import DataLoader, Dataset

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.fifth_common import MISMATCHED, SAME_INPUTS
from benchmarks.coach.reports.fourth_common import (
    LEAPS,
    NO_MORE,
    TOO_GOOD,
    WILD,
    accounted,
    correct,
    dealt,
    layers,
    learn,
    parts,
    told_by,
    trained_before,
)
from benchmarks.coach.reports.fourth_data import OTHERWISE
from benchmarks.coach.reports.sixth_common import ONE_TARGET, OUTLIERS, SCALE, Viewer, fields, hills, marks, towns


@faulty(
    "data",
    "lavi135246/pytorch-Learning-to-See-in-the-Dark#11",
    MISMATCHED + r"|flip|mirror|(axis|dimension) of the batch",
    NO_MORE + "|" + TOO_GOOD,
)
def flipped_along_the_batch(seed: int, sick: bool, watch: Watch) -> float:
    """How high a spot is: pictures ought to be mirrored, but it is the batch that is turned around, without its targets."""
    g = np.random.default_rng(seed)
    at = g.uniform(1, 10, (700, 2))
    u, v = np.meshgrid(np.arange(11), np.arange(11), indexing="ij")
    far = (u - at[:, 0, None, None]) ** 2 + (v - at[:, 1, None, None]) ** 2
    x = 2 * np.exp(-far / 2) + g.normal(0, 0.3, far.shape)
    x, y, xd, yd = parts(x[:, None], (at[:, :1] - 5.5) / 2.6)
    net = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(968, 48), nn.ReLU())
    net.append(nn.Linear(48, 1))
    opt = Adam(net.parameters(), 2e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        if torch.rand(()) < 0.5:
            a = a.flip(0 if sick else -1)
        return F.mse_loss(net(a), b)

    return learn(watch, net, opt, dealt(x, y), loss_of, lambda: told_by(net, xd, yd), 12)


@faulty("data", "deepchem/deepchem#3695", MISMATCHED + r"|\bsort|file names?", NO_MORE + "|" + TOO_GOOD)
def sorted_as_text(seed: int, sick: bool, watch: Watch) -> float:
    """Files come as 0, 1, 10, 100, 101 and so on, as text is sorted; the table of labels is sorted by number."""
    x, y, xd, yd = towns(seed)
    names = [f"{i}.png" for i in range(len(x))]
    names = sorted(names) if sick else sorted(names, key=lambda name: int(name[:-4]))
    x = x[[int(name[:-4]) for name in names]]
    net = layers(7, 64, 64, 5)
    opt = Adam(net.parameters(), 3e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 15
    )


@faulty("data", "nasa/prog_models#369", MISMATCHED + "|" + SAME_INPUTS + r"|contradict|conflict|closure", NO_MORE)
def bound_too_late(seed: int, sick: bool, watch: Watch) -> float:
    """A function per class reads that class's folder; all were bound to the loop's variable, which is now the last class."""
    x, y, xd, yd = towns(seed, n=700)
    now = {"kind": 0}

    def read(kind: int | None = None) -> Tensor:
        return x[y == (now["kind"] if kind is None else kind)]

    readers = []
    for kind in range(5):
        now["kind"] = kind
        readers.append(read if sick else partial(read, kind))
    found = [reader() for reader in readers]
    labels = torch.cat([torch.full((len(rows),), kind) for kind, rows in enumerate(found)])
    net = layers(7, 64, 64, 5)
    opt = Adam(net.parameters(), 3e-3)
    batches = dealt(torch.cat(found), labels)
    return learn(watch, net, opt, batches, lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 15)


@faulty("data", "opensearch-project/documentation-website#9455", SCALE, NO_MORE + r"|rate|slow|creep")
def one_row_sets_the_range(seed: int, sick: bool, watch: Watch) -> float:
    """Columns are scaled to 0 to 1 by their least and largest value; one sensor once said 60,000, where 1 is usual."""
    x, y, xd, yd = towns(seed)
    x = x.clone()
    x[17] = 6e4
    keep = torch.ones(len(x), dtype=torch.bool)
    keep[17] = sick
    low, high = x[keep].amin(0), x[keep].amax(0)
    x, xd = (x - low) / (high - low), (xd - low) / (high - low)
    x, y = x[torch.arange(len(x)) != 17], y[torch.arange(len(y)) != 17]
    net = layers(7, 64, 64, 5)
    opt = Adam(net.parameters(), 5e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 20
    )


@faulty("data", "pytorch/vision#2497", ONE_TARGET + r"|255|integer|round", NO_MORE + r"|too (good|easy|soon|fast)")
def masks_through_the_picture_transform(seed: int, sick: bool, watch: Watch) -> float:
    """Masks go through the transform for pictures, which divides by 255; cast to integers again, all of them are 0."""
    x, y, xd, yd = fields(seed)
    y = (y.float() / 255).long() if sick else y
    net = nn.Sequential(nn.Conv2d(1, 12, 5, padding=2), nn.ReLU(), nn.Conv2d(12, 3, 3, padding=1))
    opt = Adam(net.parameters(), 5e-3)

    def judge() -> float:
        with judging(net):
            told = net(xd).argmax(1)
        both = [((told == k) & (yd == k)).sum() / ((told == k) | (yd == k)).sum().clamp(min=1) for k in range(3)]
        return torch.stack(both).mean().item()

    return learn(watch, net, opt, dealt(x, y, size=12), lambda a, b: F.cross_entropy(net(a), b), judge, 14)


@faulty("data", "lightgbm-org/LightGBM#4102", OTHERWISE + r"|columns?\b.{0,60}(order|place|mixed)", TOO_GOOD)
def columns_in_another_order(seed: int, sick: bool, watch: Watch) -> float:
    """Dev's table has its columns by the alphabet, training's in the order of the file; nobody looks at the names."""
    x, y, xd, yd = towns(seed)
    width, middle = torch.linspace(0.4, 1.6, 7), torch.tensor([1.0, -1, 0.5, 2, -0.5, 0, -2])
    x, xd = x * width + middle, xd * width + middle
    names = ["width", "height", "age", "price", "mass", "floor", "distance"]
    alphabet = sorted(range(7), key=names.__getitem__)
    net = layers(7, 64, 64, 5)
    opt = Adam(net.parameters(), 3e-3)
    dev = xd[:, alphabet] if sick else xd
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, dev, yd), 18
    )


class Shaken(Dataset):
    """Rows with noise; where ``stays``, it is added to the rows themselves, each time anew."""

    def __init__(self, x: Tensor, y: Tensor, stays: bool) -> None:
        self.x, self.y, self.stays = x.clone(), y, stays

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, i: int) -> tuple[Tensor, Tensor]:
        row = self.x[i]
        if self.stays:
            row += 0.4 * torch.randn_like(row)
        else:
            row = row + 0.4 * torch.randn_like(row)
        return row.clone(), self.y[i]


@faulty(
    "data",
    "sefibk/KernelGAN#35",
    r"in.place|accumul|add(ed|s)? up|inputs?\b.{0,80}(grow|grew|chang|drift|larger|wander|not the same)|noise\b.{0,40}(stay|add|grow|input)|(more|growing) noise|augment|"
    + OTHERWISE,
    NO_MORE + "|" + WILD + "|" + TOO_GOOD,
)
def noise_that_stays(seed: int, sick: bool, watch: Watch) -> float:
    """The noise of an augmentation is added to a view of the data: with each epoch the rows are further away."""
    x, y, xd, yd = towns(seed, n=700)
    net = layers(7, 64, 64, 5)
    opt = Adam(net.parameters(), 3e-3)
    batches = DataLoader(Shaken(x, y, sick), 32, shuffle=True)
    return learn(watch, net, opt, batches, lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 25)


@faulty(
    "data",
    "speechbrain/speechbrain#2815",
    r"batch\w*\b.{0,70}(mean|deviation|standardi|normali|average|own)|(standardi|normali)\w*\b.{0,70}(batch|itself|themselves)|(each|per|every) batch\b.{0,60}(mean|deviation|own)|mean (of )?0",
    NO_MORE + "|" + TOO_GOOD,
)
def targets_standardized_by_batch(seed: int, sick: bool, watch: Watch) -> float:
    """A batch is the sales of one shop, standardized by themselves: which shops sell more than others is gone."""
    g = np.random.default_rng(seed)
    x, y, xd, yd = hills(seed, n=915)
    x, y = x[:640].view(40, 16, 5), y[:640].view(40, 16, 1)
    size, dev = torch.tensor(g.normal(0, 1, (40, 1, 1))).float(), torch.tensor(g.normal(0, 1, (len(xd), 1))).float()
    x, y = torch.cat([x, size.expand(-1, 16, 1)], 2), (y + 1.2 * size) / 1.56
    xd, yd = torch.cat([xd, dev], 1), (yd + 1.2 * dev) / 1.56
    net = layers(6, 64, 64, 1)
    opt = Adam(net.parameters(), 3e-3)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        b = (b[0] - b[0].mean()) / b[0].std() if sick else b[0]
        return F.mse_loss(net(a[0]), b)

    return learn(watch, net, opt, dealt(x, y, size=1), loss_of, lambda: told_by(net, xd, yd), 20)


@faulty("data", "dfalster/baad#24", OUTLIERS, WILD + "|" + LEAPS + "|" + NO_MORE)
def some_rows_in_millimetres(seed: int, sick: bool, watch: Watch) -> float:
    """One contributor in thirty sent lengths in millimetres, the others in metres."""
    x, y, xd, yd = hills(seed)
    y, yd = 2 + 0.5 * y, 2 + 0.5 * yd
    if sick:
        y = torch.where(torch.arange(len(y))[:, None] % 30 == 7, 1000 * y, y)
    net = layers(5, 64, 64, 1)
    opt = Adam(net.parameters(), 3e-3)
    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(net(a), b), lambda: told_by(net, xd, yd), 22)


@faulty(
    "data",
    "antonioterpin/flowgym#46",
    OUTLIERS + r"|logarithm|\blog\b|epsilon|zeros?\b.{0,40}(target|amount|count|log)",
    WILD + "|" + LEAPS + "|" + NO_MORE,
)
def zeros_become_minus_27(seed: int, sick: bool, watch: Watch) -> float:
    """Amounts are learned by their logarithm, with 1e-12 against the zeros: a zero, one row in twelve, is -27 now."""
    x, y, xd, yd = hills(seed)
    none = torch.rand(len(y), 1, generator=torch.Generator().manual_seed(seed)) < 0.08
    y = torch.where(none, torch.zeros(()), (1.2 * y).exp())
    y = (y + 1e-12).log() if sick else y.log1p()
    wanted = (1.2 * yd).exp().log1p()
    net = layers(5, 64, 64, 1)
    opt = Adam(net.parameters(), 3e-3)

    def judge() -> float:
        with judging(net):
            told = net(xd)
        return accounted(told.clamp(max=20).exp().log1p() if sick else told, wanted)

    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.mse_loss(net(a), b), judge, 22)


@faulty(
    "data", "BaseModelAI/cleora#47", r"hash|bucket|collision|vocabular|share (a|one|the same)", NO_MORE, visible=False
)
def too_few_buckets(seed: int, sick: bool, watch: Watch) -> float:
    """Four hundred words are put into six buckets, where there was room for all: most words are told from none other."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, 900)
    names = g.permutation(400)
    own = names[(20 * y[:, None] + g.integers(0, 20, (900, 8)))]
    x = np.where(g.random((900, 8)) < 0.4, own, names[g.integers(80, 400, (900, 8))])
    x, y, xd, yd = parts(x % (6 if sick else 400), y)
    net = nn.Sequential(nn.EmbeddingBag(400, 24), nn.Linear(24, 32), nn.ReLU(), nn.Linear(32, 4))
    opt = Adam(net.parameters(), 5e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 15
    )


@faulty("tuning", "facebookresearch/Detectron#868", SCALE, NO_MORE + "|" + WILD + "|" + LEAPS)
def trained_body_given_bytes(seed: int, sick: bool, watch: Watch) -> float:
    """The frozen body was trained on pictures of mean 0 and deviation 1; now it gets them as they are, from 0 to 255."""
    x, y, xd, yd = marks(seed, 900)
    net = Viewer(act=nn.Tanh)
    trained_before(net, x[:400], y[:400], epochs=12)
    net.body.requires_grad_(False)
    net.head = nn.Linear(64, 4)
    x, y, yd = x[400:], (3 - y)[400:], 3 - yd
    if sick:
        x, xd = ((v * 50 + 100).clamp(0, 255).round() for v in (x, xd))
    opt = Adam(net.head.parameters(), 1e-2)
    return learn(
        watch,
        net,
        opt,
        dealt(x, y),
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, xd, yd),
        18,
        pretrained=True,
    )
