"""Text to model: a ``.txt`` file or a folder of them, as lines that stand alone (names) or as running text.

Running text is one long stream, cut into pieces of equal length. Each piece begins with the character before it, since
that is what its first character is predicted from. The last tenth of a stream is dev and the twentieth before it test,
unless files named train, dev and test, or ``--dev`` and ``--test``, say otherwise: neighbours in a text are too much
alike to be dealt out at random.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

from fathom.data.table import tables
from fathom.data.text.text_file import read_text
from fathom.data.text.texts import text_digest
from fathom.errors import Unreadable, UserError
from fathom.records import Example, Examples, SkipKind, Skipped, Source

_SHORT_LINE = 60
"""Characters of a line, in the middle of all, up to which a file without blank lines is one of lines."""
_DEV_SHARE, _TEST_SHARE = 0.1, 0.05
"""Shares of running text that are held out: its end for dev, and what is before that for test."""
_MIN_PIECES = 10
_Part = tuple[str | None, str, str]  # ready-made split, name, text


def text_files(path: Path) -> list[Path]:
    """The ``.txt`` files that a path names: itself, or all in a folder that holds nothing else; else none."""
    if path.is_file():
        return [path] if path.suffix.lower() == ".txt" else []
    if not path.is_dir():
        return []
    visible = sorted(p for p in path.iterdir() if not p.name.startswith(".") and p.name != "__MACOSX")
    whole = visible and all(p.is_file() and p.suffix.lower() == ".txt" for p in visible)
    return visible if whole else []


def is_lines(text: str) -> bool:
    """Whether a text is one example a line: no blank line within, and most lines short.

    >>> is_lines("Aachenosaurus\\nAardonyx\\n"), is_lines("First Citizen:\\nSpeak.\\n\\nAll:\\nSpeak.\\n")
    (True, False)
    """
    lines = text.strip().split("\n")
    return len(lines) > 1 and all(line.strip() for line in lines) and statistics.median(map(len, lines)) <= _SHORT_LINE


def read_lines_or_text(source: Source, unit: str | None, piece: int) -> tuple[str, Examples]:
    """Read the source as lines or as running text.

    Args:
        source: one file or a folder of ``.txt`` files.
        unit: ``"line"`` or ``"text"``; None finds out.
        piece: characters of a piece of running text.

    Returns:
        The unit, and the examples: ``input`` is the line, or the character before a piece and the piece.

    Raises:
        UserError: there is no text, or too little of it.
    """
    parts, skipped = _parts(source)
    if not parts:
        why = f" ({skipped[0].id}: {skipped[0].reason})" if skipped else ""
        raise UserError(f"{source.text} holds no text{why}: give a .txt file, or a folder of them")
    found = unit or ("line" if all(is_lines(text) for _, _, text in parts) else "text")
    items = tuple(_lines(parts, skipped) if found == "line" else _pieces(parts, piece))
    trained = sum(e.split in (None, "train") for e in items)
    if found == "text" and trained < _MIN_PIECES:
        shorter = ", or `piece=16`" if piece > 16 else ""  # the shortest that it may be
        raise UserError(f"{source.text} is too short: give at least {_MIN_PIECES * piece * 2:,} characters{shorter}")
    return found, Examples(
        items, tuple(skipped), "lines" if found == "line" else "pieces of text", "the next character"
    )


def _parts(source: Source) -> tuple[list[_Part], list[Skipped]]:
    parts: list[_Part] = []
    skipped: list[Skipped] = []
    for root, given in ((source.path, None), (source.dev, "dev"), (source.test, "test")):
        for path in [] if root is None else text_files(root):
            split = given or tables.SPLIT_NAMES.get(path.stem.lower())
            name = f"{given}/{path.name}" if given else path.name
            try:
                text = read_text(path)
            except Unreadable as error:
                skipped.append(Skipped(name, str(error), SkipKind.FILE))
            else:
                parts.append((split, name, text.replace("\r\n", "\n").replace("\r", "\n")))
    return parts, skipped


def _lines(parts: list[_Part], skipped: list[Skipped]) -> Iterator[Example]:
    for split, name, text in parts:
        for number, line in enumerate(text.rstrip("\n").split("\n"), 1):
            if line.strip():
                yield Example(f"{name} line {number}", line.strip(), "", split=split, content=text_digest(line.strip()))
            else:
                skipped.append(Skipped(f"{name} line {number}", "empty"))


def _pieces(parts: list[_Part], piece: int) -> Iterator[Example]:
    """The stream of each split in turn; what has no split of its own is cut by position."""
    streams: dict[str, list[str]] = {"train": [], "test": [], "dev": []}
    given = {split for split, _, _ in parts if split}
    for split, _, text in parts:
        if split in streams:
            streams[split].append(text)
            continue
        dev = 0 if "dev" in given else max(round(_DEV_SHARE * len(text)), piece)
        test = 0 if "test" in given else max(round(_TEST_SHARE * len(text)), piece)
        edge = max(0, len(text) - dev - test)
        streams["train"].append(text[:edge])
        streams["test"].append(text[edge : edge + test])
        streams["dev"].append(text[edge + test :])
    for split, texts in streams.items():
        stream = "\n" + "\n".join(filter(None, texts))
        for number, start in enumerate(range(0, len(stream) - 1, piece)):
            held = stream[start : start + piece + 1]
            yield Example(f"{split} piece {number}", held, "", split=split, content=text_digest(held))
