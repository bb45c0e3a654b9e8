"""Simple things that can be said of an example without any net: how bright, how loud, how long.

They are what a person would look at first, have names that a person understands, and are the same for train, dev and
test, whatever a net has learned by heart. By them fathom tells whether two sets of examples are of one kind, what sets
them apart, and which examples a net does worse on.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.audio import waveform
from fathom.data.audio.spectrogram import log_mel
from fathom.data.image import image_file
from fathom.data.table.cells import parse_number
from fathom.errors import FathomError
from fathom.records import Example

_IMAGE_SIDE = 128
"""Pictures are measured at so many pixels each way; smaller arrays as they are."""
_SAMPLE_RATE, _BANDS, _MAX_SECONDS = 16_000, 12, 60.0
"""Recordings are measured at so many samples a second, in so many bands, and are so many seconds long at most."""
_MAX_WORDS = 200
"""Words of texts whose presence is told, the most frequent."""
MAX_CATEGORIES = 30
"""A column of text with more different values is no category."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SimpleFeatures:
    """What is said of some examples.

    Attributes:
        numbers: name → a number for each example, NaN where it is unknown.
        categories: name → a word for each example, "" where it is unknown.
    """

    numbers: Mapping[str, Floats]
    categories: Mapping[str, list[str]]

    def matrix(self) -> tuple[list[str], Floats]:
        """Names and ``(examples, names)``: the numbers, and a column of 0 and 1 for each word of the categories."""
        names, columns = list(self.numbers), list(self.numbers.values())
        for name, words in self.categories.items():
            array = np.array(words)
            for word in sorted(set(words) - {""}):
                names.append(f"{name} is {word}")
                columns.append((array == word).astype(np.float64))
        return names, np.stack(columns, 1) if columns else np.zeros((len(next(iter(self.categories.values()), [])), 0))


def extract_features(
    examples: Sequence[Example], progress: Callable[[int], None] | None = None, apart: Collection[str] = ()
) -> SimpleFeatures:
    """What can be said of each of these examples; nothing where they are of a kind that is not known.

    Args:
        examples: of one kind.
        progress: is told of each that is done.
        apart: columns that are passed over: those by which the examples were split say nothing new.
    """

    def one(example: Example) -> Mapping[str, float]:
        try:
            return _example_features(example)
        except (FathomError, OSError, ValueError):
            return {}
        finally:
            if progress is not None:
                progress(1)

    if all(isinstance(e.input, Path | np.ndarray) or _is_file(e.input) for e in examples):
        with ThreadPoolExecutor() as pool:  # decoding lets go of the interpreter
            said = list(pool.map(one, examples))
    else:
        said = [one(e) for e in examples]
    numbers = _table(said)
    if examples and all(isinstance(e.input, str) and not _is_file(e.input) for e in examples):
        numbers |= _word_features([e.input for e in examples])
    known = [{**(e.input if isinstance(e.input, Mapping) else {}), **e.metadata} for e in examples]
    known = [{name: value for name, value in row.items() if name not in apart} for row in known]
    more, categories = _column_features(known)
    return SimpleFeatures({**numbers, **more}, categories)


def _example_features(example: Example) -> dict[str, float]:
    """What is measured of one example, by name; nothing where its kind is not known.

    Raises:
        Unreadable: the file is gone or damaged.
    """
    given = example.input
    if isinstance(given, np.ndarray) and given.ndim in (2, 3) and min(given.shape[:2]) >= 8:
        small = max(given.shape[:2]) <= _IMAGE_SIDE
        return image_features(given if small else image_file.decode(given, _IMAGE_SIDE, 3))
    if isinstance(given, Path | str) and image_file.is_picture(given):
        (width, height), _ = image_file.probe(given)
        about = {"width over height": width / height, "megapixels": width * height / 1e6}
        return image_features(image_file.decode(given, max(8, min(_IMAGE_SIDE, width, height)), 3)) | about
    if isinstance(given, Path | str) and waveform.is_recording(given):
        return audio_features(waveform.decode(Path(given), _SAMPLE_RATE, _MAX_SECONDS), _SAMPLE_RATE)
    if isinstance(given, str):
        return text_features(given)
    return {}


