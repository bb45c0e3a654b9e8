"""From samples to a log-mel spectrogram: how loud each band of pitch is, a hundred times a second.

The bands are as wide as the ear's: triangles that are equally spaced on the mel scale (Stevens, Volkmann & Newman
1937), in the form of Davis & Mermelstein 1980.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fathom.errors import Unreadable

WINDOW_SECONDS = 0.025
"""Seconds that one frame sees."""
HOP_SECONDS = 0.010
"""Seconds from one frame to the next."""
MIN_HERTZ = 60.0
"""Hertz at which the first band begins."""
FLOOR = 1e-5
"""Power below which nothing is told apart, of recordings whose mean power is 1."""


def hertz_to_mel(hertz: NDArray[np.floating] | float) -> NDArray[np.float64]:
    """Hertz on the mel scale: ``2595 log10(1 + f / 700)``."""
    return 2595.0 * np.log10(1.0 + np.asarray(hertz, np.float64) / 700.0)


def mel_to_hertz(mels: NDArray[np.floating] | float) -> NDArray[np.float64]:
    """Back from the mel scale."""
    return 700.0 * (10.0 ** (np.asarray(mels, np.float64) / 2595.0) - 1.0)


def frame_sizes(rate: int) -> tuple[int, int, int]:
    """Samples of a window, of a hop, and of the Fourier transform (the next power of two)."""
    window = round(WINDOW_SECONDS * rate)
    return window, round(HOP_SECONDS * rate), 2 ** int(np.ceil(np.log2(window)))


@lru_cache(maxsize=8)
def mel_filterbank(rate: int, points: int, mels: int) -> NDArray[np.float32]:
    """How much of each frequency goes to each band: ``(points // 2 + 1, mels)``.

    Args:
        rate: samples per second.
        points: of the Fourier transform.
        mels: number of bands, from `MIN_HERTZ` to half the rate.
    """
    edges = mel_to_hertz(np.linspace(hertz_to_mel(MIN_HERTZ), hertz_to_mel(rate / 2), mels + 2))[
        :, None
    ]  # (mels + 2, 1)
    at = np.arange(points // 2 + 1) * rate / points  # (points // 2 + 1,) Hertz
    rising = (at - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - at) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling)).T.astype(np.float32)


def level_log_mel(samples: NDArray[np.float32], rate: int, mels: int) -> NDArray[np.float32]:
    """The log-mel spectrogram of a recording whose mean power is brought to 1: ``(frames, mels)``.

    Args:
        samples: ``(samples,)``.
        rate: samples per second.
        mels: bands.

    Raises:
        Unreadable: it is silent.
    """
    power = float(np.mean(samples.astype(np.float64) ** 2))
    if power <= 0:
        raise Unreadable("silent")
    return log_mel((samples / np.sqrt(power)).astype(np.float32), rate, mels, FLOOR)


def log_mel(samples: NDArray[np.float32], rate: int, mels: int = 40, floor: float = 1e-6) -> NDArray[np.float32]:
    """The natural logarithm of the power in each band: ``(frames, mels)`` float32.

    A Hann window of 25 ms every 10 ms, without padding; what is shorter than a window is padded to one.

    Args:
        samples: ``(samples,)``.
        rate: samples per second.
        mels: number of bands.
        floor: power that is added, so that silence has a logarithm. The power is that of a mean over the window: a sine
            of amplitude 1 has about 1 in all bands together.
    """
    window, hop, points = frame_sizes(rate)
    if len(samples) < window:
        samples = np.pad(samples, (0, window - len(samples)))
    frames = np.lib.stride_tricks.sliding_window_view(samples, window)[::hop]  # (frames, window)
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(window) / window)).astype(np.float32)
    spectrum = np.fft.rfft(frames * hann, points)  # (frames, points // 2 + 1)
    power = (spectrum.real**2 + spectrum.imag**2) * np.float32(4 / hann.sum() ** 2)
    return np.log(power.astype(np.float32) @ mel_filterbank(rate, points, mels) + np.float32(floor))
