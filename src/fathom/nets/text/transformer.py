"""A Transformer encoder: each word looks at all others."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from fathom.errors import UserError
from fathom.nets.dropout import Dropout
from fathom.nets.text.classifier import TextNet, masked_mean


class TextTransformer(TextNet):
    """Word embeddings with sinusoidal positions, encoder blocks with the norm first, and the mean over the words.

    Shapes: tokens ``(batch, length)`` and lengths ``(batch,)`` to ``(batch, classes)``; features ``(batch, width)``.

    Reference: Vaswani et al. 2017, *Attention is all you need*; the norm first: Xiong et al. 2020.

    Args:
        dropout: within the blocks and of the features.
        drop_words: share of the words that nobody looks at while training.
        width: numbers to a word; a multiple of `heads`.
        heads: of each block.
        layers: blocks.

    Raises:
        UserError: the width is no even multiple of the heads, or there is no block.
    """

    def __init__(
        self,
        words: int,
        classes: int,
        *,
        dropout: float = 0.3,
        drop_words: float = 0.2,
        width: int = 128,
        heads: int = 4,
        layers: int = 2,
    ) -> None:
        if heads < 1 or layers < 1 or width % heads or width % 2:
            raise UserError(f"width={width} must be even and a multiple of heads={heads}, with at least one layer")
        super().__init__(words, classes, width=width, features=width, dropout=dropout, drop_words=drop_words)
        nn.init.normal_(self.words.weight, std=width**-0.5)
        with torch.no_grad():
            self.words.weight[0].zero_()
        self.thin = Dropout(dropout)
        block = nn.TransformerEncoderLayer(
            width, heads, 2 * width, dropout, activation="gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(block, layers, nn.LayerNorm(width), enable_nested_tensor=False)
        self.width = width

    def embed(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """The mean of the words after all blocks: ``(batch, width)``."""
        there = self.kept(tokens, lengths)
        vectors = self.words(tokens) * math.sqrt(self.width)  # (batch, length, width)
        vectors = self.thin(vectors + positions(tokens.shape[1], self.width, tokens.device))
        seen = self.blocks(vectors, src_key_padding_mask=~there)
        return masked_mean(seen, there)


def positions(length: int, width: int, device: torch.device) -> Tensor:
    """Sines and cosines of wavelengths from 2π to 10,000 · 2π: ``(length, width)``."""
    place = torch.arange(length, device=device, dtype=torch.float32)[:, None]
    rate = torch.exp(torch.arange(0, width, 2, device=device) * (-math.log(10_000) / width))  # (width / 2,)
    return torch.cat([torch.sin(place * rate), torch.cos(place * rate)], 1)
