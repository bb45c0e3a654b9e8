"""From the bytes of a text file to its characters, whatever wrote them.

UTF-8, UTF-16 and UTF-32 with and without their marks, Windows-1252 and Latin-1, and the older encodings of other
scripts. What had to be guessed, replaced or left out is said in a note; what is no text at all is refused.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from fathom.data.foreign_files import magic_of
from fathom.errors import Unreadable

_CONTROL = bytes({*range(1, 9), *range(14, 27), *range(28, 32), 127})
_HEAD = 1 << 16
"""Bytes at the beginning by which text is told from other things."""
_MOST_NULS = 0.1
"""Share of NUL bytes up to which they are dirt in a text."""
_BAD_SHARE = 0.1
"""Damaged characters to each whole one beyond ASCII up to which a text is damaged UTF-8, and not of another kind."""
_WINDOWS_ONLY = bytes(range(0x80, 0xA0))
"""Bytes that are letters and signs in Windows-1252, and control characters in Latin-1."""


_ENCODINGS = {
    "cp1251": "Windows-1251 (Cyrillic)", "koi8_r": "KOI8-R (Cyrillic)", "cp866": "CP866 (Cyrillic)",
    "gb18030": "GB18030 (Chinese)", "big5": "Big5 (Chinese)", "shift_jis": "Shift JIS (Japanese)",
    "euc_kr": "EUC-KR (Korean)", "cp1253": "Windows-1253 (Greek)", "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)", "cp874": "Windows-874 (Thai)",
}  # fmt: skip
"""Of scripts that are not Latin: what Windows and spreadsheets write there."""
_BEYOND = re.compile(rb"[\x80-\xff]+")
_OTHER_SCRIPT = 1.6
"""Bytes beyond ASCII that stand together on average, from which on the script is not Latin: ``é`` stands alone."""

_FEWEST_BEYOND = 6
"""Bytes beyond ASCII below which no script is told."""


@dataclass(frozen=True)
class Decoded:
    """A text, and how it was found in the bytes.

    Attributes:
        text: without the mark at its beginning.
        notes: what was guessed, replaced or left out, in words that follow the name of the file.
    """

    text: str
    notes: tuple[str, ...] = ()


def decode(data: bytes) -> Decoded:
    """The text that the bytes of a file are.

    Args:
        data: the whole file.

    Returns:
        the text and what was done for it.

    Raises:
        Unreadable: they are no text; says what they are, where that is known.
    """
    for encoding, marks in (
        ("utf-32", (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)),
        ("utf-16", (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)),
    ):
        if data.startswith(marks):
            return _replaced(data, encoding, ())
    if magic_of(data) is not None:
        raise Unreadable("not text")
    if b"\0" in data:
        if wide := _wide(data[:_HEAD]):
            return _replaced(data, wide, (f"read as {wide.upper()}, though it lacks the mark of it",))
        whole, data = len(data), data.replace(b"\0", b"")
        nuls = whole - len(data)
        if nuls > max(3, _MOST_NULS * whole):
            raise Unreadable("not text")
        _check_controls(data)
        found = _narrow(data)
        return Decoded(found.text, (f"{nuls:,} NUL byte{'s' if nuls > 1 else ''} left out", *found.notes))
    _check_controls(data)
    return _narrow(data)


def _check_controls(data: bytes) -> None:
    head = data[:_HEAD]
    if len(head) - len(head.translate(None, _CONTROL)) > max(3, len(head) // 200):
        raise Unreadable("not text")


def _wide(head: bytes) -> str | None:
    """UTF-16 without its mark: of nearly every two bytes the same one is zero."""
    pairs = len(head) // 2
    if pairs < 2:
        return None
    for encoding, zero, letter in (("utf-16-le", 1, 0), ("utf-16-be", 0, 1)):
        zeros, letters = head[zero : 2 * pairs : 2].count(0), head[letter : 2 * pairs : 2].count(0)
        if zeros > 0.6 * pairs and letters < 0.05 * pairs:
            return encoding
    return None


def _narrow(data: bytes) -> Decoded:
    try:
        return Decoded(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    whole = sum(1 for c in text[: 1 << 20] if c > "\x7f") - text[: 1 << 20].count("\ufffd")
    if bad <= _BAD_SHARE * whole or data.startswith(codecs.BOM_UTF8):
        return _replaced(data, "utf-8-sig", ())
    if (encoding := _other_script(data[:_HEAD])) is not None:
        return _replaced(data, encoding, (f"not UTF-8, so read as {_ENCODINGS[encoding]}",))
    if data.translate(None, _WINDOWS_ONLY) != data:
        try:
            return Decoded(data.decode("cp1252"), ("not UTF-8, so read as Windows-1252",))
        except UnicodeDecodeError:
            pass  # a byte that it does not have
    return Decoded(data.decode("latin-1"), ("not UTF-8, so read as Latin-1",))


def _other_script(head: bytes) -> str | None:
    """The encoding of a text whose script is not Latin; None where it is, or nothing tells."""
    lengths = [len(run) for run in _BEYOND.findall(head)]
    if sum(lengths) < max(_FEWEST_BEYOND, _OTHER_SCRIPT * len(lengths)):
        return None
    from charset_normalizer import from_bytes  # seldom needed

    head = head.rpartition(b"\n")[0] or head  # the last line may end within a letter
    telling = b"\n".join(line for line in head.splitlines() if not line.isascii())
    best = from_bytes(telling, cp_isolation=list(_ENCODINGS)).best()
    return best.encoding if best is not None and best.encoding in _ENCODINGS else None


def _replaced(data: bytes, encoding: str, notes: tuple[str, ...]) -> Decoded:
    """With the sign for what cannot be read in place of damaged characters, which are counted."""
    try:
        return Decoded(data.decode(encoding), notes)
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
    bad = text.count("\ufffd")
    return Decoded(text, (*notes, f"{bad:,} damaged character{'s' if bad > 1 else ''} replaced by \ufffd"))
