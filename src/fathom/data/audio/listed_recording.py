"""A recording as it is listed, before its file was looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ListedRecording:
    """A recording before it was looked at; `word` is what is said in it."""

    id: str
    path: Path
    word: str
    split: str | None = None
    group: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
