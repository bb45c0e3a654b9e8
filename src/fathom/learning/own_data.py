"""What is trained on with the learner's own framework: cats, spoken digits and names, as arrays."""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.learning import cat_recognizer
from fathom.learning.sandbox import Sandbox
from fathom.learning.workspace import Workspace

Array = NDArray[Any]

DIGITS, NAMES = "practice:spoken-digits?n=600", "practice:names?language=English&n=2000"
OWN_DIGITS = Path("data") / "fsdd"
"""Where recordings of one's own are looked for, in the learner's folder and here: ``…/WORD_SPEAKER_NUMBER.wav``."""

WINDOW = 24
"""Letters of one example of the names."""


@dataclass(frozen=True)
class Split:
    """Examples to train on, and new ones.

    Attributes:
        x, y, x_new, y_new: examples and classes; of sequences y has the shape (examples, time).
        classes: how many there are.
        measure: tells, of logits and classes, what is reached.
        letters: of sequences of letters: what each class stands for; the first one ends a word.
    """

    x: Array
    y: Array
    x_new: Array
    y_new: Array
    classes: int
    measure: Callable[[Array, Array], str]
    letters: str = ""


def error(z: Array, y: Array) -> str:
    """The share of wrong answers, of logits (examples, classes)."""
    return f"{100 * np.mean(z.argmax(1) != y):.1f} % wrong"


def bits(z: Array, y: Array) -> str:
    """The mean surprise in bits, of logits (time · examples, classes) and classes (examples, time)."""
    top = z.max(1, keepdims=True)
    log_p = z - top - np.log(np.exp(z - top).sum(1, keepdims=True))
    return f"{-log_p[np.arange(len(z)), y.T.ravel()].mean() / np.log(2):.3f} bits a letter"


def cats(workspace: Workspace, box: Sandbox) -> Iterator[str | Split]:
    """Pictures of the project of part 1, (pictures, 3, 24, 24), around 0."""
    for _, line in cat_recognizer.drawn():
        yield line
    x, y, x_new, y_new = cat_recognizer.split(0)
    side = cat_recognizer.SIDE

    def laid(one: Array) -> Array:
        return np.ascontiguousarray(one.reshape(-1, side, side, 3).transpose(0, 3, 1, 2)) * 2 - 1

    yield Split(laid(x), y, laid(x_new), y_new, 2, error)


def digits(workspace: Workspace, box: Sandbox) -> Iterator[str | Split]:
    """Spoken digits: how loud bands of frequencies are over time, by the learner's spectrogram."""
    own = [place / OWN_DIGITS for place in (workspace.folder, Path.cwd()) if (place / OWN_DIGITS).is_dir()]
    yield f"recordings of {own[0] if own else DIGITS}"
    files = sorted((own[0] if own else _practice(DIGITS)).rglob("*.wav"))
    words = sorted({path.stem.split("_")[0] for path in files})
    speakers = sorted({path.stem.split("_")[1] for path in files})
    new = set(speakers[:: max(2, len(speakers) // 5)])
    parts: dict[bool, tuple[list[Array], list[int]]] = {False: ([], []), True: ([], [])}
    for path in files:
        word, speaker = path.stem.split("_")[:2]
        sound = _sound(path)
        parts[speaker in new][0].append(sound)
        parts[speaker in new][1].append(words.index(word))
    features = []
    for _, (sounds, _labels) in sorted(parts.items()):
        heard = [box.call("heard", sounds[i : i + 100], 256, 128, 16, 16) for i in range(0, len(sounds), 100)]
        features.append(np.concatenate(heard))
    x, x_new = box.call("scaled", *features)
    yield Split(x, np.array(parts[False][1]), x_new, np.array(parts[True][1]), len(words), error)


def _practice(text: str) -> Path:
    from fathom.data.practice import make
    from fathom.data.source import cache_folder

    return make(text, cache_folder())


def _sound(path: Path) -> Array:
    """A sound of one channel and 16 bits, from −1 to 1, at about 8 kHz: of more, samples are averaged."""
    with wave.open(str(path)) as file:
        rate = file.getframerate()
        x = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float) / 2**15
    k = max(1, round(rate / 8000))
    x = x[: len(x) // k * k].reshape(-1, k).mean(1)
    return np.pad(x, (0, max(0, 512 - len(x))))


def names(workspace: Workspace, box: Sandbox) -> Iterator[str | Split]:
    """Names a line each, cut into windows: which letter comes next?"""
    yield f"names of {NAMES}"
    place = _practice(NAMES)
    path = place if place.is_file() else next(place.rglob("*.txt"))
    lines = path.read_text("utf-8").split("\n")
    chance = np.random.default_rng(0)
    text = "\n".join(lines[i] for i in chance.permutation(len(lines))).lower()
    letters = sorted(set(text))
    numbers = np.array([letters.index(letter) for letter in text])
    count = (len(numbers) - 1) // WINDOW
    x = np.eye(len(letters))[numbers[: count * WINDOW]].reshape(count, WINDOW, -1)
    y = numbers[1 : count * WINDOW + 1].reshape(count, WINDOW)
    cut = count * 4 // 5
    yield Split(x[:cut], y[:cut], x[cut:], y[cut:], len(letters), bits, "".join(letters))
