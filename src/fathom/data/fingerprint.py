"""Stable names for values: what has the same fingerprint was made from the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np


def fingerprint(parts: Any) -> str:
    """A stable name for what JSON can write (also paths, arrays, tuples and mappings in any order)."""
    text = json.dumps(parts, sort_keys=True, default=_plain, ensure_ascii=True, separators=(",", ":"))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def fingerprint_of_each(parts: Iterable[Any]) -> str:
    """The `fingerprint` of the list of all parts, of which only one need be in memory at a time."""
    encode = json.JSONEncoder(sort_keys=True, default=_plain, separators=(",", ":")).encode
    digest = hashlib.blake2b(b"[", digest_size=16)
    for i, part in enumerate(parts):
        digest.update(f"{',' if i else ''}{encode(part)}".encode())
    digest.update(b"]")
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        digest = hashlib.blake2b(np.ascontiguousarray(value).tobytes(), digest_size=16).hexdigest()
        return ["array", value.dtype.str, list(value.shape), digest]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, Path):
        return value.as_posix()
    raise TypeError(f"no stable fingerprint for {type(value).__name__}")
