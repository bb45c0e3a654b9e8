"""Tables with a word and its tag in each row, and a column that says where a sentence begins.

Sentence #,Word,POS,Tag          the number of the sentence stands in its first row, and in the others nothing
sentence_id,token,ner_tag        or it stands in each
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from fathom.data.table import tables
from fathom.data.table.table_files import lacks_column
from fathom.errors import UserError
from fathom.records import Source

if TYPE_CHECKING:
    import polars as pl

Rows = list[tuple[int, list[str]]]
"""The number of each row, its word and its tag."""
_SENTENCE = re.compile(r"sent(?:ence)?s?[ _-]*(?:#|id|idx|index|no|nr|num|number)?", re.I)
_WORD = re.compile(r"words?|tokens?|form", re.I)
_TAG = re.compile(r"(?:ner|bio|iob|entity)?[ _-]?(?:tags?|labels?)|ner|iob|bio|entity", re.I)
_CHUNK = re.compile(r"[BIESLU]-\S+")
_LOOKED_AT = 2000
_MOSTLY = 0.95
"""Share of the tags that are those of entities, from which on the others are mistakes."""


class _Columns(NamedTuple):
    """The columns of a table that are meant."""

    sentence: str
    word: str
    tag: str


def is_tagged_table(source: Source) -> bool:
    """Whether a table, or the training table of a folder, has tags of entities, a word a row, and tells sentences."""
    try:
        path = tables.files_of(source)[0][0] if source.path.is_dir() else source.path
        if not path.is_file() or not tables.is_table(path):
            return False
        return _columns(tables.read_table(path, tables.has_header(source)), source.target) is not None
    except (UserError, IndexError):
        return False


def tagged_rows(source: Source) -> Iterator[tuple[str, str | None, Rows]]:
    """What each sentence of the tables is called, its ready-made split, and its rows.

    Raises:
        UserError: a table has not the columns of the first.
    """
    first: _Columns | None = None
    for path, prefix, split in tables.files_of(source):
        table = tables.load_table(path, tables.has_header(source), typed=False)
        first = first or _columns(table.frame, source.target)
        if first is None:
            return
        if lacking := [c for c in first if c not in table.frame.columns]:
            raise UserError(f"{path} {lacks_column(lacking[0], table.frame.columns)}")
        rows: Rows = []
        last = None
        for number, (told, word, tag) in zip(table.numbers, table.frame.select(first).iter_rows()):
            own = None if told is None or not str(told).strip() else str(told)
            if own is not None and own != last:
                if rows:
                    yield f"{prefix}row {rows[0][0]}", split, rows
                last, rows = own, []
            if word is not None and str(word).strip():
                rows.append((number, ["_".join(str(word).split()), str(tag or "").strip()]))
        if rows:
            yield f"{prefix}row {rows[0][0]}", split, rows


def _columns(frame: pl.DataFrame, target: str | None) -> _Columns | None:
    """The columns of sentences, words and tags; None where there are none, or the tags are none of entities."""
    sentence = next((c for c in frame.columns if _SENTENCE.fullmatch(c.strip())), None)
    word = next((c for c in frame.columns if _WORD.fullmatch(c.strip())), None)
    tags = [c for c in frame.columns if (c == target if target else _TAG.fullmatch(c.strip()))]
    if sentence is None or word is None or not tags or len({sentence, word, tags[0]}) < 3:
        return None
    numbers = frame[sentence].head(_LOOKED_AT)
    several = numbers.null_count() > 0 or 2 * numbers.n_unique() < len(numbers)  # rows of one sentence
    values = [str(v) for v in frame[tags[0]].head(_LOOKED_AT).drop_nulls().to_list()]
    chunks = sum(map(bool, map(_CHUNK.fullmatch, values)))
    entities = chunks > 0 and chunks + values.count("O") >= _MOSTLY * len(values)
    return _Columns(sentence, word, tags[0]) if several and (entities or target) else None
