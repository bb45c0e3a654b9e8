"""The solutions on detection, convolutions, losses of pictures and numbers of eight bits, against the libraries."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_curve
from torch.nn import functional as F

from fathom.metrics.detection import average_precision, pairwise_iou
from references import fast, normal, same, seeds, sizes, solution


def boxes(rng: np.random.Generator, n: int) -> Any:
    corner = rng.integers(0, 60, (n, 2)).astype(float)
    return np.concatenate([corner, corner + rng.integers(4, 40, (n, 2))], axis=1)


@fast
@given(sizes, seeds)
def test_the_best_anchor_has_the_largest_iou_on_the_same_centre(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    sides, anchors = rng.uniform(1, 50, 2), rng.uniform(1, 50, (n, 2))
    around = lambda s: np.concatenate([-s / 2, s / 2], axis=-1)  # noqa: E731
    overlap = pairwise_iou(around(sides)[None], around(anchors))[0]
    assert solution("yolo-targets").best_anchor(sides, anchors) == overlap.argmax()


@fast
@given(st.integers(1, 12), st.integers(1, 5), seeds)
def test_average_precision_of_one_picture(found: int, true: int, seed: int) -> None:
    mine, rng = solution("detection-metric"), np.random.default_rng(seed)
    said, meant = boxes(rng, found), boxes(rng, true)
    said[: min(found, true)] = meant[: min(found, true)] + rng.integers(-2, 3, (min(found, true), 4))
    right = mine.match(pairwise_iou(said, meant), 0.5)
    precision, recall = mine.precision_recall(right, true)
    area = mine.average_precision(precision, recall)
    scores = np.linspace(1, 0.1, found)
    if any(right):
        theirs, their_recall, _ = precision_recall_curve(right, scores)
        raised = np.maximum.accumulate(theirs)  # from the largest recall down
        same(area, float(-np.sum(np.diff(their_recall) * raised[:-1]) * sum(right) / true))
    text = str([[0, s, *box] for s, box in zip(scores.tolist(), said.tolist())])
    wanted = str([[0, *box, 0] for box in meant.tolist()])
    coco = float(average_precision([0.5])([wanted], [text], np.ones((1, 1)))[0])
    assert abs(area - coco) <= 1 / 101 + true / 101  # COCO reads the same curve at 101 levels of recall


@fast
@given(sizes, sizes, st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), seeds)
def test_kinds_of_convolution(channels: int, filters: int, kh: int, kw: int, stride: int, seed: int) -> None:
    mine = solution("convolution-kinds")
    x, w, d, up = normal(
        seed, (channels, kh + 2, kw + 1), (filters, channels), (channels, kh, kw), (channels, filters, kh, kw)
    )
    t = torch.tensor(x)[None]
    same(mine.pointwise(x, w), F.conv2d(t, torch.tensor(w)[:, :, None, None])[0])
    same(mine.depthwise(x, d), F.conv2d(t, torch.tensor(d)[:, None], groups=channels)[0])
    same(mine.transposed(x, up, stride), F.conv_transpose2d(t, torch.tensor(up), stride=stride)[0])


@fast
@given(sizes, sizes, st.integers(1, 3), st.integers(1, 3), st.integers(0, 3), seeds)
def test_im2col(batch: int, channels: int, k: int, stride: int, more: int, seed: int) -> None:
    mine = solution("im2col")
    shape = (batch, channels, k + more, k + 2 * more)
    x, w, b = normal(seed, shape, (3, channels, k, k), (3,))
    windows = F.unfold(torch.tensor(x), k, stride=stride).transpose(1, 2).reshape(-1, channels * k * k)
    same(mine.im2col(x, k, stride), windows)
    same(mine.growth(shape, k, stride), windows.numel() / x.size)
    same(mine.convolve(x, w, b, stride), F.conv2d(torch.tensor(x), torch.tensor(w), torch.tensor(b), stride=stride))
    (g,) = normal(seed, tuple(windows.shape))
    back = torch.tensor(g).reshape(batch, -1, channels * k * k).transpose(1, 2)
    same(mine.col2im(g, shape, k, stride), F.fold(back, shape[2:], k, stride=stride))
