"""The text in a file, whatever its encoding."""

from __future__ import annotations

import contextlib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from fathom.data import repairs
from fathom.data.decoding import decode
from fathom.errors import Unreadable, UserError
from fathom.spelling import near_file
from fathom.validation import MAX_TEXT_BYTES

_ENDINGS = frozenset(
    (".txt", ".csv", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".parquet", ".arrow", ".xlsx", ".xls", ".ods",
     ".conll", ".bio", ".iob", ".gz", ".bz2", ".zip")
)  # fmt: skip
"""Of files that hold texts; what ends so and holds no blank is the name of one."""


def read_text(path: Path, notes: Counter[str] | None = None) -> str:
    """The text in a file.

    Args:
        path: the file.
        notes: counts what was guessed or replaced, for a sentence on all files; None says it of this one.

    Raises:
        Unreadable: it is empty, too large, or no text.
    """
    try:
        if path.stat().st_size > MAX_TEXT_BYTES:
            raise Unreadable(f"larger than {MAX_TEXT_BYTES // 2**20} MB")
        data = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"not readable ({error.strerror or error})") from error
    found = decode(data)
    if not found.text.strip():
        raise Unreadable("empty")
    if notes is None:
        for note in found.notes:
            repairs.tell(note, path)
    else:
        notes.update(found.notes)
    return found.text


def normalize_line(text: str) -> str:
    """One line in Unicode's composed form (NFC), with single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def refuse_missing_file(text: str) -> None:
    """A mistyped path is no text: what ends like the name of a file is said to be missing, and not answered.

    Args:
        text: that is no file.

    Raises:
        UserError: it is meant to be one.
    """
    if not any(map(str.isspace, text)) and Path(text).suffix.lower() in _ENDINGS:
        raise UserError(f"there is no file {text}{near_file(text)}: check its name, or give a text")


def file_lines(text: str, wanted: str) -> Iterator[tuple[str, str]]:
    """The lines of a file that hold something, each with a name that says where it stands.

    Args:
        text: the path.
        wanted: what should be given in place of a file that cannot be read, in words.

    Raises:
        UserError: it cannot be read.
    """
    try:
        lines = read_text(Path(text)).split("\n")
    except Unreadable as error:
        raise UserError(f"{text} cannot be read ({error}): give {wanted}") from None
    yield from ((f"{text} line {i}", line) for i, line in enumerate(lines, 1) if line.strip())


def file_or_text(text: str) -> str:
    """What a file of that name holds, or the text itself where there is none.

    Args:
        text: the path of a file, or a text.

    Raises:
        Unreadable: there is such a file, and it holds no text.
        UserError: it is a mistyped path.
    """
    with contextlib.suppress(OSError):  # too long for the name of a file
        if Path(text).is_file():
            return read_text(Path(text))
    refuse_missing_file(text)
    return text
