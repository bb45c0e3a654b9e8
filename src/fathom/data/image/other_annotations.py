"""Boxes and outlines in forms of annotation programs that are not read: told, so that they are exported otherwise."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

_MAX_BYTES = 32 << 20
_LOOKED_AT = 20
"""JSON files that are opened."""


def told_of(folder: Path) -> str:
    """What program has annotated the pictures of a folder, and what to do, behind a blank; "" where none is known.

    Args:
        folder: with pictures, and perhaps JSON files beside them.
    """
    for path in islice(sorted(folder.rglob("*.json")), _LOOKED_AT):
        try:
            about = json.loads(path.read_bytes()) if path.stat().st_size <= _MAX_BYTES else None
        except (OSError, ValueError, RecursionError):
            continue
        if program := _program(about):
            return f" ({path.relative_to(folder).as_posix()} is of {program}: export its boxes as COCO or YOLO)"
    return ""


def _program(about: object) -> str:
    if not isinstance(about, dict):
        return ""
    if isinstance(about.get("shapes"), list) and "imagePath" in about:
        return "LabelMe"
    pictures = about.get("_via_img_metadata", about)
    first = next(iter(pictures.values()), None) if isinstance(pictures, dict) else None
    return "the VGG Image Annotator" if isinstance(first, dict) and {"filename", "regions"} <= set(first) else ""
