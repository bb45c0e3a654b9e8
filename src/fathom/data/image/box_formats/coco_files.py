"""Which files of a folder are COCO's annotations, of which split each is, and which of several are read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from fathom.data import repairs
from fathom.data.table import tables

_MAX_BYTES = 200_000_000
"""Bytes of a file of annotations; a larger one is refused."""
_CHUNK = 1 << 22
_BOXES = "instances"
"""What COCO's own files of boxes are called; those of captions, keypoints and others list the same pictures."""
_TOLD = 6

File = tuple[Path, str | None, str]
"""A file of annotations, its split, and what the ids of its pictures begin with."""


def annotation_files(place: Path) -> list[File]:
    """Files in COCO's layout with their splits: the place itself, in it, in annotations/, or one in each split.

    The last is what the ids begin with: names of pictures need differ only within a file.
    """
    return _chosen(place)[0]


def tell_unused(place: Path) -> None:
    """Say which files in COCO's layout are not read, where there are more than are read."""
    taken, unused = _chosen(place)
    if unused:
        read, others = (", ".join(p.name for p in part[:_TOLD]) for part in ([f[0] for f in taken], unused))
        more = " …" if len(unused) > _TOLD else ""
        repairs.tell(f"boxes are read from {read}, and not from {others}{more}")


def _chosen(place: Path) -> tuple[list[File], list[Path]]:
    """The files that are read, and those that are not."""
    if place.is_file():
        return ([(place, None, "")] if _is_coco(place) else []), []
    if not place.is_dir():
        return [], []
    for folder in (place, place / "annotations"):
        if found := [p for p in sorted(folder.glob("*.json")) if _is_coco(p)]:
            taken = _one_a_split(found)
            told = [(p, split_in(p.stem), f"{split_in(p.stem)}/" if len(taken) > 1 else "") for p in taken]
            return told, [p for p in found if p not in taken]
    files: list[File] = []
    unused: list[Path] = []
    for part in sorted(p for p in place.iterdir() if p.is_dir() and p.name.lower() in tables.SPLIT_NAMES):
        found = [p for p in sorted(part.glob("*.json")) if _is_coco(p)]
        taken = _with_boxes(found)
        files += [(p, tables.SPLIT_NAMES[part.name.lower()], f"{part.name}/") for p in taken]
        unused += [p for p in found if p not in taken]
    return files, unused


def _named(found: Sequence[Path]) -> list[Path]:
    """Those whose names say that they are of boxes; all where none does."""
    return [p for p in found if _BOXES in _words(p.stem)] or list(found)


def _with_boxes(found: Sequence[Path]) -> list[Path]:
    """Of several files those of boxes: by their names, else by what is in them; all where nothing tells."""
    named = _named(found)
    return named if len(named) < 2 else [p for p in named if _has_boxes(p)] or named


def _one_a_split(found: Sequence[Path]) -> list[Path]:
    """One file for each split: all where their splits differ, else those that are named alike but for the split."""
    named = _named(found)
    if len({split_in(p.stem) for p in named} - {None}) == len(named):
        return named
    kinds: dict[tuple[str, ...], dict[str | None, Path]] = defaultdict(dict)
    for path in _with_boxes(named):
        kind = tuple(word for word in _words(path.stem) if word not in tables.SPLIT_NAMES)
        kinds[kind].setdefault(split_in(path.stem), path)
    best = min(kinds, key=lambda kind: (kind != (_BOXES,), "train" not in kinds[kind], kind))
    return list(kinds[best].values())


def split_in(stem: str) -> str | None:
    """The split that a file's name tells of: ``instances_val2017`` is dev."""
    return next((tables.SPLIT_NAMES[word] for word in _words(stem) if word in tables.SPLIT_NAMES), None)


def _words(stem: str) -> list[str]:
    return [word for word in re.split(r"[^a-z]+", stem.lower()) if word]


def _is_coco(path: Path) -> bool:
    """Whether a JSON file begins like COCO's: looks at the keys, not at everything."""
    try:
        if path.suffix.lower() != ".json" or path.stat().st_size > _MAX_BYTES:
            return False
        with path.open("rb") as file:
            head = file.read(2_000_000)
        return b'"images"' in head and (b'"annotations"' in head or b'"categories"' in head or len(head) == 2_000_000)
    except OSError:
        return False


def _has_boxes(path: Path) -> bool:
    """Whether a file speaks of a box anywhere."""
    key, before = b'"bbox"', b""
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if key in before + chunk:
                    return True
                before = chunk[-len(key) :]
    except OSError:
        pass
    return False
