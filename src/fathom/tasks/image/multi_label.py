"""Multi-label classification: which of several things does a picture show, perhaps many, perhaps none?"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.data.image import image_csv
from fathom.data.image.image_folder import find_picture_tables
from fathom.data.image.multi_label_columns import find_label_columns
from fathom.errors import UserError
from fathom.metrics import LABELS_MISSED, Metric
from fathom.metrics.labels import parse_labels, parse_unknown_labels
from fathom.records import Baseline, Example, Examples, Prediction, Source
from fathom.task import Batch, Recognition
from fathom.tasks.image import mixup
from fathom.tasks.image.square_images import SquareImageTask


class MultiLabel(SquareImageTask):
    """A table of paths and labels: ``cat|dog`` in one column, or a column of 0 and 1 for each.

    Attributes:
        classes_: the labels, sorted.
    """

    name = "multi-label"
    target_fields = ("classes_",)

    classes_: list[str]

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """A table whose rows name pictures, with several labels in a column, or several columns of 0 and 1."""
        listings = find_picture_tables(source)
        found = bool(listings) and find_label_columns(listings[0], source.target) is not None
        return Recognition(
            0.98 if found else 0.0, "a table of pictures with several labels each" if found else "no such"
        )

    def examples(self, source: Source) -> Examples:
        """Read the table, and the headers of the pictures; targets are ``cat|dog``."""
        listings = find_picture_tables(source)
        several = find_label_columns(listings[0], source.target) if listings else None
        if several is None:
            raise UserError(
                f"{source.text} lists no pictures with several labels: write them as cat|dog in one column, or give a "
                "column of 0 and 1 for each"
            )
        return image_csv.read_picture_csv(source, several.column, told=several.told)

    def target_classes(self, examples: Sequence[Example]) -> list[tuple[str, ...]]:
        """The labels of each."""
        return [tuple(parse_labels(e.target)) for e in examples]

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the labels, and the pictures' size and scale."""
        self.classes_ = sorted({label for e in train for label in parse_labels(e.target)})
        if not self.classes_:
            raise UserError("no training picture has a label: check the table")
        self.learn_pixels(train)

    def check_state(self) -> None:
        """Refuse a state without labels."""
        super().check_state()
        if not self.classes_:
            raise UserError("its labels are none")

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``image`` (size, size, channels) uint8, ``labels`` (classes,) uint8, and ``told`` (classes,) uint8."""
        have, untold = set(parse_labels(example.target)), set(parse_unknown_labels(example.target))
        labels = np.array([name in have for name in self.classes_], np.uint8)
        told = np.array([example.target is not None and name not in untold for name in self.classes_], np.uint8)
        return {
            "image": self.pixels(example),
            "labels": labels,
            "told": told,
        }

    def net(self) -> nn.Module:
        """Build the net of that name, with an output for each label."""
        return self.square_net(len(self.classes_))

    def loss(self, output: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The mean of the known labels' cross-entropies, and 1 where any is known; both ``(batch,)``."""
        labels = mixup.mixed(batch["labels"].float(), batch)
        nats = F.binary_cross_entropy_with_logits(output.float(), labels, reduction="none")
        told = batch["told"].float()  # (batch, classes): what nobody said is neither right nor wrong
        if "other" in batch:
            told = told * told[batch["other"]]
        known = (told.sum(1) > 0).float()
        return (nats * told).sum(1) / told.sum(1).clamp(min=1), known

    @property
    def classes(self) -> Sequence[str]:
        """Names of the labels."""
        return self.classes_

    @property
    def metric(self) -> Metric:
        """What is missing to a mean average precision of 1."""
        return LABELS_MISSED

    def decode(self, output: Tensor, batch: Batch) -> list[Prediction]:
        """The probability of each label, as JSON."""
        rows = torch.sigmoid(output.float()).tolist()
        return [
            Prediction(json.dumps({c: round(p, 4) for c, p in zip(self.classes_, row, strict=True)})) for row in rows
        ]

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """Labels told right, told, and meant, at a probability of one half."""
        meant = set(parse_labels(target))
        untold = set(parse_unknown_labels(target))
        said = {name for name, p in json.loads(prediction.value).items() if p >= 0.5 and name not in untold}
        hits, found, wanted = len(said & meant), len(said), len(meant)
        return {"label_hits": float(hits), "labels_found": float(found), "labels_meant": float(wanted)}

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """How frequent each label is; and logistic regression on the pixels of at most 2,000 small pictures."""
        from sklearn.linear_model import LogisticRegression

        began = time.monotonic()
        share = {c: float(np.mean([c in parse_labels(e.target) for e in train])) for c in self.classes_}
        trivial = Baseline("how frequent each label is", [json.dumps(share)] * len(others), 0.0)
        if not others:
            return [trivial]
        sample = train[:: max(1, len(train) // 2000)]
        seen, asked = self.small(sample), self.small(others)
        said = {}
        for name in self.classes_:
            have = np.array([name in parse_labels(e.target) for e in sample])
            if have.any() and not have.all():
                model = LogisticRegression(C=0.01, max_iter=100, tol=1e-3).fit(seen, have)
                said[name] = model.predict_proba(asked)[:, 1]
            else:
                said[name] = np.full(len(others), float(have.mean()))
        rows = [json.dumps({c: float(said[c][i]) for c in self.classes_}) for i in range(len(others))]
        return [trivial, Baseline("logistic regression on pixels", rows, time.monotonic() - began)]

    def format_prediction(self, example: Example, prediction: Prediction) -> str:
        """The labels of at least one half, the likeliest first; else the likeliest of all."""
        ranked = sorted(json.loads(prediction.value).items(), key=lambda pair: -pair[1])
        told = [pair for pair in ranked if pair[1] >= 0.5] or ranked[:1]
        return ", ".join(f"{name} {100 * p:.0f} %" for name, p in told)
