"""Programs for tasks that hear recordings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile  # noqa: F401 - what recordings are read by
import soxr  # noqa: F401 - and brought to the rate of the run
from numpy.typing import NDArray

from fathom.data.audio import waveform
from fathom.data.audio.event_times import beginnings, format_times, told_times, with_tail
from fathom.data.audio.spectrogram import level_log_mel
from fathom.data.files import is_file, is_folder
from fathom.errors import Unreadable, UserError
from fathom.exported.batches import Arrays
from fathom.exported.classes import say_classes
from fathom.exported.ctc_search import said_text
from fathom.exported.program import Answer, Program


class Sounds(Program):
    """Base of those that read recordings."""

    ragged = ("mel",)

    def read(self, text: str) -> Iterator[tuple[str, Arrays | str]]:
        """A recording, or all of a folder."""
        if not is_folder(text) and not is_file(text):
            raise UserError(f"{text[:200]} is no file: give the path of a recording")
        for path in map(str, waveform.find_recordings(Path(text))) if is_folder(text) else [text]:
            try:
                yield path, self.arrays(Path(path))
            except Unreadable as error:
                yield path, str(error)

    def arrays(self, path: Path) -> Arrays:
        """What the net is given of a recording."""
        mel = level_log_mel(self.samples(path), self.encoder["rate"], self.encoder["mels"])
        return {"mel": mel.astype(np.float16)}

    def samples(self, path: Path) -> NDArray[np.float32]:
        """Of a recording, at the rate that was learned: ``(samples,)``."""
        return waveform.decode(path, self.encoder["rate"], self.encoder["longest"])


class Words(Sounds):
    """Which word is said, or which sound is heard?"""

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The class, with the probability of each."""
        return say_classes(outputs[0], self.encoder["classes"], self.about)


class Transcripts(Sounds):
    """What is said, letter by letter."""

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The text of each."""
        each, beam = zip(outputs[0], outputs[1].tolist(), strict=True), self.about["beam"]
        texts = [said_text(logits[:places], self.encoder["characters"], beam) for logits, places in each]
        return [Answer(text, text) for text in texts]


class Trigger(Sounds):
    """When was the word said?"""

    def samples(self, path: Path) -> NDArray[np.float32]:
        """Half a second is added, so that a word at the very end is heard as well."""
        return with_tail(super().samples(path), self.encoder["rate"])

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The seconds at which the net became sure."""
        each = zip(outputs[0] > 0, outputs[1].tolist(), strict=True)
        times = [format_times(beginnings(sure[:places])) for sure, places in each]
        return [Answer(one, told_times(one)) for one in times]
