"""Spoken words: which of several words is said in a recording?

Recordings are decoded once to one channel at one rate, brought to the same loudness, and kept as log-mel spectrograms
in half precision, each as long as it is. A batch is padded, and changed as a whole, on the device.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fathom.data import recordings, sound
from fathom.data.spectrogram import HOP, log_mel
from fathom.errors import Unreadable, UserError
from fathom.nets.options import choose, converted
from fathom.nets.speech import SPEECH_NETS, NormalizedBands
from fathom.records import Baseline, Example, Examples, Source
from fathom.task import Batch, Draw, Recognition
from fathom.tasks.classification import Classification, check_repeats, majority
from fathom.tasks.sound_augmentation import augment
from fathom.typed import conform

OPTIONS: Mapping[str, tuple[type, float, float]] = {
    "rate": (int, 4_000, 48_000),
    "mels": (int, 16, 128),
    "longest": (float, 0.1, 60),
}
"""Options of the task itself, with their types and ranges: samples a second, bands, and seconds of a recording."""
LONGEST = 10.0
"""Seconds of a word at most, where nothing else is said."""
FLOOR = 1e-5
"""Power below which nothing is told apart, of recordings whose mean power is 1."""
MOST = 1000
"""Recordings from which the mean and deviation of each band are learned."""


class SpokenWords(Classification):
    """Recordings in a folder for each word, in a table, or with telling names.

    Attributes:
        classes_: the words, sorted.
        rate_: samples a second that each recording is brought to.
        mels_: bands of the spectrogram.
        longest_: seconds that a recording may last; a longer one is skipped and listed.
        mean_, std_: of each band over the training recordings.
    """

    name = "spoken-words"
    inputs = ("mel", "mel_length")
    nets = tuple(SPEECH_NETS)
    ragged = ("mel",)

    rate_: int
    mels_: int
    longest_: float
    mean_: list[float]
    std_: list[float]

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """Recordings in folders, or a table whose rows name recordings."""
        if recordings.recognized(source.path):
            return Recognition(0.85, "recordings")
        return Recognition(0.0, "no recordings")

    def examples(self, source: Source) -> Examples:
        """Read names and headers; ``--set held_out=NAME`` puts a speaker (several, with commas) into the test split."""
        read = recordings.read_words(source)
        if asked := self.settings.options.get("held_out"):
            names = asked if isinstance(asked, list | tuple) else str(asked).split(",")
            read = recordings.hold_out(read, [str(name).strip() for name in names])
        check_repeats(read.items, "name another target, or put the recordings of a word into one folder")
        return read

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the words, the rate, and the mean and deviation of each band (from at most `MOST` recordings)."""
        super().fit(train)
        self.longest_ = self._asked("longest", LONGEST)
        self.mels_ = self._asked("mels", 40)
        self.rate_ = self._asked("rate", 0) or _usual_rate(train)
        sums = []
        for example in train[:: -(-len(train) // MOST)]:
            with suppress(Unreadable):  # it will be skipped and listed when it is encoded
                mel = self._mel(example).astype(np.float64)  # (frames, mels)
                sums.append((len(mel), mel.sum(0), (mel**2).sum(0)))
        if not sums:
            raise UserError("none of the training recordings can be read: check that the files are whole")
        count, total, square = (np.sum([s[i] for s in sums], 0) for i in range(3))
        self.mean_ = (total / count).tolist()
        self.std_ = np.sqrt(np.maximum(square / count - (total / count) ** 2, 1e-2)).tolist()

    def _asked(self, name: str, usual: Any) -> Any:
        """What ``--set name=…`` says, as its type and in its range."""
        kind, low, high = OPTIONS[name]
        given = self.settings.options.get(name)
        try:
            value = usual if given is None else converted(given, kind)
        except (TypeError, ValueError):
            value = None
        if value is None or not (given is None or low <= value <= high):
            raise UserError(f"--set {name}={given} is out of range: choose {low:g} to {high:g}")
        return value

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take them up again."""
        conform(state, dict, "the encoder")
        kinds = {"classes_": list[str], "rate_": int, "mels_": int, "longest_": float}
        for name, kind in {**kinds, "mean_": list[float], "std_": list[float]}.items():
            if name not in state:
                raise UserError(f"it has no '{name}'")
            conform(state[name], kind, name)
        super().restore(state)
        scaled = len(self.mean_) == len(self.std_) == self.mels_ and min(self.std_, default=0) > 0
        if not (scaled and self.classes_ and 1000 <= self.rate_ <= 768_000 and 0 < self.longest_ <= sound.LONGEST):
            raise UserError("its sizes do not fit each other")

    def read(self, text: str) -> Example:
        """A path to a recording."""
        path = Path(text)
        try:
            there = path.is_file()
        except (OSError, ValueError):  # longer than a name can be
            there = False
        if not there:
            raise UserError(f"{text[:200]} is no file: give the path of a recording")
        return Example(text, path)

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``mel`` (frames, mels) float16 and ``label`` () int64."""
        return {"mel": self._mel(example).astype(np.float16), "label": self.label(example)}

    def _mel(self, example: Example) -> NDArray[np.float32]:
        """The log-mel spectrogram of a recording whose mean power is brought to 1: ``(frames, mels)``."""
        samples = sound.decode(Path(example.input), self.rate_, self.longest_)
        power = float(np.mean(samples.astype(np.float64) ** 2))
        if power <= 0:
            raise Unreadable("silent")
        return log_mel((samples / np.sqrt(power)).astype(np.float32), self.rate_, self.mels_, FLOOR)

    def prepare(self, batch: Batch, draw: Draw | None) -> Batch:
        """Another speed, voice, microphone and noise, and blanks in time and pitch, while training."""
        if draw is None or not self.settings.augment:
            return batch
        mean = torch.tensor(self.mean_, device=batch["mel"].device)
        mel, length = augment(batch["mel"], batch["mel_length"], draw, self.settings.augment, mean)
        return {**batch, "mel": mel, "mel_length": length}

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """Convolutions; the fewer the recordings, the more epochs."""
        n = len(train)
        batch = 16 if n < 1000 else 32 if n < 10_000 else 64
        return {
            "net": "conv",
            "epochs": int(np.clip(50_000 / n, 8, 60)),
            "batch_size": batch,
            "optimizer": "adamw",
            "lr": 2e-3,
            "schedule": "one-cycle",
            "weight_decay": 0.01,
            "clip": 5.0,
            "augment": 1.0,
            "label_smoothing": 0.1,
        }

    def net(self) -> nn.Module:
        """Build the net of that name."""
        cls, options = choose(SPEECH_NETS, self.settings, usual="conv", kind="spoken words", own=(*OPTIONS, "held_out"))
        return NormalizedBands(cls(self.mels_, len(self.classes_), **options), self.mean_, self.std_)

    def adopt(self, module: nn.Module) -> nn.Module:
        """A module of the user's own sees normalized spectrograms ``(batch, time, mels)`` and lengths ``(batch,)``."""
        return NormalizedBands(module, self.mean_, self.std_)

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """The most frequent word, and logistic regression on what each band does over time (of 4,000 recordings)."""
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        began = time.monotonic()
        trivial = majority(train, others)
        known = [e for e in train if e.target is not None]
        sample = [(e, s) for e in known[:: -(-len(known) // 4000)] if (s := self._summary(e)) is not None]
        if not others or len({e.target for e, _ in sample}) < 2:
            return [trivial]
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200, tol=1e-3))
        model.fit(np.stack([s for _, s in sample]), [e.target for e, _ in sample])
        rows = [self._summary(e) for e in others]
        said = [trivial.predictions[0] if row is None else model.predict(row[None])[0] for row in rows]
        said = [str(word) for word in said]
        return [trivial, Baseline("logistic regression on log-mel statistics", said, time.monotonic() - began)]

    def _summary(self, example: Example) -> NDArray[np.float32] | None:
        """Mean, deviation, and three percentiles of each band over time, ``(5 · mels,)``; None if unreadable."""
        try:
            mel = self._mel(example)
        except Unreadable:
            return None
        return np.concatenate([mel.mean(0), mel.std(0), *np.percentile(mel, (10, 50, 90), axis=0)]).astype(np.float32)

    def show(self, example: Example) -> dict[str, Any]:
        """The spectrogram, time to the right and high pitch above, and the file."""
        mel = self._mel(example)
        heights = np.clip((mel.T[::-1] - np.log(FLOOR)) / (mel.max() - np.log(FLOOR) + 1e-6), 0, 1)  # (mels, frames)
        grey = np.round(255 * heights).astype(np.uint8)
        grey = grey.repeat(2, 0).repeat(max(1, round(160 / grey.shape[1])), 1)
        fields = {"file": Path(example.input).name, "seconds": round(len(mel) * HOP, 2)}
        return {"picture": np.repeat(grey[:, :, None], 3, 2), "fields": fields}


def _usual_rate(train: Sequence[Example]) -> int:
    """16,000 samples a second where most recordings have as many, else 8,000."""
    rates = []
    for example in train[:: -(-len(train) // 200)]:
        with suppress(Unreadable):
            rates.append(sound.probe(Path(example.input))[1])
    return 16_000 if rates and np.median(rates) >= 16_000 else 8_000
