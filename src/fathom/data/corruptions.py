"""Training examples made like those of dev: copies of what there is, with noise, blur, compression or typing errors.

    noise=5-20        background noise at 5 to 20 dB below the voice; from --noise DIR, else hiss, hum and rumble
    blur  crop  jpeg  pictures out of focus, cut to a part of themselves, saved with loss
    typos=0.03        letters of a text left out, doubled, swapped or mistaken, so many of all

Each adds a copy of every training example, whose source is ``synthesized KIND``, so that the error of each source can
be told and weighed. What is synthesized may look rich to a person and be poor to a net, which learns a few patterns by
heart: where few are used many times, that is said.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data import files
from fathom.data.audio import waveform
from fathom.data.image import image_file
from fathom.errors import FathomError, UserError
from fathom.records import Example

CORRUPTIONS = ("noise", "blur", "crop", "jpeg", "typos")
_PREFIX = "synthesized"
_MAX_NOISE_REPEATS = 20
"""Times that recorded noise is heard over, from which on it is said that there is little of it."""
_KEYBOARD_ROWS = "qwertyuiop|asdfghjkl|zxcvbnm"
_log = logging.getLogger("fathom")

Floats = NDArray[np.float32]
Progress = Callable[[int], None]


def parse_corruption(text: str) -> tuple[str, tuple[float, float]]:
    """A kind, and the range of its strength.

    Raises:
        UserError: there is no such kind, or its strength is no range.
    """
    kind, _, strength = text.partition("=")
    usual = {"noise": (5.0, 20.0), "typos": (0.03, 0.03)}.get(kind, (0.3, 1.0))
    if kind not in CORRUPTIONS:
        raise UserError(f"`synthesize={text}` is not known: choose among {', '.join(CORRUPTIONS)}")
    if not strength:
        return kind, usual
    try:
        low, _, high = strength.partition("-")
        found = float(low), float(high or low)
    except ValueError:
        raise UserError(f"`synthesize={text}` has no strength: write it as {kind}=LOW-HIGH") from None
    limits = {"noise": (0, 60), "typos": (0, 0.5)}.get(kind, (0, 1))
    if not limits[0] <= found[0] <= found[1] <= limits[1]:
        raise UserError(f"`synthesize={text}` is out of range: give {limits[0]} to {limits[1]}")
    return kind, found


def corrupted_copies(
    train: Sequence[Example], asked: Sequence[str], noise: Path | None, cache: Path, seed: int, progress: Progress
) -> list[Example]:
    """A copy of each training example for each kind that was asked for; files are kept in the cache.

    Args:
        train: the examples.
        asked: kinds with their strengths.
        noise: a folder of recorded noise, or None.
        cache: a folder.
        seed: of everything random.
        progress: is told of each copy.

    Raises:
        UserError: the examples are of a kind to which this cannot be done, or there is no noise.
    """
    made: list[Example] = []
    for text in asked:
        kind, strength = parse_corruption(text)
        recorded = _find_recorded_noise(noise) if kind == "noise" and noise is not None else None
        heard = 0.0
        for e in train:
            rng = np.random.default_rng(int.from_bytes(_copy_digest(e, text, seed, noise).digest()[:8], "little"))
            one = _corrupted_copy(
                e, kind, strength, rng, recorded, cache / _PREFIX / _copy_digest(e, text, seed, noise).hexdigest()[:24]
            )
            progress(1)
            if one is not None:
                heard += one[1]
                made.append(one[0])
        if recorded is not None:
            there = sum(len(samples) for samples, rate in recorded) / recorded[0][1]
            if heard > _MAX_NOISE_REPEATS * there:
                _log.warning(
                    "the noise lasts %.0f s and is heard %.0f times over: a net learns so little by heart; record more",
                    there,
                    heard / there,
                )
    return made


def _copy_digest(e: Example, text: str, seed: int, noise: Path | None) -> Any:
    return hashlib.blake2b(f"{e.content or e.id}\x1f{text}\x1f{seed}\x1f{noise}".encode("utf-8", "surrogatepass"))


def _corrupted_copy(
    e: Example, kind: str, strength: tuple[float, float], rng: np.random.Generator, recorded: Any, place: Path
) -> tuple[Example, float] | None:
    """The copy, and the seconds that it lasts; None where the example cannot be read."""
    about: dict[str, Any] = {
        "id": f"{_PREFIX}/{kind}/{e.id}",
        "source": f"{_PREFIX} {kind}",
        "split": "train",
        "content": "",
    }
    amount = float(rng.uniform(*strength))
    if kind == "typos":
        if not isinstance(e.input, str) or image_file.is_picture(e.input) or waveform.is_recording(e.input):
            raise UserError(f"typing errors are made in texts, and {e.id} is none: choose another `synthesize`")
        return replace(e, input=insert_typos(e.input, amount, rng), **about), 0.0
    if not isinstance(e.input, str | Path | np.ndarray):
        raise UserError(f"{kind} cannot be made of {e.id}: `synthesize` takes pictures, recordings and texts")
    try:
        if kind == "noise":
            return _noisy(e, amount, rng, recorded, place.with_suffix(".wav"), about)
        path = place.with_suffix(".png")
        if not path.exists():
            _save(path, lambda waiting: corrupt_image(e.input, kind, amount, rng).save(waiting, format="PNG"))
        return replace(e, input=path, **about), 0.0
    except FathomError as error:
        if isinstance(error, UserError):
            raise
        return None


def corrupt_image(given: Any, kind: str, amount: float, rng: np.random.Generator) -> Any:
    """A picture out of focus, cut, or saved with loss; `amount` in [0, 1]."""
    from io import BytesIO

    from PIL import Image, ImageFilter

    if isinstance(given, np.ndarray):
        picture = Image.fromarray(given)
    elif image_file.is_picture(given):
        width, height = image_file.upright_size(given)
        scale = min(1.0, 1024 / max(width, height))
        size = max(1, round(width * scale)), max(1, round(height * scale))
        picture = Image.fromarray(image_file.decode_whole(given, *size))
    else:
        raise UserError(f"{kind} is made of pictures, and {given} is none: choose another `synthesize`")
    w, h = picture.size
    if kind == "blur":
        return picture.filter(ImageFilter.GaussianBlur(amount * max(1.0, 0.02 * min(w, h))))
    if kind == "crop":
        keep = 1 - 0.4 * amount
        left, top = rng.uniform(0, w * (1 - keep)), rng.uniform(0, h * (1 - keep))
        box = (
            round(left),
            round(top),
            max(round(left) + 1, round(left + keep * w)),
            max(round(top) + 1, round(top + keep * h)),
        )
        return picture.crop(box)
    buffer = BytesIO()
    picture.convert("RGB").save(buffer, format="JPEG", quality=max(4, round(45 * (1 - amount))))
    return Image.open(buffer).convert(picture.mode)


def insert_typos(text: str, share: float, rng: np.random.Generator) -> str:
    """The text with so many of its letters left out, doubled, swapped with the next, or taken for a near key."""
    letters = list(text)
    wrong = np.flatnonzero(rng.random(len(letters)) < share)
    for i in wrong.tolist()[::-1]:
        if not letters[i].isalpha():
            continue
        what = int(rng.integers(4))
        if what == 0:
            del letters[i]
        elif what == 1:
            letters.insert(i, letters[i])
        elif what == 2 and i + 1 < len(letters):
            letters[i], letters[i + 1] = letters[i + 1], letters[i]
        else:
            letters[i] = _neighbour(letters[i], rng)
    return "".join(letters)


def add_noise(samples: Floats, noise: Floats, decibels: float) -> Floats:
    """A voice with noise so many decibels below it (by their mean powers), as loud as the voice was."""
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    loud = float(np.mean(np.square(noise, dtype=np.float64)))
    if power == 0 or loud == 0:
        return samples
    gain = np.sqrt(power / loud / 10 ** (decibels / 10))
    both = samples + gain * noise
    return (both * min(1.0, 0.99 / max(1e-9, float(np.abs(both).max())))).astype(np.float32)


def synthesize_noise(n: int, rate: int, rng: np.random.Generator) -> Floats:
    """Hiss, rumble or hum, or some of each: ``(n,)``."""
    white = rng.normal(size=n)
    spectrum = np.fft.rfft(white)
    slope = rng.uniform(0, 2)  # 0 white, 1 pink, 2 brown
    hertz = np.maximum(np.fft.rfftfreq(n, 1 / rate), 20.0)
    coloured = np.fft.irfft(spectrum / hertz ** (slope / 2), n)
    coloured /= np.std(coloured) + 1e-12
    base = rng.uniform(45, 120)
    time = np.arange(n) / rate
    hum = sum(np.sin(2 * np.pi * base * k * time + rng.uniform(0, 6.3)) / k for k in range(1, 6))
    return (coloured + rng.uniform(0, 1) * hum).astype(np.float32)


def _noisy(
    e: Example, decibels: float, rng: np.random.Generator, recorded: Any, path: Path, about: dict[str, Any]
) -> tuple[Example, float]:
    import soundfile

    if isinstance(e.input, np.ndarray) or not waveform.is_recording(e.input):
        raise UserError(f"noise is mixed into recordings, and {e.id} is none: choose another `synthesize`")
    seconds, rate, _ = waveform.probe(Path(e.input))
    if not path.exists():
        samples = waveform.decode(Path(e.input), rate)
        if recorded is None:
            noise = synthesize_noise(len(samples), rate, rng)
        else:
            source, own = recorded[int(rng.integers(len(recorded)))]
            source = source if own == rate else waveform.resample(source, own, rate)
            start = int(rng.integers(len(source)))
            noise = np.resize(np.roll(source, -start), len(samples))
        _save(path, lambda waiting: soundfile.write(waiting, add_noise(samples, noise, decibels), rate, format="WAV"))
    return replace(e, input=path, **about), seconds


def _find_recorded_noise(folder: Path) -> list[tuple[Floats, int]]:
    found = []
    for path in waveform.find_recordings(folder) if folder.is_dir() else []:
        _, rate, _ = waveform.probe(path)
        found.append((waveform.decode(path, rate), rate))
    if not found:
        raise UserError(f"{folder} has no recordings of noise: give a folder that has, or leave `noise` out")
    return found


def _save(path: Path, write: Callable[[Path], Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(path) as waiting:
        write(waiting)


def _neighbour(letter: str, rng: np.random.Generator) -> str:
    for row in _KEYBOARD_ROWS.split("|"):
        at = row.find(letter.lower())
        if at >= 0:
            near = row[max(0, at - 1) : at] + row[at + 1 : at + 2]
            other = near[int(rng.integers(len(near)))]
            return other.upper() if letter.isupper() else other
    return letter
