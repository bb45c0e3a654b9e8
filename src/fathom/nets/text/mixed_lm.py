"""A recurrent net and something beside it that knows the very words: mixed, since each errs otherwise.

    tokens ─┬─ embedding ─ LSTM ─ logits ─ softmax ──────── · (1 - share) ─┐
            └─ the tokens before ─ n-grams, or a cache ──── · share ───────┴─► log p (batch, T, vocabulary)

The net has learned what is alike. N-grams know the very endings and syllables of the training text (`MixedLM`, for
lines); a cache knows what the text itself has just said (`CachedLM`, for running text). What they weigh is found on
dev, after training, which sees the net alone.

Reference: Mikolov et al. 2011, *Empirical evaluation and combination of advanced language modeling techniques*.
"""

from __future__ import annotations

import torch
from torch import Tensor

from fathom.errors import UserError
from fathom.nets.text.cache import Cache
from fathom.nets.text.ngrams import NGrams
from fathom.nets.text.recurrent_lm import LSTMLM, State


class BesideLSTM(LSTMLM):
    """`LSTMLM` and a part beside it, which is fitted or found, not trained.

    Args:
        vocabulary: how many tokens there are.
        beside: the other part.
        hidden, layers, embedding, dropout: of the LSTM, as `LSTMLM` has them.

    Attributes:
        shares: what the other part weighs at each of its levels, in [0, 1], ``(levels,)``.
    """

    shares: Tensor

    def __init__(
        self, vocabulary: int, beside: NGrams | Cache, *, hidden: int, layers: int, embedding: int, dropout: float
    ) -> None:
        super().__init__(vocabulary, hidden=hidden, layers=layers, embedding=embedding, dropout=dropout)
        self.beside = beside
        self.register_buffer("shares", torch.zeros(beside.levels))

    def go_on(self, tokens: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Logits of each next token, and the state: that of the LSTM, and the last tokens ``(batch, reach)``."""
        net, said, state = self.apart(tokens, state)
        if said is None:
            return net, state
        share = self.shares[said[1]][..., None]  # (batch, T, 1)
        both: Tensor = (1 - share) * net.float().softmax(-1) + share * said[0]
        return both.clamp(min=1e-30).log(), state

    def apart(self, tokens: Tensor, state: State | None) -> tuple[Tensor, tuple[Tensor, Tensor] | None, State]:
        """What both parts say.

        Args:
            tokens: ``(batch, T)``.
            state: after what was before; None at first.

        Returns:
            logits ``(batch, T, vocabulary)``; probabilities of the same shape and levels ``(batch, T)`` of the other
            part, None while training and where it knows nothing; and the state to go on from.
        """
        before = self.beside.begin(tokens) if state is None else state[-1]
        logits, after = super().go_on(tokens, None if state is None else state[:-1])
        if self.training:
            return logits, None, (*after, before)
        said = self.beside(tokens, before) if self.beside.fitted else None
        recent = torch.cat([before, tokens.long()], 1)[:, tokens.shape[1] :]
        return logits, said, (*after, recent)


class MixedLM(BesideLSTM):
    """An LSTM and interpolated n-grams, which are counted on train.

    Args:
        vocabulary: how many tokens there are.
        hidden, layers, embedding, dropout: of the LSTM, as `LSTMLM` has them.
        order: tokens of the longest n-gram, with the one that is predicted; shorter where there are too many tokens.

    Raises:
        UserError: the order is below 1.
    """

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
        if order < 1:
            raise UserError(f"`order={order}` is out of range: choose 1 or more tokens of an n-gram")
        beside = NGrams(vocabulary, order)
        super().__init__(vocabulary, beside, hidden=hidden, layers=layers, embedding=embedding, dropout=dropout)


class CachedLM(BesideLSTM):
    """An LSTM and a cache of the text just read.

    Args:
        vocabulary: how many tokens there are.
        hidden, layers, embedding, dropout: of the LSTM, as `LSTMLM` has them.
        window: how many tokens are looked back to.

    Raises:
        UserError: the window is below 1.
    """

    def __init__(
        self,
        vocabulary: int,
        *,
        hidden: int = 256,
        layers: int = 1,
        embedding: int = 64,
        dropout: float = 0.0,
        window: int = 1500,
    ) -> None:
        if window < 1:
            raise UserError(f"`window={window}` is out of range: choose 1 or more tokens to look back to")
        beside = Cache(vocabulary, window)
        super().__init__(vocabulary, beside, hidden=hidden, layers=layers, embedding=embedding, dropout=dropout)
