"""Spoken digits, heard through your spectrogram and through fathom's."""

from unittest.mock import patch

import numpy as np

from fathom.data.audio import spectrogram
from fathom.data.audio.spectrogram import frame_sizes, log_mel, mel_filterbank
from fathom.learning.adapters import duel


def swap(mine):
    """Train with both."""

    def yours(samples, rate, mels=40, floor=1e-6):
        width, hop, points = frame_sizes(rate)
        samples = np.pad(samples.astype(float), (0, max(0, width - len(samples)) + points - width))
        window = np.zeros(points)  # the Fourier transform wants a power of two: zeros behind the window change nothing
        window[:width] = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(width) / width)
        power = mine.spectrogram(samples, window, hop) * 4 / window.sum() ** 2  # (frames, points // 2 + 1)
        return np.log(power @ mel_filterbank(rate, points, mels) + floor).astype(np.float32)

    for name, features in {"yours": yours, "built in": log_mel}.items():
        with patch.object(spectrogram, "log_mel", features):
            yield from duel("practice:spoken-digits?n=300", {name: lambda: "conv"}, epochs=6)
