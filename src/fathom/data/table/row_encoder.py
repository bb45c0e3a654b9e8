"""From a row of a table to numbers and categories, as a run has learned them; without the net that is given these.

A fitted encoder is its fields, whose names end in ``_``: columns, their kinds, dates, categories and limits. A task for
tables is one (`fathom.tasks.table`), and so is the program of an exported run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.table import asked_rows, cells
from fathom.data.table.column_match import match_columns
from fathom.data.table.column_roles import is_dates
from fathom.data.table.columns import Column
from fathom.data.table.date_parts import DateParts
from fathom.data.table.table_files import column_called
from fathom.errors import UserError
from fathom.records import Doubt, DoubtKind, Example

MISSING = 0
"""Index of a category that is missing, or was not seen in training."""
LARGEST = 1e30
"""Beyond it, numbers are cut off: single precision ends at 3e38."""
_MOST_KNOWN = 50_000
_MOST_DATES = 50_000
_MOST_TEXTS = 50_000


class RowEncoder:
    """What the columns of a table are, and what a row of it is as numbers and categories.

    Attributes:
        columns_: what each column is, as `Column` has it; None in runs from before this was kept, which read only what
            computers write as numbers.
        numeric_: names of the columns of numbers.
        categorical_: columns of categories, and these.
        dates_: of each column of dates the parts that are learned from, as `DateParts` has them.
        texts_: of each column of free text the directions along which texts are told apart.
        limits_: of columns with values that cannot be right, the range of all others, to which they are cut off.
        quantiles_: of each number some points of its distribution.
    """

    columns_: dict[str, dict[str, Any]] | None = None
    numeric_: list[str]
    categorical_: dict[str, list[str]]
    dates_: dict[str, dict[str, Any]] | None = None
    texts_: dict[str, dict[str, Any]] | None = None
    limits_: dict[str, list[float]] | None = None
    quantiles_: list[list[float]]

    @cached_property
    def _columns(self) -> dict[str, Column]:
        """What each column is; none are known of a run from before they were kept, which takes cells as they are."""
        return {name: Column.from_dict(one) for name, one in (self.columns_ or {}).items()}

    def has_codes(self, name: str) -> bool:
        """Whether a column is one of text, though its values may be of digits: 00501.

        Args:
            name: of the column.
        """
        return name in self._columns and self._columns[name].kind == "text"

    def has_dates(self, name: str, values: Sequence[Any]) -> bool:
        """Whether a column is one of dates.

        Args:
            name: of the column.
            values: those that are there.
        """
        return self._columns[name].kind == "date" if name in self._columns else is_dates(values)

    @property
    def used_columns(self) -> list[str]:
        """The columns that were learned from."""
        return [*self.numeric_, *(self.dates_ or {}), *(self.texts_ or {}), *self.categorical_]

    def cell(self, name: str, value: Any) -> Any:
        """What a cell of a column holds; None where nothing is there.

        Truth is 1 or 0 in a column of these, and no number in others.

        Args:
            name: of the column.
            value: as it stands in a file, or as it was read.

        Raises:
            ValueError: something is there that the column does not hold.
        """
        if name in self._binary:
            value = asked_rows.as_number(value)
        elif isinstance(value, bool) and name in self._scaled:
            raise ValueError(f"{value} is no number")
        column = self._columns.get(name)
        return value if column is None else column.value(value)

    def held(self, name: str, row: Mapping[str, Any]) -> Any:
        """What a row holds in a column; None where that is nothing, or cannot be read."""
        own = name if name in row else self.names_in(row).get(name)
        value = None if own is None else row[own]
        if type(value) is float and name in self._plain_numbers and math.isfinite(value):
            return value
        if type(value) is not str:
            return None if value is None else self._read_cell(name, value)
        known = self._known_texts.setdefault(name, {})  # equal texts are read once
        if value not in known:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            known[value] = self._read_cell(name, value)
        return known[value]

    def _read_cell(self, name: str, value: Any) -> Any:
        try:
            return self.cell(name, value)
        except ValueError:
            return None

    @cached_property
    def _known_texts(self) -> dict[str, dict[str, Any]]:
        """What texts of each column hold, as far as they were met."""
        return {}

    @cached_property
    def _plain_numbers(self) -> frozenset[str]:
        """Columns whose numbers are what they are, and no dates."""
        return frozenset(name for name, one in self._columns.items() if one.kind == "number" and one.date is None)

    def names_in(self, there: Iterable[str]) -> Mapping[str, str]:
        """The columns of a row, by their names in training.

        Args:
            there: the names of its columns.
        """
        there = tuple(there)
        if there not in self._matched:
            self._matched[there] = match_columns(self.used_columns, there)
        return self._matched[there]

    @cached_property
    def _matched(self) -> dict[tuple[str, ...], Mapping[str, str]]:
        """What `names_in` has found, by the names of the columns."""
        return {}

    @cached_property
    def _scaled(self) -> frozenset[str]:
        return frozenset(self.numeric_)

    @cached_property
    def _binary(self) -> frozenset[str]:
        """The columns of numbers that have 0 and 1 alone; one point of their scale may lie between the two."""
        scales = zip(self.numeric_, getattr(self, "quantiles_", []))
        between = {name: sum(point not in (0.0, 1.0) for point in points) for name, points in scales}
        return frozenset(name for name, count in between.items() if count < 2)

    def index(self, column: str, row: Mapping[str, Any]) -> int:
        """The place of the category of a row in a column; `MISSING` for what is missing or was not seen."""
        value = self.held(column, row)
        return MISSING if value is None else self._place(column, value)

    def _place(self, column: str, value: Any) -> int:
        """The place of a category, or of the one that differs in how it is written alone."""
        places = self._positions[column]
        if (text := str(value)) not in places:
            places[text] = asked_rows.place_of(value, self.categorical_[column])
        return places[text]

    @cached_property
    def _positions(self) -> dict[str, dict[str, int]]:
        """Index of each category; built once, since looking through a list for each row is slow."""
        return {name: {value: i + 1 for i, value in enumerate(values)} for name, values in self.categorical_.items()}

    @cached_property
    def _date_parts(self) -> dict[str, DateParts]:
        return {name: DateParts(one["since"], tuple(one["parts"])) for name, one in (self.dates_ or {}).items()}

    @cached_property
    def number_names(self) -> list[str]:
        """What the net is given as numbers: the columns of numbers, the parts of dates, and the places of texts."""
        parts = [f"{name}: {part}" for name, date in self._date_parts.items() for part in date.parts]
        places = [f"{name}: {i + 1}" for name, count in self._places.items() for i in range(count)]
        return [*self.numeric_, *parts, *places]

    @cached_property
    def _places(self) -> dict[str, int]:
        """Of each column of free text how many numbers a text is."""
        return {name: len(one["directions"]) for name, one in (self.texts_ or {}).items()}

    def numbers(self, examples: Sequence[Example], new_texts: bool = True) -> NDArray[np.float64]:
        """The numbers, ``(rows, numbers)``, within their limits, with NaN for missing.

        Args:
            examples: the rows.
            new_texts: encode also texts that were not met yet, which takes its time.
        """
        made = []
        for e in examples:
            row = [number_of(self.held(name, e.input)) for name in self.numeric_]
            for name in self._date_parts:
                row += self._parts_of(name, self.held(name, e.input))
            for name in self._places:
                row += self._places_of(name, self.held(name, e.input), new_texts)
            made.append(row)
        numbers = np.array(made, np.float64).reshape(len(examples), -1)
        for name, (low, high) in (self.limits_ or {}).items():
            i = self.number_names.index(name)
            numbers[:, i] = numbers[:, i].clip(low, high)
        return numbers

    def _parts_of(self, name: str, date: Any) -> list[float]:
        """The parts of a date; equal dates are taken apart once."""
        known = self._known_dates.setdefault(name, {})
        if date not in known:
            if len(known) >= _MOST_DATES:
                known.clear()
            known[date] = self._date_parts[name].of(date)
        return known[date]

    def _places_of(self, name: str, text: Any, new: bool) -> list[float]:
        """Where a text lies; equal texts are encoded once."""
        known = self._known_places.setdefault(name, {})
        if text is None or (text not in known and not new):
            return [float("nan")] * self._places[name]
        if text not in known:
            if len(known) >= _MOST_TEXTS:
                known.clear()
            known[text] = self._placed(name, str(text))
        return known[text]

    def _placed(self, name: str, text: str) -> list[float]:
        """Where a text lies in a column; whoever has a sentence encoder says it.

        Raises:
            UserError: there is none.
        """
        raise UserError(f"{column_called(name)} is free text, which needs fathom itself: predict with `fathom predict`")

    @cached_property
    def _known_places(self) -> dict[str, dict[Any, list[float]]]:
        return {}

    @cached_property
    def _known_dates(self) -> dict[str, dict[Any, list[float]]]:
        return {}

    def doubts(self, example: Example) -> list[Doubt]:
        """Columns that are missing or called otherwise, cells that cannot be read, categories that were never seen.

        Raises:
            Unreadable: no column is known, or there is nothing in them.
        """
        return asked_rows.doubts_of_row(
            example.input, self.names_in(example.input), self.used_columns, self._cell_doubt
        )

    def _cell_doubt(self, name: str, value: Any) -> Doubt | None:
        """What is the matter with a cell, as `asked_rows.CellDoubt` has it."""
        shown, dated = str(value)[:40], name in self._date_parts
        try:
            held = self.cell(name, value)
        except ValueError:
            return Doubt(name, DoubtKind.UNDATED if dated else DoubtKind.UNREADABLE, shown)
        if held is None and cells.is_infinite(value):
            return Doubt(name, DoubtKind.UNDATED if dated else DoubtKind.UNREADABLE, shown)
        if held is None or held != held or (name not in self._columns and cells.is_missing(held)):
            raise asked_rows.Empty  # a column that was looked at may have NA for a category
        if name in self._places:
            return None
        if dated or name in self._scaled:
            return Doubt(name, DoubtKind.UNREADABLE, shown) if not dated and np.isnan(number_of(held)) else None
        if (place := self._place(name, held)) == MISSING:
            return Doubt(name, DoubtKind.UNSEEN, shown)
        return asked_rows.doubt_of_spelling(name, held, self.categorical_[name][place - 1])


def number_of(value: Any) -> float:
    """The value as a number within `LARGEST`; NaN where it is missing or none."""
    if type(value) is float and -LARGEST <= value <= LARGEST:
        return value
    found = float(value) if isinstance(value, bool) else cells.parse_number(value)
    return float("nan") if found is None else min(max(found, -LARGEST), LARGEST)
