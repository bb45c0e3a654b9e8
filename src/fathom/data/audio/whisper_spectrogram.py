"""The log-mel spectrogram as Whisper hears it, which is not quite ours: other bands, another logarithm, its own scale.

80 bands of Slaney's scale (linear to 1 kHz, logarithmic above), each of the same area; decimal logarithms, nothing more
than 8 below the loudest, and ``(x + 4) / 4``. Reference: Radford et al. 2022, *Robust Speech Recognition via
Large-Scale Weak Supervision*; the bands: Slaney 1998, *Auditory Toolbox*.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

RATE, POINTS, HOP, BANDS = 16_000, 400, 160, 80
"""Samples a second, samples of a window, from one frame to the next, and bands."""
RANGE = 8.0
"""Decades of power below the loudest at which everything is cut off."""
_LINEAR, _LOG_FROM = 200 / 3, 1000.0  # Hertz of a step below, and where the logarithmic part begins
_LOG_STEP = np.log(6.4) / 27


@lru_cache(maxsize=1)
def filterbank() -> NDArray[np.float32]:
    """How much of each frequency goes to each band: ``(201, 80)``."""
    top = _LOG_FROM / _LINEAR + np.log(RATE / 2 / _LOG_FROM) / _LOG_STEP
    steps = np.linspace(0, top, BANDS + 2)
    above = _LOG_FROM * np.exp(_LOG_STEP * (steps - _LOG_FROM / _LINEAR))
    edges = np.where(steps < _LOG_FROM / _LINEAR, steps * _LINEAR, above)[:, None]  # (82, 1) Hertz
    at = np.arange(POINTS // 2 + 1) * RATE / POINTS  # (201,) Hertz
    rising = (at - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - at) / (edges[2:] - edges[1:-1])
    triangles = np.maximum(0.0, np.minimum(rising, falling))  # (80, 201)
    return (triangles * 2 / (edges[2:] - edges[:-2])).T.astype(np.float32)


def whisper_mel(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """The spectrogram, a frame for each 10 ms: ``(samples // 160, 80)`` float32.

    Args:
        samples: ``(samples,)`` at 16 kHz, on the scale -1 to 1, one window or more.
    """
    padded = np.pad(samples, POINTS // 2, mode="reflect" if len(samples) > POINTS // 2 else "constant")
    frames = np.lib.stride_tricks.sliding_window_view(padded, POINTS)[::HOP][:-1]  # (frames, 400)
    hann = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(POINTS) / POINTS)).astype(np.float32)
    spectrum = np.fft.rfft(frames * hann)  # (frames, 201)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    logs = np.log10(np.maximum(power @ filterbank(), 1e-10))  # (frames, 80)
    return (np.maximum(logs, logs.max() - RANGE) + 4) / 4
