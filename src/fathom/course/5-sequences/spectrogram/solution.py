"""Sound in frames, their frequencies, and labels for each."""

import numpy as np


def frames(x, width, hop):
    """Cut a sound, (samples,), at least one window long, into windows: (frames, width); the rest is left out."""
    count = (len(x) - width) // hop + 1
    return np.stack([x[i * hop : i * hop + width] for i in range(count)])


def spectrogram(x, window, hop):
    """The power of each frequency in each frame. window: (width,). Returns (frames, width // 2 + 1)."""
    return np.abs(np.fft.rfft(frames(x, len(window), hop) * window, axis=1)) ** 2


def labels(samples, width, hop, events):
    """For each frame 1.0 if its middle sample, its start plus width // 2, lies within an event, else 0.0: (frames,).

    samples: how many the sound has. events: a list of (from, to) in samples; the end does not belong to it.
    """
    middles = np.arange((samples - width) // hop + 1) * hop + width // 2
    return np.array([float(any(start <= m < end for start, end in events)) for m in middles])
