"""What every task on recordings shares: from a file to a normalized log-mel spectrogram.

Recordings are decoded once to one channel at one rate, brought to the same loudness, and kept as log-mel spectrograms
in half precision, each as long as it is. A batch is padded, and changed as a whole, on the device.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fathom.data.audio import recordings, waveform
from fathom.data.audio.spectrogram import FLOOR, HOP_SECONDS, level_log_mel
from fathom.data.files import is_file, is_folder
from fathom.data.table.tables import is_table
from fathom.errors import Unreadable, UserError
from fathom.nets.audio import whisper
from fathom.nets.audio.classifier import NormalizedBands
from fathom.nets.net_options import parse_number
from fathom.records import Example, Skipped
from fathom.task import Batch, Draw, Task
from fathom.tasks.audio.augmentation import augment
from fathom.tasks.audio.whisper_features import HEARING, NET, RATE

OPTIONS: Mapping[str, tuple[type, float, float]] = {
    "rate": (int, 4_000, 48_000),
    "mels": (int, 16, 128),
    "longest": (float, 0.1, 60),
}
"""Options of the task itself, with their types and ranges: samples a second, bands, and seconds of a recording."""
MOST = 1000
"""Recordings from which the mean and deviation of each band are learned."""


class Recorded(Task):
    """Base of a task whose inputs are recordings; what it learns ends in ``_`` and must be plain JSON.

    Attributes:
        rate_: samples a second that each recording is brought to.
        mels_: bands of the spectrogram.
        longest_: seconds that a recording may last; a longer one is skipped and listed.
        mean_, std_: of each band over the training recordings.
        hears_: the net hears through the packaged speech encoder, whose features are kept in place of spectrograms.
        usual_longest: `longest_` where nothing else is said.
    """

    inputs = ("mel", "mel_length")
    augments = True
    ragged: ClassVar[tuple[str, ...]] = ("mel",)
    usual_longest: ClassVar[float] = 10.0

    rate_: int
    mels_: int
    longest_: float
    mean_: list[float]
    std_: list[float]
    hears_: bool = False

    def learn_sound(self, train: Sequence[Example]) -> None:
        """Learn the rate, and the mean and deviation of each band (from at most `MOST` recordings)."""
        self.longest_ = self._asked("longest", self.usual_longest)
        self.mels_ = self._asked("mels", 40)
        self.hears_ = self.settings.net in HEARING
        if self.hears_:  # the features need no scaling, and the encoder hears at its own rate
            self.rate_, self.mean_, self.std_ = RATE, [0.0] * self.mels_, [1.0] * self.mels_
            self._hear()
            return
        self.rate_ = self._asked("rate", 0) or _usual_rate(train)
        sums, first = [], ""
        for example in train[:: -(-len(train) // MOST)]:
            try:
                mel = self.mel(example).astype(np.float64)  # (frames, mels)
                sums.append((len(mel), mel.sum(0), (mel**2).sum(0)))
            except Unreadable as error:  # it will be skipped and listed when it is encoded
                first = first or f"the first, {example.id}: {error}"
        if not sums:
            raise UserError(f"none of the training recordings can be used ({first}): give others, or mend these")
        count, total, square = (np.sum([s[i] for s in sums], 0) for i in range(3))
        self.mean_ = (total / count).tolist()
        self.std_ = np.sqrt(np.maximum(square / count - (total / count) ** 2, 1e-2)).tolist()

    def would_hear(self) -> bool:
        """Whether the packaged encoder is the net: it was asked for, or nothing was and it is installed."""
        return self.settings.net == NET or (self.settings.net is None and whisper.is_installed())

    def _hear(self) -> None:
        """What the net is given in place of spectrograms; a subclass whose nets may hear so says it here."""

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take it up again."""
        super().restore(state)
        if self.hears_:
            self._hear()

    def _asked(self, name: str, usual: Any) -> Any:
        """What ``--set name=…`` says, as its type and in its range."""
        kind, low, high = OPTIONS[name]
        return parse_number(self.settings, name, usual, low, high, kind)

    def check_state(self) -> None:
        """Refuse sizes that cannot be."""
        super().check_state()
        scaled = len(self.mean_) == len(self.std_) == self.mels_ and min(self.std_, default=0) > 0
        if not (scaled and 1000 <= self.rate_ <= 768_000 and 0 < self.longest_ <= waveform.MAX_SECONDS):
            raise UserError("its sizes do not fit each other")

    def read(self, text: str) -> Example:
        """A path to a recording."""
        if not is_file(text):
            raise UserError(f"{text[:200]} is no file: give the path of a recording")
        return Example(text, Path(text))

    def read_many(self, text: str) -> Sequence[Example | Skipped]:
        """The recordings in a folder, those that a table names, or one."""
        if is_folder(text):
            return [Example(str(p), p) for p in waveform.find_recordings(Path(text))]
        return recordings.read_listed(Path(text)) if is_file(text) and is_table(Path(text)) else [self.read(text)]

    def samples(self, example: Example) -> NDArray[np.float32]:
        """Of a recording, at the rate that was learned, at which samples that are given as they are have to be."""
        if isinstance(example.input, np.ndarray):
            return example.input
        return waveform.decode(Path(example.input), self.rate_, self.longest_)

    def mel(self, example: Example) -> NDArray[np.float32]:
        """The log-mel spectrogram of a recording whose mean power is brought to 1: ``(frames, mels)``."""
        return level_log_mel(self.samples(example), self.rate_, self.mels_)

    def prepare(self, batch: Batch, draw: Draw | None) -> Batch:
        """Another speed, voice, microphone and noise, and blanks in time and pitch, while training."""
        if draw is None or not self.settings.augment or self.hears_:
            return batch
        mean = torch.tensor(self.mean_, device=batch["mel"].device)
        mel, length = augment(batch["mel"], batch["mel_length"], draw, self.settings.augment, mean)
        return {**batch, "mel": mel, "mel_length": length}

    def wrap_module(self, module: nn.Module) -> nn.Module:
        """A module of the user's own sees normalized spectrograms ``(batch, time, mels)`` and lengths ``(batch,)``."""
        return NormalizedBands(module, self.mean_, self.std_)

    def show(self, example: Example) -> dict[str, Any]:
        """The spectrogram, time to the right and high pitch above, and the file."""
        mel = self.mel(example)
        heights = np.clip((mel.T[::-1] - np.log(FLOOR)) / (mel.max() - np.log(FLOOR) + 1e-6), 0, 1)  # (mels, frames)
        grey = np.round(255 * heights).astype(np.uint8)
        grey = grey.repeat(2, 0).repeat(max(1, round(160 / grey.shape[1])), 1)
        file = {"file": example.input.name} if isinstance(example.input, Path) else {}
        fields = {**file, "seconds": round(len(mel) * HOP_SECONDS, 2)}
        return {"picture": np.repeat(grey[:, :, None], 3, 2), "fields": fields}


def _usual_rate(train: Sequence[Example]) -> int:
    """16,000 samples a second where most recordings have as many, else 8,000."""
    rates = []
    for example in train[:: -(-len(train) // 200)]:
        with suppress(Unreadable, TypeError):  # what is no path is mixed at any rate
            rates.append(waveform.probe(Path(example.input))[1])
    return 16_000 if rates and np.median(rates) >= 16_000 else 8_000
