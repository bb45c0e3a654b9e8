"""Pictures that a folder or a table lists, with their labels, before any was opened; and the examples they become."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from fathom.data.file_scan import read_example
from fathom.data.image import image_file
from fathom.errors import UserError
from fathom.records import Example, Examples, InputKind, Skipped

_PORTION = 64  # pictures that a thread looks at in one go


@dataclass(frozen=True, slots=True)
class ListedImage:
    """A picture before it was looked at."""

    id: str
    path: str
    label: str | int | float
    split: str | None
    group: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


def _read_headers(entries: Sequence[ListedImage]) -> list[Example | Skipped]:
    return [read_example(entry, entry.label, image_file.probe) for entry in entries]


def examples_of(listed: Sequence[ListedImage], skipped: Sequence[Skipped], target: str, text: str) -> Examples:
    """The pictures of which the headers can be read, as examples; the others are skipped.

    Args:
        listed: what is to be read.
        skipped: what was left out before.
        target: what the labels are called.
        text: the source as the user gave it.

    Raises:
        UserError: none can be read, or all have the same label.
    """
    with ThreadPoolExecutor(min(8, (os.cpu_count() or 1) * 2)) as pool:
        portions = pool.map(_read_headers, (listed[i : i + _PORTION] for i in range(0, len(listed), _PORTION)))
        looked = [one for portion in portions for one in portion]
    items = tuple(x for x in looked if isinstance(x, Example))
    bad = tuple(x for x in looked if isinstance(x, Skipped))
    if not items:
        raise UserError(
            f"none of the {len(bad)} pictures in {text} can be read: the first, {bad[0].id}: {bad[0].reason}"
        )
    if len({e.target for e in items}) < 2:
        raise UserError(
            f"the readable pictures in {text} are all of the class {items[0].target!r}: it takes two or more"
        )
    return Examples(items, (*skipped, *bad), "pictures", target, InputKind.PICTURE)
