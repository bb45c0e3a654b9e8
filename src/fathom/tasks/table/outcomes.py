"""What a table's net is and what becomes of what it says: how it is trained, judged, and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fathom.data.table import tables
from fathom.errors import UserError
from fathom.metrics import RMSE, Metric
from fathom.nets.table.net_and_trees import NetAndTrees
from fathom.nets.table.trees import TabularBoosting
from fathom.records import Example, Kept, Prediction
from fathom.spelling import choice
from fathom.task import Batch
from fathom.tasks import classification
from fathom.tasks.ordinal import is_ordered
from fathom.tasks.table.part_choice import choose, fit_trees
from fathom.tasks.table.rows import TableRows
from fathom.tasks.table.table_nets import OF_MEMBERS, build, has_trees, usual_settings


class TableOutcomes(TableRows):
    """The part of a task for tables that has to do with nets and what they say.

    Attributes:
        categorical_: categories of each other column; index 0 is kept for what is missing or unknown.
        classes_: names of the classes; empty for regression.
        mean_, std_: of each number (columns, then parts of dates) over the training rows where it is present.
        quantiles_: of each number, `QUANTILES` of them.
        scales_: of each number, as `NumberScale` has it; None in runs from before it was kept.
        rows_: of train.
        target_mean_, target_std_: of a numeric target.
        target_limits_: the range of a numeric target that has values which cannot be right.
    """

    gives_label_probabilities = True
    target_fields = ("classes_", "target_mean_", "target_std_", "target_limits_")

    categorical_: dict[str, list[str]]
    classes_: list[str]
    mean_: list[float]
    std_: list[float]
    quantiles_: list[list[float]]
    scales_: list[dict[str, list[float]]] | None = None
    rows_: int = 0
    target_mean_: float = 0.0
    target_std_: float = 1.0
    target_limits_: list[float] | None = None

    def _kind(self, targets: Sequence[Any]) -> str:
        """What was asked for with ``--set kind=…``, else what the targets look like."""
        asked = self.settings.options.get("kind")
        kinds = ("classification", "regression")
        if asked not in (None, *kinds):
            raise UserError(f"`kind={asked}` is unknown{choice(str(asked), kinds)}")
        if is_ordered(self.settings):
            if asked == "regression":
                raise UserError("`order` is of classes, which `kind=regression` has none of: leave one of them out")
            return "classification"
        return str(asked or tables.target_kind(targets))

    def defaults(self, train: Sequence[Example]) -> dict[str, Any]:
        """A net and boosting beside each other, as `fathom.tasks.table.table_nets` has them."""
        classes = self._kind([e.target for e in train]) == "classification"
        return usual_settings(self.settings, len(train), classes)

    def net(self) -> nn.Module:
        """Build the net of that name, and give it the scale of the columns."""
        return build(
            self.settings,
            mean=self.mean_,
            std=self.std_,
            quantiles=self.quantiles_,
            scales=self.scales_,
            cardinalities=self._cardinalities,
            outputs=len(self.classes_) or 1,
            rows=self.rows_,
        )

    @property
    def _cardinalities(self) -> list[int]:
        return [len(values) for values in self.categorical_.values()]

    @property
    def keeps_best_by_loss(self) -> bool:  # type: ignore[override]
        """Of nets of members: they are trained until they know train by heart, which the loss on dev tells first."""
        return self.settings.net in OF_MEMBERS

    def has_parts(self, net: nn.Module) -> bool:
        """Boosted trees are fitted in one go."""
        return has_trees(net)

    def fit_parts(self, net: nn.Module, train: Batch, dev: Batch | None, weights: NDArray[np.float32] | None) -> Any:
        """Fit the trees."""
        assert isinstance(net, NetAndTrees | TabularBoosting)
        classes, seconds = len(self.classes_), self.settings.budget
        return fit_trees(net, self._cardinalities, classes, train, dev, weights, seconds)

    def choose_part(self, net: nn.Module, fitted: Any, dev: Batch | None, examples: Sequence[Example]) -> Kept | None:
        """Net, boosting, or both."""
        return choose(net, fitted, dev, self, examples) if isinstance(net, NetAndTrees) else None

    def loss(self, output: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Cross-entropy of ``(batch, classes)``, or squared error of ``(batch, 1)`` in units of the target's spread.

        Of several members, ``(batch, members, …)``, the mean: each learns for itself.
        """
        if output.ndim == 3:
            each = [self.loss(member, batch) for member in output.unbind(1)]
            return torch.stack([losses for losses, _ in each]).mean(0), each[0][1]
        if self.classes_:
            return classification.loss_of(self.settings, output, batch["target"])
        known = ~batch["target"].isnan()
        losses = (output[:, 0].float() - batch["target"].nan_to_num()) ** 2  # (batch,)
        return losses * known, known.float()

    @property
    def classes(self) -> Sequence[str]:
        """Names of the classes; none for regression."""
        return self.classes_

    @property
    def metric(self) -> Metric:
        """Error for classes, root mean squared error for numbers."""
        return classification.metric_of(self.settings) if self.classes_ else RMSE

    @property
    def mistake_costs(self) -> Mapping[str, float]:
        """As they were said, or the ranks between classes that have an order."""
        return classification.costs_of(self.settings, self.classes_)

    def label_probabilities(
        self, output: Tensor, batch: Batch
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]] | None:
        """The class of the row, and the probability of each; None for quantities."""
        return classification.label_probabilities(output, batch["target"].long()) if self.classes_ else None

    def decode(self, output: Tensor, batch: Batch) -> list[Prediction]:
        """A class with its probability, or a number in the target's units."""
        if self.classes_:
            return classification.decode(output, self.classes_, self.mistake_costs, self.decision_threshold)
        return [Prediction(y * self.target_std_ + self.target_mean_) for y in output[:, 0].float().tolist()]

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """Wrong and count, or the squared error and count."""
        if self.classes_:
            return classification.statistics_of(self.settings, prediction, target, self.classes_)
        return {"squared": (prediction.value - float(target)) ** 2, "count": 1.0}
