"""Sentences with a tag for each word, in columns: a word a line, its tag in the last column, a blank line between.

Columns are parted by tabs, or by blanks where no line has a tab. Lines that begin with ``# `` or ``-DOCSTART-`` are
passed over. Files named train, dev and test are ready-made splits. Tags of entities (``B-person``, ``I-person``,
``O``) are brought to one scheme, IOB2; IOB1 and BIOES are understood.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from fathom.data.table import tables
from fathom.data.text.texts import read_text, text_digest
from fathom.errors import Unreadable, UserError
from fathom.records import Example, Examples, Skipped, Source

_EXTENSIONS = frozenset({".conll", ".bio", ".iob", ".iob2", ".bioes"})
_POSSIBLE_EXTENSIONS = frozenset({".txt", ".tsv"})
_CHUNK = re.compile(r"[BIESLU]-\S+")
_SAMPLE = 200  # lines that are looked at
_ADVICE = "give files with a word and its tag on each line, and a blank line between sentences"


def is_conll(path: Path) -> bool:
    """Whether a file has words and tags in columns: by its extension, or by tags of entities in the last column."""
    if path.suffix.lower() in _EXTENSIONS:
        return path.is_file()
    if path.suffix.lower() not in _POSSIBLE_EXTENSIONS or not path.is_file():
        return False
    try:
        lines = read_text(path).splitlines()[:_SAMPLE]
    except Unreadable:
        return False
    rows = [_columns(line, lines) for line in lines if line.strip()]
    tags = [row[-1] for row in rows]
    same = len({len(row) for row in rows}) == 1 and len(rows[0]) > 1
    blank = any(not line.strip() for line in lines[1:-1])
    return same and blank and any(map(_CHUNK.fullmatch, tags)) and all(t == "O" or _CHUNK.fullmatch(t) for t in tags)


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
    for root, given in ((source.path, None), (source.dev, "dev"), (source.test, "test")):
        for path in [] if root is None else tagged_files(root):
            split = given or tables.SPLIT_NAMES.get(path.stem.lower())
            name = f"{given}/{path.name}" if given else path.name
            try:
                lines = read_text(path).split("\n")  # other ends of lines that Unicode has may be in words
            except Unreadable as error:
                skipped.append(Skipped(name, str(error)))
                continue
            for number, rows in _sentences(lines):
                _add(rows, f"{name} line {number}", split, items, skipped)
    if not items:
        why = f" ({skipped[0].id} is {skipped[0].reason})" if skipped else ""
        raise UserError(f"{source.text} has no tagged sentences{why}: {_ADVICE}")
    if any(_CHUNK.fullmatch(tag) for e in items for tag in e.target.split()):
        items = [_in_iob2(e) for e in items]
    return Examples(tuple(items), tuple(skipped), "sentences", "tags")


def _add(rows: list[list[str]], name: str, split: str | None, items: list[Example], skipped: list[Skipped]) -> None:
    counts = {len(row) for row in rows}
    if counts == {1}:
        skipped.append(Skipped(name, "without tags"))
    elif len(counts) > 1:
        skipped.append(Skipped(name, f"ragged (lines of {' and '.join(map(str, sorted(counts)))} columns)"))
    else:
        words, tags = tuple(row[0] for row in rows), " ".join(row[-1] for row in rows)
        items.append(Example(name, words, tags, split=split, content=text_digest("\n".join((*words, tags)))))


def _sentences(lines: Sequence[str]) -> Iterator[tuple[int, list[list[str]]]]:
    """The rows of each sentence, with the number of its first line."""
    rows: list[list[str]] = []
    start = 1
    usual = Counter(len(_columns(line, lines)) for line in lines if line.strip()).most_common(1)
    for number, line in enumerate([*lines, ""], 1):
        if not _stripped(line) or line.startswith("-DOCSTART-"):
            if rows:
                yield start, rows
            rows = []
        elif not line.startswith("# ") or len(_columns(line, lines)) == usual[0][0]:  # a word may be "#"
            start = start if rows else number
            rows.append(_columns(line, lines))


def _columns(line: str, lines: Sequence[str]) -> list[str]:
    tabbed = "\t" in line or any("\t" in other for other in lines[:_SAMPLE])
    parts = _stripped(line).split("\t") if tabbed else [p for p in re.split(r"[ \r]+", line) if p]
    return [part.strip(" \r").replace(" ", "_") for part in parts]


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
