"""Second set: faults of steps, rates, precision and modes, and of what the optimizer holds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW
from torch.optim.lr_scheduler import ReduceLROnPlateau

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.later_common import (
    blobs,
    go,
    groups,
    houses,
    icons,
    loader,
    picture_net,
    right,
    stack,
    told,
)

LOW = r"(rate|\blr\b).{0,80}(small|tiny|low|higher|raise|larger|fall|fell|drop|zero|\b0\b|shrink|decay|cut|soon|early|reduc)|(small|tiny|low|raise|higher|larger|shrinking|falling).{0,40}(rate|\blr\b)|schedul|(steps?|updates?).{0,40}(small|tiny)"
"""The rate is, or becomes, too low."""
UNTRAINED = r"(no|without|never|not)\b.{0,30}gradient|gradient.{0,80}(never|not|none|no |reach|missing)|(layers?|weights|parameters|part|encoder|half|tensors?)\b.{0,80}(never|not|no)\b.{0,30}(move|train|update|chang|learn|reach|gradient)|stand still|stood still|frozen|freez"
"""A part of the net is not trained."""


@faulty("step", "FunctionLab/selene#115", LOW + r"|plateau.{0,40}(mode|sched)|ReduceLR", r"plateau|unfinished|underfit")
def plateau_of_the_wrong_mode(seed: int, sick: bool, watch: Watch) -> float:
    """A schedule that waits for a plateau is told that the error, which falls, ought to rise."""
    x, y, xd, yd = icons(seed)
    net = picture_net()
    opt = Adam(net.parameters(), 3e-3)
    schedule = ReduceLROnPlateau(opt, "max" if sick else "min", 0.1, 2)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a / 128 - 1), b)

    return go(
        watch,
        net,
        opt,
        loader(x, y),
        loss_of,
        lambda: right(net, xd / 128 - 1, yd),
        14,
        after=lambda result: schedule.step(1 - result),
    )


@faulty(
    "tuning",
    "keras-team/keras#7057",
    r"\brate\b|\blr\b|dead|dying|\bdie|\bdied|never (fire|active|on\b)|units?.{0,60}(\b0\b|zero|dead|off|silent)|step size",
    r"constant|same answer|plateau",
)
def units_killed_by_the_rate(seed: int, sick: bool, watch: Watch) -> float:
    """At too high a rate the first steps throw all the rectified units below zero, for good."""
    x, y, xd, yd = houses(seed)
    y, yd = (y - y.mean()) / y.std() + 3, (yd - y.mean()) / y.std() + 3
    net = stack(6, 40, 40, 40, 1)
    opt = SGD(net.parameters(), 0.3 if sick else 0.01, momentum=0.9)
    return go(watch, net, opt, loader(x, y), lambda a, b: F.mse_loss(net(a), b), lambda: told(net, xd, yd), 15)


@faulty(
    "numbers",
    "afiaka87/glide-finetune#5",
    r"\beps\b|epsilon|\bhalf\b|float16|fp16|16.?bit|precision|underflow",
    r"nan|not a number|finite|explod",
)
def half_and_a_tiny_epsilon(seed: int, sick: bool, watch: Watch) -> float:
    """Adam on weights in half precision: its epsilon of 1e-8 is 0 there."""
    x, y, xd, yd = groups(seed, 6)
    net = stack(16, 64, 64, 6).half()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a.half()).float(), b)

    opt = Adam(net.parameters(), 1e-3, eps=1e-8 if sick else 1e-4)
    return go(watch, net, opt, loader(x, y), loss_of, lambda: right(net, xd.half(), yd), 10)


@faulty(
    "numbers",
    "tianweiy/CausVid#19",
    r"bfloat16|bf16|16.?bit|precision|\bround(ed|ing|s)?\b|float32|mantissa|\bhalf\b|dtype|(updates?|steps?).{0,60}(lost|swallow|vanish|no effect|smaller than)",
    r"plateau|unfinished|underfit|slow|rate",
)
def weights_in_bfloat16(seed: int, sick: bool, watch: Watch) -> float:
    """The weights themselves are bfloat16: most of the small steps are rounded away."""
    x, y, xd, yd = houses(seed)
    y, yd = (y - y.mean()) / y.std(), (yd - y.mean()) / y.std()
    kind = torch.bfloat16 if sick else torch.float32
    net = nn.Sequential(nn.Linear(6, 96), nn.GELU(), nn.Linear(96, 96), nn.GELU(), nn.Linear(96, 1)).to(kind)
    with torch.no_grad():
        for p in net.parameters():
            p.mul_(2.0)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=not sick):
            return F.mse_loss(net(a.to(kind)).float(), b)

    opt = AdamW(net.parameters(), 1e-4, weight_decay=0.0)
    return go(watch, net, opt, loader(x, y, 16), loss_of, lambda: told(net, xd.to(kind), yd), 22)


@faulty(
    "modes",
    "BCV-Uniandes/DMS#30",
    r"batch ?norm|running (mean|statist|average|var)|batch.{0,20}(of|size).{0,20}(1|one|small|tiny|larger)|small(er)? batch|larger batch|statistics|group ?norm|(evaluation|eval) mode",
    r"overfit|plateau|unstable|noise|rate",
)
def norm_over_one_picture(seed: int, sick: bool, watch: Watch) -> float:
    """Batch norm in batches of one: training divides by what one picture has, evaluation by an average of all."""
    x, y, xd, yd = icons(seed, 500)
    net = picture_net(norm=True, width=8)

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.cross_entropy(net(a / 128 - 1), b)

    opt = Adam(net.parameters(), 1e-3 if sick else 4e-3)
    batches = loader(x, y, 1 if sick else 25)
    return go(watch, net, opt, batches, loss_of, lambda: right(net, xd / 128 - 1, yd), 3 if sick else 12)


@faulty(
    "modes",
    "ermongroup/ncsn#2",
    r"\beval\b|evaluation mode|train\(\)|training mode|\bmode\b|\.train\b|dropout.{0,60}(off|not|never|inactive|idle)|running (mean|statist|average|var)|batch ?norm",
    r"overfit|memor|gap|plateau|unstable|explod",
)
def evaluation_mode_for_good(seed: int, sick: bool, watch: Watch) -> float:
    """The net is set to evaluation before training and never back: its batch norms keep a mean of 0 and a deviation of 1."""
    x, y, xd, yd = blobs(seed, 240)
    layers: list[nn.Module] = []
    for i in (1, *[12] * 7):
        layers += [nn.Conv2d(i, 12, 3, padding=1, bias=False), nn.BatchNorm2d(12), nn.ReLU()]
    net = nn.Sequential(*layers, nn.Conv2d(12, 1, 1))

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(a), b)

    def judge() -> float:
        mode = net.training
        net.eval()
        with torch.no_grad():
            inside = net(xd) > 0
        net.train(mode)
        return ((inside & (yd > 0)).sum() / (inside | (yd > 0)).sum()).item()

    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    return go(watch, net, opt, loader(x, y, 24), loss_of, judge, 10, mode=not sick)


class Listed(nn.Module):
    """Layers in a list, or in a `nn.ModuleList`."""

    def __init__(self, known: bool) -> None:
        super().__init__()
        layers = [nn.Linear(6, 10), *(nn.Linear(10, 10) for _ in range(3))]
        self.layers = nn.ModuleList(layers) if known else layers
        self.head = nn.Linear(10, 1)

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x).relu()
        return self.head(x)


@faulty(
    "net",
    "pytorch/pytorch#59925",
    r"ModuleList|register|\blist\b|optimizer.{0,80}(not|without|miss|lack|does not hold|unknown)|parameters\(\)|outside|"
    + UNTRAINED,
    r"plateau|underfit|unfinished",
)
def layers_in_a_list(seed: int, sick: bool, watch: Watch) -> float:
    """Hidden layers stand in a Python list: the net does not know of them, and neither does the optimizer."""
    x, y, xd, yd = houses(seed)
    y, yd = (y - y.mean()) / y.std(), (yd - y.mean()) / y.std()
    net = Listed(not sick)
    opt = AdamW(net.parameters(), 4e-3)
    return go(watch, net, opt, loader(x, y), lambda a, b: F.mse_loss(net(a), b), lambda: told(net, xd, yd), 20)


class Careless(nn.Module):
    """The projection before the head is made when it is needed, if ``anew``."""

    def __init__(self, anew: bool) -> None:
        super().__init__()
        self.body, self.head, self.anew = stack(16, 48, 32), nn.Linear(24, 6), anew
        if not anew:
            self.project = nn.Linear(32, 24)

    def forward(self, x: Tensor) -> Tensor:
        project = nn.Linear(32, 24) if self.anew else self.project
        return self.head(project(self.body(x).relu()).relu())


@faulty(
    "net",
    "graykode/nlp-tutorial#29",
    r"\bforward\b|\banew\b|each (call|step|pass|forward)|re-?creat|re-?initiali|register|outside|random|same (input|rows?|batch).{0,60}(differ|other|twice)|(differ|other).{0,60}same (input|rows?|batch)|"
    + UNTRAINED,
    r"plateau|underfit|unfinished|noise|chance",
)
def layer_made_in_forward(seed: int, sick: bool, watch: Watch) -> float:
    """A linear layer is created inside `forward`: it has other random weights each time."""
    x, y, xd, yd = groups(seed, 6)
    net = Careless(sick)
    opt = Adam(net.parameters(), 3e-3)
    return go(watch, net, opt, loader(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: right(net, xd, yd), 12)


def ring_graph(seed: int, n: int = 360) -> tuple[Tensor, Tensor, Tensor]:
    """Noisy columns (n, 10), 3 classes and the normalized links (n, n) of a graph in which like is mostly linked to like."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 3, n)
    links = g.random((n, n)) < np.where(y[:, None] == y, 0.03, 0.006)
    links = (links | links.T | np.eye(n, dtype=bool)).astype(float)
    root = 1 / np.sqrt(links.sum(1))
    x = g.normal(0, 1, (n, 10))
    x[np.arange(n), y] += 0.9
    return torch.tensor(x).float(), torch.tensor(y), torch.tensor(links * root * root[:, None]).float()


