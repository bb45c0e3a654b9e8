"""``fathom predict``: what the trained net says of new inputs.

Each input has one answer or one reason why it has none, in the order in which they came. Where something of an input
could not be used as it stands, its prediction says so (`fathom.records.Doubt`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from fathom.answer_lines import HOLDS_NOTHING
from fathom.errors import Unreadable, UserError
from fathom.records import Doubt, Example, Prediction, Skipped
from fathom.runs.folder import RunFolder
from fathom.runs.load import load_net, load_task
from fathom.task import Batch, Task
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

    def predict(self, examples: Sequence[Example | Skipped]) -> Iterator[tuple[Example | Skipped, Prediction | str]]:
        """Each example with its prediction, or with the reason why it cannot be read, in order."""
        for start in range(0, len(examples), BATCH_SIZE):
            part = examples[start : start + BATCH_SIZE]
            encoded = [encode_input(self.task, example) for example in part]
            predictions = iter(self.run([e for e, _ in encoded if not isinstance(e, str)]))
            for example, (arrays, doubts) in zip(part, encoded, strict=True):
                yield example, arrays if isinstance(arrays, str) else replace(next(predictions), doubts=doubts)

    def run(self, encoded: Sequence[Mapping[str, np.ndarray]]) -> list[Prediction]:
        """What the net says of encoded inputs, in one batch.

        Args:
            encoded: of each input, as the task's ``encode`` made it.
        """
        return said_of(self.task, self.net, collate(self.task, encoded)) if encoded else []


@torch.inference_mode()
def said_of(task: Task, net: nn.Module, batch: Batch) -> list[Prediction]:
    """What a net says of a batch, on the device and in the precision of its task: what `fathom predict` answers.

    Args:
        task: of the net.
        net: trained.
        batch: some examples, as `fathom.training.batching.collate` gives them.
    """
    s = task.settings
    prepared = task.prepare(to_device(batch, s.device or "cpu"), None)
    with autocast(s.device or "cpu", s.precision or "fp32"):
        output, _ = call_net(net, task, prepared, None)
    return task.decode(output, prepared)


def encode_input(task: Task, example: Example | Skipped) -> tuple[dict[str, np.ndarray] | str, tuple[Doubt, ...]]:
    """The arrays of a new input, or the reason why it cannot be read, and what of it could not be used as it stands."""
    if isinstance(example, Skipped):
        return example.reason, ()
    try:
        doubts = tuple(task.doubts(example))
        return task.encode(example), doubts
    except Unreadable as error:
        return str(error), ()


def inputs(task: Task, given: Sequence[str | Path | Mapping[str, Any]]) -> list[Example | Skipped]:
    """The examples named: what a folder or a table holds, where the task knows such, else one for each.

    Args:
        task: as it was trained.
        given: paths, texts, rows as JSON; from Python also rows as mappings.

    Returns:
        examples, and in the place of what cannot be read why it cannot.

    Raises:
        UserError: the only one that was given cannot be read, or holds nothing.
    """
    found: list[Example | Skipped] = []
    for number, one in enumerate(given, 1):
        if isinstance(one, Mapping):
            found.append(Example(f"input {number}", {str(k): v for k, v in one.items()}))
            continue
        try:
            many = task.read_many(str(one))
        except UserError as error:
            if len(given) == 1:
                raise
            many = [Skipped(str(one), str(error))]
        except Unreadable as error:
            many = [Skipped(str(one), str(error))]
        if not many and len(given) == 1:
            raise UserError(f"{one} {HOLDS_NOTHING}")
        found.extend(many or [Skipped(str(one), f"{one} {HOLDS_NOTHING}")])
    return found


def as_record(example: Example | Skipped, answer: Prediction | str) -> dict[str, Any]:
    """A prediction for machines; ``doubts`` is there where something of the input could not be used as it stands."""
    if isinstance(answer, str):
        return {"input": example.id, "error": answer}
    record = {
        "input": example.id,
        "prediction": answer.value,
        "confidence": answer.confidence,
        "scores": dict(answer.scores),
    }
    return record | ({"doubts": [doubt.sentence() for doubt in answer.doubts]} if answer.doubts else {})
