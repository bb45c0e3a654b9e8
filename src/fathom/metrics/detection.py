"""Mean average precision of boxes, as COCO defines it.

Boxes of one class are ranked by the net's confidence over all pictures; going down the ranking, precision is noted at
101 levels of recall, and averaged: over the levels, over the classes, and (mAP50-95) over ten thresholds of the overlap
that makes a box right. The figures are those of pycocotools (Lin et al. 2014, *Microsoft COCO*), to rounding.

A target is JSON, ``[[class, left, top, right, bottom, crowd], …]`` in pixels; a prediction is
``[[class, confidence, left, top, right, bottom], …]``. Boxes marked as a crowd are neither asked for nor wrong to find.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.errors import UserError
from fathom.metrics.metric import Metric, Pooled, Predicts

Floats = NDArray[np.float64]

_IOU_THRESHOLDS = tuple(np.linspace(0.5, 0.95, 10).tolist())
_RECALL_LEVELS = np.linspace(0, 1, 101)
_MAX_BOXES = 100
"""Boxes of a class that count in a picture: the surest."""


def average_precision(thresholds: Sequence[float]) -> Pooled:
    """Mean average precision over these thresholds of overlap, and the classes that occur; as `Metric.pooled`."""

    def figure(targets: Sequence[Any], predictions: Sequence[Any], weights: Floats) -> Floats:
        meant, said = [parse_boxes(t, 6) for t in targets], [parse_boxes(p, 6) for p in predictions]
        classes = sorted({int(c) for boxes in meant for c in boxes[:, 0]})
        per_class = [_class_average_precision(c, meant, said, weights, thresholds) for c in classes]
        if not per_class:  # nothing to find: any box is one too many
            return np.array([0.0 if sum(map(len, said)) else 1.0] * len(weights))
        values = np.stack(per_class)  # (classes, draws), NaN where a draw has none of the class
        there = ~np.isnan(values)
        return np.where(there.any(0), np.nansum(values, 0) / np.maximum(there.sum(0), 1), 1.0)

    return figure


def parse_boxes(text: Any, columns: int) -> Floats:
    """The rows of a list of boxes in JSON: ``(n, columns)``.

    Raises:
        UserError: the text is none.
    """
    try:
        rows = np.asarray(json.loads(text) or np.zeros((0, columns)), np.float64)
    except (TypeError, ValueError):
        rows = np.zeros(1)
    if rows.ndim != 2 or rows.shape[1] != columns or not np.isfinite(rows).all():
        raise UserError(f"'{str(text)[:40]}' is no list of boxes: restore the results or train again")
    return rows


def pairwise_iou(said: Floats, meant: Floats, crowd: NDArray[np.bool_] | None = None) -> Floats:
    """Intersection over union of boxes ``(n, 4)`` and ``(m, 4)``: ``(n, m)``; with a crowd, over what is said."""
    low = np.maximum(said[:, None, :2], meant[None, :, :2])
    high = np.minimum(said[:, None, 2:], meant[None, :, 2:])
    inter = np.prod(np.clip(high - low, 0, None), axis=2)  # (n, m)
    area, other = (np.prod(b[:, 2:] - b[:, :2], axis=1) for b in (said, meant))
    union = area[:, None] + other[None] - inter
    if crowd is not None:
        union = np.where(crowd[None], area[:, None], union)
    return inter / np.maximum(union, 1e-12)


def _class_average_precision(
    number: int, meant: list[Floats], said: list[Floats], weights: Floats, thresholds: Sequence[float]
) -> Floats:
    """The average precision of one class, under each row of weights: ``(draws,)``."""
    scores, pictures, found = [], [], []
    wanted = np.zeros(len(meant))
    for i, (true, told) in enumerate(zip(meant, said, strict=True)):
        true, told = true[true[:, 0] == number], told[told[:, 0] == number]
        told = told[np.argsort(-told[:, 1], kind="stable")][:_MAX_BOXES]
        crowd = true[:, 5] > 0
        wanted[i] = (~crowd).sum()
        found.append(match_boxes(told[:, 2:], true[:, 1:5], crowd, thresholds))  # (thresholds, boxes)
        scores.append(told[:, 1])
        pictures.append(np.full(len(told), i))
    order = np.argsort(-np.concatenate(scores), kind="stable")
    picture, verdict = np.concatenate(pictures)[order].astype(int), np.concatenate(found, 1)[:, order]
    asked = weights @ wanted  # (draws,)
    values = np.zeros((len(thresholds), len(weights)))
    for draw, row in enumerate(weights):
        weight = row[picture]
        for t, right in enumerate(verdict):
            values[t, draw] = _interpolated_precision(weight * (right == 1), weight * (right == 0), asked[draw])
    return np.where(asked > 0, values.mean(0), np.nan)


def match_boxes(said: Floats, meant: Floats, crowd: NDArray[np.bool_], thresholds: Sequence[float]) -> NDArray[np.int8]:
    """Whether each box (the surest first) is right: 1, wrong: 0, or not to be counted: -1; ``(thresholds, boxes)``.

    Each takes the true box that it overlaps most of those still free; a crowd may be taken by many.
    """
    verdict = np.zeros((len(thresholds), len(said)), np.int8)
    if not len(said) or not len(meant):
        return verdict
    order = np.argsort(crowd, kind="stable")  # crowds last
    crowd = crowd[order]
    shared = pairwise_iou(said, meant[order], crowd)  # (boxes, true boxes)
    for t, threshold in enumerate(thresholds):
        free = np.ones(len(meant), bool)
        for box, row in enumerate(shared):
            best, chosen = min(threshold, 1 - 1e-10), -1
            for true, overlap in enumerate(row):
                if not free[true] and not crowd[true]:
                    continue
                if chosen >= 0 and not crowd[chosen] and crowd[true]:
                    break
                if overlap >= best:
                    best, chosen = overlap, true
            if chosen >= 0:
                free[chosen] = False
                verdict[t, box] = -1 if crowd[chosen] else 1
    return verdict


def _interpolated_precision(right: Floats, wrong: Floats, asked: float) -> float:
    """The mean precision at 101 levels of recall."""
    if asked <= 0 or not len(right):
        return 0.0
    hits, misses = right.cumsum(), wrong.cumsum()
    recall = hits / asked
    precision = hits / np.maximum(hits + misses, np.spacing(1))
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(recall, _RECALL_LEVELS, side="left")
    return float(np.where(at < len(precision), precision[np.minimum(at, len(precision) - 1)], 0.0).mean())


_AP50, _AP = average_precision(_IOU_THRESHOLDS[:1]), average_precision(_IOU_THRESHOLDS)
MAP50 = Metric("mAP50", (), percent=True, pooled=_AP50)
"""Mean average precision at an overlap of 50 % (higher is better)."""
MAP = Metric("mAP50-95", (), percent=True, pooled=_AP, short="map")
"""Mean average precision over overlaps of 50 to 95 % (higher is better)."""
MAP50_MISSED = Metric(
    "missed mAP50", (), percent=True, beside=(MAP50, MAP), pooled=lambda t, p, w: 1 - _AP50(t, p, w),
    predicts=Predicts.BOXES, complement_of=MAP50.name,
)  # fmt: skip
"""What is missing to a mAP50 of 1."""
