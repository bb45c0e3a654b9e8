"""What all nets for text share: an embedding, a vector for the whole text, a head.

    tokens (batch, length) ──embed──► (batch, f) ──dropout──► head ──► logits

Tokens are numbers of words, 0 where a shorter text is padded; `lengths` say where each text ends. Padding never changes
what comes out: each net masks it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fathom.errors import UserError
from fathom.nets.dropout import Dropout, uniform


class TextNet(nn.Module):
    """Base of the nets for text: a subclass writes `embed`.

    Shapes: tokens ``(batch, length)`` int and lengths ``(batch,)`` to ``(batch, classes)``, logits.

    Args:
        words: how many numbers of words there are, padding (0) included.
        classes: how many classes there are.
        width: numbers to a word.
        features: length of what `embed` returns.
        dropout: of what `embed` returns.
        drop_words: share of the words that are left out of each text while training.

    Attributes:
        words: the embedding; that of padding is zero.
        head: the last layer.

    Raises:
        UserError: a width below 1, or a share of words outside 0 to 0.95.
    """

    def __init__(
        self, words: int, classes: int, *, width: int, features: int, dropout: float = 0.0, drop_words: float = 0.0
    ) -> None:
        super().__init__()
        if width < 1:
            raise UserError(f"a word needs at least one number, not width={width}")
        if not 0 <= drop_words <= 0.95:
            raise UserError(f"drop_words={drop_words} is out of range: choose 0 to 0.95")
        self.words = nn.Embedding(words, width, padding_idx=0)
        self.drop_words = drop_words
        self.dropout = Dropout(dropout)
        self.head = nn.Linear(features, classes)
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.zeros_(self.head.bias)

    def embed(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """What the net makes of the texts before it decides: ``(batch, f)``."""
        raise NotImplementedError

    def forward(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Return the logits: ``(batch, classes)``."""
        return self.head(self.dropout(self.embed(tokens, lengths)))

    def kept(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Which places are to be read: ``(batch, length)`` bool; while training some words are left out, never all."""
        there = padding_mask(tokens, lengths)
        if not self.training or not self.drop_words:
            return there
        kept = there & (uniform(tuple(tokens.shape), tokens.device) >= self.drop_words)
        return torch.where(kept.any(1, keepdim=True), kept, there)


def padding_mask(tokens: Tensor, lengths: Tensor) -> Tensor:
    """True where a text is, False where it is padded: ``(batch, length)``."""
    return torch.arange(tokens.shape[1], device=tokens.device) < lengths.to(tokens.device)[:, None]


def masked_mean(vectors: Tensor, there: Tensor) -> Tensor:
    """The mean over the places that are there: ``(batch, length, f)`` and ``(batch, length)`` to ``(batch, f)``."""
    weight = there.to(vectors.dtype)
    return (vectors * weight[:, :, None]).sum(1) / weight.sum(1, keepdim=True).clamp(min=1)
