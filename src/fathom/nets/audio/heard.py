"""Heads on what the packaged speech encoder heard, which is frozen and was computed before."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.errors import UserError
from fathom.nets.audio.classifier import length_mask, reverse_frames
from fathom.nets.audio.whisper import WIDTH
from fathom.nets.dropout import Dropout

TOGETHER = 2
"""Places of the encoder that are one step of the net which writes letters."""


def heard_steps(places: Any) -> Any:
    """The steps in time that so many places give."""
    return -(-places // TOGETHER)


class HeardWord(nn.Module):
    """Which word was said: one layer on the mean of what was heard. It begins as the logistic regression.

    Shapes: ``(batch, 384)`` to ``(batch, classes)``.

    Reference: Radford et al. 2022, *Robust Speech Recognition via Large-Scale Weak Supervision* (the encoder); Alain &
    Bengio 2016, *Understanding Intermediate Layers Using Linear Classifier Probes*.

    Args:
        classes: how many.
        dropout: of what was heard.
    """

    def __init__(self, classes: int, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.warm = True
        self.dropout = Dropout(dropout)
        self.head = nn.Linear(WIDTH, classes)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def embed(self, heard: Tensor) -> Tensor:
        """What the head is given: ``(batch, 384)``."""
        return heard.float()

    def forward(self, heard: Tensor) -> Tensor:
        """Return the logits: ``(batch, classes)``."""
        return self.head(self.dropout(self.embed(heard)))


class HeardCTC(nn.Module):
    """What was said, letter by letter: an LSTM forward and one backward in time over what was heard.

    Two places are one step of the LSTM, which says a letter for each 40 ms: half the time, and half the silence to
    learn first.

    Shapes: ``(batch, places, 384)`` and ``(batch,)`` to logits ``(batch, ⌈places / 2⌉, symbols)`` and steps
    ``(batch,)``.

    Reference: Graves, Fernández, Gomez & Schmidhuber 2006; the encoder as for `HeardWord`.

    Args:
        symbols: how many, the blank included.
        dropout: of what was heard, and of what the LSTM says.
        hidden: units in each direction.
    """

    def __init__(self, symbols: int, *, dropout: float = 0.3, hidden: int = 192) -> None:
        super().__init__()
        if hidden < 1:
            raise UserError(f"an LSTM needs at least one unit, not hidden={hidden}")
        self.dropout = Dropout(dropout)
        self.forwards = nn.LSTM(TOGETHER * WIDTH, hidden, batch_first=True)
        self.backwards = nn.LSTM(TOGETHER * WIDTH, hidden, batch_first=True)
        self.head = nn.Linear(2 * hidden, symbols)

    def forward(self, heard: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits and the number of steps; what stands in the padding changes nothing."""
        frames = F.layer_norm(heard.float(), (WIDTH,)) * length_mask(length, heard.shape[1])[:, :, None]
        frames = F.pad(frames, (0, 0, 0, -frames.shape[1] % TOGETHER))
        frames, length = self.dropout(frames.reshape(len(frames), -1, TOGETHER * WIDTH)), heard_steps(length)
        ahead, _ = self.forwards(frames)  # (batch, places, hidden)
        behind, _ = self.backwards(reverse_frames(frames, length))
        both = torch.cat([ahead, reverse_frames(behind, length)], 2)
        return self.head(self.dropout(both)), length
