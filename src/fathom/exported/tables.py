"""The program for rows of tables: a class, or a number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars  # noqa: F401 - what tables are read by
from numpy.typing import NDArray

from fathom.data.files import is_file
from fathom.data.json_keys import row_of
from fathom.data.table import asked_rows, tables
from fathom.data.table.flat import flat_row
from fathom.data.table.row_encoder import RowEncoder
from fathom.errors import Unreadable, UserError
from fathom.exported.batches import Arrays
from fathom.exported.classes import say_classes
from fathom.exported.program import Answer, Program
from fathom.number_format import significant
from fathom.records import Example


class Rows(Program):
    """A class or a number of each row."""

    def __init__(self, about: Mapping[str, Any]) -> None:
        super().__init__(about)
        self._rows = RowEncoder()
        for name, value in self.encoder.items():
            setattr(self._rows, f"{name}_", value)

    def read(self, text: str) -> Iterator[tuple[str, Arrays | str]]:
        """The rows of a table, or one row as JSON."""
        if is_file(text):
            known = self._rows.used_columns
            table = tables.load_table(Path(text), known=known, typed=self._rows.columns_ is None)
            if not self._rows.names_in(table.frame.columns):
                raise UserError(f"{text} {asked_rows.foreign(known, table.frame.columns)}")
            rows: Iterable[tuple[str, dict[str, Any] | str]] = (
                (f"{text} row {number}", row) for number, row in table.rows()
            )
        else:
            rows = [(text, self._row(text))]
        for name, row in rows:
            yield name, row if isinstance(row, str) else self._arrays(Example(name, row))

    def _row(self, text: str) -> dict[str, Any]:
        row = row_of(text)
        if not isinstance(row, dict):
            raise UserError(f"{text[:60]!r} is no row: give a table, or a row as JSON such as '{{\"age\": 39}}'")
        return row if self._rows.columns_ is None else flat_row(row)

    def _arrays(self, example: Example) -> Arrays | str:
        try:
            self.doubts[example.id] = tuple(self._rows.doubts(example))
        except Unreadable as error:
            return str(error)
        categories = [self._rows.index(name, example.input) for name in self._rows.categorical_]
        numbers = self._rows.numbers([example])[0].astype(np.float32)
        return {"numeric": numbers, "categorical": np.array(categories, np.int64)}

    def answer(self, outputs: Sequence[NDArray[Any]], batch: Arrays) -> list[Answer]:
        """The class with its probability, or the number in the units of the target."""
        if self.encoder["classes"]:
            return say_classes(outputs[0], self.encoder["classes"], self.about)
        mean, deviation = self.encoder["target_mean"], self.encoder["target_std"]
        values = [y * deviation + mean for y in outputs[0][:, 0].astype(np.float32).tolist()]
        return [Answer(value, significant(value, 6, thousands="")) for value in values]
