"""A recurrent net and interpolated n-grams, mixed: each errs otherwise, so that the mixture is often better than both.

    tokens ─┬─ embedding ─ LSTM ─ logits ─ softmax ── · (1 - share) ─┐
            └─ the last few of them ─ n-grams ─────── · share ───────┴─► log p (batch, T, vocabulary)

The net has learned what is alike; the n-grams know the very endings and syllables that were there. How much the n-grams
weigh is found on dev, after training, which sees the net alone.

Reference: Mikolov et al. 2011, *Empirical evaluation and combination of advanced language modeling techniques*.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from fathom.errors import UserError
from fathom.nets.text.ngrams import NGrams, longest_order
from fathom.nets.text.recurrent_lm import LSTMLM, State


class MixedLM(LSTMLM):
    """`LSTMLM` and interpolated n-grams.

    The n-grams and their share are fitted, not trained: buffers.

    Args:
        vocabulary: how many tokens there are.
        hidden, layers, embedding, dropout: of the LSTM, as `LSTMLM` has them.
        order: tokens of the longest n-gram, with the one that is predicted; shorter where there are too many tokens.

    Attributes:
        share: what the n-grams weigh, in [0, 1], ``()``.

    Raises:
        UserError: the order is below 1.
    """

    share: Tensor

    def __init__(
        self,
        vocabulary: int,
        *,
        hidden: int = 256,
        layers: int = 1,
        embedding: int = 64,
        dropout: float = 0.0,
        order: int = 5,
    ) -> None:
        super().__init__(vocabulary, hidden=hidden, layers=layers, embedding=embedding, dropout=dropout)
        if order < 1:
            raise UserError(f"`order={order}` is out of range: choose 1 or more tokens of an n-gram")
        self.order = longest_order(vocabulary, order)
        self.ngrams = NGrams(vocabulary, self.order)
        self.register_buffer("share", torch.tensor(0.0))

    def go_on(self, tokens: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Logits of each next token, and the state: that of the LSTM, and the last tokens ``(batch, order - 1)``."""
        net, ngrams, state = self.apart(tokens, state)
        return (net if ngrams is None else mixed(net, ngrams, self.share)), state

    def apart(self, tokens: Tensor, state: State | None) -> tuple[Tensor, Tensor | None, State]:
        """What both parts say: logits and probabilities, ``(batch, T, vocabulary)`` each, and the state after them.

        The n-grams say nothing while training, and where there are none.
        """
        before = tokens[:, :1].expand(-1, self.order - 1) if state is None else state[-1]
        logits, after = super().go_on(tokens, None if state is None else state[:-1])
        told = None if self.training or not self.ngrams.fitted else self.ngrams(tokens, before)
        recent = torch.cat([before, tokens], 1)[:, tokens.shape[1] :]
        return logits, told, (*after, recent)


def mixed(net: Tensor, ngrams: Tensor, share: Tensor | float) -> Tensor:
    """The logarithm of the mean probability of each token.

    Args:
        net: logits, ``(batch, T, vocabulary)``.
        ngrams: probabilities of the same shape.
        share: what the n-grams weigh, in [0, 1].
    """
    both: Any = (1 - share) * net.float().softmax(-1) + share * ngrams
    return both.clamp(min=1e-30).log()
