"""Fourth set: faults of nets: how they start, what is frozen or cut, and what the layers are laid over."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import SGD, Adam

from benchmarks.coach.reports.common import Watch, faulty, judging
from benchmarks.coach.reports.fourth_common import (
    LEAPS,
    NO_MORE,
    TOO_GOOD,
    UNTRAINED,
    WILD,
    Glance,
    constellations,
    correct,
    dealt,
    glyphs,
    layers,
    learn,
    motifs,
    remainders,
    trained_before,
)

MIXED = r"depends? on.{0,60}(batch|other|rows|examples|before|previous)|other (rows|examples|inputs)|(rows|examples)\b.{0,30}mixed|mixed"
"""An answer depends on more than its own row."""


@faulty(
    "net",
    "ageron/handson-ml#176",
    r"initiali[sz]|weights?\b.{0,60}(small|tiny|start)|vanish|gradients?\b.{0,60}(small|tiny|next to no|fade)|signal|shrink|fade|(outputs?|answers?|activations?)\b.{0,40}(alike|all the same|tiny|next to nothing)",
    NO_MORE + "|" + r"low_learning|creep|slow",
)
def weights_of_a_hundredth(seed: int, sick: bool, watch: Watch) -> float:
    """Six layers start at a deviation of 0.01: each makes the signal ten times weaker, and the gradient as well."""
    x, y, xd, yd = constellations(seed, 4)
    net = layers(10, 64, 64, 64, 64, 64, 4)
    if sick:
        for p in net.parameters():
            nn.init.normal_(p, 0.0, 0.01) if p.ndim > 1 else nn.init.zeros_(p)
    opt = SGD(net.parameters(), 0.05, momentum=0.9)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 15
    )


@faulty(
    "tuning",
    "udacity/deep-learning-v2-pytorch#12",
    r"freez|frozen|requires?_grad|forg(e|o)t|pre-?trained|(trained|learned|knew|known) before|thrown away|" + LEAPS,
    TOO_GOOD + "|" + NO_MORE + "|" + WILD,
)
def frozen_by_a_typo(seed: int, sick: bool, watch: Watch) -> float:
    """``require_grad = False`` lacks an s: the trained body is not frozen, and is torn up at the rate of the new head."""
    x, y, xd, yd = glyphs(seed, 900)
    net = Glance()
    trained_before(net, x[:540], y[:540])
    net.head = nn.Linear(32, 4)
    for p in net.body.parameters():
        if sick:
            p.require_grad = False  # type: ignore[attr-defined]
        else:
            p.requires_grad = False
    opt = Adam(net.parameters(), 0.05)
    batches = dealt(x[540:600], y[540:600], size=10)
    return learn(
        watch,
        net,
        opt,
        batches,
        lambda a, b: F.cross_entropy(net(a), b),
        lambda: correct(net, xd, yd),
        20,
        pretrained=True,
    )


class Coded(nn.Module):
    """A code of 12 is chosen for each row, and the code's vector is classified."""

    def __init__(self, hard: bool) -> None:
        super().__init__()
        self.choose, self.codes, self.say = layers(10, 64, 12), nn.Embedding(12, 16), layers(16, 32, 6)
        self.hard = hard

    def forward(self, x: Tensor) -> Tensor:
        scores = self.choose(x)
        chosen = self.codes(scores.argmax(1)) if self.hard else scores.softmax(1) @ self.codes.weight
        return self.say(chosen)


@faulty("net", "pytorch/pytorch#1339", r"argmax|differentiab|detach|" + UNTRAINED, NO_MORE)
def hard_choice_in_the_middle(seed: int, sick: bool, watch: Watch) -> float:
    """Between two nets stands an argmax, which no gradient passes: the first net stays as it was drawn."""
    x, y, xd, yd = constellations(seed)
    net = Coded(sick)
    opt = Adam(net.parameters(), 5e-3)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 20
    )


class Added(nn.Module):
    """Blocks whose outputs are added to their inputs; ``share`` is what they are multiplied by."""

    def __init__(self, share: float, deep: int = 20) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(layers(32, 32, 32) for _ in range(deep))
        self.enter, self.leave, self.share = nn.Linear(10, 32), nn.Linear(32, 6), share
        for layer in self.modules():
            if isinstance(layer, nn.Linear):
                nn.init.kaiming_normal_(layer.weight)

    def forward(self, x: Tensor) -> Tensor:
        h = self.enter(x)
        for block in self.blocks:
            h = h + self.share * block(h)
        return self.leave(h)


@faulty(
    "net",
    "cvignac/SMP#3",
    r"residual|shortcut|\bskip|normali[sz]|initiali[sz]|(activations?|outputs?|scores|logits|answers?)\b.{0,60}(grow|large|huge|explod|thousand)|(first|initial) loss|loss (starts|begins)|explod|gradients?\b.{0,40}(far too much|large|huge)",
    WILD + "|" + LEAPS + "|" + NO_MORE,
)
def blocks_that_add_up(seed: int, sick: bool, watch: Watch) -> float:
    """Twenty blocks are added up without a norm or a scale: each makes the signal larger, to many thousands in the end."""
    x, y, xd, yd = constellations(seed)
    net = Added(1.0 if sick else 0.1)
    opt = Adam(net.parameters(), 1e-3)
    return learn(watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 8)


