"""What must hold of spectrograms, against SciPy and Parseval."""

import numpy as np
from scipy.signal import ShortTimeFFT

from fathom.learning.trial import Trial, prop


def case(t: Trial):
    """A sound that need not be a whole number of frames."""
    width, hop = 2 + t.dim(6), t.dim(4)
    return t.normal(width + hop * t.dim(4, least=0) + t.dim(hop, least=0) % hop), width, hop


@prop("the frames")
def cut(t: Trial) -> None:
    t.same("frames", *case(t))


@prop("the power of each frequency")
def power(t: Trial) -> None:
    x, width, hop = case(t)
    t.same("spectrogram", x, np.abs(t.normal(width)) + 0.1, hop)


@prop("as SciPy has it", trials=3, always=False)
def peer(t: Trial) -> None:
    width, hop = 8, 1 + t.dim(4)
    x, window = t.normal(40), np.hanning(8) + 0.1
    other = ShortTimeFFT(window, hop, fs=1.0, phase_shift=None)
    first, last = 0, (40 - width) // hop + 1
    expected = np.stack(
        [
            np.abs(other.stft(x[i * hop : i * hop + width], p0=0, p1=1, k_offset=width // 2)[:, 0]) ** 2
            for i in range(first, last)
        ]
    )
    t.equal(t.mine("spectrogram", x, window, hop), expected, "scipy.signal.ShortTimeFFT gives something else", 1e-6)


@prop("no power is lost: Parseval", always=False)
def parseval(t: Trial) -> None:
    width = 2 * t.dim(5)
    x = t.normal(width)
    p = np.asarray(t.mine("spectrogram", x, np.ones(width), width))[0]
    both = 2 * p.sum() - p[0] - p[-1]
    t.equal(both / width, (x**2).sum(), "the power over the frequencies, both sides, is not that of the samples")


@prop("a label for each frame")
def labelled(t: Trial) -> None:
    x, width, hop = case(t)
    starts = t.rng.integers(0, len(x), t.dim(3, least=0)).tolist()
    events = [(s, s + t.dim(9)) for s in starts]
    t.same("labels", len(x), width, hop, events)


@prop("the beginning of an event belongs to it, its end does not")
def edges(t: Trial) -> None:
    width, hop = 4, 1 + t.dim(3)
    middle = hop + width // 2
    t.same("labels", 40, width, hop, [(middle, middle + t.dim(5))])
    t.same("labels", 40, width, hop, [(middle - t.dim(2), middle)])
