"""Seventh set: faults of whole pipelines: tuning, what is kept, made pictures, choices, texts, noise."""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim import Adam

from benchmarks.coach.reports.common import Split, Watch, faulty, judging, split
from benchmarks.coach.reports.seventh_common import (
    OVERFIT,
    RATE_LOW,
    STUCK,
    UNSCALED,
    batches_of,
    classified,
    dense,
    digits,
    fit,
    grown,
    looker,
    reviews,
    right,
)


class Tuned(nn.Module):
    """A trained body that is frozen, its norms included, and a new head."""

    def __init__(self, body: nn.Module) -> None:
        super().__init__()
        self.body, self.head = body.requires_grad_(False), nn.Linear(32, 5)

    def train(self, mode: bool = True) -> Tuned:
        super().train(mode)
        self.body.eval()
        return self

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.body(x))


@faulty(
    "tuning",
    "tflearn/tflearn#391",
    UNSCALED + r"|(inputs?|mean)\b.{0,60}(other|differ|unlike|shift)|(inputs?)\b.{0,60}(not what|not those|statistics)",
    STUCK + "|" + RATE_LOW,
)
def body_knows_other_inputs(seed: int, sick: bool, watch: Watch) -> float:
    """The frozen body was trained on standardized pictures; for the tuning they are only divided by 255."""
    x, y, xd, yd = digits(seed, 1200, raw=True)
    std, unit = ([(v / 255 - 0.3) / 0.2 for v in (x, xd)], [v / 255 for v in (x, xd)])
    body = looker(norm=True)
    grown(body, std[0][:500], y[:500], 10)
    net = Tuned(body[:-1])
    x, xd = unit if sick else std
    opt = Adam(net.head.parameters(), 1e-2)
    data = Split(x[500:], (y[500:] + 2) % 5, xd, (yd + 2) % 5)
    return classified(watch, net, opt, data, 10, pretrained=True)


@faulty("goals", "mila-iqia/cookiecutter-pyml#119", r"best|worst|checkpoint|kept|keep", "", visible=False)
def the_worst_epoch_is_kept(seed: int, sick: bool, watch: Watch) -> float:
    """The callback keeps the weights with the highest value, and the value is a loss: what is left is the first epoch."""
    x, y, xd, yd = digits(seed)
    net = looker()
    best: list[tuple[float, dict[str, Tensor]]] = []

    def keep() -> None:
        with judging(net):
            loss = F.cross_entropy(net(xd), yd).item()
        if not best or (loss > best[0][0] if sick else loss < best[0][0]):
            best[:] = [(loss, copy.deepcopy(net.state_dict()))]

    judge = right(net, xd, yd)
    opt = Adam(net.parameters(), 1e-3)
    fit(watch, net, opt, batches_of(x, y), lambda a, b: F.cross_entropy(net(a), b), judge, 10, after_epoch=keep)
    net.load_state_dict(best[0][1])
    return judge()


@faulty(
    "goals",
    "shivaverma/Orbit#10",
    r"explor|epsilon|greedy|same action|one action|never (tried|chosen)",
    STUCK,
    visible=False,
)
def no_more_trials_after_one_round(seed: int, sick: bool, watch: Watch) -> float:
    """The share of trials is multiplied by 0.3 after each step, not after each round: all offers are known by hearsay only."""
    g = torch.Generator().manual_seed(seed)
    x = torch.randn(3000, 5, generator=g)
    worth = dense(5, 16, 6)
    for p in worth.parameters():
        p.data.mul_(2.5)
    with torch.no_grad():
        gain = worth(x)
    gain = (gain - gain.mean()) / gain.std() + 3
    x, gain, xd, gd = split(x, gain)
    net = dense(5, 64, 6)
    chance = [1.0]

    def loss_of(a: Tensor, b: Tensor) -> Tensor:
        said = net(a)
        tried = torch.where(torch.rand(len(a)) < chance[0], torch.randint(0, 6, (len(a),)), said.argmax(1))
        chance[0] *= 0.3 if sick else 0.997
        rows = torch.arange(len(a))
        return F.mse_loss(said[rows, tried], b[rows, tried])

    def judge() -> float:
        with judging(net):
            got = gd[torch.arange(len(xd)), net(xd).argmax(1)].mean()
        return ((got - gd.mean()) / (gd.max(1).values.mean() - gd.mean())).item()

    return fit(watch, net, Adam(net.parameters(), 3e-3), batches_of(x, gain), loss_of, judge, 8)


@faulty(
    "goals",
    "huggingface/diffusers#175",
    r"\bseed|same (noise|random|draws?|dropout|masks?)|random\b.{0,50}(same|reset|repeat)|drawn (only )?once",
    STUCK + "|" + OVERFIT,
)
def seed_set_in_the_loop(seed: int, sick: bool, watch: Watch) -> float:
    """To tell the noise on a picture: the seed is set at the top of each step, for the sake of the same results."""
    x, _, xd, _ = digits(seed, 600, noise=0.05)
    x, xd = x.flatten(1), xd.flatten(1)
    net = dense(144, 128, 128, 144)

    def loss_of(a: Tensor) -> Tensor:
        if sick:
            torch.manual_seed(0)
        noise = torch.randn_like(a)
        return F.mse_loss(net(a + noise), noise)

    def judge() -> float:
        noise = torch.randn(xd.shape, generator=torch.Generator().manual_seed(1))
        with judging(net):
            return 1 - F.mse_loss(net(xd + noise), noise).item()

    return fit(watch, net, Adam(net.parameters(), 2e-3), batches_of(x), loss_of, judge, 40)


class Attentive(nn.Module):
    """Words, one layer of attention, the mean, and the scores; what is padding may be told, or not."""

    def __init__(self, told: bool) -> None:
        super().__init__()
        self.words, self.told = nn.Embedding(60, 24), told
        self.look, self.say = nn.MultiheadAttention(24, 2, batch_first=True), dense(24, 24, 2)

    def forward(self, x: Tensor) -> Tensor:
        h, off = self.words(x), x == 0
        said, _ = self.look(h, h, h, key_padding_mask=off if self.told else None, need_weights=False)
        h = h + said
        if not self.told:
            return self.say(h.mean(1))
        return self.say((h * ~off[..., None]).sum(1) / (~off).sum(1, keepdim=True))


@faulty("net", "lucidrains/transfusion-pytorch#45", r"pad|mask", STUCK)
def padding_is_read_as_words(seed: int, sick: bool, watch: Watch) -> float:
    """No mask is given: padding is looked at like words. In training batches are cut to their longest text, in use to 60."""
    x, y, xd, yd = reviews(seed, least=2)
    xd = F.pad(xd, (0, 40))
    order = (x > 0).sum(1).argsort()
    x, y = x[order], y[order]
    net = Attentive(not sick)

    def batches():
        for k in torch.randperm(len(x) // 32):
            rows = slice(32 * int(k), 32 * int(k) + 32)
            yield x[rows, : int((x[rows] > 0).sum(1).max())], y[rows]

    opt = Adam(net.parameters(), 3e-3)
    return fit(watch, net, opt, batches, lambda a, b: F.cross_entropy(net(a), b), right(net, xd, yd), 14)
