"""A net that waits for a word: for each moment, whether the word has just been said.

It hears only what was, and a little more than a tenth of a second of what comes, so that it can run along with a
microphone.
"""

from __future__ import annotations

from torch import Tensor, nn

from fathom.errors import UserError
from fathom.nets.audio.classifier import SpeechNet
from fathom.nets.dropout import Dropout


class ConvGRU(SpeechNet):
    """Convolutions, then layers of gated recurrent units forward in time, and a logit for each place.

    Shapes: in ``(batch, time, mels)`` and ``(batch,)``; out ``(batch, ⌈time / 4⌉)`` and ``(batch,)`` places.

    Reference: Cho et al. 2014 (the units); the task as in the usual exercise, convolution before two layers of them.
    """

    def __init__(
        self,
        mels: int,
        *,
        dropout: float = 0.2,
        width: int = 16,
        stages: int = 3,
        hidden: int = 96,
        layers: int = 2,
    ) -> None:
        super().__init__(mels, 1, dropout=dropout, width=width, stages=stages)
        if min(hidden, layers) < 1:
            raise UserError(f"a recurrent net needs a unit and a layer, not hidden={hidden} and layers={layers}")
        self.units = nn.GRU(self.features, hidden, layers, batch_first=True, dropout=dropout if layers > 1 else 0.0)
        self.before = Dropout(dropout)
        self.head = nn.Linear(hidden, 1)
        nn.init.constant_(self.head.bias, -2.0)  # the word is rare

    def forward(self, mel: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        """Return a logit for each place ``(batch, places)`` and the number of places ``(batch,)``."""
        frames, length = self.frames(mel, length)
        heard, _ = self.units(self.before(frames))  # (batch, places, hidden)
        return self.head(self.dropout(heard)).squeeze(2), length


TRIGGER_NETS: dict[str, type[ConvGRU]] = {"conv-gru": ConvGRU}
"""Nets for trigger words by name."""
