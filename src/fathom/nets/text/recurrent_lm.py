"""Recurrent language models: from the tokens so far to a logit for each token that may come next.

    tokens (batch, T) ──► embedding ──► recurrent layers ──► logits (batch, T, vocabulary)

The state is carried from one piece of running text to the next, as tensors with the batch as their first axis.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from fathom.nets.dropout import Dropout

State = tuple[Tensor, ...]
"""``(batch, layers, hidden)`` each: the hidden state, and the LSTM's cells."""


class RecurrentLM(nn.Module):
    """Embedding, recurrent layers with dropout between them, and a dense layer to the vocabulary.

    Args:
        vocabulary: how many tokens there are.
        hidden: units of each layer.
        layers: recurrent layers on top of each other.
        embedding: numbers for each token.
        dropout: share of units dropped between layers and before the output.
    """

    kind: ClassVar[Callable[..., nn.RNNBase]]

    def __init__(
        self, vocabulary: int, *, hidden: int = 256, layers: int = 2, embedding: int = 64, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.embed = nn.Embedding(vocabulary, embedding)
        between = dropout if layers > 1 else 0.0
        self.cells = self.kind(embedding, hidden, layers, batch_first=True, dropout=between)
        self.dropout = Dropout(dropout)
        self.head = nn.Linear(hidden, vocabulary)
        for name, weight in self.cells.named_parameters():
            if name.startswith("weight_hh") and not weight.is_meta:  # what is carried neither grows nor fades
                for gate in weight.data.chunk(len(weight) // hidden):
                    nn.init.orthogonal_(gate)  # Saxe et al. 2014

    def forward(self, tokens: Tensor, *carried: State | None) -> Any:
        """Logits ``(batch, T, vocabulary)``; called with a state (None at first), logits and the state after them."""
        logits, state = self.go_on(tokens, carried[0] if carried else None)
        return (logits, state) if carried else logits

    def go_on(self, tokens: Tensor, state: State | None) -> tuple[Tensor, State]:
        """Logits of each next token after ``(batch, T)`` tokens, and the state to go on from."""
        inner: Any = None
        if state is not None:
            parts = tuple(part.transpose(0, 1).contiguous() for part in state)  # (layers, batch, hidden)
            inner = parts if len(parts) > 1 else parts[0]
        outputs, after = self.cells(self.embed(tokens.long()), inner)
        kept = after if isinstance(after, tuple) else (after,)
        return self.head(self.dropout(outputs)), tuple(part.transpose(0, 1).contiguous() for part in kept)


class LSTMLM(RecurrentLM):
    """Long short-term memory (Hochreiter & Schmidhuber 1997), with forget gates that begin open."""

    kind = nn.LSTM

    def __init__(
        self, vocabulary: int, *, hidden: int = 256, layers: int = 2, embedding: int = 64, dropout: float = 0.0
    ) -> None:
        super().__init__(vocabulary, hidden=hidden, layers=layers, embedding=embedding, dropout=dropout)
        for name, bias in self.cells.named_parameters():
            if name.startswith("bias_ih"):
                with torch.no_grad():
                    bias[hidden : 2 * hidden] += 1.0


class GRULM(RecurrentLM):
    """Gated recurrent units (Cho et al. 2014)."""

    kind = nn.GRU


class RNNLM(RecurrentLM):
    """Plain recurrence with tanh (Elman 1990), which forgets soon."""

    kind = nn.RNN
