"""The tables of a source: one file, or those of a folder that are for train, dev and test."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from fathom.data import repairs
from fathom.data.splits.split_folders import split_word
from fathom.data.table.split_column import SPLIT_NAMES
from fathom.data.table.table_files import EXTENSIONS, is_table
from fathom.data.table.unread_tables import tell_unread
from fathom.errors import UserError
from fathom.records import SPLITS, Source

_SHARD = re.compile(r"-\d{5}-of-\d{5}$")
"""At the end of the names of the parts of one table."""
_FEW_FILES = 20
"""Files in a folder up to which their content is looked at where no name is that of a table."""
_SPLIT_ENDINGS = {".data": "train", ".train": "train", ".test": "test"}
"""What the endings of older collections say."""
_FORM_ENDINGS = EXTENSIONS | {".ft", ".txt"}
"""What may stand before the last ending of a name and says the form of a table; fastText's is ``.ft.txt``."""


TableFile = tuple[Path, str, str | None]
"""A table: its path, the prefix of the ids of its rows, and the ready-made split that it is for."""


def find_tables(folder: Path) -> list[TableFile]:
    """The tables of a folder: path, prefix of the ids, ready-made split; one table, or train and others beside it.

    Returns:
        an empty list where there is no table, or several of which none is for training.

    Raises:
        UserError: two tables are for the same split.
    """
    tables = _tables_in(folder)
    by_split: dict[str, Path] = {}
    for path in tables:
        if split := SPLIT_NAMES.get(_bare_name(path)):
            if split in by_split:
                raise UserError(f"{by_split[split]} and {path} are both for {split}: keep one of them")
            by_split[split] = path
    if "train" in by_split:
        return [(by_split[s], f"{s}/", s) for s in ("train", "train-dev", "dev", "test") if s in by_split]
    return [(tables[0], "", None)] if len(tables) == 1 else _by_word(folder, tables)


def _by_word(folder: Path, tables: Sequence[Path]) -> list[TableFile]:
    """Tables whose names have the word of a split, ``iris_train.csv``, or that are parts of one, as hubs give them."""
    if ended := _by_ending(folder, tables):
        return ended
    words = {path: split for path in tables if (split := split_word(path.stem)) in SPLITS}
    parts = {path for path in words if _SHARD.search(path.stem)}
    whole = Counter(split for path, split in words.items() if path not in parts)
    if "train" not in words.values() or len(set(words.values())) < 2 or (whole and (parts or max(whole.values()) > 1)):
        return []
    repairs.tell(", ".join(f"{path.name} was read as {split}" for path, split in list(words.items())[:5]), folder)
    found = [(path, f"{path.stem if path in parts else split}/", split) for path, split in words.items()]
    return sorted(found, key=lambda one: SPLITS.index(one[2]))


def _by_ending(folder: Path, tables: Sequence[Path]) -> list[TableFile]:
    """Two tables of one name, of which the ending says the split: ``adult.data`` and ``adult.test``."""
    of = {_SPLIT_ENDINGS.get(path.suffix.lower()): path for path in tables}
    if len(tables) != 2 or of.keys() != {"train", "test"} or len({path.stem for path in tables}) > 1:
        return []
    repairs.tell(", ".join(f"{path.name} was read as {split}" for split, path in of.items()), folder)
    return [(of[split], f"{split}/", split) for split in ("train", "test")]


def _bare_name(path: Path) -> str:
    """The name of a table without the endings that tell its form: ``train`` of ``train.ft.txt`` and ``train.csv.gz``.

    Others stay, since ``train.1.csv`` and ``train.2.csv`` may be parts of one table.
    """
    name = PurePosixPath(path.stem.lower())
    while name.suffix in _FORM_ENDINGS:
        name = PurePosixPath(name.stem)
    return str(name)


def _tables_in(folder: Path) -> list[Path]:
    """The tables by their names; where there are none and few files at all, those that are tables by their content."""
    files = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    named = [p for p in files if p.suffix.lower() in EXTENSIONS]
    return named or ([p for p in files if is_table(p)] if len(files) <= _FEW_FILES else [])


def files_of(source: Source) -> list[TableFile]:
    """The tables of a source: path, prefix of the ids, ready-made split; those of its folder may be none."""
    alone: list[TableFile] = [(source.path, "", None)]
    found = find_tables(source.path) if source.path.is_dir() else alone
    return _with_extra(found, source)


def files_to_read(source: Source) -> list[TableFile]:
    """The tables of a source: path, prefix of the ids, ready-made split."""
    files: list[TableFile]
    if source.path.is_dir():
        files = find_tables(source.path)
        if not files:
            n = len(_tables_in(source.path))
            what = "no table" if not n else f"{n} tables and none is named train"
            raise UserError(
                f"{source.path} has {what}: give one file, or a folder with train.csv, dev.csv and test.csv"
            )
        tell_unread(source.path, [path for path, _, _ in files])
    else:
        files = [(source.path, "", None)]
    return _with_extra(files, source)


def _with_extra(files: list[TableFile], source: Source) -> list[TableFile]:
    """The tables, with those that are named for dev and test in place of their own."""
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            files = [f for f in files if f[2] != split] + [(extra, f"{split}/", split)]
    return files
