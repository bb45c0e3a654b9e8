"""Sentences with a tag for each word, in columns: a word a line, its tag in the last column, a blank line between.

Columns are parted by tabs, or by blanks where no line has a tab. Lines that begin with ``# `` or ``-DOCSTART-`` are
passed over. Files named train, dev and test are ready-made splits. Tags of entities (``B-person``, ``I-person``,
``O``) are brought to one scheme, IOB2; IOB1 and BIOES are understood, and other ways to write them (`usual_tags`).
Where the tag stands in the first column and the word in the last, they are exchanged. CoNLL-U is told by its ten
columns: its words are the second and their parts of speech (UPOS) the fourth, or the column that is named as the
target; lines of several words in one (``3-4``) and of words that are not there (``8.1``) are passed over. Tables of
words and tags are read by `fathom.data.text.tagged_table`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from fathom.data import repairs
from fathom.data.table import tables
from fathom.data.text.tagged_table import is_tagged_table, tagged_rows
from fathom.data.text.text_file import read_text
from fathom.data.text.texts import text_digest
from fathom.errors import Unreadable, UserError
from fathom.records import Example, Examples, SkipKind, Skipped, Source
from fathom.spelling import choice

MOST_WORDS = 250
"""Words of a sentence; one that is longer is probably several, without blank lines between them."""
_FEWEST = 10
"""Sentences below which nothing can be split."""
_TELLING = 100
"""Lines that all have a tag of an entity or O, by which a file is told that has no blank line."""
_EXTENSIONS = frozenset({".conll", ".conllu", ".bio", ".iob", ".iob2", ".bioes"})
_POSSIBLE_EXTENSIONS = frozenset({".txt", ".tsv"})
_CHUNK = re.compile(r"[BIESLU]-\S+")
_LOOSE_CHUNK = re.compile(r"([BIESLU])[-_](\S+)|(\S+)[-_]([BIESLU])", re.IGNORECASE)
_SAMPLE = 200  # lines that are looked at
_ADVICE = "give files with a word and its tag on each line, and a blank line between sentences"
_UNIVERSAL = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
"""The columns of CoNLL-U."""
_PARTS_OF_SPEECH = frozenset(
    ("ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN", "PUNCT", "SCONJ",
     "SYM", "VERB", "X")
)  # fmt: skip
"""The tags that UPOS has."""
_PLACE = re.compile(r"\d+([-.]\d+)?")
_MOSTLY = 0.9
"""Share of the tags that are those of entities, from which on the others are mistakes."""
_Rows = list[tuple[int, list[str]]]  # the number of each line, and its columns
_Sentence = tuple[_Rows, str | None]  # and what is wrong with it, if anything


def is_conll(path: Path) -> bool:
    """Whether a file has words and tags in columns: by its extension, or by tags of entities in the last column."""
    if path.suffix.lower() in _EXTENSIONS:
        return path.is_file()
    if path.suffix.lower() not in _POSSIBLE_EXTENSIONS or not path.is_file():
        return False
    try:
        lines = read_text(path, Counter()).splitlines()[:_SAMPLE]
    except Unreadable:
        return False
    rows = [_columns(line, _is_tabbed(lines)) for line in lines if line.strip()]
    usual = usual_tags({row[-1] for row in rows})
    tags = [usual.get(row[-1], row[-1]) for row in rows]
    same = len({len(row) for row in rows}) == 1 and len(rows[0]) > 1
    blank = any(not line.strip() for line in lines[1:-1])
    return (
        same
        and (blank or len(rows) >= _TELLING)
        and any(map(_CHUNK.fullmatch, tags))
        and all(t == "O" or _CHUNK.fullmatch(t) for t in tags)
    )


def tagged_files(place: Path) -> list[Path]:
    """The files with columns that a path names: itself, or all in a folder."""
    if place.is_file():
        return [place] if is_conll(place) else []
    return [p for p in sorted(place.iterdir()) if is_conll(p)] if place.is_dir() else []


def read_sentences(source: Source) -> Examples:
    """One example a sentence: `input` its words, `target` its tags, parted by blanks.

    Sentences whose lines do not all have the same number of columns are skipped and listed.

    Raises:
        UserError: there are no such files, or no tags in them.
    """
    items: list[Example] = []
    skipped: list[Skipped] = []
    if is_tagged_table(source):
        for name, split, rows in tagged_rows(source):
            _add(rows, name, split, items, skipped)
        return _finished(items, skipped, source)
    for root, given in ((source.path, None), (source.dev, "dev"), (source.test, "test")):
        for path in [] if root is None else tagged_files(root):
            split = given or tables.SPLIT_NAMES.get(path.stem.lower())
            name = f"{given}/{path.name}" if given else path.name
            try:
                lines = re.split("\r\n|\r|\n", read_text(path))  # other ends that Unicode has may be in words
            except Unreadable as error:
                skipped.append(Skipped(name, str(error), SkipKind.FILE))
                continue
            for rows, fault in _with_tags_last(list(_read(path, lines, source.target)), path):
                where = f"{name} line {rows[0][0]}"
                if fault is not None:
                    skipped.append(Skipped(where, fault))
                else:
                    _add(rows, where, split, items, skipped)
    return _finished(items, skipped, source)


def _finished(items: list[Example], skipped: list[Skipped], source: Source) -> Examples:
    """The sentences with their tags in one scheme.

    Raises:
        UserError: there are none.
    """
    if not items:
        why = f" ({skipped[0].id}: {skipped[0].reason})" if skipped else ""
        raise UserError(f"{source.text} has no tagged sentences{why}: {_ADVICE}")
    _check_parted(items, source)
    if usual := usual_tags({tag for e in items for tag in e.target.split()}):
        items = [replace(e, target=" ".join(usual[tag] for tag in e.target.split())) for e in items]
    tags = [tag for e in items for tag in e.target.split() if tag != "O"]
    chunks = sum(map(bool, map(_CHUNK.fullmatch, tags)))
    if chunks and chunks >= _MOSTLY * len(tags):
        items = [e for e in items if not _has_other_tag(e, skipped)]
        items = [_in_iob2(e) for e in items]
    return Examples(tuple(items), tuple(skipped), "sentences", "tags")


def _check_parted(items: Sequence[Example], source: Source) -> None:
    """Refuse files in which sentences are not parted, so that there are too few to be split.

    Raises:
        UserError: says how long the longest is.
    """
    longest = max(items, key=lambda e: len(e.input))
    if len(items) < _FEWEST and len(longest.input) > MOST_WORDS:
        one = "1 sentence" if len(items) == 1 else f"{len(items)} sentences"
        raise UserError(
            f"{source.text} has {one}, the longest of {len(longest.input):,} words, since blank lines between "
            "sentences are missing: put one after the last word of each sentence"
        )


def _read(path: Path, lines: Sequence[str], target: str | None) -> Iterator[tuple[_Rows, str | None]]:
    """The sentences of a file, and what is wrong with each, if anything is that its form does not allow."""
    if _is_universal(path, lines):
        return _universal(_sentences(lines, "#"), target)
    return ((rows, None) for rows in _sentences(lines, "# "))


def _with_tags_last(sentences: list[_Sentence], path: Path) -> list[_Sentence]:
    """The sentences of a file with the words first; they are exchanged where only the first column has tags."""
    first = Counter(row[0] for rows, _ in sentences for _, row in rows)
    last = Counter(row[-1] for rows, _ in sentences for _, row in rows)
    if not _are_tags(first) or _are_tags(last) or len(first) > len(last) or "O" not in first:
        return sentences
    repairs.tell("the first column has the tags and the last the words", path)
    return [([(number, row[::-1]) for number, row in rows], fault) for rows, fault in sentences]


def _are_tags(values: Counter[str]) -> bool:
    """Whether these are tags of entities, nearly all of them."""
    chunks = sum(n for value, n in values.items() if _CHUNK.fullmatch(value))
    return bool(chunks) and chunks + values["O"] >= _MOSTLY * values.total()


def usual_tags(tags: Collection[str]) -> dict[str, str]:
    """The usual way to write each tag, where all are tags of entities written otherwise; empty where they are not.

    Args:
        tags: all that occur.

    >>> usual_tags({"b-per", "i-per", "o"}) == {"b-per": "B-per", "i-per": "I-per", "o": "O"}
    True
    >>> usual_tags({"B_LOC", "0"}) == {"B_LOC": "B-LOC", "0": "O"}
    True
    >>> usual_tags({"B-LOC", "O"}), usual_tags({"NOUN", "VERB"})
    ({}, {})
    """
    found: dict[str, str] = {}
    for tag in tags:
        if mark := _LOOSE_CHUNK.fullmatch(tag):
            found[tag] = f"{(mark[1] or mark[4]).upper()}-{mark[2] or mark[3]}"
        elif tag in ("O", "o", "0"):
            found[tag] = "O"
    begun = {own.partition("-")[0] for own in found.values()}
    known = len(found) == len(tags) and "O" in begun and bool(begun & {"B", "I"})
    right = {own == tag for tag, own in found.items() if own != "O"}  # one that is other than the rest is a slip
    return found if known and len(right) == 1 and any(own != tag for tag, own in found.items()) else {}


def _has_other_tag(example: Example, skipped: list[Skipped]) -> bool:
    """Whether a tag is none of an entity, though nearly all are; it is listed then."""
    wrong = next((tag for tag in example.target.split() if tag != "O" and not _CHUNK.fullmatch(tag)), None)
    if wrong is not None:
        skipped.append(Skipped(example.id, f"not clear (the tag {wrong[:40]!r} is neither O nor like B-person)"))
    return wrong is not None


def _add(rows: _Rows, name: str, split: str | None, items: list[Example], skipped: list[Skipped]) -> None:
    counts = Counter(len(row) for _, row in rows)
    usual = counts.most_common(1)[0][0]
    if usual == 1 and len(counts) == 1:
        skipped.append(Skipped(name, "without tags"))
    elif len(counts) > 1:
        number, row = next((number, row) for number, row in rows if len(row) != usual)
        columns = f"{len(row)} column{'' if len(row) == 1 else 's'}"
        skipped.append(Skipped(name, f"ragged (line {number} has {columns} where others have {usual})"))
    else:
        words, tags = tuple(row[0] for _, row in rows), " ".join(row[-1] for _, row in rows)
        items.append(Example(name, words, tags, split=split, content=text_digest("\n".join((*words, tags)))))


def _sentences(lines: Sequence[str], comment: str) -> Iterator[_Rows]:
    """The rows of each sentence, with the numbers of their lines."""
    rows: _Rows = []
    tabbed = _is_tabbed(lines)
    usual = Counter(len(_columns(line, tabbed)) for line in lines if line.strip()).most_common(1)
    for number, line in enumerate([*lines, ""], 1):
        if not _stripped(line) or line.startswith("-DOCSTART-"):
            if rows:
                yield rows
            rows = []
        elif not line.startswith(comment) or len(_columns(line, tabbed)) == usual[0][0]:  # a word may be "#"
            rows.append((number, _columns(line, tabbed)))


def _is_universal(path: Path, lines: Sequence[str]) -> bool:
    """Whether a file is CoNLL-U: by its name, or by ten columns of which the first counts the words."""
    if path.suffix.lower() == ".conllu":
        return True
    rows = [line.split("\t") for line in lines[:_SAMPLE] if line.strip() and not line.startswith("#")]
    return bool(rows) and all(len(row) == len(_UNIVERSAL) and _PLACE.fullmatch(row[0]) for row in rows)


def _universal(sentences: Iterator[_Rows], target: str | None) -> Iterator[tuple[_Rows, str | None]]:
    """Word and tag of each line of CoNLL-U; or a sentence as it is, and what is wrong with it.

    Raises:
        UserError: it has no column of that name.
    """
    asked = "upos" if target in (None, "tags") else str(target).lower()
    if asked not in _UNIVERSAL[2:]:
        raise UserError(f"`target={target}` is no column of CoNLL-U{choice(str(target), _UNIVERSAL[2:])}")
    held = list(sentences)
    column = _UNIVERSAL.index(asked)
    whole = [row for rows in held for _, row in rows if len(row) == len(_UNIVERSAL)]
    if target is None and whole and all(row[column] == "_" for row in whole):
        column = _UNIVERSAL.index("xpos")
    for rows in held:
        fault = _fault(rows, column)
        kept = [(n, [row[1], row[column]]) for n, row in rows if fault is None and row[0].isdecimal()]
        if fault is not None or kept:
            yield kept or rows, fault


def _fault(rows: _Rows, column: int) -> str | None:
    """What is wrong with a sentence of CoNLL-U, if anything."""
    expected = 1
    for number, row in rows:
        if len(row) != len(_UNIVERSAL):
            return f"damaged (line {number} has {len(row)} columns where CoNLL-U has {len(_UNIVERSAL)})"
        if not _PLACE.fullmatch(row[0]):
            return f"damaged (line {number} begins with {row[0][:20]!r} and not with the number of a word)"
        if not row[0].isdecimal():
            continue
        if row[0] == "1" and expected > 1:
            return f"not parted from the next (line {number} begins another sentence: put a blank line before it)"
        if int(row[0][:9]) != expected:
            return f"damaged (line {number} has the word {row[0][:9]} where {expected} is expected)"
        expected += 1
        if row[column] == "_":
            return f"without tags (line {number} has none)"
        if column == _UNIVERSAL.index("upos") and row[column] not in _PARTS_OF_SPEECH:
            return f"damaged (line {number} has {row[column][:20]!r} in the fourth column, which is no part of speech)"
    return None


def _is_tabbed(lines: Sequence[str]) -> bool:
    return any("\t" in line for line in lines[:_SAMPLE])


def _columns(line: str, tabbed: bool) -> list[str]:
    parts = _stripped(line).split("\t") if tabbed or "\t" in line else [p for p in line.split(" ") if p]
    return [part.strip(" ").replace(" ", "_") for part in parts]


def _stripped(line: str) -> str:
    """Without the blanks around it; others that Unicode has may be words."""
    return line.strip(" \t\r")


def _in_iob2(example: Example) -> Example:
    tags = example.target.split()
    spans = entity_spans(tags)
    found = ["O"] * len(tags)
    for kind, start, end in spans:
        found[start:end] = [f"B-{kind}", *[f"I-{kind}"] * (end - start - 1)]
    return Example(example.id, example.input, " ".join(found), split=example.split, content=example.content)


def entity_spans(tags: Sequence[str]) -> list[tuple[str, int, int]]:
    """The entities in a sequence of tags: kind, first word, and the word after the last.

    As conlleval and seqeval read them: an entity begins at B, S or U, and at I, E or L after another kind or none.

    >>> entity_spans(["B-person", "I-person", "O", "I-place", "B-place"])
    [('person', 0, 2), ('place', 3, 4), ('place', 4, 5)]
    """
    spans: list[tuple[str, int, int]] = []
    kind, start, open_ = "", 0, False
    for i, tag in enumerate([*tags, "O"]):
        mark, _, own = tag.partition("-")
        inside = mark in ("B", "I", "E", "S", "L", "U") and bool(own)
        begins = inside and (mark in ("B", "S", "U") or not open_ or own != kind)
        if open_ and (begins or not inside):
            spans.append((kind, start, i))
            open_ = False
        if begins:
            kind, start, open_ = own, i, True
        if open_ and mark in ("E", "S", "L", "U"):
            spans.append((kind, start, i + 1))
            open_ = False
    return spans
