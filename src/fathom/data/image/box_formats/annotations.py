"""Boxes as annotations have them, whatever their layout, and what was wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from fathom.records import Skipped

Box = tuple[str, float, float, float, float, int]
"""Class name, left, top, right, bottom in pixels, and whether it marks a crowd."""
SLACK = 0.02
"""Share of a side by which a box may reach outside through rounding."""


@dataclass(frozen=True)
class AnnotatedBoxes:
    """A picture with its boxes, as the annotations have them.

    Attributes:
        id, path, split: as an example has them.
        boxes: in pixels, or in shares of the sides where `relative`.
        size: of the picture as the annotations claim it; None where they do not.
    """

    id: str
    path: Path
    boxes: tuple[Box, ...]
    split: str | None = None
    relative: bool = False
    size: tuple[int, int] | None = None


@dataclass
class BoxAnnotations:
    """What was read, and what was wrong with it.

    Attributes:
        pictures: in a stable order.
        skipped: what could not be used.
        classes: names, in the order of their numbers.
        faults: name of a fault → ids of the pictures that have it, one entry a box.
        numbers: of classes, where boxes say these and no names.
        names: of classes by their numbers, as COCO's categories have them.
    """

    pictures: list[AnnotatedBoxes] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    faults: dict[str, list[str]] = field(default_factory=dict)
    numbers: set[int] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)

    def fault(self, name: str, where: str) -> None:
        """Note a box that is not as it should be."""
        self.faults.setdefault(name, []).append(where)

    def number(self, name: str) -> int:
        """The number of a class, a new one where it is new."""
        if name not in self.classes:
            self.classes.append(name)
        return self.classes.index(name)
