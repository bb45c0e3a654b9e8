"""Boxes: how much two overlap, and which of many to keep."""

import numpy as np


def iou(a, b):
    """Intersection over union of each box of a with each of b.

    a: (n, 4), b: (m, 4), each box [left, top, right, bottom] with positive sides. Returns (n, m).
    """
    low = np.maximum(a[:, None, :2], b[None, :, :2])  # (n, m, 2)
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    inter = np.clip(high - low, 0, None).prod(axis=2)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(axis=1), (b[:, 2:] - b[:, :2]).prod(axis=1)
    return inter / (area_a[:, None] + area_b[None, :] - inter)


def keep(boxes, scores, threshold):
    """Non-maximum suppression: the numbers of the boxes that stay, the surest first, as a list.

    A box is dropped where its IoU with one that stays is above the threshold. boxes: (n, 4).
    scores: (n,), all different.
    """
    left, kept = list(np.argsort(-scores)), []
    while left:
        best = left.pop(0)
        kept.append(int(best))
        left = [i for i in left if iou(boxes[[best]], boxes[[i]])[0, 0] <= threshold]
    return kept
