"""Programs for tasks that hear recordings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.audio import waveform
from fathom.data.audio.spectrogram import level_log_mel
from fathom.data.files import is_file, is_folder
from fathom.errors import Unreadable, UserError
from fathom.exported.batches import Arrays
from fathom.exported.classes import say_classes
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
        samples = waveform.decode(path, self.encoder["rate"], self.encoder["longest"])
        return {"mel": level_log_mel(samples, self.encoder["rate"], self.encoder["mels"]).astype(np.float16)}


class Words(Sounds):
    """Which word is said, or which sound is heard?"""

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The class, with the probability of each."""
        return say_classes(outputs[0], self.encoder["classes"], self.about)
