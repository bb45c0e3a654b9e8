"""What the packaged speech encoder makes of a recording: encoded once, frozen, and kept in the store.

Only what is there is encoded, and a second of silence after it, not the thirty seconds that the encoder was trained on,
so that a word costs hundredths of a second; a longer recording is encoded in parts. The silence matters: without it,
more of the single words of new speakers are mistaken. It is heard, and then left out.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from fathom.data.audio.whisper_spectrogram import HOP, RATE, whisper_mel
from fathom.nets.audio import whisper

NET, WRITER = "whisper", "whisper-decoder"
"""Names of the nets that hear through the packaged encoder; the second also writes with its decoder."""
HEARING = (NET, WRITER)
WORD_LAYERS = 3
"""Blocks after which the mean over time tells words apart best; the last prepares the writing of letters."""
SILENCE = 1.0
"""Seconds that follow each part."""
_FRAMES = 2 * whisper.PLACES - round(SILENCE * RATE / HOP)


@torch.inference_mode()
def heard_places(samples: NDArray[np.float32], layers: int = whisper.LAYERS) -> NDArray[np.float32]:
    """What was heard, a place for each 20 ms: ``(places, 384)``.

    Args:
        samples: ``(samples,)`` at 16 kHz.
        layers: blocks of the encoder.
    """
    encoder, places = whisper.packaged_encoder(), []
    for start in range(0, len(samples), _FRAMES * HOP):
        part = samples[start : start + _FRAMES * HOP]
        mel = torch.from_numpy(whisper_mel(np.pad(part, (0, round(SILENCE * RATE)))))  # (frames, 80)
        count = -(-max(1, len(part) // HOP) // 2)
        places.append(encoder(mel[None], torch.tensor([len(mel)]), layers)[0, :count])
    return torch.cat(places).numpy()


def heard_mean(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean over time of what was heard, for whole words and sounds: ``(384,)``."""
    return heard_places(samples, WORD_LAYERS).mean(0)


__all__ = ["HEARING", "NET", "RATE", "WRITER", "heard_mean", "heard_places"]
