"""``fathom predict``: what the trained net says of new inputs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from fathom.errors import Unreadable
from fathom.records import Example, Prediction
from fathom.runs.folder import RunFolder
from fathom.runs.load import load_net, load_task
from fathom.task import Task
from fathom.training.batching import collate
from fathom.training.evaluation import autocast, call_net, to_device

BATCH_SIZE = 64


class Predictor:
    """A run's net, loaded once, ready for inputs.

    Args:
        run: a finished or at least started run.
        module: the user's own net, where the run was trained with one.
    """

    def __init__(self, run: RunFolder, module: nn.Module | None = None) -> None:
        self.task: Task = load_task(run)
        self.net = load_net(run, self.task, module)

    def predict(self, examples: Sequence[Example]) -> Iterator[tuple[Example, Prediction | str]]:
        """Each example with its prediction, or with the reason why it cannot be read, in order."""
        for start in range(0, len(examples), BATCH_SIZE):
            part = examples[start : start + BATCH_SIZE]
            encoded: list[dict[str, np.ndarray] | str] = [self._encode(example) for example in part]
            predictions = iter(self._run([e for e in encoded if not isinstance(e, str)]))
            for example, arrays in zip(part, encoded, strict=True):
                yield example, arrays if isinstance(arrays, str) else next(predictions)

    def _encode(self, example: Example) -> dict[str, np.ndarray] | str:
        try:
            return self.task.encode(example)
        except Unreadable as error:
            return str(error)

    @torch.inference_mode()
    def _run(self, encoded: list[dict[str, np.ndarray]]) -> list[Prediction]:
        if not encoded:
            return []
        s = self.task.settings
        batch = self.task.prepare(to_device(collate(self.task, encoded), s.device or "cpu"), None)
        with autocast(s.device or "cpu", s.precision or "fp32"):
            output, _ = call_net(self.net, self.task, batch, None)
        return self.task.decode(output, batch)


def inputs(task: Task, given: Sequence[str]) -> list[Example]:
    """The examples named: what a folder or a table holds, where the task knows such, else one for each."""
    return [example for text in given for example in task.read_many(text)]


def as_record(example: Example, answer: Prediction | str) -> dict[str, Any]:
    """A prediction for machines."""
    if isinstance(answer, str):
        return {"input": example.id, "error": answer}
    return {
        "input": example.id,
        "prediction": answer.value,
        "confidence": answer.confidence,
        "scores": dict(answer.scores),
    }
