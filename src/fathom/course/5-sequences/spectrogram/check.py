"""What must hold of spectrograms: the sum that defines them, and Parseval."""

import numpy as np

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


@prop("as the sum over the samples says", trials=3, always=False)
def defined(t: Trial) -> None:
    width, hop = 2 + t.dim(7), t.dim(4)
    x, window = t.normal(width + 3 * hop), np.abs(t.normal(width)) + 0.1
    waves = np.exp(-2j * np.pi * np.outer(np.arange(width // 2 + 1), np.arange(width)) / width)  # (frequencies, width)
    expected = [np.abs(waves @ (window * x[i * hop : i * hop + width])) ** 2 for i in range(4)]
    found = t.mine("spectrogram", x, window, hop)
    t.equal(found, np.array(expected), "the power of a frequency is |sum of window · x · exp(−2πi k n / width)|²")


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
    t.same("labels", 40, width, hop, [(middle - 1, middle + t.dim(5)), (middle - 2, middle + 2)])
