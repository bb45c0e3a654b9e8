"""What answers batches of encoded inputs: the net of a run, or an exported program."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from fathom.exported.batches import batch_of
from fathom.serving.service.messages import Arrays
from fathom.serving.service.request_body import Accepts

Fields = dict[str, Any]
"""An answer without the name of its input: prediction, confidence, scores."""


class Net(Protocol):
    """What answers.

    Attributes:
        accepts: what its inputs are.
        task: the name of its task.
        classes: that it tells apart, where it does.
        ragged: arrays that differ in length from input to input.
        state: what its task learned.
        generates: "text" or "music", where it writes on by itself, or "".
        transcribes: it can write down what is said in recordings of any length.
    """

    accepts: Accepts
    task: str
    classes: tuple[str, ...]
    ragged: tuple[str, ...]
    state: dict[str, Any]
    generates: str
    transcribes: bool

    def answer(self, inputs: Sequence[Arrays]) -> list[Fields]:
        """Answer a batch.

        Args:
            inputs: encoded.
        """
        ...


class RunNet:
    """The net of a run, loaded once.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path) -> None:
        from fathom.runs.folder import RunFolder
        from fathom.runs.predict import Predictor
        from fathom.serving.service.run_inputs import accepted_by
        from fathom.task import Generates
        from fathom.tasks.audio.speech_recognition import SpeechRecognition

        self.predictor = Predictor(RunFolder.open(folder))
        task = self.predictor.task
        self.accepts, self.task, self.classes = accepted_by(task), task.name, tuple(map(str, task.classes))
        self.ragged, self.state = task.ragged, task.state()
        self.generates = "" if not isinstance(task, Generates) else "music" if self.accepts is Accepts.PIECE else "text"
        self.transcribes = isinstance(task, SpeechRecognition)

    def answer(self, inputs: Sequence[Arrays]) -> list[Fields]:
        """See `Net`."""
        answers = self.predictor.run([dict(one) for one in inputs])
        return [{"prediction": a.value, "confidence": a.confidence, "scores": dict(a.scores)} for a in answers]


class ExportedNet:
    """An exported program, loaded once, without torch.

    Args:
        folder: of the export.
    """

    def __init__(self, folder: Path) -> None:
        import onnxruntime

        from fathom.serving.service.export_inputs import accepted_by, program_of

        kind = program_of(folder)
        about = json.loads((folder / "preprocess.json").read_text(encoding="utf-8"))
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # others have work to do
        path, providers = folder / "model.onnx", ["CPUExecutionProvider"]
        self.program, self.session = kind(about), onnxruntime.InferenceSession(path, options, providers=providers)
        self.inputs = [one.name for one in self.session.get_inputs()]
        self.accepts, self.task, self.generates = accepted_by(kind), str(about.get("task", "")), ""
        self.transcribes = False
        self.ragged = kind.ragged
        self.state: dict[str, Any] = about["encoder"]
        self.classes = tuple(map(str, self.state.get("classes") or ()))

    def answer(self, inputs: Sequence[Arrays]) -> list[Fields]:
        """See `Net`."""
        batch = batch_of(inputs, self.program.ragged)
        outputs = self.session.run(None, {name: batch[name] for name in self.inputs})
        answers = self.program.answer([np.asarray(one) for one in outputs], batch)
        return [{"prediction": a.value, "confidence": a.confidence, "scores": dict(a.scores)} for a in answers]
