"""Multi-label classification: which of several things does a picture show, perhaps many, perhaps none?"""

from __future__ import annotations

import time
from collections.abc import Sequence

from numpy.typing import NDArray
from torch import Tensor, nn

from fathom.data.image import image_csv
from fathom.data.image.image_folder import find_picture_tables
from fathom.data.image.multi_label_columns import find_label_columns
from fathom.errors import UserError
from fathom.records import Baseline, Example, Examples, Source
from fathom.task import Batch, Recognition
from fathom.tasks.image import mixup
from fathom.tasks.image.square_images import SquareImageTask
from fathom.tasks.label_sets import LabelSets, known_cross_entropy


class MultiLabel(LabelSets, SquareImageTask):
    """A table of paths and labels: ``cat|dog`` in one column, or a column of 0 and 1 for each."""

    name = "multi-label"

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
        return image_csv.read_picture_csv(source, labels=several)

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the labels, and the pictures' size and scale."""
        super().fit(train)
        self.learn_pixels(train)

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``image`` (size, size, channels) uint8, ``labels`` (classes,) uint8, and ``told`` (classes,) uint8."""
        return {"image": self.pixels(example), **self.labels(example)}

    def net(self) -> nn.Module:
        """Build the net of that name, with an output for each label."""
        return self.square_net(len(self.classes_))

    def loss(self, output: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The mean of the known labels' cross-entropies, and 1 where any is known; both ``(batch,)``."""
        told = batch["told"].float()
        if "other" in batch:
            told = told * told[batch["other"]]
        return known_cross_entropy(output, mixup.mixed(batch["labels"].float(), batch), told)

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """How frequent each label is; and logistic regression on the pixels of at most 2,000 small pictures."""
        from sklearn.linear_model import LogisticRegression

        began = time.monotonic()
        trivial = self.frequencies(train, others)
        if not others:
            return [trivial]
        sample = train[:: max(1, len(train) // 2000)]
        seen, asked = self.small(sample), self.small(others)
        rows = self.each_label(
            sample, asked, lambda have: LogisticRegression(C=0.01, max_iter=100, tol=1e-3).fit(seen, have)
        )
        return [trivial, Baseline("logistic regression on pixels", rows, time.monotonic() - began)]
