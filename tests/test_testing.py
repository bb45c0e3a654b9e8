"""The suite for tasks can fail: a task that declares what it does not do, or the reverse, is found out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from fathom.records import Example, Prediction, Settings, Source
from fathom.task import Batch, Draw
from fathom.testing import ToyTask, disagreements


class Augments(ToyTask):
    augments = True

    def prepare(self, batch: Batch, draw: Draw | None) -> Batch:
        moved = 0.0 if draw is None else torch.from_numpy(draw.uniform(1)) * (self.settings.augment or 0.0)
        return {**batch, "x": batch["x"] + moved}


class Renders(ToyTask):
    renders = True

    def render(self, example: Example, prediction: Prediction | None) -> np.ndarray | None:
        return np.zeros((4, 4, 3), np.uint8)


class Labels(ToyTask):
    gives_label_probabilities = True

    @property
    def classes(self) -> tuple[str, str]:
        return ("low", "high")

    def label_probabilities(self, output: Tensor, batch: Batch) -> Any:
        high = torch.sigmoid(output).numpy()  # (batch, 1)
        return [(np.array([0]), np.array([[1 - p, p]])) for p in high[:, 0]]


def told(task: ToyTask) -> str:
    examples = task.examples(Source("toy:20", Path())).items
    task.fit(examples)
    return "; ".join(disagreements(task, task.net(), examples))


@pytest.mark.parametrize("kind", [ToyTask, Augments, Renders, Labels])
def test_a_task_that_declares_what_it_does_is_found_right(kind: type[ToyTask]) -> None:
    assert told(kind(Settings())) == ""


@pytest.mark.parametrize(
    ("kind", "fault", "said"),
    [
        (ToyTask, {"augments": True}, "prepare leaves a batch as it is"),
        (ToyTask, {"renders": True}, "render returns no picture"),
        (ToyTask, {"attends": True}, "attention returns none"),
        (ToyTask, {"gives_label_probabilities": True, "classes": ("a", "b")}, "label_probabilities returns none"),
        (ToyTask, {"inputs": ("x", "z")}, "a prepared batch has no 'z'"),
        (ToyTask, {"ragged": ("z",)}, "encode returns no 'z'"),
        (ToyTask, {"batch_by": "label"}, "encode returns no 'label'"),
        (ToyTask, {"target_fields": ("spread_",)}, "declares no 'spread_'"),
        (Augments, {"augments": False}, "prepare does not leave a batch as it is"),
        (Renders, {"renders": False}, "render returns a picture"),
        (Renders, {"render": lambda *_: np.zeros((4, 4), np.uint8)}, r"render returns uint8 \(4, 4\)"),
        (Labels, {"gives_label_probabilities": False}, "label_probabilities returns some"),
        (Labels, {"classes": ("low", "high", "middle")}, "no distribution over 3 labels"),
        (Labels, {"label_probabilities": lambda *_: [(np.array([0]), np.array([[0.4, 0.5]]))]}, "no distribution"),
        (Labels, {"classes": ("low", "low")}, "label_names has one twice"),
    ],
)
def test_what_is_declared_and_not_done_is_said(kind: type[ToyTask], fault: dict[str, Any], said: str) -> None:
    wrong = type("Wrong", (kind,), fault)
    assert re.search(said, told(wrong(Settings())))
