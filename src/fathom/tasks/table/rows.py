"""Rows of a table as they are read: what each column is, how it is written, and which columns say nothing.

How a net is given what was read is decided by the encoder (`fathom.tasks.table.tabular`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, get_args

from fathom.data.files import is_file, is_folder
from fathom.data.json_keys import row_of
from fathom.data.table import asked_rows, tables
from fathom.data.table.cells import parse_number
from fathom.data.table.column_roles import judge
from fathom.data.table.columns import Asked, Column, Reading, Told, read_columns
from fathom.data.table.flat import flat_row
from fathom.data.table.row_encoder import RowEncoder
from fathom.data.table.table_files import shorten_names
from fathom.data.table.written_dates import Order
from fathom.data.table.written_numbers import Decimal
from fathom.errors import UserError
from fathom.fitted_state import forget_derived
from fathom.records import Example, Examples, Finding, Skipped, Source
from fathom.spelling import choice, did_you_mean, near_file
from fathom.task import Task
from fathom.tasks.table import row_findings

if TYPE_CHECKING:
    import polars as pl

FEW_CLASSES = 2
"""Whole numbers up to which a target is plainly one of classes."""
AS_ASKED = "as it was asked"
"""Why a column is left out that `drop` names."""
OWN_OPTIONS = ("kind", "order", "decimal", "dates", "keep", "drop")
"""Options of the task, which no net has."""


class TableRows(RowEncoder, Task):
    """The part of a task for tables that reads.

    Attributes:
        dropped_: columns that are not used, with the reason.
    """

    dropped_: dict[str, str]
    _ids: Sequence[str] = ()
    _told: Mapping[str, Told] = MappingProxyType({})

    @property
    def _fitted(self) -> bool:
        return hasattr(self, "dropped_")

    def read_rows(self, source: Source) -> Examples:
        """The rows, their cells read as in training, or as they seem to be written.

        Args:
            source: of the tables.

        Raises:
            UserError: they cannot be read, or what a cell means is open.
        """
        if self._fitted and self.columns_ is None:
            return tables.read_rows(source)
        known = self._columns if self._fitted else {}
        readings: list[Reading] = []

        ids: list[str] = []

        def typing(read: Sequence[tables.Table], target: str) -> list[pl.DataFrame]:
            ids.extend(f"row {number}" for number in (read[0].numbers if len(read) == 1 else ()))
            commas = any(table.commas for table in read)
            readings.append(read_columns([t.frame for t in read], self._asked(), known, target, commas))
            return readings[0].frames

        read = tables.read_rows(source, typing, self._asked_to_keep())
        self._told, self._ids = readings[0].told, ids
        if not self._fitted:
            left = judge({name: [e.input.get(name) for e in read.items] for name in read.items[0].input})
            left = {name: why for name, why in left.items() if name not in self._asked_to_keep()}
            found = [one for one in readings[0].columns.items() if one[0] not in source.annotators]  # names of people
            self.columns_ = {n: replace(column, left_out=left.get(n, "")).to_dict() for n, column in found}
            forget_derived(self)
        return read

    def findings(self, examples: Examples) -> list[Finding]:
        """What is worth telling of how the cells were read."""
        names = {*examples.items[0].input, examples.target}
        told = {name: one for name, one in self._told.items() if name in names}
        columns = {name: one for name, one in self._columns.items() if name in names} if self.columns_ else {}
        written = {name: one.number.told() for name, one in columns.items() if one.number and not one.number.plain}
        written |= {name: one.date.told() for name, one in columns.items() if one.date and one.date.worth_telling}
        return row_findings.findings(told, self._ids, written)

    def _asked(self) -> Asked:
        """What was said with ``--set decimal=…`` and ``--set dates=…``."""
        found: dict[str, Any] = {}
        for name, known in (("decimal", get_args(Decimal)), ("dates", get_args(Order))):
            asked = self.settings.options.get(name)
            if asked not in (None, *known):
                raise UserError(f"`{name}={asked}` is unknown{choice(str(asked), known)}")
            found[name] = asked
        return Asked(**found)

    def _asked_to_keep(self) -> list[str]:
        """The columns that are learned from whatever they look like: ``--set keep=id,name``."""
        return self._names_said("keep")

    def asked_to_drop(self) -> list[str]:
        """The columns that are not learned from, whatever is in them: ``--set drop=age,name``."""
        return self._names_said("drop")

    def _names_said(self, option: str) -> list[str]:
        asked = self.settings.options.get(option, ())
        return asked.split(",") if isinstance(asked, str) else [str(name) for name in asked]

    def _told_kind(self, items: Sequence[Example], taken: str, other: str) -> str:
        """How a target was understood that may be a class or a quantity: few whole numbers, and nobody has said."""
        values = {parse_number(e.target) for e in items}
        whole = all(v is not None and v == int(v) for v in values)
        if (
            {"kind", "order"} & self.settings.options.keys()
            or not whole
            or not FEW_CLASSES < len(values) <= len(items) / 4
        ):
            return ""
        return f"its {len(values):,} numbers taken for {taken} (--set kind={other})"

    def roles(self, train: Sequence[Example]) -> dict[str, str]:
        """The columns of the rows, each with the reason why it is not learned from, or "".

        Args:
            train: the training rows; what was judged when all rows were read holds.

        Raises:
            UserError: a column that is to be left out is not there.
        """
        names, dropped = list(train[0].input), self.asked_to_drop()
        if unknown := [name for name in dropped if name not in names]:
            raise UserError(
                f"`drop` names a column {unknown[0]!r} that is not there{did_you_mean(unknown[0], names)}: "
                f"name some of {shorten_names(names)}"
            )
        if self._columns.keys() >= set(names):
            left = {name: self._columns[name].left_out for name in names}
        else:
            left = judge({name: [e.input.get(name) for e in train] for name in names})
        return {name: AS_ASKED if name in dropped else left.get(name, "") for name in names}

    def read(self, text: str) -> Example:
        """Read a row as JSON: ``{"age": 39, "workclass": "Private"}``."""
        row = row_of(text)
        if not isinstance(row, dict):
            if is_folder(text):
                raise UserError(f"{text} is a folder: give the table in it that is asked about")
            if row is None and Path(text).suffix.lower() in tables.EXTENSIONS:
                raise UserError(f"there is no file {text}{near_file(text)}: check its name")
            raise UserError(f"{text[:60]!r} is no row: give a table, or a row as JSON such as '{{\"age\": 39}}'")
        return Example(text, row if self.columns_ is None else flat_row(row))

    def read_many(self, text: str) -> Sequence[Example | Skipped]:
        """The rows of a table, or one row as JSON.

        Raises:
            UserError: the table has none of the columns that were learned from.
        """
        if not is_file(text):
            return [self.read(text)]
        table = tables.load_table(Path(text), known=self.used_columns, typed=self.columns_ is None)
        if not self.names_in(table.frame.columns):
            raise UserError(f"{text} {asked_rows.foreign(self.used_columns, table.frame.columns)}")
        rows = ((f"{text} row {number}", row) for number, row in table.rows())
        return [Skipped(name, row) if isinstance(row, str) else Example(name, row) for name, row in rows]

    def _read_as(self, name: str) -> str:
        """How the cells of a column were read, in words; "" where as computers write them."""
        column, told = self._columns.get(name, Column()), self._told.get(name, Told())
        style = column.number.told() if column.number else column.date.told() if column.date else ""
        marks = f"missing where {row_findings.told_marks(told.marks)}" if told.marks else ""
        odd = sum(map(len, told.strange.values()))
        return "; ".join(part for part in (style, marks, f"{odd:,} odd cells missing" if odd else "") if part)
