"""What is wrong with boxes and masks, before any training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from fathom.finding_kinds import FindingKind
from fathom.records import Finding

BOXES_AT_FAULT = FindingKind(
    name="boxes_at_fault",
    severity="warning",
    lesson="looking-at-data",
    meaning=(
        "A box that is empty or outside its picture was left out. A box that is partly outside was cut at "
        "the edge. This often happens when pictures were resized or rotated after the boxes were drawn."
    ),
    advice=("Open a few of these pictures in the annotation tool, correct the boxes and export the annotations again."),
)
SMALL_BOXES = FindingKind(
    name="small_boxes",
    severity="warning",
    lesson="looking-at-data",
    meaning=("After resizing, these boxes are smaller than one cell of the net's grid. The net will hardly find them."),
    advice="Use larger pictures (--set size={size}), or cut the pictures into parts.",
)
WITHOUT_ANNOTATIONS = FindingKind(
    name="without_annotations",
    severity="note",
    lesson="looking-at-data",
    meaning=(
        "Pictures without annotations teach the net to find nothing there. If the annotations were "
        "forgotten, the net learns to miss objects."
    ),
    advice="Look at a few of them: is there really nothing to find?",
)
CLASS_WITHOUT_EXAMPLES = FindingKind(
    name="class_without_examples",
    severity="warning",
    lesson="looking-at-data",
    meaning="A class without examples can be neither learned nor judged.",
    advice="Collect some examples, or remove the class from the list.",
)


def boxes_at_fault(faults: Mapping[str, Sequence[str]]) -> list[Finding]:
    """Boxes that are empty, outside, cut, or of pictures of another size.

    Args:
        faults: name of the fault → ids of the pictures, one entry a box.
    """
    if not faults:
        return []
    told = ", ".join(f"{len(names):,} {fault}" for fault, names in faults.items())
    pairs = [(name, fault) for fault, names in faults.items() for name in dict.fromkeys(names)]
    evidence = {
        "counts": {fault: len(names) for fault, names in faults.items()},
        "examples": [name for name, _ in pairs],
        "details": [fault for _, fault in pairs],
    }
    return [BOXES_AT_FAULT.found(told, evidence)]


def small_boxes(names: Sequence[str], count: int, least: float, side: int) -> list[Finding]:
    """Boxes too small for the net to see.

    Args:
        names: the pictures that have such boxes, one entry a box.
        count: of all boxes.
        least: pixels below which the shorter side of a box is too small.
        side: of the square to which pictures are brought, in pixels.
    """
    if not names:
        return []
    title = f"{len(names):,} of {count:,} boxes are less than {least:g} pixels wide or high where pictures have {side}"
    evidence = {"count": len(names), "share": len(names) / count, "examples": list(dict.fromkeys(names))}
    return [SMALL_BOXES.found(title, evidence, size=min(1280, 2 * side))]


def nothing_marked(names: Sequence[str], count: int, what: str) -> list[Finding]:
    """Pictures in which nothing is marked.

    Args:
        names: their ids.
        count: of all pictures.
        what: they have none: "boxes".
    """
    if not names:
        return []
    title = f"{len(names):,} of {count:,} pictures have no {what}"
    return [WITHOUT_ANNOTATIONS.found(title, {"count": len(names), "examples": list(names)})]


def never_marked(classes: Sequence[str], counts: Mapping[int, int] | Counter[int]) -> list[Finding]:
    """Classes that are named and never occur.

    Args:
        classes: their names, by number.
        counts: how often each number occurs.
    """
    missing = [name for number, name in enumerate(classes) if not counts.get(number)]
    if not missing:
        return []
    shown = ", ".join(missing[:6]) + (" …" if len(missing) > 6 else "")
    title = f"{len(missing):,} of {len(classes):,} classes never occur: {shown}"
    return [CLASS_WITHOUT_EXAMPLES.found(title, {"count": len(missing), "classes": missing})]
