"""How well masks cover what they should: mean intersection over union, and Dice.

Pixels are counted per class over all pictures first, and divided once at the end, as PASCAL VOC does it (Everingham et
al. 2010): a class that fills ten pixels of one picture then weighs no more than those ten.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from fathom.metrics.metric import Metric, Sums

INTERSECTION, UNION = "inter_", "union_"


def intersection_statistics(classes: int) -> tuple[str, ...]:
    """The statistics of so many classes: pixels of each in both masks, and in either."""
    return tuple(f"{kind}{i}" for kind in (INTERSECTION, UNION) for i in range(classes))


@cache
def mean_iou_missed(classes: int) -> Metric:
    """What is missing to a mean intersection over union of 1, over the classes that occur; Dice is told beside it."""
    needs = intersection_statistics(classes)
    iou = Metric("mean IoU", needs, lambda s: _mean_over_classes(s, classes, dice=False), percent=True)
    dice = Metric("mean Dice", needs, lambda s: _mean_over_classes(s, classes, dice=True), percent=True, short="dice")
    return Metric(
        "missed mean IoU",
        needs,
        lambda s: 1 - iou.of(s),
        percent=True,
        beside=(iou, dice),
        complement_of=iou.name,
        short="iou",
    )


def _mean_over_classes(sums: Sums, classes: int, *, dice: bool) -> np.ndarray:
    """The mean over the classes that are in either mask; 1 where there is none."""
    inter, union = (
        np.stack([np.asarray(sums[f"{k}{i}"], float) for i in range(classes)]) for k in (INTERSECTION, UNION)
    )
    occurs = union > 0  # (classes, …)
    share = (2 * inter if dice else inter) / np.where(occurs, union + inter if dice else union, 1.0)
    return np.where(occurs.any(0), (share * occurs).sum(0) / np.maximum(occurs.sum(0), 1), 1.0)
