"""Regression from pictures: a number for each, such as an age, a weight or an angle."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from fathom.data.image import image_csv, image_file, pixel_tables
from fathom.data.image.image_folder import find_picture_tables, read_picture_folder
from fathom.data.name_fields import asked_field, field_of
from fathom.data.table import tables
from fathom.data.table.cells import parse_number
from fathom.errors import UserError
from fathom.metrics import MAE, Metric
from fathom.records import Baseline, Example, Examples, Prediction, Skipped, Source
from fathom.task import Batch, Recognition
from fathom.tasks.image import mixup
from fathom.tasks.image.classification import holds_pixels
from fathom.tasks.image.square_images import SquareImageTask


class ImageRegression(SquareImageTask):
    """A table of paths and numbers.

    Attributes:
        middle_, spread_: mean and deviation of the training targets; the net answers in these units.
    """

    name = "image-regression"
    target_fields = ("middle_", "spread_")

    middle_: float
    spread_: float

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """A table whose rows name pictures, with a quantity for a target."""
        field, what = asked_field(source.target), "a table that names pictures and a quantity"
        if field and source.path.is_dir():
            what, values = "pictures whose names say a quantity", _in_names(source, field)
        elif listings := find_picture_tables(source):
            values = _in_table(partial(image_csv.targets_in, listings[0]), source)
        else:
            what = "a table of pixels and a quantity"
            values = _in_table(pixel_tables.targets_of, source) if holds_pixels(source) else []
        numbers = [v for v in values if parse_number(v) is not None]
        quantity = len(numbers) > 0.9 * len(values) and tables.target_kind(numbers) == "regression"
        return Recognition(0.97, what) if quantity else Recognition(0.0, "no table of pictures and numbers")

    def examples(self, source: Source) -> Examples:
        """Read the table, and the headers of the pictures."""
        if asked_field(source.target) and source.path.is_dir():
            read = read_picture_folder(source)
        elif not find_picture_tables(source) and holds_pixels(source):
            read = pixel_tables.read_pixel_tables(source)
        else:
            read = image_csv.read_picture_csv(source, source.target)
        kept, skipped = [], list(read.skipped)
        for example in read.items:
            value = parse_number(example.target)
            if value is None or not math.isfinite(value):
                skipped.append(Skipped(example.id, f"its {read.target} is no number"))
            else:
                kept.append(replace(example, target=float(value)))
        if not kept:
            raise UserError(f"no {read.target} in {source.text} is a number: name another column with `target`")
        return replace(read, items=tuple(kept), skipped=tuple(skipped))

    def fit(self, train: Sequence[Example]) -> None:
        """Learn the target's mean and deviation, and the pictures' size and scale."""
        values = np.array([e.target for e in train], float)
        self.middle_, self.spread_ = float(values.mean()), float(values.std())
        if self.spread_ == 0:
            raise UserError(
                f"all training targets are {self.middle_:g}, so that there is nothing to learn: name another"
            )
        self.learn_pixels(train)

    def check_state(self) -> None:
        """Refuse a scale of the target that cannot be."""
        super().check_state()
        if not (math.isfinite(self.middle_) and 0 < self.spread_ < math.inf):
            raise UserError("its scale of the target cannot be")

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``image`` (size, size, channels) uint8 and ``value`` () float32 in deviations, NaN where unknown."""
        value = np.nan if example.target is None else (float(example.target) - self.middle_) / self.spread_
        return {"image": self.pixels(example), "value": np.array(value, np.float32)}

    def net(self) -> nn.Module:
        """Build the net of that name, with one output."""
        return self.square_net(1)

    def loss(self, output: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """Huber's loss in deviations (Huber 1964), and 1 where the target is known; both ``(batch,)``."""
        value = mixup.mixed(batch["value"].float(), batch)
        known = ~value.isnan()
        losses = F.smooth_l1_loss(output[:, 0].float(), value.nan_to_num(), reduction="none", beta=0.5)
        return losses * known, known.float()

    @property
    def metric(self) -> Metric:
        """The mean absolute error, in the target's units."""
        return MAE

    def decode(self, output: Tensor, batch: Batch) -> list[Prediction]:
        """A number each."""
        return [Prediction(self.middle_ + self.spread_ * y) for y in output[:, 0].float().tolist()]

    def statistics(self, prediction: Prediction, target: Any, loss: float, weight: float) -> dict[str, float]:
        """The absolute error, its square, and the count."""
        missed = float(prediction.value) - float(target)
        return {"absolute": abs(missed), "squared": missed**2, "count": 1.0}

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """The median; and ridge regression on the pixels of at most 4,000 small pictures."""
        import time

        from sklearn.linear_model import RidgeCV

        began = time.monotonic()
        middle = float(np.median([e.target for e in train]))
        trivial = Baseline("median", [middle] * len(others), 0.0)
        if not others:
            return [trivial]
        sample = train[:: max(1, len(train) // 4000)]
        model = RidgeCV(alphas=(1e1, 1e2, 1e3, 1e4)).fit(self.small(sample), [e.target for e in sample])
        said = [float(v) for v in model.predict(self.small(others))]
        return [trivial, Baseline("ridge regression on pixels", said, time.monotonic() - began)]


def _in_names(source: Source, field: int) -> list[object]:
    """A field of the pictures' names."""
    return [field_of(name, field) for name in image_file.find_images(source.path)]


def _in_table(read: Callable[[Source], list[object]], source: Source) -> list[object]:
    """The targets in a table; none where it has none."""
    try:
        return read(source)
    except UserError:
        return []
