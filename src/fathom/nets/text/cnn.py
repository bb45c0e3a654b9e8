"""Filters over neighbouring words, each asked only for its strongest answer."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.errors import UserError
from fathom.nets.dropout import Dropout
from fathom.nets.text.classifier import TextNet


class TextCNN(TextNet):
    """Convolutions of several spans over the words, ReLU, and the largest value of each filter over the text.

    Shapes: tokens ``(batch, length)`` and lengths ``(batch,)`` to ``(batch, classes)``; features
    ``(batch, filters · len(spans))``.

    Reference: Kim 2014, *Convolutional neural networks for sentence classification*.

    Args:
        dropout: of the embeddings (half of it) and of the largest values.
        drop_words: share of the words that are left out of each text while training.
        width: numbers to a word.
        filters: filters of each span.
        spans: how many neighbouring words a filter sees.

    Raises:
        UserError: no span or one below 1, or no filter.
    """

    def __init__(
        self,
        words: int,
        classes: int,
        *,
        dropout: float = 0.5,
        drop_words: float = 0.1,
        width: int = 128,
        filters: int = 100,
        spans: tuple[int, ...] = (3, 4, 5),
    ) -> None:
        features = filters * len(spans)
        if features < 1 or min(spans) < 1:
            raise UserError(f"a text-CNN needs filters and spans of at least 1, not filters={filters}, spans={spans}")
        super().__init__(words, classes, width=width, features=features, dropout=dropout, drop_words=drop_words)
        self.thin = Dropout(dropout / 2)
        self.spans = spans
        self.convs = nn.ModuleList(nn.Conv1d(width, filters, span) for span in spans)

    def embed(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """The largest value of each filter: ``(batch, filters · len(spans))``."""
        there = self.kept(tokens, lengths)
        vectors = self.thin(self.words(tokens)) * there[:, :, None]  # (batch, length, width)
        found = []
        for conv, span in zip(self.convs, self.spans):
            padded = F.pad(vectors.transpose(1, 2), (span - 1, span - 1))  # a filter may begin before the text
            maps = F.relu(conv(padded))  # (batch, filters, length + span - 1)
            ends = lengths.to(tokens.device)[:, None] + span - 1  # beyond it, a filter sees nothing but padding
            inside = torch.arange(maps.shape[2], device=tokens.device) < ends
            found.append((maps * inside[:, None, :]).amax(2))  # ReLU: what is masked never is the largest
        return torch.cat(found, 1)
