"""A small Transformer that looks back only (Radford et al. 2019, *Language models are multitask learners*).

    tokens (batch, T) ──► embedding + position ──► blocks of attention and dense ──► logits (batch, T, vocabulary)

With ``form="rotary"`` no position is added: queries and keys are turned by an angle that grows with their place, so
that attention sees how far apart two tokens are, and each norm is by the root of the mean square alone.

It sees `context` tokens at once. What is longer is cut into windows of that length, each of which begins anew; from one
piece of running text to the next nothing is carried.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

FORMS = ("learned", "rotary")
_SLOWEST = 10_000.0
"""What divides the fastest turn of a pair of numbers, to give the slowest one (Su et al. 2021)."""


class Block(nn.Module):
    """Attention and a dense layer, each normalized before and added to what came in: ``(batch, T, width)``."""

    def __init__(self, width: int, heads: int, dropout: float, rotary: bool = False) -> None:
        super().__init__()
        self.heads, self.drop, self.rotary = heads, dropout, rotary
        self.norm_1, self.norm_2 = _norm(width, rotary), _norm(width, rotary)
        self.project, self.merge = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.dense = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Each place sees itself and what is before it."""
        batch, length, width = x.shape
        split = self.project(self.norm_1(x)).view(batch, length, 3, self.heads, width // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4)  # (batch, heads, T, width / heads) each
        if self.rotary:
            q, k = turned(q), turned(k)
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=self.drop if self.training else 0.0)
        x = x + self.dropout(self.merge(seen.transpose(1, 2).reshape(batch, length, width)))
        return x + self.dropout(self.dense(self.norm_2(x)))


def _norm(width: int, rotary: bool) -> nn.Module:
    return nn.RMSNorm(width, eps=1e-5) if rotary else nn.LayerNorm(width)


def turned(x: Tensor) -> Tensor:
    """Each pair of numbers turned by an angle that grows with its place.

    The product of a turned query with a turned key then follows from how far apart they are, wherever they stand.

    Reference: Su et al. 2021, *RoFormer: enhanced Transformer with rotary position embedding*.

    Args:
        x: ``(…, T, numbers)``, an even count of numbers.

    Returns:
        as `x`.
    """
    length, numbers = x.shape[-2:]
    rate = _SLOWEST ** -(torch.arange(0, numbers, 2, device=x.device) / numbers)  # (numbers / 2,)
    angle = torch.arange(length, device=x.device)[:, None] * rate  # (T, numbers / 2)
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    first, second = x.chunk(2, -1)
    return torch.cat([first * cos - second * sin, first * sin + second * cos], -1)


def in_windows(net: Callable[[Tensor], Tensor], given: Tensor, context: int) -> Tensor:
    """What a net that looks back makes of a long sequence, window by window, each of which begins anew.

    Args:
        net: ``(batch, T, …)`` to ``(batch, T, f)``.
        given: ``(batch, T, …)``.
        context: places of a window.

    Returns:
        ``(batch, T, f)``.
    """
    if not torch.compiler.is_exporting():
        return torch.cat([net(part) for part in given.split(context, 1)], 1)
    batch, length = given.shape[:2]  # the number of windows may not hang on the length: all are full, and a batch
    beside = (0, 0) * (given.ndim - 2)
    padded = F.pad(given, (*beside, 0, (-length) % context))
    found = net(padded.reshape(-1, context, *given.shape[2:]))
    return found.reshape(batch, -1, found.shape[2])[:, :length]


class GPT(nn.Module):
    """Blocks of causal attention, with learned or rotary positions.

    Reference: Radford et al. 2019; in the rotary form also Su et al. 2021 and Zhang & Sennrich 2019, *Root mean square
    layer normalization*.

    Args:
        vocabulary: how many tokens there are.
        width: numbers for each token; a multiple of `heads`.
        layers: blocks.
        heads: of the attention.
        context: tokens that it sees at once.
        dropout: share of units dropped.
        form: ``rotary``, as such nets are built today, or ``learned`` positions with layer norm.

    Raises:
        ValueError: a size or the form cannot be.
    """

    def __init__(
        self,
        vocabulary: int,
        *,
        width: int = 192,
        layers: int = 4,
        heads: int = 4,
        context: int = 256,
        dropout: float = 0.0,
        form: str = "learned",
    ) -> None:
        super().__init__()
        rotary = form == "rotary"
        if form not in FORMS:
            raise ValueError(f"the form {form!r} is none of {', '.join(FORMS)}")
        if width % heads or (rotary and width // heads % 2):
            raise ValueError(f"the width {width} is no {'even ' if rotary else ''}multiple of {heads} heads")
        self.context = context
        self.embed = nn.Embedding(vocabulary, width)
        nn.init.normal_(self.embed.weight, std=0.02)
        self.place = None if rotary else nn.Embedding(context, width)
        if self.place is not None:
            nn.init.normal_(self.place.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(width, heads, dropout, rotary) for _ in range(layers))
        self.norm, self.head = _norm(width, rotary), nn.Linear(width, vocabulary)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, *carried: Any) -> Any:
        """Logits ``(batch, T, vocabulary)``; called with a state, also the last token, which is not looked at again."""
        logits = in_windows(self._window, tokens.long(), self.context)
        return (logits, (tokens[:, -1:],)) if carried else logits

    def go_on(self, tokens: Tensor, state: tuple[Tensor, ...] | None) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Logits after the tokens, seen together with as many before them (the state) as there is room for."""
        tokens = tokens.long()
        before = tokens[:, :0] if state is None else state[0]
        room = max(0, self.context - tokens.shape[1])
        seen = torch.cat([before[:, before.shape[1] - min(room, before.shape[1]) :], tokens], 1)
        logits = self(seen)[:, seen.shape[1] - tokens.shape[1] :]
        return logits, (seen[:, -self.context :],)

    def _window(self, tokens: Tensor) -> Tensor:
        x = self.embed(tokens)
        if self.place is not None:
            x = x + self.place.weight[: tokens.shape[1]]
        x = self.dropout(x)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))
