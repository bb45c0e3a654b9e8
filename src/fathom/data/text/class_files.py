"""One text file for each class, an example a line: ``Arabic.txt``, ``Czech.txt`` and so on, as lists of names come."""

from __future__ import annotations

from pathlib import Path

from fathom.data.table import tables
from fathom.data.text.running_text import is_lines, text_files
from fathom.data.text.text_file import read_text
from fathom.data.text.texts import text_digest
from fathom.errors import Unreadable, UserError
from fathom.records import Example, Examples, InputKind, Skipped, Source

_MIN_LINES = 3
"""Lines of a file, at least, that may be the examples of a class."""


def class_files(folder: Path) -> list[Path]:
    """The files of a folder that are classes by their names and their short lines; empty where any is not."""
    found = text_files(folder) if folder.is_dir() else []
    if len(found) < 2 or any(p.stem.lower() in tables.SPLIT_NAMES or not _is_name(p.stem) for p in found):
        return []
    try:
        texts = [read_text(path) for path in found]
    except Unreadable:
        return []
    return found if all(is_lines(text) and text.strip().count("\n") + 1 >= _MIN_LINES for text in texts) else []


def _is_name(stem: str) -> bool:
    """Whether it names something, and does not number the files of one text."""
    return not any(c.isdigit() for c in stem) and any(c.isalpha() for c in stem)


def read_class_files(source: Source) -> Examples:
    """The lines of each file, whose name is their class.

    Args:
        source: a folder of such files; likewise its dev and test.

    Raises:
        UserError: dev or test is no such folder.
    """
    items: list[Example] = []
    skipped: list[Skipped] = []
    for folder, split in ((source.path, None), (source.dev, "dev"), (source.test, "test")):
        files = [] if folder is None else class_files(folder)
        if folder is not None and not files:
            raise UserError(f"{folder} has no .txt file for each class: give a folder of files named as the classes")
        for path in files:
            prefix = f"{split}/" if split else ""
            for number, line in enumerate(read_text(path).splitlines(), 1):
                name, text = f"{prefix}{path.name} line {number}", line.strip()
                if text:
                    items.append(Example(name, text, path.stem, split=split, content=text_digest(text)))
                else:
                    skipped.append(Skipped(name, "empty"))
    return Examples(tuple(items), tuple(skipped), "texts", "file", InputKind.TEXT)
