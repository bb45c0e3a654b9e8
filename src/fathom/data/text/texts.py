"""Texts as people have them: a table with a column of text, or a folder of ``.txt`` files for each class.

A table is one of texts where one column holds free text and nothing else is there to learn from; a table with several
features stays a table. Files that are not UTF-8 are read all the same, and it is said; what is no text, or empty, is
skipped with a reason.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from fathom.data import repairs
from fathom.data.class_names import with_class_names
from fathom.data.decoding import decode
from fathom.data.file_scan import visible_folders
from fathom.data.label_sets import LabelSets
from fathom.data.one_hot import one_hot_target
from fathom.data.several_labels import other_labels, refuse_several_labels
from fathom.data.splits.split_folders import split_folders
from fathom.data.splits.unlabelled import without_unlabelled
from fathom.data.table import tables
from fathom.data.table.cells import clean_column
from fathom.data.table.column_match import match_columns
from fathom.data.table.columns import Asked, read_columns
from fathom.data.table.table_files import column_called, shorten_names
from fathom.data.text.text_file import read_text, refuse_missing_file
from fathom.declared_options import NOT_GROUPED
from fathom.errors import Unreadable, UserError
from fathom.records import Example, Examples, InputKind, Skipped, Source

if TYPE_CHECKING:
    import polars as pl

SAMPLE_ROWS = 1000
"""Rows, from all over a table, that are looked at to tell what a column holds."""
MIN_NAMES = 5
"""Rows below which different values say nothing of what a column holds."""
MIN_WORDS = 3
"""Words that a text has at least, in the middle of all, to be told from the name of a category."""
_NAMES = ("id", "index", "row", "no", "nr", "number", "key", "")
_UNTOLD = re.compile(r"(\.(text|\d+|[0-9a-f]{32}))?", re.IGNORECASE)
"""Endings that say nothing of what a file is: none, a number, a digest."""


def sample(column: pl.Series) -> pl.Series:
    """Values from all over a column, at most `SAMPLE_ROWS`: lists are often sorted, by length or by label."""
    values = column.drop_nulls()
    return values.gather_every(max(1, len(values) // SAMPLE_ROWS))


def median_words(column: pl.Series) -> float:
    """The words of the middle value of a column of free text; 0 where it is numbers or repeats itself like a category.

    Where most values occur more than once, they are categories, however long.
    """
    import polars as pl

    if column.dtype != pl.String:
        return 0.0
    values = sample(column)
    if not len(values) or values.n_unique() < 0.5 * len(values):
        return 0.0
    return float(values.str.count_matches(r"\S+").median() or 0)  # type: ignore[arg-type]


def text_columns(frame: pl.DataFrame, path: Path, target: str | None, apart: Collection[str]) -> tuple[str, str]:
    """The column of text and that of labels.

    The text is the column with the most words; the label is the one that was named, or has a telling name, or is the
    last of the others.

    Raises:
        UserError: there is no column of text, or none beside it.
    """
    others = [c for c in frame.columns if c not in (target, tables.split_column(frame), *apart)]
    ranked = sorted(others, key=lambda c: median_words(frame[c]), reverse=True)
    if not ranked or not median_words(frame[ranked[0]]):
        raise UserError(
            f"{path} has no column of free text; it has {shorten_names(frame.columns)}: give one with text and label"
        )
    rest = frame.drop(ranked[0])
    labels = [c for c in rest.columns if c not in (tables.split_column(frame), *apart)]
    if not labels:
        raise UserError(f"{path} has only the column of text {ranked[0]!r}: add one with the labels")
    named = labels[0] if target is None and len(labels) == 1 else None
    return ranked[0], named or tables.find_target(rest, target, path, apart)


def is_text_table(source: Source) -> bool:
    """Whether a table, or the training table of a folder, has a column of free text and nothing else to learn from."""
    try:
        path = training_table(source)
        if not path.is_file() or not tables.is_table(path):
            return False
        frame = tables.read_table(path, tables.has_header(source))
        text, target = text_columns(frame, path, source.target, source.apart)
        classes = None if source.target else one_hot_target(frame, target, path, source.apart)
        named = source.target is not None
        others = classes.columns if classes else other_labels(frame, target, path, source.apart, named=named)
    except UserError:
        return False
    apart = {text, target, tables.split_column(frame), *others, *source.apart}
    features = [c for c in frame.columns if c not in apart and not is_row_id(frame[c])]
    labels = sample(frame[target])
    repeated = len(labels) < MIN_WORDS or labels.n_unique() <= len(labels) / 3
    kind = tables.target_kind(labels.to_list())
    wordy = median_words(frame[text]) >= MIN_WORDS or is_names(frame[text])
    return wordy and not features and (classes is not None or (repeated and kind == "classification"))


def is_names(column: pl.Series) -> bool:
    """Whether it holds names or single words, nearly all different and without digits."""
    import polars as pl

    if column.dtype != pl.String or not median_words(column):
        return False
    values = sample(column)
    if len(values) < MIN_NAMES:
        return False  # any few words differ
    lettered = int((values.str.contains(r"\p{L}") & ~values.str.contains(r"\d")).sum())
    return min(values.n_unique(), lettered) >= 0.9 * len(values)


def is_row_id(column: pl.Series) -> bool:
    """Whether it only numbers the rows."""
    name = column.name.lower()
    if name == "column 1" and column.dtype.is_integer():  # the first has no name, as an index has none
        return 2 * column.n_unique() > len(column)
    return name in _NAMES or name.endswith("_id") or (column.dtype.is_integer() and column.n_unique() == len(column))


def read_text_table(source: Source) -> Examples:
    """One example a row, its input the text; ready-made splits and groups as for any table.

    Raises:
        UserError: no text, no labels, or one label only.
    """
    path = training_table(source)
    if not path.is_file():
        raise UserError(
            f"{source.text} has no texts: give a table with text and label, or a folder of .txt files for each class"
        )
    frame = tables.read_table(path, tables.has_header(source))
    text, target = text_columns(frame, path, source.target, source.apart)
    classes = None if source.target else one_hot_target(frame, target, path, source.apart)
    read = read_texts(replace(source, target=target), path, text, classes)
    refuse_several_labels(read.items, target, path, "text")
    return read


def training_table(source: Source) -> Path:
    """The table that is read, or of a folder the one that train is read from; the folder itself where there is none."""
    found = tables.find_tables(source.path) if source.path.is_dir() else []
    return found[0][0] if found else source.path


def read_texts(source: Source, path: Path, text: str, labels: LabelSets | None = None) -> Examples:
    """One example a row, its input what stands in the column of texts.

    Args:
        source: with the target, where it is a column.
        path: of the table that train is read from.
        text: the column of texts.
        labels: how targets are told, where they are more than what stands in a column.

    Raises:
        UserError: no text, no labels, or one label only.
    """
    read = tables.read_rows(source, partial(_typed, text), labels=labels)
    items: list[Example] = []
    skipped = list(read.skipped)
    for example in read.items:
        value = example.input.get(text)
        if value is None or not str(value).strip():
            skipped.append(Skipped(example.id, "empty"))
            continue
        metadata = {k: v for k, v in example.input.items() if k != text and v is not None} | dict(example.metadata)
        items.append(replace(example, input=str(value), content=text_digest(str(value)), metadata=metadata))
    if not items:
        raise UserError(f"{column_called(text)} of {path} is empty: give texts to learn from")
    return Examples(tuple(items), tuple(skipped), "texts", read.target, InputKind.TEXT, column=text)


def _typed(text: str, read: Sequence[tables.Table], target: str) -> list[pl.DataFrame]:
    """The tables with their cells read: NA may be a label as it may be a category, and Null is somebody's name."""
    labels = read_columns([table.frame.select(target) for table in read], Asked("point"), {}, target, False).frames
    typed = []
    for table, label in zip(read, labels):
        frame = clean_column(table.frame, [], table.commas).with_columns(label[target])
        names = text in table.frame.columns and is_names(table.frame[text])
        typed.append(frame.with_columns(table.frame[text].str.strip_chars()) if names else frame)
    return tables.same_types(typed)


