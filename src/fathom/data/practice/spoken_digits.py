"""Spoken digits, said by espeak-ng in many voices: recordings whose words and speakers are known.

espeak-ng and its voices come with the extra ``practice``; the files are written by the standard library alone. A
speaker is a voice with an accent, a pitch and a speed of its own, which vary a little from word to word.
"""

from __future__ import annotations

import csv
import ctypes
import json
import re
import subprocess
import sys
import wave
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from fathom.data.practice.parameters import Between
from fathom.errors import MissingExtra, UserError

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ACCENTS = ("gmw/en-US", "gmw/en", "gmw/en-GB-scotland", "gmw/en-029", "gmw/en-GB-x-rp", "gmw/en-US-nyc")
VARIANTS = ("m1", "f1", "m3", "f2", "m5", "f3", "m7", "f5", "m2", "f4", "m4", "m6", "m8")
_RETRIEVAL, _UTF8 = 1, 1
_RATE, _PITCH, _RANGE = 1, 3, 4  # espeak-ng's numbers for its parameters
_KEPT: list[object] = []  # the library may be initialized once only


def write(
    folder: Path,
    *,
    n: Annotated[int, Between(20, 100_000)] = 2000,
    speakers: Annotated[int, Between(1, 50)] = 20,
    noise: Annotated[float, Between(0, 1)] = 0.05,
    most: Annotated[int, Between(1, 12)] = 1,
    seed: Annotated[int, Between(0, 2**32 - 1)] = 0,
) -> Path:
    """Write ``spoken-digits/WORD/WORD_SPEAKER_NUMBER.wav`` and ``metadata.csv`` with file_name, label and speaker.

    With ``most=6`` they are strings of three to six digits, and the table has file_name, transcription and speaker.

    Args:
        folder: where to write.
        n: how many recordings; words and speakers take turns.
        speakers: how many there are.
        noise: the loudest that white noise is, as a share of the word's own loudness; it varies from word to word.
        most: digits in a recording; above 1 there are three to so many (fewer where `most` is 2).
        seed: of all that varies.

    Raises:
        MissingExtra: espeak-ng is not installed.
        OSError: the folder cannot be written.
    """
    if find_spec("espeakng_loader") is None:
        raise MissingExtra("practice:spoken-digits", "practice")
    asked = json.dumps([str(folder), n, speakers, noise, most, seed])
    # in a process of its own: a voice trembles on from word to word for as long as espeak-ng runs
    command = [sys.executable, "-m", __name__, asked]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace")
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["it ended at once"])[-1][:200]
        if found := re.search(r"\[Errno (\d+)\] ([^:]*)", why):  # a full disk, say: no fault of espeak-ng
            raise OSError(int(found[1]), found[2], str(folder))
        raise UserError(f"espeak-ng cannot make practice:spoken-digits ({why}): install espeakng-loader again")
    return folder / "spoken-digits"


def _write(folder: Path, n: int, speakers: int, noise: float, most: int, seed: int) -> None:
    """Write all of it, in a process of its own."""
    speaking = _Speaker()
    rng = np.random.default_rng(seed)
    voices = [_voice(i, rng) for i in range(speakers)]
    root = folder / "spoken-digits"
    for word in WORDS if most == 1 else ("strings",):
        (root / word).mkdir(parents=True)
    with (root / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["file_name", "label" if most == 1 else "transcription", "speaker"])
        for i in range(n):
            word, who = WORDS[i % 10], (i // 10) % speakers
            if most > 1:
                word = " ".join(WORDS[d] for d in rng.integers(0, 10, rng.integers(min(3, most), most + 1)))
            voice, pitch, speed = voices[who]
            samples, rate = speaking.say(
                word, voice, int(pitch + rng.integers(-8, 9)), int(speed * rng.uniform(0.85, 1.15))
            )
            place, begin = (word, f"{word}_") if most == 1 else ("strings", "")
            name = f"{place}/{begin}voice{who:02}_{i:05}.wav"
            _save(root / name, _spoiled(samples, noise, rate, rng), rate)
            rows.writerow([name, word, f"voice{who:02}"])


def _voice(i: int, rng: np.random.Generator) -> tuple[str, int, float]:
    """espeak-ng's name of a voice, its pitch (0 to 99) and its speed in words a minute."""
    name = f"{ACCENTS[i % len(ACCENTS)]}+{VARIANTS[i % len(VARIANTS)]}"
    return name, int(rng.integers(25, 76)), float(rng.uniform(120, 200))


def _spoiled(samples: NDArray[np.float64], noise: float, rate: int, rng: np.random.Generator) -> NDArray[np.int16]:
    """Quieter or louder, with silence before and after, and noise: ``(samples,)``."""
    before, after = (int(rate * rng.uniform(0.02, 0.15)) for _ in range(2))
    samples = np.pad(samples, (before, after))
    level = noise * rng.uniform() * np.sqrt(np.mean(samples**2))
    samples = samples + rng.normal(0, 1, len(samples)) * level
    peak = np.abs(samples).max() or 1.0
    return np.round(samples / peak * rng.uniform(0.2, 0.9) * 32767).astype(np.int16)


def _save(path: Path, samples: NDArray[np.int16], rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())


class _Speaker:
    """espeak-ng in this process."""

    def __init__(self) -> None:
        try:
            import espeakng_loader
        except ImportError as error:
            raise MissingExtra("practice:spoken-digits", "practice") from error
        if not _KEPT:
            library = ctypes.CDLL(str(espeakng_loader.get_library_path()))
            rate = library.espeak_Initialize(_RETRIEVAL, 0, str(espeakng_loader.get_data_path()).encode(), 0)
            if rate <= 0:
                raise UserError("espeak-ng cannot be started: install espeakng-loader again")
            _KEPT.extend((library, rate))
        self.library, self.rate = _KEPT
        self.heard: list[NDArray[np.float64]] = []
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self.callback = kind(self._hear)  # kept, or it would be freed while the library holds it
        self.library.espeak_SetSynthCallback(self.callback)  # type: ignore[attr-defined]

    def _hear(self, samples: ctypes._Pointer[ctypes.c_short], count: int, events: int) -> int:
        if samples and count > 0:
            self.heard.append(np.ctypeslib.as_array(samples, (count,)).astype(np.float64) / 32768)
        return 0

    def say(self, text: str, voice: str, pitch: int, speed: int) -> tuple[NDArray[np.float64], int]:
        """The samples of a text, ``(samples,)``, on the scale -1 to 1, and their rate."""
        library, rate = self.library, self.rate
        assert isinstance(library, ctypes.CDLL)
        assert isinstance(rate, int)
        self.heard.clear()
        spoken = text.encode()
        if library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise UserError(f"espeak-ng has no voice {voice}: install espeakng-loader again")
        for number, value in ((_RATE, min(max(speed, 80), 300)), (_PITCH, min(max(pitch, 0), 99)), (_RANGE, 50)):
            library.espeak_SetParameter(number, value, 0)
        library.espeak_Synth(spoken, ctypes.c_size_t(len(spoken) + 1), 0, 0, 0, _UTF8, None, None)
        library.espeak_Synchronize()
        if not self.heard:
            raise UserError(f"espeak-ng said nothing of {text!r}: install espeakng-loader again")
        return np.concatenate(self.heard), rate


if __name__ == "__main__":
    place, *numbers = json.loads(sys.argv[1])
    _write(Path(place), *numbers)
