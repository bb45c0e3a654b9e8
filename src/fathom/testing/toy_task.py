"""The test double of a task: as small as the contract allows, and quick to train."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn

from fathom.errors import UserError
from fathom.metrics import RMSE, Metric
from fathom.records import Baseline, Example, Examples, Prediction, Source
from fathom.task import Batch, Recognition, Task

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ToyTask(Task):
    """Fits a line through points; it reads no files but the one that says how many.

    The source is a file ``NAME.toy`` that holds the number N of points, or the text ``toy:N``; example ``i`` has input
    x in [-1, 1] and target 2x + 1.
    """

    name = "toy"
    inputs = ("x",)
    nets = ("line",)

    mean_: float = 0.0

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """Only what is named so."""
        named = source.text.startswith("toy:") or source.path.suffix == ".toy"
        return Recognition(float(named), "it is named so" if named else "it is not named so")

    def examples(self, source: Source) -> Examples:
        """Return ``N`` points on a line."""
        text = source.text.partition(":")[2] if source.text.startswith("toy:") else source.path.read_text("utf-8")
        if not text.strip().isdecimal() or int(text) < 1:
            raise UserError(f"{source.text} holds no number of points: write one, such as 60")
        n = int(text)
        xs = np.linspace(-1, 1, n)
        return Examples(
            tuple(Example(f"point {i}", float(x), float(2 * x + 1)) for i, x in enumerate(xs)), kind="points"
        )

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the mean of x."""
        self.mean_ = float(np.mean([e.input for e in train]))

    def read(self, text: str) -> Example:
        """Read a number."""
        try:
            return Example(text, float(text))
        except ValueError:
            raise UserError(f"{text[:60]!r} is no number: give one, such as 0.5") from None

    def encode(self, example: Example) -> dict[str, NDArray]:
        """Encode x: (1,) and y: (), both float32."""
        y = np.nan if example.target is None else example.target
        return {"x": np.array([example.input - self.mean_], np.float32), "y": np.array(y, np.float32)}

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """Plain gradient descent."""
        return {"net": "line", "epochs": 5, "batch_size": 16, "optimizer": "sgd", "lr": 0.1}

    def net(self) -> nn.Module:
        """A line."""
        if self.settings.options:
            raise UserError(f"a line has no option '{next(iter(self.settings.options))}': leave it out")
        return nn.Linear(1, 1)

    def loss(self, output: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Squared error."""
        losses = (output[:, 0] - batch["y"]) ** 2  # (batch,)
        return losses, torch.ones_like(losses)

    @property
    def metric(self) -> Metric:
        """Root of the mean squared error."""
        return RMSE

    def decode(self, output: Tensor, batch: Batch) -> list[Prediction]:
        """A number each."""
        return [Prediction(float(y)) for y in output[:, 0].float().tolist()]

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """The squared error."""
        return {"squared": (prediction.value - target) ** 2, "count": 1.0}

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """The mean of the targets."""
        return [Baseline("mean", [float(np.mean([e.target for e in train]))] * len(others), 0.0)]

    def show(self, example: Example) -> dict[str, Any]:
        """The point."""
        return {"fields": {"x": example.input}}
