"""From what a detector proposes to the boxes that stay, in pixels of the picture and in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.data.image.letterbox import without

SURE = 0.3
"""Confidence from which on a box is drawn and told."""


def boxes_in_picture(rows: NDArray[np.floating], frame: tuple[float, float], side: int) -> list[list[Any]]:
    """Class, confidence, and corners in pixels of the picture.

    Args:
        rows: class, confidence, and corners as shares of the square that the picture lies in, ``(n, 6)``.
        frame: width and height of the picture.
        side: of the square.
    """
    rows = rows.astype(np.float64)
    places = without(rows[:, 2:], frame, side)
    return [
        [int(row[0]), round(float(row[1]), 4), *(round(float(v), 1) for v in place)]
        for row, place in zip(rows, places, strict=True)
    ]


def told_boxes(rows: Sequence[Sequence[float]], classes: Sequence[str]) -> str:
    """What is where, of the boxes with some confidence."""
    told = [
        f"{class_called(r[0], classes)} {100 * r[1]:.0f} % at {r[2]:.0f},{r[3]:.0f}–{r[4]:.0f},{r[5]:.0f}"
        for r in rows
        if r[1] >= SURE
    ]
    return "; ".join(told) or "nothing"


def class_called(kind: float, classes: Sequence[str]) -> str:
    """The name of a class; a question mark where there is no such."""
    return classes[int(kind)] if 0 <= int(kind) < len(classes) else "?"


def suppressed(
    logits: NDArray[np.floating], boxes: NDArray[np.floating], least: float = 0.01, shared: float = 0.6, most: int = 100
) -> NDArray[np.float32]:
    """The boxes of one picture after non-maximum suppression, as `fathom.nets.image.detector` has it.

    Args:
        logits: ``(places, classes)``.
        boxes: ``(places, 4)``.
        least: smallest confidence.
        shared: largest overlap of two boxes of a class.
        most: boxes, at most.

    Returns:
        class, confidence, left, top, right, bottom: ``(n, 6)``, the surest first.
    """
    flat = (1 / (1 + np.exp(-logits.astype(np.float32)))).ravel()
    order = np.argsort(-flat, kind="stable")[:600]
    order = order[flat[order] >= least]
    kind, corners = order % logits.shape[1], boxes[order // logits.shape[1]].astype(np.float32)
    clash = (_overlaps(corners) > shared) & (kind[:, None] == kind[None])
    alive: list[int] = []
    gone = np.zeros(len(order), bool)
    for i in range(len(order)):
        if not gone[i]:
            alive.append(i)
            gone |= clash[i]
            if len(alive) == most:
                break
    kept = np.array(alive, np.int64)
    return np.concatenate([kind[kept, None], flat[order][kept, None], corners[kept]], 1).astype(np.float32)


def _overlaps(corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Intersection over union of each pair: ``(n, 4)`` to ``(n, n)``."""
    low = np.maximum(corners[:, None, :2], corners[None, :, :2])
    high = np.minimum(corners[:, None, 2:], corners[None, :, 2:])
    inter = np.maximum(high - low, 0).prod(-1)
    area = np.maximum(corners[:, 2:] - corners[:, :2], 0).prod(-1)
    return inter / np.maximum(area[:, None] + area[None] - inter, np.float32(1e-9))
