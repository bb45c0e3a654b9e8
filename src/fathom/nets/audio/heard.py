"""Heads on what the packaged speech encoder heard, which is frozen and was computed before."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from fathom.errors import UserError
from fathom.nets.audio.classifier import length_mask
from fathom.nets.audio.whisper import WIDTH
from fathom.nets.dropout import Dropout

TOGETHER, AROUND = 2, 5
"""Places of the encoder that are one step of the net which writes letters, and steps that a convolution sees."""


def heard_steps(places: Any) -> Any:
    """The steps in time that so many places give."""
    return -(-places // TOGETHER)


def _joined_places(heard: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
    """Normalized places, two a step, ``(batch, steps, 768)``, 0 in the padding; and the steps ``(batch,)``."""
    frames = F.layer_norm(heard.float(), (WIDTH,)) * length_mask(length, heard.shape[1])[:, :, None]
    frames = F.pad(frames, (0, 0, 0, -frames.shape[1] % TOGETHER))
    return frames.reshape(len(frames), -1, TOGETHER * WIDTH), heard_steps(length)


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


class _Around(nn.Module):
    """What stands around each step, added to it: ``(batch, steps, width)`` to the same."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm, self.around = nn.LayerNorm(width), nn.Conv1d(width, width, AROUND, padding=AROUND // 2)
        self.out, self.dropout = nn.Linear(width, width), Dropout(dropout)

    def forward(self, x: Tensor, there: Tensor) -> Tensor:
        near = self.around((self.norm(x) * there).transpose(1, 2)).transpose(1, 2)
        return x + self.dropout(self.out(F.gelu(near)))


class HeardCTC(nn.Module):
    """What was said, letter by letter: convolutions over what was heard.

    The encoder has looked at the whole recording already, so that what stands near is enough, and convolutions learn
    in a fraction of a recurrent net's time. Two places are one step, which says a letter for each 40 ms.

    Shapes: ``(batch, places, 384)`` and lengths ``(batch,)`` to logits ``(batch, ⌈places / 2⌉, symbols)`` and steps
    ``(batch,)``.

    Reference: Graves, Fernández, Gomez & Schmidhuber 2006; the encoder as for `HeardWord`.

    Args:
        symbols: how many, the blank included.
        dropout: of what was heard, and of what each block adds.
        width: channels.
        blocks: convolutions, each of which sees 160 ms more.
    """

    def __init__(self, symbols: int, *, dropout: float = 0.3, width: int = 192, blocks: int = 2) -> None:
        super().__init__()
        if not (1 <= width <= 4096 and 0 <= blocks <= 64):
            raise UserError(f"width={width} or blocks={blocks} is out of range: choose up to 4,096 and 64")
        self.dropout = Dropout(dropout)
        self.first = nn.Linear(TOGETHER * WIDTH, width)
        self.blocks = nn.ModuleList(_Around(width, dropout) for _ in range(blocks))
        self.norm, self.head = nn.LayerNorm(width), nn.Linear(width, symbols)

    def forward(self, heard: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits and the number of steps; what stands in the padding changes nothing."""
        frames, length = _joined_places(heard, length)
        there = length_mask(length, frames.shape[1])[:, :, None]
        x = self.first(self.dropout(frames))  # (batch, steps, width)
        for block in self.blocks:
            x = block(x, there)
        return self.head(self.norm(x)), length


class HeardMoments(nn.Module):
    """When a word was said: gated recurrent units over what was heard, and a logit for each 40 ms.

    The units remember, since a moment is marked for half a second after the word. The encoder has looked at the whole
    recording: this net is for recordings, not for a microphone that runs along.

    Shapes: ``(batch, places, 384)`` and lengths ``(batch,)`` to logits ``(batch, ⌈places / 2⌉)`` and steps
    ``(batch,)``.

    Reference: Cho et al. 2014 (the units); the encoder as for `HeardWord`.

    Args:
        dropout: of what was heard, and of what the units say.
        hidden: units.
    """

    def __init__(self, *, dropout: float = 0.2, hidden: int = 96) -> None:
        super().__init__()
        if not 1 <= hidden <= 4096:
            raise UserError(f"hidden={hidden} is out of range: choose up to 4,096 units")
        self.dropout = Dropout(dropout)
        self.first, self.units = nn.Linear(TOGETHER * WIDTH, hidden), nn.GRU(hidden, hidden, batch_first=True)
        self.head = nn.Linear(hidden, 1)
        nn.init.constant_(self.head.bias, -2.0)  # the word is rare

    def forward(self, heard: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits and the number of steps; they read forward, so that the padding changes nothing."""
        frames, length = _joined_places(heard, length)
        said, _ = self.units(F.gelu(self.first(self.dropout(frames))))  # (batch, steps, hidden)
        return self.head(self.dropout(said)).squeeze(2), length
