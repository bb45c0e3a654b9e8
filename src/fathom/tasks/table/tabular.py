"""Tables: predict one column from the others, a class or a number.

Numbers are standardized inside the net and may be missing; dates are numbers by their parts, free texts by what a
sentence encoder makes of them; everything else is a category, with an index for what is missing or was never seen.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.class_names import name_classes, with_class_names
from fathom.data.several_labels import refuse_several_labels
from fathom.data.table import cells, tables
from fathom.data.table.column_roles import FREE_TEXT
from fathom.data.table.date_parts import fit_parts
from fathom.data.table.outliers import find_outliers
from fathom.data.table.row_encoder import LARGEST
from fathom.data.table.table_files import column_called
from fathom.data.text.wordpiece import is_packaged
from fathom.errors import Unreadable, UserError
from fathom.fitted_state import forget_derived
from fathom.nets import TABLE_NETS
from fathom.nets.table.number_scale import fit_scale
from fathom.records import Baseline, Example, Examples, Source
from fathom.task import Recognition
from fathom.tasks import classification
from fathom.tasks.ordinal import classes_in_order, is_ordered
from fathom.tasks.table import text_columns
from fathom.tasks.table.boosting import Boosting, Rows
from fathom.tasks.table.column_summary import describe
from fathom.tasks.table.outcomes import TableOutcomes

MOST_CATEGORIES = 5000
FEWEST_BLANKS = 5
"""Empty cells from which on a column with one value tells two kinds of rows apart: those with it, and the others."""
QUANTILES = 65
"""Points at which the distribution of each number is kept, for the bins of the net."""
BASELINE_ROUNDS = 200
"""Trees of the baseline at most."""


class Table(TableOutcomes):
    """CSV, TSV, JSONL and Parquet files with one example a row.

    Attributes:
    """

    name = "table"
    inputs = ("numeric", "categorical")
    nets = tuple(TABLE_NETS)

    @classmethod
    def recognize(cls, source: Source) -> Recognition:
        """A file of rows and columns, or a folder with train and test as such files."""
        if tables.is_table(source.path):
            return Recognition(0.7, "rows and columns")
        if source.path.is_dir() and tables.find_tables(source.path):
            return Recognition(0.7, "a folder of tables")
        return Recognition(0.0, "no table")

    def examples(self, source: Source) -> Examples:
        """Read all rows.

        Raises:
            UserError: the target suits no task: each class once, text where a number is asked, numbers without bounds.
        """
        read = self.read_rows(source)
        if self._kind([e.target for e in read.items]) == "classification":
            refuse_several_labels(read.items, read.target, source.text, "row")
            read = with_class_names(read)
            if is_ordered(self.settings):
                classes_in_order(self.settings, [e.target for e in read.items])
            classification.check_repeats(read.items, f"name another column than {read.target!r} with --target")
            return replace(read, target_reading=self._told_kind(read.items, "classes", "regression"))
        numbers = [cells.parse_number(e.target) for e in read.items]
        if wrong := [e for e, n in zip(read.items, numbers) if n is None]:
            raise UserError(
                f"{str(wrong[0].target)[:40]!r} in {column_called(read.target)} ({wrong[0].id}) is no number: "
                "leave `kind=regression` out, or mend the column"
            )
        if (most := max(abs(n) for n in numbers if n is not None)) > LARGEST:
            raise UserError(
                f"{column_called(read.target)} has numbers as large as {most:.1e}: "
                f"give it in a larger unit, so that none is beyond {LARGEST:.0e}"
            )
        spelt = (replace(e, target=n) if isinstance(e.target, str) else e for e, n in zip(read.items, numbers))
        told = self._told_kind(read.items, "a quantity", "classification")
        return replace(read, items=tuple(spelt), target_reading=told)

    def target_classes(self, examples: Sequence[Example]) -> list[tuple[str, ...]]:
        """The one class of each row, where the target is a class."""
        if self._kind([e.target for e in examples]) != "classification":
            return super().target_classes(examples)
        return [(str(e.target),) for e in examples]

    def fit(self, train: Sequence[Example]) -> None:
        """Learn which columns are numbers, their scale, the categories, and the target's classes or scale."""
        self.numeric_, self.categorical_, self.dropped_ = [], {}, {}
        self.dates_, self.texts_, self.limits_ = {}, {}, {}
        for name, role in self.roles(train).items():
            self._fit_column(name, role, [v for e in train if (v := self.held(name, e.input)) is not None], len(train))
        forget_derived(self)
        if not self.number_names and not self.categorical_:
            raise UserError("no column can be learned from: each is constant, empty or an identifier")
        for name in self._places:
            for text in text_columns.looked_at([v for e in train if (v := self.held(name, e.input)) is not None]):
                self._places_of(name, text, new=True)
        numbers = self.numbers(train, new_texts=False)  # (rows, numbers)
        self.limits_ = self._found_limits(numbers)
        numbers = self.numbers(train, new_texts=False) if self.limits_ else numbers
        self.mean_ = np.nan_to_num(np.nanmean(numbers, 0)).tolist() if self.number_names else []
        self.std_ = np.maximum(np.nan_to_num(np.nanstd(numbers, 0)), 1e-6).tolist() if self.number_names else []
        probabilities = np.linspace(0, 1, QUANTILES)
        self.quantiles_ = np.nanquantile(numbers, probabilities, axis=0).T.tolist() if self.number_names else []
        self.scales_ = [fit_scale(column).to_dict() for column in numbers.T]
        self.rows_ = len(train)
        self._fit_target([e.target for e in train])
        forget_derived(self)

    def _fit_column(self, name: str, role: str, present: list[Any], rows: int) -> None:
        distinct = set(present)
        if role == FREE_TEXT and is_packaged():
            assert self.texts_ is not None
            self.texts_[name] = asdict(text_columns.fit_places([str(v) for v in present]))
        elif not role and len(distinct) == 1 and len(present) <= rows - FEWEST_BLANKS:  # a tick, or nothing
            self.categorical_[name] = [str(present[0])]
        elif role or len(distinct) < 2:
            self.dropped_[name] = role or ("constant" if distinct else "empty")
        elif not self.has_codes(name) and tables.is_number_like(present):
            self.numeric_.append(name)
        elif self.has_dates(name, present) and (parts := fit_parts(present)) is not None:
            assert self.dates_ is not None
            self.dates_[name] = asdict(parts)
        else:
            counts = Counter(filter(None, name_classes(present, [None] * len(present))[0]))
            kept = [value for value, n in counts.most_common(MOST_CATEGORIES) if n > 1 or len(counts) < 20]
            self.categorical_[name] = sorted(kept)

    @cached_property
    def _text_places(self) -> dict[str, text_columns.TextPlaces]:
        return {name: text_columns.TextPlaces(**one) for name, one in (self.texts_ or {}).items()}

    def _placed(self, name: str, text: str) -> list[float]:
        return self._text_places[name].of(text)

    def _found_limits(self, numbers: NDArray[np.float64]) -> dict[str, list[float]]:
        """The ranges of those numbers that have values which cannot be right; of time, beyond which none is known."""
        found = {}
        for i, name in enumerate(self.number_names):
            if i >= len(self.numeric_):
                if name.endswith((": days", ": year")):
                    found[name] = [float(np.nanmin(numbers[:, i])), float(np.nanmax(numbers[:, i]))]
            elif (outliers := find_outliers(numbers[:, i])) is not None:
                found[name] = [outliers.low, outliers.high]
        return found

    def _fit_target(self, targets: list[Any]) -> None:
        self.classes_, self.target_limits_ = [], None
        if self._kind(targets) == "classification":
            self.classes_ = classification.fitted_classes([Example("", None, t) for t in targets], self.settings)
        elif len(set(targets)) < 2:
            raise UserError(f"the target is {targets[0]} in all {len(targets)} training rows: give more rows")
        else:
            values = np.asarray(targets, np.float64)
            if (outliers := find_outliers(values)) is not None:
                values = values.clip(outliers.low, outliers.high)
                self.target_limits_ = [outliers.low, outliers.high]
            self.target_mean_, self.target_std_ = float(values.mean()), float(max(values.std(), 1e-12))

    def input_columns(self) -> list[tuple[str, str, str]]:
        """What became of each column, and how it was read or why it was left out."""
        dates = {name: date.parts for name, date in self._date_parts.items()}
        limits = self.limits_ or {}
        return describe(self.numeric_, dates, self._places, self.categorical_, self.dropped_, limits, self._read_as)

    def check_state(self) -> None:
        """Refuse columns without a scale."""
        n = len(self.number_names)
        whole = len(self.mean_) == len(self.std_) == len(self.quantiles_) == n and self.target_std_ > 0
        if not whole or any(len(column) != QUANTILES for column in self.quantiles_):
            raise UserError("its columns do not fit each other")

    def encode(self, example: Example) -> dict[str, NDArray]:
        """``numeric`` (n,) float32 with NaN for missing, ``categorical`` (c,) int64, ``target`` ()."""
        row = example.input
        categories = np.array([self.index(name, row) for name in self.categorical_], np.int64)
        numbers = self.numbers([example])[0].astype(np.float32)
        return {"numeric": numbers, "categorical": categories, "target": self._encoded_target(example.target)}

    def _encoded_target(self, target: Any) -> NDArray:
        if self.classes_:
            return np.array(classification.index_of(target, self.classes_), np.int64)
        if target is None:
            return np.array(np.nan, np.float32)
        value = cells.parse_number(target)
        if value is None:
            raise Unreadable(f"its target {str(target)[:40]!r} is no number")
        if self.target_limits_:
            value = min(max(value, self.target_limits_[0]), self.target_limits_[1])
        return np.array(np.clip((value - self.target_mean_) / self.target_std_, -LARGEST, LARGEST), np.float32)

    def baselines(self, train: Sequence[Example], others: Sequence[Example]) -> list[Baseline]:
        """The majority class or the mean, and histogram gradient boosting, which is hard to beat on tables."""
        if not others:
            return []
        began = time.monotonic()
        if self.classes_:
            trivial = classification.trivial(self.settings, train, others, self.classes_)
        else:
            trivial = Baseline("mean", [self.target_mean_] * len(others), 0.0)
        boosting = Boosting(self._cardinalities, len(self.classes_), rounds=BASELINE_ROUNDS, shrinkage=0.1)
        if not boosting.fit(self._encoded(train)):
            return [trivial]
        said = boosting.predict(self._encoded(others), median=is_ordered(self.settings))
        predictions = (
            [self.classes_[i] for i in said]
            if self.classes_
            else (said * self.target_std_ + self.target_mean_).tolist()
        )
        return [trivial, Baseline("gradient boosting", predictions, time.monotonic() - began)]

    def _encoded(self, examples: Sequence[Example]) -> Rows:
        """The rows as `encode` gives them, all at once."""
        indices = [[self.index(name, e.input) for name in self.categorical_] for e in examples]
        target = np.array([self._encoded_target(e.target) for e in examples])
        categories = np.array(indices, np.int64).reshape(len(examples), -1)
        return Rows(self.numbers(examples).astype(np.float32), categories, target)

    def features(self, examples: Sequence[Example]) -> NDArray[np.float64]:
        """Numbers, scaled as the net sees them, with the mean for what is missing; and a column for each category."""
        numbers = (self.numbers(examples) - np.array(self.mean_)) / np.maximum(self.std_, 1e-12)
        columns = [np.nan_to_num(numbers.reshape(len(examples), -1))]
        for name, values in self.categorical_.items():
            indices = [self.index(name, e.input) for e in examples]
            columns.append(np.eye(len(values) + 1)[indices])  # (rows, categories)
        return np.concatenate(columns, 1)

    def show(self, example: Example) -> dict[str, Any]:
        """The row."""
        return {"fields": dict(example.input)}
