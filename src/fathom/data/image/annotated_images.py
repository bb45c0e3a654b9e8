"""Pictures to which more belongs than a name: a mask, boxes, the person they show.

A picture's example holds its path, and its content is a digest of the picture and of what belongs to it, so that a run
notices when either changes. Pictures that are the same to the byte form a group, whatever belongs to them: they land on
the same side.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fathom.data.file_scan import read_example
from fathom.data.image.image_file import upright_size
from fathom.errors import Unreadable
from fathom.records import Example, Skipped

_PORTION = 32

Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class AnnotatedImage:
    """A picture before it was looked at.

    Attributes:
        id, path, split, group: as an example has them.
        target: the example's.
        belonging: a file whose content belongs to the picture's, or None.
        check: what is wrong with the target, given the picture's width and height; "" where nothing is.
    """

    id: str
    path: str
    target: str | float | int | None
    split: str | None = None
    group: str | None = None
    belonging: Path | None = None
    check: Callable[[Size], str] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


def probe_images(listed: Sequence[AnnotatedImage]) -> tuple[list[Example], list[Skipped]]:
    """The examples that the pictures are, in order; and those that are none, with the reason."""
    with ThreadPoolExecutor(min(8, (os.cpu_count() or 1) * 2)) as pool:
        portions = pool.map(_read_one, (listed[i : i + _PORTION] for i in range(0, len(listed), _PORTION)))
        looked = [one for portion in portions for one in portion]
    examples = [e for e in looked if isinstance(e, Example)]
    repeated = {content for content, n in Counter(e.content for e in examples).items() if n > 1}
    extra = {entry.id: entry.belonging for entry in listed if entry.belonging}
    found = [_with_annotations(e, repeated, extra.get(e.id)) for e in examples]
    return found, [e for e in looked if isinstance(e, Skipped)]


def _read_one(entries: Sequence[AnnotatedImage]) -> list[Example | Skipped]:
    return [read_example(entry, entry.target, _probe(entry)) for entry in entries]


def _probe(entry: AnnotatedImage) -> Callable[[str], object]:
    def probe(path: str) -> None:
        size = upright_size(path)
        if entry.belonging is not None and not entry.belonging.is_file():
            raise Unreadable(f"{entry.belonging.name} is missing")
        if entry.check and (why := entry.check(size)):
            raise Unreadable(why)

    return probe


def _with_annotations(example: Example, repeated: set[str], belonging: Path | None) -> Example:
    """The example with the content of all that belongs to it, in a group with its doubles."""
    group = example.group
    if group is None and example.content in repeated:
        group = f"picture {example.content[:8]}"
    if belonging is None:
        return replace(example, group=group)
    digest = hashlib.blake2b(example.content.encode() + belonging.read_bytes(), digest_size=16)
    return replace(example, group=group, content=digest.hexdigest())
