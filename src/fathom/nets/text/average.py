"""The average of the words, and of pairs of neighbours: hard to beat, and read in no time."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fathom.nets.text.classifier import TextNet, masked_mean

PRIMES = (92_821, 68_917)


class AverageText(TextNet):
    """A linear classifier on the mean of the embeddings of words and of pairs of neighbouring words.

    Shapes: tokens ``(batch, length)`` and lengths ``(batch,)`` to ``(batch, classes)``; features ``(batch, width)``.

    Reference: Joulin et al. 2017, *Bag of tricks for efficient text classification* (fastText).

    Args:
        dropout: of the mean.
        drop_words: share of the words that are left out of each text while training (Iyyer et al. 2015).
        width: numbers to a word.
        pairs: places in which pairs of words are kept, by hash; 0 leaves pairs out, which is better for few texts.
    """

    def __init__(
        self,
        words: int,
        classes: int,
        *,
        dropout: float = 0.5,
        drop_words: float = 0.5,
        width: int = 32,
        pairs: int = 0,
    ) -> None:
        super().__init__(words, classes, width=width, features=width, dropout=dropout, drop_words=drop_words)
        nn.init.uniform_(self.words.weight, -0.5 / width, 0.5 / width)
        nn.init.zeros_(self.words.weight[0])  # type: ignore[arg-type,unused-ignore]
        self.pairs = nn.Embedding(pairs, width) if pairs else None
        if self.pairs is not None:
            nn.init.zeros_(self.pairs.weight)

    def embed(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """The mean over words and pairs: ``(batch, width)``."""
        there = self.kept(tokens, lengths)  # (batch, length)
        vectors = self.words(tokens)  # (batch, length, width)
        if self.pairs is None or tokens.shape[1] < 2:
            return masked_mean(vectors, there)
        first, second = tokens[:, :-1].long(), tokens[:, 1:].long()
        places = (first * PRIMES[0] + second * PRIMES[1]) % self.pairs.num_embeddings  # (batch, length - 1)
        both = there[:, :-1] & there[:, 1:]
        return masked_mean(torch.cat([vectors, self.pairs(places)], 1), torch.cat([there, both], 1))
