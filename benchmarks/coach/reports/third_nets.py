"""Third set: faults of nets and layers."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.later_common import loader, parted, stack
from benchmarks.coach.reports.third_common import Parts, arrows, clusters, fit, hits, series
from benchmarks.coach.reports.third_data import SCALE
from benchmarks.coach.reports.third_losses import UNTRAINED


class BothWays(nn.Module):
    """A recurrent layer in both directions, and a linear layer on its two last states."""

    def __init__(self, mixed: bool) -> None:
        super().__init__()
        self.read, self.say, self.mixed = nn.GRU(4, 24, batch_first=True, bidirectional=True), nn.Linear(48, 3), mixed

    def forward(self, x: Tensor) -> Tensor:
        _, last = self.read(x)
        states = last.reshape(len(x), 48) if self.mixed else torch.cat([last[0], last[1]], 1)
        return self.say(states)


@faulty(
    "net",
    "facebookresearch/fairseq#239",
    r"\bview|reshap|permut|transpos|axis|axes|\bmix|(other|different|neighbou?ring|several|between|across)\b.{0,30}(rows?|examples?|samples?|batch)|depends? on.{0,40}(batch|rows|examples)|(rows?|examples?).{0,60}(leak|mixed|each other|one another|independent)",
    r"plateau|chance|underfit|overfit|memor|unfinished|noise",
)
def directions_of_other_rows(seed: int, sick: bool, watch: Watch) -> float:
    """Last states (2, n, h) are viewed as (n, 2 h): a row gets states of two rows, and mostly not its own."""
    x, y, xd, yd = series(seed)
    net = BothWays(sick)
    opt = Adam(net.parameters(), 5e-3)
    return fit(watch, net, opt, loader(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: hits(net, xd, yd), 10)


def before_or_after(seed: int, n: int = 900, t: int = 9) -> Parts:
    """Words of 3 to 29 (n, t), among them 1 and 2, once each: which of the two comes first?"""
    g = np.random.default_rng(seed)
    x, y = g.integers(3, 30, (n, t)), g.integers(0, 2, n)
    for i in range(n):
        one, two = sorted(g.choice(t, 2, replace=False))
        x[i, one], x[i, two] = 1 + y[i], 2 - y[i]
    return parted(x, y)


class Reader(nn.Module):
    """Words, and places if ``placed``, through a layer of attention; the mean is classified."""

    def __init__(self, placed: bool) -> None:
        super().__init__()
        self.words, self.placed = nn.Embedding(30, 32), placed
        self.places = nn.Parameter(torch.randn(9, 32) * 0.5) if placed else None
        self.layer = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True)
        self.say = nn.Linear(32, 2)

    def forward(self, x: Tensor) -> Tensor:
        seen = self.words(x) if self.places is None else self.words(x) + self.places
        return self.say(self.layer(seen).mean(1))


@faulty(
    "net",
    "Lightning-AI/pytorch-lightning#20099",
    r"position|order of (the |its )?(words|places|steps|tokens|inputs?|sequence)|(word|token|time) order|permut|bag of|(ignor|blind|whatever|regardless|no matter).{0,40}order|\border.{0,40}(ignor|no matter|not matter|blind|lost)",
    r"plateau|chance|underfit|overfit|memor|unfinished|noise|by heart",
)
def no_positions(seed: int, sick: bool, watch: Watch) -> float:
    """A transformer that is told no positions, for a question about order."""
    x, y, xd, yd = before_or_after(seed)
    net = Reader(not sick)
    opt = Adam(net.parameters(), 2e-3)
    return fit(watch, net, opt, loader(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: hits(net, xd, yd), 14)


class Tuned(nn.Module):
    """An encoder, which runs without gradients if ``still``, and a classifier."""

    def __init__(self, still: bool) -> None:
        super().__init__()
        self.eye, self.still = Trunk(), still
        self.say = nn.Linear(32, 4)

    def forward(self, x: Tensor) -> Tensor:
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.still):
            seen = self.eye(x)
        return self.say(seen)


class Trunk(nn.Sequential):
    """Convolutions, and 32 numbers of what they saw."""

    def __init__(self) -> None:
        layers = [nn.Conv2d(1, 10, 3, 2, 1), nn.ReLU(), nn.Conv2d(10, 20, 3, 2, 1), nn.ReLU(), nn.Flatten()]
        super().__init__(*layers, nn.Linear(180, 32), nn.ReLU())


@faulty(
    "tuning",
    "TinyLLaVA/TinyLLaVA_Factory#17",
    r"no_grad|detach|frozen|freez|" + UNTRAINED,
    r"plateau|underfit|unfinished|capacity",
)
def encoder_under_no_grad(seed: int, sick: bool, watch: Watch) -> float:
    """The encoder ought to be trained, too, but a ``no_grad`` from the days of ready features is still around it."""
    x, y, xd, yd = arrows(seed)
    net = Tuned(sick)
    opt = Adam(net.parameters(), 2e-3)
    return fit(watch, net, opt, loader(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: hits(net, xd, yd), 14)


def papers(seed: int, n: int = 400) -> tuple[Tensor, Tensor, Tensor]:
    """Words of papers (n, 12), which tell little, 4 subjects, and each link once (2, links): from newer to older."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, n)
    linked = np.triu(g.random((n, n)) < np.where(y[:, None] == y, 0.05, 0.003), 1)
    x = g.normal(0, 1, (n, 12))
    x[np.arange(n), y] += 0.7
    return torch.tensor(x).float(), torch.tensor(y), torch.tensor(np.stack(np.nonzero(linked)))


