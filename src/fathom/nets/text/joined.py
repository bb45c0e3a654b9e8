"""A sentence encoder and a linear classifier on pairs and triples of pieces, side by side, each weighed.

pieces ─┬─ encoder ─ head ───────────────────────────── · weight ─┐
        └─ 1, 2 and 3 neighbours, hashed ─ linear part ─ · weight ─┴─► logits

The encoder knows what words mean; the linear part knows the very words that tell. Which is right for a set of texts,
dev decides: the encoder alone, the linear part alone, or both.
"""

from __future__ import annotations

import torch
from torch import Tensor

from fathom.nets.text.classifier import padding_mask
from fathom.nets.text.minilm import MiniLM

PRIMES = ((92_821,), (68_917, 15_487_469), (49_979_687, 86_028_121, 32_452_843))
"""Factors of the hashes of one piece, two and three."""


class JoinedText(MiniLM):
    """The pretrained sentence encoder, and logistic regression on hashed neighbours weighed by their rarity.

    The linear part, its rarities and the weights of both parts are fitted, not trained: buffers. Training sees the
    encoder alone.

    Shapes: pieces ``(batch, length)`` int, lengths ``(batch,)`` to ``(batch, classes)``.

    Reference: Wang & Manning 2012, *Baselines and bigrams*, on how far linear parts go.

    Args:
        words: how many pieces there are.
        classes: how many classes there are.
        dropout: within the encoder, and of its features.
        weights: start from the packaged weights.
        places: in which neighbours are kept, by hash.
    """

    rarity: Tensor
    linear: Tensor
    linear_bias: Tensor
    parts: Tensor

    def __init__(
        self, words: int, classes: int, *, dropout: float = 0.1, weights: bool = True, places: int = 65_536
    ) -> None:
        super().__init__(words, classes, dropout=dropout, weights=weights)
        self.register_buffer("rarity", torch.ones(places))
        self.register_buffer("linear", torch.zeros(places, classes))
        self.register_buffer("linear_bias", torch.zeros(classes))
        self.register_buffer("parts", torch.tensor([1.0, 0.0]))

    def neighbours(self, tokens: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """The place of each piece, pair and triple, and whether it is there: both ``(batch, n)``."""
        there, tokens = padding_mask(tokens, lengths), tokens.long()
        found, kept = [], []
        for factors in PRIMES:
            count = tokens.shape[1] - len(factors) + 1
            if count < 1:
                break
            parts = [tokens[:, i : i + count] * factor for i, factor in enumerate(factors)]
            mixed = torch.stack(parts).sum(0)  # (batch, count)
            found.append(mixed % len(self.rarity))
            kept.append(there[:, len(factors) - 1 :])
        return torch.cat(found, 1), torch.cat(kept, 1)

    def linear_logits(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """What the linear part says: ``(batch, classes)``."""
        places, there = self.neighbours(tokens, lengths)
        weight = self.rarity[places] * there  # (batch, n)
        weight = weight / weight.square().sum(1, keepdim=True).sqrt().clamp(min=1e-6)
        return (self.linear[places] * weight[:, :, None]).sum(1) + self.linear_bias

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Return the logits, ``(batch, classes)``: while training the encoder's, else both, weighed."""
        logits = super().forward(tokens, lengths)
        if self.training:
            return logits
        return self.parts[0] * logits.float() + self.parts[1] * self.linear_logits(tokens, lengths)
