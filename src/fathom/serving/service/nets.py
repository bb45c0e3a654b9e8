"""What answers batches of encoded inputs: the net of a run, or an exported program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

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
    """

    accepts: Accepts
    task: str
    classes: tuple[str, ...]

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

        self.predictor = Predictor(RunFolder.open(folder))
        task = self.predictor.task
        self.accepts, self.task, self.classes = accepted_by(task), task.name, tuple(map(str, task.classes))

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
        from fathom.exported.program import Model
        from fathom.serving.service.export_inputs import accepted_by, program_of

        program = program_of(folder)
        self.model = Model(folder, program)
        about = self.model.program.about
        self.accepts, self.task = accepted_by(program), str(about.get("task", ""))
        self.classes = tuple(map(str, about["encoder"].get("classes") or ()))

    def answer(self, inputs: Sequence[Arrays]) -> list[Fields]:
        """See `Net`."""
        answers = self.model.run(inputs)
        return [{"prediction": a.value, "confidence": a.confidence, "scores": dict(a.scores)} for a in answers]
