"""Speech recognition by Whisper's own decoder: transcripts as tokens, and when that is the thing to do.

The packaged model knows English. Whether recordings are of that kind is asked of the recordings themselves: some of
train are written down as they are, and compared with their transcripts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fathom.data.audio import waveform
from fathom.data.audio.transcripts import normalize_transcript
from fathom.errors import Unreadable
from fathom.nets.audio.tuned_whisper import Heard
from fathom.nets.audio.whisper_vocabulary import END, packaged_vocabulary
from fathom.nets.audio.whisper_writing import MOST
from fathom.records import Example, Prediction
from fathom.task import Batch
from fathom.tasks.audio.transcription import LONGEST, write_heard
from fathom.tasks.audio.whisper_features import RATE, WRITER, heard_places

ASKED, UNDERSTOOD = 6, 0.5
"""Recordings that are written down to learn whether they are understood, and the error rate that says they are not."""
EXAMPLES_SEEN, FEWEST, MOST_EPOCHS = 500, 2, 6
"""Examples that the tuning sees, and how often each may be seen."""
DEV_COST = 2.0
"""A text that is written token by token costs as much as training on so many."""


def understands(train: Sequence[Example]) -> bool:
    """Whether the packaged model, as it is, gets most words of some training recordings right."""
    known = [example for example in train if str(example.target or "")]
    some = known[:: -(-len(known) // ASKED)] if known else []
    return bool(some) and _error_rate(tuple((str(e.input), str(e.target)) for e in some)) < UNDERSTOOD


@lru_cache(maxsize=8)
def _error_rate(pairs: tuple[tuple[str, str], ...]) -> float:
    """The word error rate on recordings with transcripts; 1 where none can be read."""
    from rapidfuzz.distance import Levenshtein

    heard, meant = [], []
    for path, text in pairs:
        try:
            heard.append(heard_places(waveform.decode(Path(path), RATE, LONGEST)))
        except Unreadable:
            continue
        meant.append(text.split())
    said = [normalize_transcript(text).split() for text in write_heard(heard)] if heard else []
    edits = sum(Levenshtein.distance(a, b) for a, b in zip(said, meant, strict=True))
    return edits / max(1, sum(map(len, meant))) if said else 1.0


def tuning_defaults(n: int) -> dict[str, Any]:
    """Settings for so many training recordings: few passes, since the net knows the language already."""
    return {
        "net": WRITER,
        "epochs": most_epochs(n),
        "batch_size": 8,
        "optimizer": "adamw",
        "lr": 1e-3,
        "schedule": "one-cycle",
        "weight_decay": 0.01,
        "grad_clip": 1.0,
    }


def most_epochs(n: int) -> int:
    """Passes over so many training recordings; more would only learn them by heart."""
    return int(np.clip(EXAMPLES_SEEN / n, FEWEST, MOST_EPOCHS))


def tokens_of(transcript: str) -> NDArray[np.int32]:
    """A transcript and its end: ``(tokens,)``.

    Raises:
        Unreadable: it is longer than any text that the decoder knows.
    """
    tokens = packaged_vocabulary().encode(f" {transcript}") if transcript else []
    if len(tokens) >= MOST:
        raise Unreadable(f"too long a transcript ({len(tokens)} tokens, where {MOST - 1} are the most)")
    return np.array([*tokens, END], np.int32)


def prepare_tokens(batch: Batch) -> Batch:
    """What is said so far, ``said`` (batch, T - 1), and what comes, ``after`` (batch, T), -1 behind the end."""
    tokens = batch["tokens"].long()  # (batch, T)
    there = torch.arange(tokens.shape[1], device=tokens.device) < batch["tokens_length"][:, None]
    return {**batch, "said": tokens[:, :-1], "after": tokens.masked_fill(~there, -1)}


def token_loss(output: Heard, batch: Batch) -> tuple[Tensor, Tensor]:
    """Nats of each transcript, and its number of tokens with the end, both ``(batch,)``."""
    nats = output.net.nats(output, batch["after"])
    return nats, batch["tokens_length"].to(nats.dtype)


def written(output: Heard) -> list[Prediction]:
    """The text of each, as transcripts are kept: without signs and capitals."""
    heard, length = output.heard
    texts = output.net.write(heard, length, packaged_vocabulary())
    return [Prediction(normalize_transcript(text)) for text in texts]
