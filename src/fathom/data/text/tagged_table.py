"""Tables with a word and its tag in each row, and a column that says where a sentence begins; or a sentence in each.

Sentence #,Word,POS,Tag          the number of the sentence stands in its first row, and in the others nothing
sentence_id,token,ner_tag        or it stands in each
{"tokens": […], "ner_tags": […]} lists of as many words and tags, as the Hugging Face hub has them
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from fathom.data import repairs
from fathom.data.listed_labels import labels_in
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
_OTHER_TAG = re.compile(r"(?:pos|upos|xpos|chunk)[ _-]?(?:tags?|labels?)?", re.I)
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
        header = tables.has_header(source)
        if _lists(tables.load_table(path, header, typed=False).frame, source.target) is not None:
            return True
        return _columns(tables.read_table(path, header), source.target) is not None
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
        if lists := _lists(table.frame, source.target):
            yield from _listed(table, lists, prefix, split, path)
            continue
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


def _lists(frame: pl.DataFrame, target: str | None) -> tuple[str, str] | None:
    """The columns of lists of words and of as many tags; None where there are none."""
    word = next((c for c in frame.columns if _WORD.fullmatch(c.strip())), None)
    named = [c for kind in (_TAG, _OTHER_TAG) for c in frame.columns if kind.fullmatch(c.strip())]
    tag = target if target in frame.columns else next(iter(named), None) if target is None else None
    if word is None or tag is None or word == tag:
        return None
    pairs = frame.select(word, tag).drop_nulls().head(50).rows()
    said = [(labels_in(words), labels_in(tags)) for words, tags in pairs]
    if not said or any(words is None or tags is None for words, tags in said):
        return None
    alike = sum(len(words or ()) == len(tags or ()) for words, tags in said)
    return (word, tag) if alike >= 0.9 * len(said) and max(len(words or ()) for words, _ in said) > 1 else None


def _listed(
    table: tables.Table, columns: tuple[str, str], prefix: str, split: str | None, path: Path
) -> Iterator[tuple[str, str | None, Rows]]:
    """The sentences of a table with one in each row; a word without a tag makes one that is not whole."""
    numbers = False
    for number, cells in zip(table.numbers, table.frame.select(columns).iter_rows()):
        words, tags = labels_in(cells[0]), labels_in(cells[1])
        if words is None or tags is None:
            yield f"{prefix}row {number}", split, [(number, ["none"])]
            continue
        numbers = numbers or any(not isinstance(tag, str) for tag in tags)
        pairs = zip_longest(map(_text, words), map(_text, tags), fillvalue="")
        rows = [(number, [part for part in ("_".join(word.split()), tag) if part]) for word, tag in pairs]
        if rows:
            yield f"{prefix}row {number}", split, rows
    if numbers:
        repairs.tell(f"the tags in {columns[1]!r} are numbers: with names such as B-person entities are judged", path)


def _text(value: Any) -> str:
    """A word or a tag of a list; a number without a fraction."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


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
