"""A small Transformer that looks back only (Radford et al. 2019, *Language models are multitask learners*).

    tokens (batch, T) ──► embedding + position ──► blocks of attention and dense ──► logits (batch, T, vocabulary)

It sees `context` tokens at once. What is longer is cut into windows of that length, each of which begins anew; from one
piece of running text to the next nothing is carried.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Block(nn.Module):
    """Attention and a dense layer, each normalized before and added to what came in: ``(batch, T, width)``."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.drop = heads, dropout
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.project, self.merge = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.dense = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Each place sees itself and what is before it."""
        batch, length, width = x.shape
        split = self.project(self.norm_1(x)).view(batch, length, 3, self.heads, width // self.heads)
        q, k, v = split.permute(2, 0, 3, 1, 4)  # (batch, heads, T, width / heads) each
        seen = F.scaled_dot_product_attention(q, k, v, is_causal=True, dropout_p=self.drop if self.training else 0.0)
        x = x + self.dropout(self.merge(seen.transpose(1, 2).reshape(batch, length, width)))
        return x + self.dropout(self.dense(self.norm_2(x)))


class GPT(nn.Module):
    """Blocks of causal attention, with learned positions.

    Args:
        vocabulary: how many tokens there are.
        width: numbers for each token; a multiple of `heads`.
        layers: blocks.
        heads: of the attention.
        context: tokens that it sees at once.
        dropout: share of units dropped.
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
    ) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"the width {width} is no multiple of {heads} heads")
        self.context = context
        self.embed, self.place = nn.Embedding(vocabulary, width), nn.Embedding(context, width)
        nn.init.normal_(self.embed.weight, std=0.02)
        nn.init.normal_(self.place.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, vocabulary)
        self.dropout = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, *carried: Any) -> Any:
        """Logits ``(batch, T, vocabulary)``; called with a state, also the last token, which is not looked at again."""
        logits = torch.cat([self._window(part) for part in tokens.long().split(self.context, 1)], 1)
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
        x = self.dropout(self.embed(tokens) + self.place.weight[: tokens.shape[1]])
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))
