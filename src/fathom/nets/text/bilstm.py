"""An LSTM forwards and another backwards over the words."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from fathom.errors import UserError
from fathom.nets.audio.classifier import reverse_frames
from fathom.nets.dropout import Dropout
from fathom.nets.text.classifier import TextNet, padding_mask

_WEIGHTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


class BiLSTM(TextNet):
    """A bidirectional LSTM; the largest value of each of its units over the text goes to the head.

    Texts are packed, so that the backward LSTM begins at the last word of each and not at its padding.

    Shapes: tokens ``(batch, length)`` and lengths ``(batch,)`` to ``(batch, classes)``; features
    ``(batch, 2 · units)``.

    Reference: Hochreiter & Schmidhuber 1997; Graves & Schmidhuber 2005; the pooling: Conneau et al. 2017, *Supervised
    learning of universal sentence representations*.

    Args:
        dropout: of the embeddings, between layers, and of the features.
        drop_words: share of the words that are zero while training.
        width: numbers to a word.
        units: of each direction.
        layers: LSTMs on top of each other.

    Raises:
        UserError: no unit or no layer.
    """

    def __init__(
        self,
        words: int,
        classes: int,
        *,
        dropout: float = 0.5,
        drop_words: float = 0.1,
        width: int = 128,
        units: int = 64,
        layers: int = 1,
    ) -> None:
        if units < 1 or layers < 1:
            raise UserError(f"an LSTM needs at least one unit and one layer, not units={units}, layers={layers}")
        super().__init__(words, classes, width=width, features=2 * units, dropout=dropout, drop_words=drop_words)
        self.thin = Dropout(dropout)
        between = dropout if layers > 1 else 0.0
        self.lstm = nn.LSTM(width, units, layers, batch_first=True, bidirectional=True, dropout=between)

    def embed(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """The largest value of each unit: ``(batch, 2 · units)``."""
        there = self.kept(tokens, lengths)
        vectors = self.thin(self.words(tokens)) * there[:, :, None]  # (batch, length, width)
        if torch.compiler.is_exporting():  # packed sequences have no form outside of PyTorch
            beyond = ~padding_mask(tokens, lengths)[:, :, None]
            return self._both_ways(vectors, lengths).masked_fill(beyond, -torch.inf).amax(1)
        order = torch.argsort(lengths, descending=True, stable=True)
        ends = lengths[order].cpu()
        packed = pack_padded_sequence(vectors[order.to(tokens.device)], ends, batch_first=True)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, padding_value=-torch.inf)
        return states.amax(1)[torch.argsort(order).to(tokens.device)]

    def _both_ways(self, vectors: Tensor, lengths: Tensor) -> Tensor:
        """The same LSTMs without packing, in evaluation: what stands in the padding of a text is of no matter.

        ``(batch, length, width)`` to ``(batch, length, 2 · units)``.
        """
        start = vectors.new_zeros(1, vectors.shape[0], self.lstm.hidden_size)
        for layer in range(self.lstm.num_layers):
            sides = []
            for way in ("", "_reverse"):
                weights = [getattr(self.lstm, f"{name}_l{layer}{way}") for name in _WEIGHTS]
                given = reverse_frames(vectors, lengths) if way else vectors
                said = torch.lstm(given, (start, start), weights, True, 1, 0.0, False, False, True)[0]
                sides.append(reverse_frames(said, lengths) if way else said)
            vectors = torch.cat(sides, 2)
        return vectors
