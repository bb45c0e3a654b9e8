"""A net that writes down what it hears, and how its frames become text (connectionist temporal classification).

Each place in time says a symbol or the blank, number 0; repeated symbols are one, and blanks separate
(`fathom.exported.ctc_search` makes text of them). The loss sums
over all ways in which the places can say the text, so that nobody has to say when what was spoken.

Reference: Graves, Fernández, Gomez & Schmidhuber 2006.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.errors import UserError
from fathom.nets.audio.classifier import SpeechNet, reverse_frames
from fathom.nets.dropout import Dropout

BLANK = 0


class ConvLSTMCTC(SpeechNet):
    """Convolutions, then layers of an LSTM forward and one backward in time, then the symbols of each place.

    Shapes: in ``(batch, time, mels)`` and ``(batch,)``; out the logits ``(batch, ⌈time / 4⌉, symbols)`` and how many
    places each example has, ``(batch,)``.

    Reference: Amodei et al. 2016, *Deep Speech 2*.
    """

    def __init__(
        self,
        mels: int,
        symbols: int,
        *,
        dropout: float = 0.2,
        width: int = 24,
        stages: int = 3,
        hidden: int = 128,
        layers: int = 2,
    ) -> None:
        super().__init__(mels, symbols, dropout=dropout, width=width, stages=stages)
        if min(hidden, layers) < 1:
            raise UserError(f"an LSTM needs a unit and a layer, not hidden={hidden} and layers={layers}")
        sizes = [self.features, *[2 * hidden] * layers]
        self.forwards = nn.ModuleList(nn.LSTM(size, hidden, batch_first=True) for size in sizes[:-1])
        self.backwards = nn.ModuleList(nn.LSTM(size, hidden, batch_first=True) for size in sizes[:-1])
        self.between = Dropout(dropout)
        self.head = nn.Linear(2 * hidden, symbols)

    def forward(self, mel: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits ``(batch, places, symbols)`` and the number of places ``(batch,)``."""
        frames, length = self.frames(mel, length)
        for there, back in zip(self.forwards, self.backwards, strict=True):
            frames = self.between(frames)
            ahead, _ = there(frames)  # (batch, places, hidden)
            behind, _ = back(reverse_frames(frames, length))
            frames = torch.cat([ahead, reverse_frames(behind, length)], 2)
        return self.head(self.dropout(frames)), length


CTC_NETS: dict[str, type[ConvLSTMCTC]] = {"conv-lstm": ConvLSTMCTC}
"""Nets for speech recognition by name."""


def output_frames(frames: int) -> int:
    """The places in time that so many frames give."""
    return -(-frames // 4)


def min_frames(symbols: Sequence[int]) -> int:
    """The places that a text needs at least: one a symbol, and one more between two that are alike."""
    return len(symbols) + sum(a == b for a, b in pairwise(symbols))


def ctc_loss(logits: Tensor, length: Tensor, text: Tensor, text_length: Tensor) -> Tensor:
    """Nats of each text: ``(batch,)``; 0 where the places cannot say it.

    Args:
        logits: ``(batch, places, symbols)``.
        length: ``(batch,)`` places.
        text: ``(batch, characters)`` int64, none of them the blank; what stands in the padding changes nothing.
        text_length: ``(batch,)``.
    """
    logs = logits.float().log_softmax(2).transpose(0, 1)  # (places, batch, symbols)
    return F.ctc_loss(logs, text, length, text_length, blank=BLANK, reduction="none", zero_infinity=True)
