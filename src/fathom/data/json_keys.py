"""JSON whose objects may name a key twice: the last counts, as everywhere, but it is said."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import Any

_MOST_TOLD = 20
_log = logging.getLogger(__name__)


class KeyedJSON:
    """Reads texts of JSON, and remembers which keys an object in them had twice.

    Attributes:
        twice: these keys, in the order in which they were met.
    """

    def __init__(self) -> None:
        self.twice: dict[str, None] = {}
        self._decoder = json.JSONDecoder(object_pairs_hook=self._whole)

    def loads(self, text: str) -> Any:
        """What a text says, as `json.loads` has it.

        Raises:
            ValueError: it is no JSON.
            RecursionError: it is too deep.
        """
        return self._decoder.decode(text)

    def parse(self, text: str) -> Any:
        """What a text says; None where it says nothing."""
        try:
            return self.loads(text)
        except (ValueError, RecursionError):
            return None

    def notes(self) -> list[str]:
        """A sentence for each key that was there twice."""
        return [f"the key {key[:40]!r} is there twice, so that the last counts" for key in self.twice][:_MOST_TOLD]

    def _whole(self, pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            known: set[str] = set()
            for key, _ in pairs:
                if key in known:
                    self.twice[key] = None
                known.add(key)
        return found


def row_of(text: str) -> Any:
    """What a row that somebody gives as JSON says; None where it says nothing. A key that is there twice is logged.

    Args:
        text: the row.
    """
    reader = KeyedJSON()
    found = reader.parse(text)
    for note in reader.notes():
        _log.warning("%s: %s", text[:60], note)
    return found
