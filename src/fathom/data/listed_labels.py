"""A list of labels in one cell, as notebooks and JSON write it: ``["cat"]``, ``['cs.CV', 'cs.LG']``, ``[3]``."""

from __future__ import annotations

import ast
import json

_LONGEST = 4_000
"""Characters of a cell that is read as a list; a longer one is a text."""


def labels_in(value: object) -> tuple[object, ...] | None:
    """The labels of a list, or of one that is written as JSON or as Python writes it.

    Args:
        value: of a cell.

    Returns:
        the labels, none of an empty list; None where it is no list, or holds what is no label.

    >>> labels_in('["pos"]'), labels_in("['cs.CV', 'cs.LG']"), labels_in("[]"), labels_in("[pos]"), labels_in("pos")
    (('pos',), ('cs.CV', 'cs.LG'), (), None, None)
    """
    if isinstance(value, str):
        text = value.strip()
        if not (text.startswith("[") and text.endswith("]") and len(text) <= _LONGEST):
            return None
        value = _read(text)
    if not isinstance(value, list | tuple) or not all(isinstance(one, str | int | float) for one in value):
        return None
    return tuple(value)


def _read(text: str) -> object:
    """What is written there, as JSON or in Python's way; None where it is neither."""
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None
