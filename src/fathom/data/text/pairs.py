"""Pairs of texts, one to be turned into the other: a table with a column of sources and one of targets.

A table holds pairs where nothing but two columns of text is in it, and the second does not repeat itself as labels do.
The two are named source and target (or src and tgt, input and output, question and answer), or both hold sentences, or
both hold names or single words of which hardly any comes twice.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING

from fathom.data.files import is_file
from fathom.data.table import tables
from fathom.data.table.table_files import column_called, shorten_names
from fathom.data.text.text_file import normalize_line
from fathom.data.text.texts import MIN_WORDS, is_names, is_row_id, median_words, sample, text_digest
from fathom.errors import UserError
from fathom.records import Example, Examples, Skipped, Source

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

_ENDED = r"[.!?…。！？]['\"»”)]*$"
"""How sentences end."""
_ATTRIBUTION = r"(?i)\bcc[- ]?(by|0)\b|attribution|creative commons|public domain"
NAMES = (
    ("source", "target"), ("src", "tgt"), ("src", "trg"), ("input", "output"), ("question", "answer"), ("from", "to"),
)  # fmt: skip
"""What people call the two columns, in lower case."""
_MAX_LABELS = 20
"""So many different values a column of labels may have; one of texts has more."""


def pair_columns(frame: pl.DataFrame, target: str | None = None, apart: Collection[str] = ()) -> tuple[str, str] | None:
    """The columns of source and target, or None where the table holds something else."""
    import polars as pl

    apart = {*apart, tables.split_column(frame) or ""}
    texts = [c for c in frame.columns if c not in apart and not is_row_id(frame[c]) and not _is_beside(frame[c])]
    if len(texts) != 2 or any(frame[c].dtype != pl.String for c in texts):
        return None
    names = [c.lower().strip() for c in texts]
    named = next((pair for pair in NAMES if sorted(pair) == sorted(names)), None)
    source, meant = texts if not named or names[0] == named[0] else texts[::-1]
    if target is not None and target in texts:
        source, meant = next(c for c in texts if c != target), target
    values = sample(frame[meant])
    different = values.n_unique()
    if named:
        return (source, meant) if different > min(_MAX_LABELS, 0.5 * len(values)) else None
    return (source, meant) if all(_may_be_text(frame[c]) for c in texts) else None


def _may_be_text(column: pl.Series) -> bool:
    """Whether a column holds sentences, however short, or names."""
    values = sample(column)
    ended = len(values) and float(values.str.contains(_ENDED).mean() or 0) >= 0.8  # type: ignore[arg-type]
    sentences = ended and values.n_unique() > max(_MAX_LABELS, 0.5 * len(values))
    return bool(sentences) or median_words(column) >= MIN_WORDS or is_names(column)


def _is_beside(column: pl.Series) -> bool:
    """Whether a column is none of the two: numbers without a name that are no labels, or a licence."""
    import polars as pl

    if column.dtype.is_integer():
        return re.fullmatch(r"column \d+", column.name) is not None and column.n_unique() > _MAX_LABELS
    if column.name.lower() in ("attribution", "license", "licence"):
        return True
    values = sample(column)
    if not len(values) or values.dtype != pl.String:
        return False
    return float(values.str.contains(_ATTRIBUTION).mean() or 0) >= 0.9  # type: ignore[arg-type]


def find_pairs(source: Source) -> tuple[str, str] | None:
    """The two columns of the table, or of a folder's table for training; None where it holds no pairs."""
    path = _first(source)
    if path is None:
        return None
    try:
        return pair_columns(tables.read_table(path, tables.has_header(source)), source.target, source.apart)
    except UserError:
        return None


def _first(source: Source) -> Path | None:
    try:
        path = tables.find_tables(source.path)[0][0] if source.path.is_dir() else source.path
    except (UserError, IndexError):
        return None
    return path if is_file(str(path)) and tables.is_table(path) else None


def read_pairs(source: Source) -> Examples:
    """One example a row: its input the source, its target the target, each in Unicode's composed form.

    Raises:
        UserError: the table has no two columns of text, or no rows.
    """
    path = _first(source)
    if path is None:
        raise UserError(f"{source.text} has no table of pairs: give one with the columns source and target")
    frame = tables.read_table(path, tables.has_header(source))
    found = pair_columns(frame, source.target, source.apart)
    if found is None:
        raise UserError(
            f"{path} has no two columns of text; it has {shorten_names(frame.columns)}: name them source, target"
        )
    read = tables.read_rows(replace(source, target=found[1]))
    items: list[Example] = []
    skipped = list(read.skipped)
    for example in read.items:
        given, meant = (
            normalize_line(str(v)) if v is not None else "" for v in (example.input.get(found[0]), example.target)
        )
        if not given or not meant:
            skipped.append(Skipped(example.id, "no source" if not given else "no target"))
            continue
        items.append(replace(example, input=given, target=meant, content=text_digest(given)))
    if not items:
        raise UserError(f"{column_called(found[0])} of {path} is empty: give texts to learn from")
    return Examples(tuple(items), tuple(skipped), "pairs", found[1], column=found[0])