def text_digest(text: str) -> str:
    """The same for equal texts."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


# --- a folder for each class ------------------------------------------------------------------------------------------


def class_folders(root: Path) -> list[Path]:
    """The visible folders in a folder that hold texts."""
    if not root.is_dir():
        return []
    return [p for p in visible_folders(root) if next(find_texts(p), None) is not None]


def find_texts(folder: Path) -> Iterator[Path]:
    """The ``.txt`` files below a folder, sorted, or where there are none, texts whose names have no known ending.

    Mails and news are often named by a number alone. Hidden files are passed over.
    """
    files = [p for p in sorted(folder.rglob("*")) if p.name[0] != "." and p.name != "__MACOSX"]
    named = (p for p in files if p.suffix.lower() == ".txt" and p.is_file())
    if (first := next(named, None)) is not None:
        return chain([first], named)
    untold = [p for p in files if _UNTOLD.fullmatch(p.suffix) and p.is_file()]
    mostly = len(untold) > 0.9 * sum(p.suffix != "" or p.is_file() for p in files)  # and not a LICENSE beside others
    return (p for p in untold if mostly and _begins_as_text(p))


def _begins_as_text(path: Path) -> bool:
    """Whether what a file begins with can be read as text."""
    try:
        with path.open("rb") as file:
            return bool(decode(file.read(4096)).text.strip())
    except (OSError, Unreadable):
        return False


def is_text_folder(root: Path) -> bool:
    """Whether two folders or more hold ``.txt`` files, and none holds pictures."""
    from fathom.data.image.image_file import has_images  # what reads pictures is not needed to read texts

    return len(class_folders(root)) > 1 and not has_images(root)


def read_text_folder(source: Source) -> Examples:
    """The files of ``CLASS/*.txt``, or of ``train/CLASS``, ``dev/CLASS`` and ``test/CLASS``.

    Raises:
        UserError: no texts, no class folders, one class only, or a column was named.
    """
    if source.group not in (None, NOT_GROUPED):
        raise UserError(f"a folder of texts has no column {source.group!r} to group by: give a table with that column")
    parts: list[tuple[Path, str | None, Path]] = [(source.path, None, source.path)]
    if ready := split_folders(source.path, class_folders(source.path)):
        parts = [(p, split, source.path) for split, p in ready]
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            parts = [part for part in parts if part[1] != split] + [(extra, split, extra.parent)]
    items: list[Example] = []
    skipped: list[Skipped] = []
    notes: Counter[str] = Counter()
    for folder, part, root in parts:
        _read_part(folder, part, root, items, skipped, notes)
    for note, n in notes.items():
        repairs.tell(f"{source.text}: {n:,} text{'' if n == 1 else 's'}: {note}")
    items = without_unlabelled(source.path, items)
    read = Examples(tuple(items), tuple(skipped), "texts", "folder", InputKind.TEXT, by_folder=True)
    read = with_class_names(read)
    _check(read.items, skipped, source.text)
    return read


def _read_part(
    folder: Path, split: str | None, root: Path, items: list[Example], skipped: list[Skipped], notes: Counter[str]
) -> None:
    for place in class_folders(folder):
        for path in find_texts(place):
            name = path.relative_to(root).as_posix()
            try:
                text = read_text(path, notes)
            except Unreadable as error:
                skipped.append(Skipped(name, str(error)))
            else:
                items.append(Example(name, text, place.name, split=split, content=text_digest(text)))


def _check(items: Sequence[Example], skipped: Sequence[Skipped], text: str) -> None:
    if not items:
        why = f": the first, {skipped[0].id}: {skipped[0].reason}" if skipped else ""
        raise UserError(f"{text} has no texts that can be read{why}; give a folder of .txt files for each class")
    train = {e.target for e in items if e.split in (None, "train")}
    if len(train) < 2:
        only = next(iter(train), "none")
        raise UserError(f"{text} has texts of one class only, {only}: give a folder of .txt files for each of two")
    if unknown := sorted({e.target for e in items} - train):
        raise UserError(f"the class {unknown[0]!r} has no training texts in {text}: name the class folders alike")


def read_named(text: str, column: str = "") -> list[Example | Skipped]:
    """The texts in the folder, the table or the file of that name; empty where nothing has that name.

    The input of a text in a file of its own is the path: it is read when it is encoded.

    Args:
        text: what was given.
        column: that the texts stood in when the net was trained, or "".

    Raises:
        UserError: the folder has no ``.txt`` files, or the table no column that can be meant.
    """
    path = Path(text)
    try:
        there = bool(text.strip()) and path.exists()
    except (OSError, ValueError):  # longer than a name can be
        there = False
    if not there:
        refuse_missing_file(text)
        return []
    if path.is_dir():
        found: list[Example | Skipped] = [Example(str(p), p) for p in find_texts(path)]
        if not found:
            raise UserError(f"{text} has no .txt files: give a folder that has, a table, or a text")
        return found
    if not tables.is_table(path):
        return [Example(text, path)]
    table = tables.load_table(path, known=[column] if column else ())
    name = column_named(table.frame, column, path)
    rows = ((f"{text} row {number}", row) for number, row in table.rows())
    return [
        Skipped(place, row) if isinstance(row, str)
        else Skipped(place, f"no {name}") if row[name] is None
        else Example(place, str(row[name]))
        for place, row in rows
    ]  # fmt: skip


def column_named(frame: pl.DataFrame, column: str, path: Path) -> str:
    """The column that has the texts: as it was called in training, else the only one, or the only one of free text.

    Args:
        frame: a table that is to be predicted.
        column: its name in training; "" where that is not known, and then the one with the most words is taken.
        path: of the table.

    Raises:
        UserError: no column can be meant, or several.
    """
    if column and (found := match_columns([column], frame.columns)):
        name = found[column]
    else:
        words = {c: median_words(frame[c]) for c in frame.columns}
        free = [c for c in words if words[c] or len(words) == 1]
        if not free or (column and len(free) > 1):
            known = f"no column {column!r} and " if column else ""
            raise UserError(
                f"{path} has {known}{'several columns' if free else 'no column'} of free text; it has "
                f"{shorten_names(frame.columns)}: name the one with the texts {column or 'text'!r}"
            )
        name = max(free, key=words.__getitem__)
    if column and name != column:
        repairs.tell(f"{path} has no column {column!r}: the texts are read from {name!r}")
    return name
