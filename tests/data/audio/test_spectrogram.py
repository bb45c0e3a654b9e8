"""The log-mel spectrogram against SciPy's Fourier transform and the formula of the mel scale."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import stft

from fathom.data.audio.spectrogram import MIN_HERTZ, hertz_to_mel, log_mel, mel_filterbank, mel_to_hertz


def triangles(rate: int, points: int, mels: int) -> np.ndarray:
    """The bands, one weight at a time: (points // 2 + 1, mels)."""
    lowest, highest = (2595 * np.log10(1 + f / 700) for f in (MIN_HERTZ, rate / 2))
    edges = [700 * (10 ** ((lowest + i * (highest - lowest) / (mels + 1)) / 2595) - 1) for i in range(mels + 2)]
    weights = np.zeros((points // 2 + 1, mels))
    for k in range(points // 2 + 1):
        f = k * rate / points
        for m in range(mels):
            left, middle, right = edges[m : m + 3]
            if left < f <= middle:
                weights[k, m] = (f - left) / (middle - left)
            elif middle < f < right:
                weights[k, m] = (right - f) / (right - middle)
    return weights


@pytest.mark.parametrize(("rate", "points", "mels"), [(8000, 256, 40), (16000, 512, 64)])
def test_log_mel_is_scipys_spectrogram_in_bands(rate, points, mels):
    samples = np.random.default_rng(0).normal(0, 0.3, rate // 2).astype(np.float32)
    window, hop = int(0.025 * rate), int(0.010 * rate)
    _, _, spectrum = stft(
        samples, rate, "hann", window, window - hop, points, boundary=None, padded=False, scaling="spectrum"
    )  # (points // 2 + 1, frames)
    power = 4 * np.abs(spectrum.T) ** 2
    expected = np.log(power @ triangles(rate, points, mels) + 1e-6)
    got = log_mel(samples, rate, mels)
    assert got.shape == (1 + (len(samples) - window) // hop, mels)
    np.testing.assert_allclose(got, expected, atol=2e-3)


def test_a_sine_has_about_the_power_1_in_the_band_of_its_pitch():
    samples = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000).astype(np.float32)
    power = np.exp(log_mel(samples, 8000)).mean(0)
    edges = mel_to_hertz(np.linspace(hertz_to_mel(MIN_HERTZ), hertz_to_mel(4000.0), 42))
    assert edges[power.argmax()] < 1000 < edges[power.argmax() + 2]


def test_what_is_shorter_than_a_window_has_one_frame():
    assert log_mel(np.ones(3, np.float32), 8000).shape == (1, 40)


def test_the_scale_turns_back():
    np.testing.assert_allclose(mel_to_hertz(hertz_to_mel(np.array([60.0, 700.0, 4000.0]))), [60, 700, 4000])
    assert hertz_to_mel(700.0) == pytest.approx(2595 * np.log10(2))


def test_no_band_is_empty():
    assert (mel_filterbank(8000, 256, 40).sum(0) > 0).all()