def image_features(pixels: NDArray[np.uint8]) -> dict[str, float]:
    """Measures of a picture, uint8 ``(height, width)`` or ``(height, width, channels)``."""
    rgb = np.repeat(pixels[..., None], 3, -1) if pixels.ndim == 2 else pixels
    rgb = np.repeat(rgb, 3, -1) if rgb.shape[-1] == 1 else rgb[..., :3]
    rgb = rgb.astype(np.float32)
    grey = rgb @ np.array([0.299, 0.587, 0.114], np.float32)
    dy, dx = np.diff(grey, axis=0)[:, :-1], np.diff(grey, axis=1)[:-1]
    strength = np.hypot(dx, dy)
    angle = np.mod(np.arctan2(dy, dx), np.pi)
    total = float(strength.sum()) + 1e-6
    turned = [float(strength[(angle >= a) & (angle < a + np.pi / 8)].sum()) / total for a in np.arange(8) * np.pi / 8]
    bend = 4 * grey[1:-1, 1:-1] - grey[:-2, 1:-1] - grey[2:, 1:-1] - grey[1:-1, :-2] - grey[1:-1, 2:]
    h, w = grey.shape
    middle = grey[h // 4 : h - h // 4, w // 4 : w - w // 4]
    found = {
        "brightness": float(grey.mean()),
        "contrast": float(grey.std()),
        "sharpness": float(np.log1p(bend.var() / (grey.var() + 1.0))),
        "grain": float(np.median(np.abs(bend))),
        "edges": float(strength.mean()),
        "centre against border": float(middle.mean() - grey.mean()),
        "top against bottom": float(grey[: h // 2].mean() - grey[h // 2 :].mean()),
        "dark share": float((grey < 32).mean()),
        "bright share": float((grey > 223).mean()),
    }
    found |= {f"edges at {22.5 * i:g}°": share for i, share in enumerate(turned)}
    if (spread := rgb.max(-1) - rgb.min(-1)).any():
        found |= {
            "colourfulness": float(spread.mean()),
            "red against blue": float((rgb[..., 0] - rgb[..., 2]).mean()),
            "green against the rest": float((rgb[..., 1] - (rgb[..., 0] + rgb[..., 2]) / 2).mean()),
        }
    else:
        found |= {"colourfulness": 0.0, "red against blue": 0.0, "green against the rest": 0.0}
    return found


def audio_features(samples: NDArray[np.float32], rate: int) -> dict[str, float]:
    """Measures of a recording, ``(samples,)`` on the scale -1 to 1."""
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    mel = log_mel(samples, rate, _BANDS)  # (frames, bands)
    loud = np.logaddexp.reduce(mel, 1)  # (frames,)
    quiet, high = np.percentile(loud, [10, 90])
    speaking = mel[loud >= np.median(loud)]
    shape = speaking.mean(0) - speaking.mean()
    return {
        "seconds": len(samples) / rate,
        "loudness in dB": 10 * float(np.log10(power + 1e-10)),
        "peak": float(np.abs(samples).max(initial=0.0)),
        "loud against quiet in dB": float(high - quiet) * 10 / np.log(10),
        "pitch in Hz": _pitch(samples, rate),
        "changes of sign": float(np.mean(np.signbit(samples[1:]) != np.signbit(samples[:-1]))),
        **{f"energy in band {i + 1} of {_BANDS}": float(value) for i, value in enumerate(shape)},
    }


def _pitch(samples: NDArray[np.float32], rate: int) -> float:
    """The lag at which the loudest half second is most like itself, as a frequency between 60 and 400 Hz; or NaN."""
    size = rate // 2
    if len(samples) < size // 2:
        return float("nan")
    energy = np.convolve(np.square(samples), np.ones(min(size, len(samples))), "valid")
    start = int(energy.argmax())
    part = samples[start : start + size].astype(np.float64)
    spectrum = np.fft.rfft(part - part.mean(), 2 * len(part))
    likeness = np.fft.irfft(np.abs(spectrum) ** 2)[: len(part)]
    low, high = rate // 400, min(rate // 60, len(part) - 1)
    if likeness[0] <= 0 or high <= low:
        return float("nan")
    return rate / (low + int(likeness[low:high].argmax()))


def text_features(given: str) -> dict[str, float]:
    """Measures of a text."""
    words = given.split()
    n = max(1, len(given))
    return {
        "characters": float(len(given)),
        "words": float(len(words)),
        "letters a word": float(np.mean([len(w) for w in words])) if words else 0.0,
        "share of capitals": sum(c.isupper() for c in given) / n,
        "share of digits": sum(c.isdigit() for c in given) / n,
        "share of signs": sum(not c.isalnum() and not c.isspace() for c in given) / n,
        "share of letters beyond a–z": sum(c.isalpha() and not c.isascii() for c in given) / n,
        "different words": len(set(words)) / max(1, len(words)),
    }


def _word_features(texts: Sequence[str]) -> dict[str, Floats]:
    """Whether each of the most frequent words is in each text."""
    sets = [set(t.lower().split()) for t in texts]
    counts: dict[str, int] = {}
    for words in sets:
        for word in words:
            counts[word] = counts.get(word, 0) + 1
    chosen = sorted((w for w, n in counts.items() if n >= max(10, len(texts) // 100)), key=lambda w: (-counts[w], w))
    return {f"the word '{w}'": np.array([float(w in s) for s in sets]) for w in chosen[:_MAX_WORDS]}


def _column_features(rows: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Floats], dict[str, list[str]]]:
    """Columns of numbers, and columns of few different words."""
    names = dict.fromkeys(name for row in rows for name in row)
    numbers: dict[str, Floats] = {}
    categories: dict[str, list[str]] = {}
    for name in names:
        values = [row.get(name) for row in rows]
        there = [v for v in values if v is not None]
        plain = [parse_number(v) for v in there]
        levels = {str(v) for v in there}
        if len(levels) <= 1:
            continue
        if all(p is not None for p in plain) and len(levels) > 2:
            numbers[str(name)] = np.array(
                [np.nan if (v is None or (p := parse_number(v)) is None) else p for v in values]
            )
        elif len(levels) <= MAX_CATEGORIES:
            categories[str(name)] = ["" if v is None else str(v) for v in values]
    return numbers, categories


def _table(rows: Sequence[Mapping[str, float]]) -> dict[str, Floats]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([row.get(name, np.nan) for row in rows]) for name in names}


def _is_file(given: Any) -> bool:
    return isinstance(given, Path | str) and (image_file.is_picture(given) or waveform.is_recording(given))