class Graph(nn.Module):
    """Graph convolutions: the mean over the linked nodes, then a linear layer."""

    def __init__(self, links: Tensor, depth: int) -> None:
        super().__init__()
        sizes = [10, *[16] * (depth - 1), 3]
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in pairwise(sizes))
        self.links = links

    def forward(self, x: Tensor) -> Tensor:
        for k, layer in enumerate(self.layers):
            x = self.links @ layer(x if k == 0 else x.relu())
        return x


@faulty(
    "net",
    "DropEdge/DropEdge#8",
    r"smooth|(nodes?|rows?|answers|outputs|activations|representations|features)\b.{0,60}(alike|same|identical|equal|similar)|too deep|\bdeep\b|depth|layers?.{0,40}(many|fewer|too)|residual|shortcut|\bskip|vanish|shrink",
    r"plateau|chance|constant|unfinished|underfit",
)
def twelve_graph_layers(seed: int, sick: bool, watch: Watch) -> float:
    """Twelve layers of means over neighbours make all the nodes of a graph alike."""
    x, y, links = ring_graph(seed)
    net, known = Graph(links, 12 if sick else 2), torch.arange(len(x)) % 4 == 0
    opt = Adam(net.parameters(), 1e-2, weight_decay=5e-4)

    def judge() -> float:
        with judging(net):
            return (net(x).argmax(1) == y)[~known].float().mean().item()

    return go(watch, net, opt, [(x, y)], lambda a, b: F.cross_entropy(net(a)[known], b[known]), judge, 100)
