"""What was repaired or guessed while data was read: said once, and kept for whoever looks at the data.

A note that is told within `collected` is also a finding of what is read there (`fathom.checking.repaired`). Within
`unsaid` nothing is written to the log, since it is told elsewhere or was only tried.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

_log = logging.getLogger("fathom")
_said: set[str] = set()
_collecting: ContextVar[list[str] | None] = ContextVar("collecting", default=None)
_held: ContextVar[list[tuple[str, bool]] | None] = ContextVar("held", default=None)


def tell(note: str, path: Path | None = None) -> None:
    """Say what was repaired or guessed.

    Args:
        note: a line, in words that follow the name of the file where there is one.
        path: the file; of one file the same is said once in a process, since it may be read several times.
    """
    text = note if path is None else f"{path}: {note}"
    kept = _collecting.get()
    if kept is not None and text not in kept:
        kept.append(text)
    held = _held.get()
    if held is None:
        _say(text, path is not None)
    else:
        held.append((text, path is not None))


@contextmanager
def collected() -> Iterator[list[str]]:
    """Within it what is told is also kept, in order and each once.

    Yields:
        the list that is filled.
    """
    kept: list[str] = []
    before = _collecting.set(kept)
    try:
        yield kept
    finally:
        _collecting.reset(before)


@contextmanager
def unsaid(*, unless_refused: bool = False) -> Iterator[None]:
    """Within it nothing is written to the log.

    Args:
        unless_refused: it is written after all where an exception leaves: it may be the reason.
    """
    held: list[tuple[str, bool]] = []
    before = _held.set(held)
    refused = True
    try:
        yield
        refused = False
    finally:
        _held.reset(before)
        if refused and unless_refused:
            for text, once in dict.fromkeys(held):
                _say(text, once)


def _say(text: str, once: bool) -> None:
    if once and text in _said:
        return
    _said.add(text)
    _log.warning("%s", text)