class Averaged(nn.Module):
    """A convolution over time, the mean over dimension ``over``, a linear layer: 16 steps, and 16 channels."""

    def __init__(self, over: int) -> None:
        super().__init__()
        self.find, self.say, self.over = nn.Conv1d(3, 16, 5, padding=2), nn.Linear(16, 3), over

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.find(x.transpose(1, 2)).relu().mean(self.over))


@faulty(
    "net",
    "Knowledgator/LiqFit#1",
    r"\bpool|\baxis\b|\baxes\b|dimensions?\b|transpos|permut|channels?\b|averag\w* over|mean over|over (the )?time",
    NO_MORE + "|" + TOO_GOOD,
    visible=False,
)
def mean_over_the_channels(seed: int, sick: bool, watch: Watch) -> float:
    """The mean is over the channels, where it was meant over time; both are 16, so that no shape complains."""
    x, y, xd, yd = motifs(seed)
    net = Averaged(1 if sick else 2)
    opt = Adam(net.parameters(), 1e-2)
    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a), b), lambda: correct(net, xd, yd), 25
    )


class Foreteller(nn.Module):
    """A layer of attention that tells the next number; ``added`` takes a mask of 0 and 1, which is added to scores."""

    def __init__(self, added: bool) -> None:
        super().__init__()
        self.words, self.places = nn.Embedding(17, 32), nn.Embedding(16, 32)
        self.layer = nn.TransformerEncoderLayer(32, 4, 64, 0.0, batch_first=True)
        self.say, self.added = nn.Linear(32, 17), added

    def forward(self, x: Tensor) -> Tensor:
        t = x.shape[1]
        seen = torch.ones(t, t).tril()
        h = self.words(x) + self.places(torch.arange(t))
        return self.say(self.layer(h, src_mask=seen if self.added else seen == 0))


@faulty(
    "net",
    "pytorch/pytorch#21518",
    r"causal|future|look.?ahead|\bahead\b|\bmasks?\b|later (step|word|place|token|input)|leak|come after|next (word|token|step)",
    TOO_GOOD + "|too good",
)
def mask_added_as_numbers(seed: int, sick: bool, watch: Watch) -> float:
    """The causal mask holds 1 for what may be seen and 0 for the rest, as floats: it is added, and hides nothing."""
    x, y, xd, yd = remainders(seed)
    net = Foreteller(sick)
    opt = Adam(net.parameters(), 3e-3)

    def judge() -> float:
        with judging(net):
            hits = [(net(xd[:, : t + 1])[:, -1].argmax(1) == yd[:, t]).float().mean() for t in range(1, 13)]
        return torch.stack(hits).mean().item()

    return learn(
        watch, net, opt, dealt(x, y), lambda a, b: F.cross_entropy(net(a).flatten(0, 1), b.flatten()), judge, 20
    )


class Opener(nn.Module):
    """A recurrent layer; ``goes_on`` starts each batch with the state that the one before ended with."""

    def __init__(self, goes_on: bool) -> None:
        super().__init__()
        self.read, self.say, self.goes_on = nn.GRU(1, 24, batch_first=True), nn.Linear(24, 1), goes_on
        self.state: Tensor | None = None

    def forward(self, x: Tensor) -> Tensor:
        fits = self.training and self.goes_on and self.state is not None and self.state.shape[1] == len(x)
        _, last = self.read(x, self.state if fits else None)
        self.state = last.detach()
        return self.say(last[0])


@faulty(
    "net",
    "HIT-SCIR/ELMoForManyLangs#68",
    r"hidden state|\bstates?\b.{0,60}(reset|carr|kept|left|batch|before|previous|zero)|carr(y|ied) over|previous batch|same input.{0,60}(other|differ)|"
    + MIXED,
    NO_MORE + "|" + TOO_GOOD,
)
def state_of_the_last_batch(seed: int, sick: bool, watch: Watch) -> float:
    """The state is not reset between batches, so that no row knows where it begins; it is the first number that is asked for."""
    x = torch.randn(900, 10, 1, generator=torch.Generator().manual_seed(seed))
    y = (x[:, 0] > 0).float()
    net = Opener(sick)
    opt = Adam(net.parameters(), 5e-3)

    def judge() -> float:
        with judging(net):
            return ((net(x[630:, :7]) > 0) == (y[630:] > 0)).float().mean().item()

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        return F.binary_cross_entropy_with_logits(net(a[:, : int(torch.randint(4, 11, ()))]), b)

    return learn(watch, net, opt, dealt(x[:630], y[:630], size=30), loss_of, judge, 12)
