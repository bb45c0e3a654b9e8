"""Classes that hold the same folders: ``color/apple``, ``color/plum`` and ``grey/apple``, ``grey/plum``.

Or a class that holds folders of the other classes' names, as unpacking an archive twice leaves them.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Mapping, Set
from pathlib import Path

from fathom.checking.data_profile import DataProfile
from fathom.data.class_names import class_name
from fathom.data.table.tables import SPLIT_NAMES
from fathom.finding_kinds import FindingKind, Role
from fathom.records import Finding

CLASSES_HOLD_SAME_FOLDERS = FindingKind(
    name="classes_hold_same_folders",
    severity="warning",
    lesson="looking-at-data",
    meaning=(
        "The outer folders are learned as the classes. What repeats in each of them is more often the classes. "
        "Then the model learns nothing of use."
    ),
    advice=(
        "If the inner folders are the classes, give one of the outer ones, such as {folder}. If the outer ones are "
        "the classes, there is nothing to do."
    ),
    role=Role.DATA,
)
CLASS_HOLDS_CLASSES = FindingKind(
    name="class_holds_classes",
    severity="warning",
    lesson="looking-at-data",
    meaning=(
        "The folder is learned as a class beside those that it holds, so that the same kind of picture has two labels. "
        "This is often a copy that unpacking an archive left."
    ),
    advice="Delete the folder if it is a copy. Else move what is in it into the folders of the same names beside it.",
    role=Role.DATA,
)
_MAX_TOLD = 3
_KINDS_OF_PICTURES = frozenset({
    "image", "images", "img", "imgs", "picture", "pictures", "photo", "photos", "frames", "mask", "masks", "label",
    "labels", "annotation", "annotations", "jpg", "jpeg", "png", "data", "raw", "original", "originals", "augmented",
    "aug", "processed", "cropped", "color", "colour", "rgb", "gray", "grey", "grayscale", "greyscale", "segmented",
    "depth", "ir", "thermal", "infrared", "left", "right", "front", "back", "top", "bottom", "side", "day", "night",
    "indoor", "outdoor", "inside", "outside", "low", "high", "small", "large", "easy", "medium", "hard",
})  # fmt: skip
"""What folders within a class are called after how its pictures were taken, in lower case: such are no classes."""


def check(profile: DataProfile) -> list[Finding]:
    """Tell where each of the folders taken as classes holds the same folders, and no picture beside them."""
    if not profile.examples.by_folder or profile.examples.kind != "pictures":
        return []
    inside: dict[str, set[str]] = defaultdict(set)
    bare = False
    places: dict[str, Path] = {}
    known: set[tuple[str, str]] = set()
    for e in profile.examples.items:
        if not isinstance(e.input, Path | str):
            return []
        key = (os.path.dirname(e.input), str(e.target))  # noqa: PTH120 - of very many files
        if key not in known:
            known.add(key)
            place = _class_folder(Path(key[0]), key[1])
            inner = "" if place is None else _inner(Path(key[0]).relative_to(place).parts)
            if place is None:
                return []
            bare = bare or not inner
            inside[key[1]].add(inner)
            places.setdefault(key[1], place)
    classes = sorted(inside)
    if found := _holds_others(inside):
        return found
    if bare:
        return []
    shared = inside[classes[0]] if len(classes) > 1 else set()
    if any(inside[name] != shared for name in classes) or _no_classes(shared):
        return []
    names = sorted({one.rpartition("/")[2] for one in shared})
    title = f"the folders {_listed(classes)} hold the same folders: {_listed(names)}"
    evidence = {"count": len(classes), "classes": classes, "folders": names}
    return [CLASSES_HOLD_SAME_FOLDERS.found(title, evidence, folder=str(places[classes[0]]))]


def _holds_others(inside: Mapping[str, Set[str]]) -> list[Finding]:
    """The finding of a class whose folders, two or more, are all called as other classes are."""
    for name, inner in inside.items():
        held = {one.rpartition("/")[2] for one in inner} - {""}  # which is of pictures that lie in none
        if len(held) > 1 and held <= set(inside) - {name}:
            shown = sorted(held)
            title = f"the folder {name} is learned as a class and holds folders of other classes: {_listed(shown)}"
            return [CLASS_HOLDS_CLASSES.found(title, {"count": 1, "classes": [name], "folders": shown})]
    return []


def _class_folder(folder: Path, target: str) -> Path | None:
    """The folder of a class, of the folder that a picture of it lies in."""
    return next((one for one in (folder, *folder.parents) if class_name(one.name) == target), None)


def _inner(parts: tuple[str, ...]) -> str:
    """The folder within that of a class, below one of a split; "" where the picture lies in neither."""
    if parts and parts[0].lower() in SPLIT_NAMES:
        return "/".join(parts[:2]) if len(parts) > 1 else ""
    return parts[0] if parts else ""


def _no_classes(inside: set[str]) -> bool:
    """Whether what repeats is one folder alone, or is called after numbers or after kinds of pictures."""
    names = {one.rpartition("/")[2].lower() for one in inside}
    alike = {re.sub(r"\d+", "#", name) for name in names}
    return len(inside) < 2 or names <= _KINDS_OF_PICTURES or (len(alike) == 1 and "#" in alike.pop())


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MAX_TOLD} more" if len(names) > _MAX_TOLD else ""
    return ", ".join(names[:_MAX_TOLD]) + more
