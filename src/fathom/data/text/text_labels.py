"""Tables that give a text several labels: in one column, as a list or parted by a sign, or as columns of 0 and 1."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fathom.data import repairs
from fathom.data.label_sets import LabelSets, labels_in_cells, labels_in_columns
from fathom.data.several_labels import labels_together
from fathom.data.table import tables
from fathom.data.table.table_files import shorten_names
from fathom.data.text import texts
from fathom.errors import UserError
from fathom.metrics.labels import parse_labels
from fathom.records import Examples, Source

if TYPE_CHECKING:
    import polars as pl

_SIGNS = "|;,"
"""What parts labels in a cell, the surest first."""
_LONGEST = 5
"""Words of a label at most; what is longer is a sentence with a comma in it."""


@dataclass(frozen=True)
class _TextLabels:
    """A table of texts with several labels each: where it is, which column has the texts, and how labels are told."""

    path: Path
    text: str
    labels: LabelSets
    unread: tuple[str, ...]


def find_text_labels(source: Source) -> _TextLabels | None:
    """How a table tells the labels of texts that may have several; None where it is no such table.

    Args:
        source: a table, or a folder of tables; of a target that is named the cells must hold several labels.
    """
    try:
        path = texts.training_table(source)
        if not path.is_file() or not tables.is_table(path):
            return None
        frame = tables.read_table(path, tables.has_header(source))
        text, target = texts.text_columns(frame, path, source.target, source.apart)
        if texts.median_words(frame[text]) < texts.MIN_WORDS:
            return None
        columns = [] if source.target else labels_together(frame, target, path, source.apart)
    except UserError:
        return None
    labels = labels_in_columns(columns) if columns else _in_cells(frame, target)
    if labels is None:
        return None
    apart = {text, tables.split_column(frame), *labels.columns, *source.apart}
    unread = (c for c in frame.columns if c not in apart and not texts.is_row_id(frame[c]))
    return _TextLabels(path, text, labels, tuple(unread))


def read_text_labels(source: Source) -> Examples:
    """One example a row, its input the text, its target the labels: ``toxic|insult``.

    Raises:
        UserError: there is no such table, or it has no texts, or one set of labels only.
    """
    found = find_text_labels(source)
    if found is None:
        raise UserError(
            f"{source.text} is no table of texts with several labels: give a column of 0 and 1 for each, or write them "
            "as cat|dog, or as a list, in one column"
        )
    if found.unread:
        one = len(found.unread) == 1
        repairs.tell(
            f"{shorten_names(found.unread)} {'is' if one else 'are'} left out: several labels are learned of the texts "
            f"in {found.text!r} alone (--target names one label, and --task table learns it of all columns)",
            found.path,
        )
    return texts.read_texts(source, found.path, found.text, found.labels)


def _in_cells(frame: pl.DataFrame, target: str) -> LabelSets | None:
    """The labels in the cells of a column, where they are short and one of them comes in several sets."""
    found = labels_in_cells(frame, target, _SIGNS)
    if found is None:
        return None
    sets = {tuple(parse_labels(found.told({target: value}))) for value in frame[target].unique().to_list()}
    return found if _are_combined(sets, frame.height) else None


def _are_combined(sets: Collection[Sequence[str]], rows: int) -> bool:
    """Whether labels come again and in several sets, and no sign is part of the name of a class: ``Arts, Crafts``."""
    where: dict[str, set[Sequence[str]]] = defaultdict(set)
    for one in sets:
        for label in one:
            where[label].add(one)
    again = len(where) <= rows / 3 and all(len(label.split()) <= _LONGEST for label in where)
    return again and any(len(of) > 1 and any(len(one) > 1 for one in of) for of in where.values())
