"""Expressions, data sets and nets of the fifth set; its loop and its judges are the fourth's. Nothing knows of fathom."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from benchmarks.coach.reports.fourth_common import Four, parts

MISMATCHED = (
    r"shuffl|mismatch|misalign|\balign|\bpair|permut|mislabel|wrong labels?|shifted|not match|mixed up|(same|another|other|wrong|old) order|order of the (labels|targets|rows)"
    r"|(labels?|targets?)\b.{0,80}(belong|unrelated|random|not follow|do not depend|independent|other (rows?|examples?)"
    r"|doubt|wrong|noise|cannot be told|nothing to do|have nothing|not from)"
)
"""Targets are not those of their inputs."""

SAME_INPUTS = (
    r"(inputs?|rows?|examples?|batch\w*|columns?)\b.{0,60}(the same|identical|alike|equal|constant|repeat|cop(y|ies)|never (differ|chang))"
    r"|same (inputs?|rows?|examples?|batch)|identical|one (row|example) (again|only)|duplicat"
)
"""What comes in does not vary."""

AXIS = (
    r"\baxis|\baxes|dimension|\bdims?\b|transpos|permut|reshap|broadcast|shape|over the (places|positions|batch|time)"
)
"""Something is done along the wrong axis."""

LEAK = (
    r"leak|\bcop(y|ies|ied|ying)\b|gives? (it )?away|answers? .{0,40}(in the inputs?|given)|in sight|sees? (the )?(target|answer)"
    r"|targets?\b.{0,60}(in|among|equal|same as|part of).{0,20}inputs?|inputs?\b.{0,60}(hold|contain|are|equal|show)\b.{0,30}(targets?|answers?)"
    r"|too (easy|good|fast|soon)|\bmask"
)
"""The answer is given away."""

NO_END = (
    r"negative|below (0|zero)|no (lower )?(bound|floor|end|limit)|without (bound|end|limit)|unbounded|minus infinity"
    r"|\bsign\b|falls? (on and on|for ever|without)"
)
"""The loss falls below what it should, and goes on."""


def keyed(seed: int, n: int = 800, t: int = 24, d: int = 6) -> Four:
    """Series (n, t, d) of which one frame is marked in the first column; the class, of 4, stands in that frame."""
    g = np.random.default_rng(seed)
    y = g.integers(0, 4, n)
    x = g.normal(0, 1, (n, t, d))
    x[..., 0] = g.normal(0, 0.3, (n, t))
    at = g.integers(0, t, n)
    x[np.arange(n), at, 0] = 3
    x[np.arange(n), at, 1] = np.where(y % 2, 1.2, -1.2) + g.normal(0, 0.3, n)
    x[np.arange(n), at, 2] = np.where(y > 1, 1.2, -1.2) + g.normal(0, 0.3, n)
    return parts(x, y)


def tagged(seed: int, n: int = 600, t: int = 6, words: int = 24, tags: int = 6) -> Four:
    """Words (n, t) and their tags (n, t): a tag is told by its word and by whether the word before is odd."""
    g = np.random.default_rng(seed)
    kind = g.permutation(words) % tags
    x = g.integers(0, words, (n, t))
    before = np.concatenate([np.zeros((n, 1), int), x[:, :-1]], 1)
    return parts(x, (kind[x] + before % 2) % tags)


def arc(seed: int, n: int = 800) -> Tensor:
    """Points (n, 2) near half a circle that is not centred."""
    g = np.random.default_rng(seed)
    turn = g.uniform(0, np.pi, n)
    spots = np.stack([1.5 + np.cos(turn), 0.5 + np.sin(turn)], 1)
    return torch.tensor(spots + g.normal(0, 0.08, (n, 2))).float()


def alike(made: Tensor, real: Tensor) -> float:
    """1 less the energy distance of two clouds of points, -1 at worst."""
    if not made.isfinite().all():
        return -1.0
    apart = 2 * torch.cdist(made, real).mean() - torch.cdist(made, made).mean() - torch.cdist(real, real).mean()
    return max(-1.0, 1 - apart.item())


class Tagger(nn.Module):
    """Words through a recurrent layer; scores (n, t, tags) of each place."""

    def __init__(self, words: int, tags: int, wide: int = 32) -> None:
        super().__init__()
        self.words, self.read = nn.Embedding(words, 24), nn.GRU(24, wide, batch_first=True)
        self.say = nn.Linear(wide, tags)

    def forward(self, x: Tensor) -> Tensor:
        return self.say(self.read(self.words(x))[0])


class Bells(nn.Module):
    """An autoencoder whose code is drawn from a bell around what the encoder says."""

    def __init__(self, wide: int = 10, code: int = 4, blind: bool = False) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.Linear(wide, 48), nn.ReLU(), nn.Linear(48, 2 * code))
        self.leave = nn.Sequential(nn.Linear(code, 48), nn.ReLU(), nn.Linear(48, wide))
        self.blind = blind

    def told(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The answer and the code's mean and log-variance."""
        mean, log = self.enter(x).chunk(2, 1)
        wide = (log / 2).exp()
        drawn = mean + wide * torch.randn_like(mean)
        code = mean if not self.training else drawn.detach() if self.blind else drawn
        return self.leave(code), mean, log

    def forward(self, x: Tensor) -> Tensor:
        return self.told(x)[0]
