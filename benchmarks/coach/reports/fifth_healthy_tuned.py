"""Fifth set: healthy trainings of which next to nothing is trained: what others have trained is used again."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Watch, healthy, judging
from benchmarks.coach.reports.fifth_common import Tagger
from benchmarks.coach.reports.fifth_data import notes
from benchmarks.coach.reports.fourth_common import (
    Glance,
    constellations,
    correct,
    dealt,
    glyphs,
    layers,
    learn,
    trained_before,
)


class Cooled(nn.Module):
    """A trained net whose scores are divided by one number."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body, self.heat = body.requires_grad_(False), nn.Parameter(torch.ones(1))

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x) / self.heat


@healthy("tuning", 0.3)
def only_a_temperature(seed: int, watch: Watch) -> float:
    """All is frozen but one number, by which the scores of a net that is too sure are divided."""
    x, y, xd, yd = constellations(seed, n=1400, wide=0.8)
    body = layers(10, 96, 96, 6)
    trained_before(body, x[:200], y[:200], epochs=100)
    net = Cooled(body)
    opt = SGD(net.parameters(), 0.05)
    with torch.no_grad():
        before = F.cross_entropy(net(xd), yd).item()

    def judge() -> float:
        with judging(net):
            return 2 * (1 - F.cross_entropy(net(xd), yd).item() / before)

    batches = dealt(x[200:], y[200:])
    return learn(watch, net, opt, batches, lambda a, b: F.cross_entropy(net(a), b), judge, 12, pretrained=True)


class Prompted(nn.Module):
    """A trained reader, and four vectors that are put in front of each text."""

    def __init__(self, body: Tagger) -> None:
        super().__init__()
        self.body, self.front = body.requires_grad_(False), nn.Parameter(0.1 * torch.randn(4, 24))

    def forward(self, x: Tensor) -> Tensor:
        words = torch.cat([self.front.expand(len(x), -1, -1), self.body.words(x)], 1)
        return self.body.say(self.body.read(words)[0][:, -1])


@healthy("tuning", 0.6)
def words_put_in_front(seed: int, watch: Watch) -> float:
    """The whole net is frozen; four vectors in front of the text are learned, for a new way to name the classes."""
    x, y = notes(seed, n=1000, longest=8, shortest=8)
    body = Tagger(41, 4)

    class Old(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.body = body

        def forward(self, a: Tensor) -> Tensor:
            return self.body(a)[:, -1]

    flag = torch.where(torch.arange(1000) % 2 == 0, 0, 40)
    both = torch.cat([flag[:, None], x], 1)
    trained_before(Old(), both[:600], torch.where(flag > 0, (y + 1) % 4, y)[:600], 6e-3, 25)
    net = Prompted(body)
    opt = Adam(net.parameters(), 3e-2)
    new = (y + 1) % 4
    return learn(
        watch,
        net,
        opt,
        dealt(x[600:850], new[600:850]),
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, x[850:], new[850:]),
        15,
        pretrained=True,
    )


@healthy("tuning", 0.75)
def only_biases_learn(seed: int, watch: Watch) -> float:
    """Of a trained net only the biases and the head are tuned: nine in ten weights never move."""
    x, y, xd, yd = glyphs(seed, 900)
    net = Glance()
    trained_before(net, x[:400], y[:400])
    for name, p in net.body.named_parameters():
        p.requires_grad_(name.endswith("bias"))
    net.head = nn.Linear(32, 4)
    opt = Adam([p for p in net.parameters() if p.requires_grad], 5e-3)
    x, y, yd = x[400:], (3 - y)[400:], 3 - yd
    return learn(
        watch,
        net,
        opt,
        dealt(x, y),
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, xd, yd),
        15,
        pretrained=True,
    )
