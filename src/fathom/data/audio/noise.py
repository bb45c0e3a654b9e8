"""Noise, and recordings brought to a power."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def colored_noise(count: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Noise whose power falls with pitch, from white (hiss) to brown (rumble), drawn anew: ``(count,)``."""
    spectrum = np.fft.rfft(rng.normal(size=count))
    spectrum *= np.maximum(np.arange(len(spectrum)), 1) ** -rng.uniform(0, 1)
    return np.fft.irfft(spectrum, count).astype(np.float32)


def scale_to_decibels(samples: NDArray[np.float32], level: float) -> NDArray[np.float32]:
    """Brought to a power, in decibels."""
    power = max(float(np.mean(samples.astype(np.float64) ** 2)), 1e-12)
    return (samples * (10 ** (level / 20) / np.sqrt(power))).astype(np.float32)
