"""Whisper's own decoder, tuned: its weights stay as they are, and to each matrix a product of two narrow ones is added.

What is added is nothing at first, so that the net begins as the packaged model, and few numbers are learned, which a
hundred sentences can bear: how this speaker, this microphone and these transcripts differ from what the model knows.

Reference: Radford et al. 2022 (Whisper); Hu et al. 2021, *LoRA: Low-Rank Adaptation of Large Language Models*.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.errors import UserError
from fathom.nets.audio import whisper
from fathom.nets.audio.classifier import length_mask
from fathom.nets.audio.whisper import INNER, LAYERS, WIDTH, WhisperDecoder
from fathom.nets.audio.whisper_vocabulary import Vocabulary
from fathom.nets.audio.whisper_writing import PROMPT, write_down
from fathom.nets.dropout import Dropout

MATRICES = {
    "attention.query": (WIDTH, WIDTH),
    "attention.value": (WIDTH, WIDTH),
    "attention.mixed": (WIDTH, WIDTH),
    "listen.query": (WIDTH, WIDTH),
    "listen.mixed": (WIDTH, WIDTH),
    "wide": (WIDTH, INNER),
    "narrow": (INNER, WIDTH),
}
"""Matrices of a block that are tuned, with numbers in and out; what is heard is seen as it always was."""
ROWS = 8
"""Recordings that are judged or written down at once: a decoder knows much of each."""


class Narrow(nn.Module):
    """What is added to a matrix: ``(…, in)`` to ``(…, out)``, by way of a few numbers; nothing at first."""

    def __init__(self, inputs: int, outputs: int, rank: int, dropout: float) -> None:
        super().__init__()
        self.dropout = Dropout(dropout)
        self.down, self.up = nn.Linear(inputs, rank, bias=False), nn.Linear(rank, outputs, bias=False)
        nn.init.zeros_(self.up.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Return it."""
        return self.up(self.down(self.dropout(x)))


class _Tuned(nn.Module):
    """A matrix that stays as it is, and what is added to it."""

    def __init__(self, matrix: nn.Module, added: nn.Module) -> None:
        super().__init__()
        self.matrix, self.added = matrix, added

    def forward(self, x: Tensor) -> Tensor:
        return self.matrix(x) + self.added(x)


class Heard(NamedTuple):
    """What the net gives for a batch.

    Attributes:
        states: of the decoder after each token that is said, ``(batch, tokens, 384)``.
        heard: as it was given, ``(batch, places, 384)``, and the number of places ``(batch,)``.
        net: which can write it down.
    """

    states: Tensor
    heard: tuple[Tensor, Tensor]
    net: HeardText


class HeardText(nn.Module):
    """What was said, in pieces of words, as the packaged decoder writes them, tuned.

    Shapes: heard ``(batch, places, 384)``, lengths ``(batch,)`` and the tokens said so far ``(batch, tokens)``, without
    what begins each text, to `Heard`.

    Args:
        silence: what is heard where nobody speaks, ``(more, 384)``.
        dropout: of what each added matrix is given.
        rank: numbers by way of which a matrix is changed.
    """

    start_name = "Whisper as it is"

    def __init__(self, *, dropout: float = 0.1, rank: int = 8) -> None:
        super().__init__()
        if not 1 <= rank <= WIDTH:
            raise UserError(f"rank={rank} is out of range: choose 1 to {WIDTH}")
        self.added = nn.ModuleDict({
            f"{block} {name}".replace(".", " "): Narrow(*sizes, rank, dropout)
            for block in range(LAYERS)
            for name, sizes in MATRICES.items()
        })  # fmt: skip
        self._decoder: list[WhisperDecoder] = []  # in a list, it is no part of what is trained and saved

    def forward(self, heard: Tensor, length: Tensor, said: Tensor) -> Heard:
        """The states after what begins a text, and after each token."""
        prompt = torch.tensor([PROMPT], device=said.device).expand(len(said), -1)
        tokens = torch.cat([prompt, said], 1)
        rows = len(heard) if self.training else ROWS
        parts = [
            self._states(*(part[start : start + rows] for part in (heard, length, tokens)))
            for start in range(0, len(heard), rows)
        ]
        return Heard(torch.cat(parts)[:, len(PROMPT) - 1 :], (heard, length), self)

    def _states(self, heard: Tensor, length: Tensor, tokens: Tensor) -> Tensor:
        decoder, silence = self.decoder(heard.device), whisper.silent_places().to(heard.device)
        heard = torch.cat([silence.expand(len(heard), -1, -1), heard.float()], 1)
        mask = length_mask(length + len(silence), heard.shape[1])[:, None, None]
        with torch.no_grad():  # nothing that is tuned stands before
            memories = decoder.memories(heard)
        return decoder.go_on(tokens, memories, mask)[0]

    def nats(self, output: Heard, after: Tensor) -> Tensor:
        """Of the tokens that follow ``(batch, tokens)``, -1 where none is: their sum for each example, ``(batch,)``."""
        sums = []
        decoder = self.decoder(after.device)
        for states, meant in zip(output.states.split(ROWS), after.split(ROWS), strict=True):
            logits = decoder.logits(states).float().flatten(0, 1)  # (rows · tokens, 51864)
            nats = F.cross_entropy(logits, meant.flatten(), ignore_index=-1, reduction="none")
            sums.append(nats.view_as(meant).sum(1))
        return torch.cat(sums)

    def write(self, heard: Tensor, length: Tensor, vocabulary: Vocabulary) -> list[str]:
        """The text of each recording, those of about the same length at once."""
        order = length.argsort(stable=True)
        texts: list[str] = [""] * len(order)
        for some in order.split(ROWS):
            longest = int(length[some].max())
            tokens = write_down(
                self.decoder(heard.device), heard[some, :longest], length[some], *self._rules(vocabulary)
            )
            for place, text in zip(some.tolist(), tokens, strict=True):
                texts[place] = vocabulary.decode(text)
        return texts

    @staticmethod
    def _rules(vocabulary: Vocabulary) -> tuple[Tensor, Sequence[int], Sequence[int]]:
        return whisper.silent_places(), vocabulary.refused, vocabulary.refused_first

    def decoder(self, device: torch.device) -> WhisperDecoder:
        """The packaged decoder with what is added here, on a device; its own weights are shared with all others."""
        if not self._decoder:
            packaged = whisper.packaged_decoder()
            own = copy.deepcopy(packaged, {id(p): p for p in packaged.parameters()})
            for name, added in self.added.items():
                block, *path = name.split()
                parent: nn.Module = own.blocks[int(block)]
                for step in path[:-1]:
                    parent = getattr(parent, step)
                setattr(parent, path[-1], _Tuned(getattr(parent, path[-1]), added))
            self._decoder.append(own)
        return self._decoder[0].to(device)
