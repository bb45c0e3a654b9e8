"""Strings of three to six spoken digits, joined from the recordings of the Free Spoken Digit Dataset.

    python -m benchmarks.digit_strings FOLDER [HELD_OUT_SPEAKER]

Each string is of one speaker, with gaps, another loudness for each digit, and noise over all. No recording is in two
splits: the first five of each digit and speaker are for test, as the data set's own convention has it, the next five
for dev. With a speaker held out, all that is test is theirs, and nothing else.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from benchmarks.data import DATA

RATE = 8000
STRINGS = {"train": 2400, "dev": 300, "test": 300}
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

Pool = dict[tuple[str, str], dict[int, list[np.ndarray]]]
"""(split, speaker) → digit → recordings, each ``(samples,)``."""


def write(folder: Path, held_out: str = "", seed: int = 0, strings: dict[str, int] | None = None) -> Path:
    """Write train, dev and test folders of WAV files, each with a metadata.csv."""
    import soundfile

    pool, rng = _pool(held_out), np.random.default_rng(seed)
    for split, count in (strings or STRINGS).items():
        place = folder / split
        place.mkdir(parents=True)
        speakers = sorted(who for part, who in pool if part == split)
        rows = []
        for i in range(count):
            who = speakers[i % len(speakers)]
            digits = rng.integers(0, 10, rng.integers(3, 7)).tolist()
            soundfile.write(place / f"{i:04}.wav", _joined(pool[split, who], digits, rng), RATE, subtype="PCM_16")
            rows.append((f"{i:04}.wav", " ".join(WORDS[d] for d in digits), who))
        with (place / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("file_name", "transcription", "speaker"), *rows])
    return folder


def _pool(held_out: str) -> Pool:
    import soundfile

    pool: Pool = defaultdict(lambda: defaultdict(list))
    with (DATA / "fsdd" / "metadata.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            take = int(Path(row["file_name"]).stem.split("_")[2])
            split = "test" if take < 5 else "dev" if take < 10 else "train"
            if held_out:
                split = "test" if row["speaker"] == held_out else "dev" if take < 5 else "train"
            samples, _ = soundfile.read(DATA / "fsdd" / row["file_name"], dtype="float32")
            pool[split, row["speaker"]][int(row["label"])].append(samples)
    return pool


def _joined(recordings: dict[int, list[np.ndarray]], digits: list[int], rng: np.random.Generator) -> np.ndarray:
    """One string: ``(samples,)`` float32, with 20 to 200 ms between digits and noise 15 to 35 dB below them."""
    parts = [np.zeros(int(RATE * rng.uniform(0.05, 0.2)), np.float32)]
    for digit in digits:
        said = recordings[digit][rng.integers(len(recordings[digit]))]
        loud = said / (np.sqrt(np.mean(said**2)) + 1e-9) * 10 ** rng.uniform(-0.2, 0.2)
        parts += [loud.astype(np.float32), np.zeros(int(RATE * rng.uniform(0.02, 0.2)), np.float32)]
    whole = np.concatenate(parts)
    whole += rng.normal(0, 10 ** -rng.uniform(0.75, 1.75), len(whole)).astype(np.float32)
    return (0.5 * whole / np.abs(whole).max()).astype(np.float32)


if __name__ == "__main__":
    print(write(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
