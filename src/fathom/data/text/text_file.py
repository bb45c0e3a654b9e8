"""The text in a file, whatever its encoding."""

from __future__ import annotations

import logging
import unicodedata
from collections import Counter
from pathlib import Path

from fathom.data.decoding import decode
from fathom.errors import Unreadable
from fathom.validation import MAX_TEXT_BYTES

_log = logging.getLogger(__name__)


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
            _log.warning("%s: %s", path, note)
    else:
        notes.update(found.notes)
    return found.text


def normalize_line(text: str) -> str:
    """One line in Unicode's composed form (NFC), with single blanks."""
    return " ".join(unicodedata.normalize("NFC", text).split())
