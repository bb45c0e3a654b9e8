"""Inputs of a run, encoded as its task encodes them; a worker process reads by this."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fathom.answer_lines import HOLDS_NOTHING
from fathom.errors import UserError
from fathom.records import Example, Prediction, Skipped
from fathom.reporting import thumbnails
from fathom.runs.folder import RunFolder
from fathom.runs.load import load_task
from fathom.runs.predict import encode_input
from fathom.serving.service.messages import Arrays, Reading
from fathom.serving.service.request_body import Accepts
from fathom.task import Task
from fathom.tasks.audio.audio_base import Recorded
from fathom.tasks.image.image_base import ImageTask
from fathom.tasks.music.piano_roll import Music
from fathom.tasks.table.rows import TableRows

SIDE = 480
"""Longer side of what is drawn, in pixels."""


def accepted_by(task: Task) -> Accepts:
    """What the inputs of a task are."""
    kinds = {
        ImageTask: Accepts.PICTURE, Recorded: Accepts.RECORDING, TableRows: Accepts.ROW, Music: Accepts.PIECE,
    }  # fmt: skip
    return next((accepts for kind, accepts in kinds.items() if isinstance(task, kind)), Accepts.TEXT)


class RunInputs:
    """Reads inputs of a run.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path) -> None:
        torch.set_num_threads(1)
        self.task = load_task(RunFolder.open(folder))
        self.accepts = accepted_by(self.task)

    def read(self, text: str, *, is_file: bool) -> Iterator[tuple[str, Arrays | str, list[str]]]:
        """Name, arrays or why there are none, and doubts, of each input in a file or in a text.

        Args:
            text: a path, or the text itself.
            is_file: it is the path of a file that a client sent.

        Raises:
            UserError: it is no input of this task.
        """
        for example in self._examples(text, is_file=is_file):
            arrays, doubts = encode_input(self.task, example)
            yield example.id, arrays, [doubt.sentence() for doubt in doubts]

    def _examples(self, text: str, *, is_file: bool) -> Sequence[Example | Skipped]:
        if is_file and self.accepts in (Accepts.PICTURE, Accepts.RECORDING):  # a table could name other files
            return [self.task.read(text)]
        found = self.task.read_many(text)
        if not found:
            raise UserError(f"it {HOLDS_NOTHING}")
        return found

    def draw(self, text: str, asked: Mapping[str, Any], *, is_file: bool) -> Reading:
        """A prediction, drawn into its input, and as a person reads it.

        Args:
            text: a path, or the text itself.
            asked: ``prediction``, ``confidence``, and ``heat``, a Grad-CAM ``(h, w)``, or None.
            is_file: as for `read`.
        """
        example = self._examples(text, is_file=is_file)[0]
        if isinstance(example, Skipped):
            return Reading()
        said = Prediction(asked["prediction"], asked.get("confidence"))
        words = [str(word) for word in example.input] if isinstance(example.input, tuple) else []
        shown, picture = self.task.format_prediction(example, said), self._picture(example, said, asked.get("heat"))
        return Reading(shown=shown, words=words, picture=picture)

    def _picture(self, example: Example, said: Prediction, heat: Any) -> bytes:
        drawn = self.task.render(example, said) if self.task.renders else None
        if drawn is not None:
            return thumbnails.jpeg(drawn, SIDE)
        if heat:
            return thumbnails.overlay_heat(self.task.show(example)["picture"], np.array(heat, np.float32), SIDE)
        shown = self.task.show(example) if self.accepts in (Accepts.RECORDING, Accepts.PIECE) else {}
        return thumbnails.jpeg(shown["picture"], SIDE) if "picture" in shown else b""