class Messages(nn.Module):
    """Twice: the mean of what the links bring, a linear layer."""

    def __init__(self, links: Tensor, n: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(12, 24), nn.Linear(24, 4)
        table = torch.zeros(n, n)
        table[links[1], links[0]] = 1.0
        self.register_buffer("table", table / table.sum(1, keepdim=True).clamp(min=1))

    def forward(self, x: Tensor) -> Tensor:
        return self.second(self.table @ self.first(self.table @ x).relu())


@faulty(
    "net",
    "pyg-team/pytorch_geometric#435",
    r"\bedges?\b|\blinks?\b|direction|directed|neighbou?r|adjacen|messages?|symmetr|self.?loop|isolated|(rows?|nodes?|answers?|outputs?)\b.{0,60}(zero|\b0\b|same|alike|identical|equal|no input|do not depend)",
    r"underfit|overfit|memor|plateau|\bdev\b|generali|unfinished",
)
def links_in_one_direction(seed: int, sick: bool, watch: Watch) -> float:
    """A graph without directions is given with each link once: half of the messages are never sent."""
    x, y, links = papers(seed)
    net = Messages(links if sick else torch.cat([links, links.flip(0)], 1), len(x))
    known = torch.arange(len(x)) % 4 == 0
    opt = Adam(net.parameters(), 1e-2, weight_decay=1e-3)

    def judge() -> float:
        with judging(net):
            return (net(x).argmax(1) == y)[~known].float().mean().item()

    return fit(watch, net, opt, [(x, y)], lambda a, b: F.cross_entropy(net(a)[known], b[known]), judge, 80)


@faulty(
    "goals",
    "IDEALLab/EngiOpt#67",
    SCALE,
    r"plateau|underfit|unfinished|capacity|explod|noise",
)
def diffusion_of_raw_designs(seed: int, sick: bool, watch: Watch) -> float:
    """A diffusion net must tell noise of deviation 1 from designs in millimetres, which are hundreds."""
    x, _ = clusters(seed, 6, d=6)
    x = x * torch.tensor([80.0, 150, 40, 300, 60, 120]) + 500
    x = x if sick else (x - x.mean(0)) / x.std(0)
    x, _, xd, _ = parted(x, x)
    net = stack(7, 64, 64, 6, act=nn.SiLU)
    opt = Adam(net.parameters(), 2e-3)

    def noisy(a: Tensor) -> tuple[Tensor, Tensor]:
        noise, time = torch.randn_like(a), torch.rand(len(a), 1)
        kept = torch.cos(time * torch.pi / 2)
        return torch.cat([kept * a + (1 - kept**2).sqrt() * noise, time], 1), noise

    def loss_of(a: Tensor, _: Tensor) -> Tensor:
        seen, noise = noisy(a)
        return F.mse_loss(net(seen), noise)

    def judge() -> float:
        with judging(net), torch.random.fork_rng():
            torch.manual_seed(0)
            seen, noise = noisy(xd)
            return max(-1.0, 1 - F.mse_loss(net(seen), noise).item())

    return fit(watch, net, opt, loader(x, x), loss_of, judge, 25)
