"""How good a detector is: which boxes are right, and the average precision of their ranking."""

import numpy as np


def match(overlap, threshold):
    """Which of the boxes that were found are right: a list of True and False, one for each.

    overlap: (found, true), the IoU of each box that was found, the surest first, with each true box; there may be none
    of either. From the surest on, each takes the true box that it overlaps most among those not taken yet, if the
    overlap is at least the threshold, and is right then; otherwise it takes none, and is wrong.
    """
    free, right = np.ones(overlap.shape[1], bool), []
    for row in overlap:
        left = np.where(free, row, -1.0)
        right.append(bool(left.max(initial=-1.0) >= threshold))
        if right[-1]:
            free[left.argmax()] = False
    return right


def precision_recall(right, truths):
    """Precision and recall after each of the boxes, the surest first: two arrays (found,).

    right: a list of True and False, at least one. truths: how many true boxes there are, at least one.
    """
    hits = np.cumsum(right)
    return hits / np.arange(1, len(right) + 1), hits / truths


def average_precision(precision, recall):
    """The area under the curve of precision over recall, after each precision was raised to the highest at its recall
    or at any larger one. precision, recall: (found,), recall never falls."""
    highest = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(highest * np.diff(recall, prepend=0.0)))
