"""The metrics that rank, pair and overlap, against the libraries of the field."""

from __future__ import annotations

import contextlib
import io
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, f1_score, jaccard_score, roc_auc_score

from fathom.errors import UserError
from fathom.metrics import MAP50_MISSED
from fathom.metrics.detection import MAP, MAP50
from fathom.metrics.labels import mean_average_precision
from fathom.metrics.overlap import mean_iou_missed
from fathom.metrics.verification import best_threshold, pack, pair_accuracy, pair_auc, recall_at_1, unpack

ONE = np.ones((1, 1))


def pictures(seed: int, count: int = 12) -> tuple[list[str], list[str]]:
    """Random true boxes, and boxes said near them, some doubled, some of another class, some out of nowhere."""
    rng = np.random.default_rng(seed)
    targets, predictions = [], []
    for _ in range(count):
        corner = rng.uniform(0, 60, (rng.integers(0, 5), 2))
        true = np.hstack([corner, corner + rng.uniform(5, 40, corner.shape)])
        kinds = rng.integers(0, 3, len(true))
        crowd = rng.random(len(true)) < 0.15
        targets.append(
            json.dumps([[int(k), *map(float, b), int(c)] for k, b, c in zip(kinds, true, crowd, strict=True)])
        )
        rows = []
        for k, b in zip(kinds, true, strict=True):
            for _ in range(rng.integers(0, 3)):
                moved = b + rng.normal(0, 3, 4)
                kind = int(k) if rng.random() < 0.8 else int(rng.integers(0, 3))
                rows.append([kind, round(float(rng.random()), 3), *map(float, np.sort(moved.reshape(2, 2), 0).ravel())])
        for _ in range(rng.integers(0, 3)):
            low = rng.uniform(0, 60, 2)
            rows.append([int(rng.integers(0, 3)), round(float(rng.random()), 3), *low, *(low + rng.uniform(5, 30, 2))])
        predictions.append(json.dumps([[float(v) for v in row] for row in rows]))
    return targets, predictions


def coco(targets: list[str], predictions: list[str]) -> np.ndarray:
    """What pycocotools makes of the same boxes: its twelve figures."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth, said = COCO(), []
    boxes = []
    for i, text in enumerate(targets):
        for kind, left, top, right, bottom, crowd in json.loads(text):
            width, height = right - left, bottom - top
            boxes.append(
                {"id": len(boxes) + 1, "image_id": i, "category_id": int(kind), "iscrowd": int(crowd),
                 "bbox": [left, top, width, height], "area": width * height}
            )  # fmt: skip
    truth.dataset = {
        "images": [{"id": i} for i in range(len(targets))],
        "annotations": boxes,
        "categories": [{"id": k} for k in sorted({b["category_id"] for b in boxes})],
    }
    for i, text in enumerate(predictions):
        for kind, score, left, top, right, bottom in json.loads(text):
            box = [left, top, right - left, bottom - top]
            said.append({"image_id": i, "category_id": int(kind), "score": score, "bbox": box})
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        judge = COCOeval(truth, truth.loadRes(said), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return judge.stats


@pytest.mark.parametrize("seed", range(20))
def test_average_precision_is_that_of_pycocotools(seed):
    pytest.importorskip("pycocotools")
    targets, predictions = pictures(seed)
    figures = coco(targets, predictions)
    weights = np.ones((1, len(targets)))
    assert MAP.pooled(targets, predictions, weights)[0] == pytest.approx(figures[0], abs=1e-9)
    assert MAP50.pooled(targets, predictions, weights)[0] == pytest.approx(figures[1], abs=1e-9)


def test_a_picture_drawn_twice_counts_twice():
    targets, predictions = pictures(3)
    twice = MAP50.pooled(targets + targets[:1], predictions + predictions[:1], np.ones((1, 13)))
    weights = np.ones((1, 12))
    weights[0, 0] = 2
    assert MAP50.pooled(targets, predictions, weights) == pytest.approx(twice, abs=1e-12)


def test_nothing_to_find():
    for said, figure in (("[]", 1.0), ("[[0, 0.9, 1, 1, 5, 5]]", 0.0)):
        assert MAP50.pooled(["[]"], [said], ONE)[0] == figure
        assert MAP50_MISSED.pooled(["[]"], [said], ONE)[0] == 1 - figure
    for damaged in ("no json", "[[1, 2]]", "[[0, NaN, 1, 1, 5, 5]]", None):
        with pytest.raises(UserError, match="no list of boxes"):
            MAP50.pooled(["[]"], [damaged], ONE)


@pytest.mark.parametrize("seed", range(5))
def test_auc_and_recall_are_those_of_all_pairs(seed):
    rng = np.random.default_rng(seed)
    names = rng.integers(0, 6, 40)
    vectors = rng.normal(size=(40, 8)) + 0.8 * np.eye(8)[names]
    targets, predictions = names.astype(str).tolist(), [pack(v) for v in vectors]
    unit = np.stack([unpack(p) for p in predictions])
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    near = unit @ unit.T
    first, second = np.triu_indices(40, 1)
    same = names[first] == names[second]
    expected = roc_auc_score(same, near[first, second])
    weights = np.ones((1, 40))
    assert pair_auc(targets, predictions, weights)[0] == pytest.approx(expected, abs=1e-9)
    np.fill_diagonal(near, -2)
    recall = recall_at_1(targets, predictions, weights)[0]
    counts = np.bincount(names)[names]
    assert recall == pytest.approx((names[near.argmax(1)] == names)[counts > 1].mean())
    at = best_threshold(targets, predictions)
    best = pair_accuracy(at)(targets, predictions, weights)[0]
    others = [pair_accuracy(t)(targets, predictions, weights)[0] for t in np.linspace(0, 2, 60)]
    assert best >= max(others) - 1e-9


def test_auc_counts_ties_as_half_right():
    names = np.array([0, 0, 1, 1, 2, 2])
    place = np.array([0, 0, 0, 1, 1, 1])  # two pictures in one place are as near as any others there
    predictions = [pack(v) for v in np.eye(2)[place]]
    first, second = np.triu_indices(6, 1)
    expected = roc_auc_score(names[first] == names[second], place[first] == place[second])
    assert pair_auc(names.astype(str).tolist(), predictions, np.ones((1, 6)))[0] == pytest.approx(expected, abs=1e-12)


def test_auc_where_there_are_no_pairs_is_even():
    assert pair_auc(["a", "b"], [pack(np.ones(3))] * 2, np.ones((1, 2)))[0] == 0.5
    with pytest.raises(UserError, match="no embedding"):
        pair_auc(["a", "b"], ["~~", "?"], np.ones((1, 2)))


@pytest.mark.parametrize("seed", range(5))
def test_mean_average_precision_of_labels_is_that_of_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    have = rng.random((50, 4)) < (0.1, 0.3, 0.5, 0.7)
    scores = np.round(rng.random((50, 4)) + 0.3 * have, 1)  # with ties
    names = ["a", "b", "c", "d"]
    targets = ["|".join(n for n, h in zip(names, row, strict=True) if h) for row in have]
    predictions = [json.dumps(dict(zip(names, map(float, row), strict=True))) for row in scores]
    expected = np.mean([average_precision_score(have[:, i], scores[:, i]) for i in range(4)])
    assert mean_average_precision(targets, predictions, np.ones((1, 50)))[0] == pytest.approx(expected, abs=1e-9)
    weights = rng.integers(0, 3, (1, 50)).astype(float)
    by_hand = [average_precision_score(have[:, i], scores[:, i], sample_weight=weights[0]) for i in range(4)]
    assert mean_average_precision(targets, predictions, weights)[0] == pytest.approx(np.mean(by_hand), abs=1e-9)


@given(st.integers(0, 10_000), st.integers(2, 5))
@settings(max_examples=30, deadline=None)
def test_mean_iou_is_that_of_scikit_learn(seed, classes):
    rng = np.random.default_rng(seed)
    meant, said = rng.integers(0, classes, (2, 300))
    sums = {}
    for i in range(classes):
        sums[f"inter_{i}"] = float(((meant == i) & (said == i)).sum())
        sums[f"union_{i}"] = float(((meant == i) | (said == i)).sum())
    metric = mean_iou_missed(classes)
    expected = jaccard_score(meant, said, average="macro", labels=np.unique([meant, said]))
    assert 1 - metric.of(sums) == pytest.approx(expected, abs=1e-9)
    dice = next(m for m in metric.beside if m.name == "mean Dice").of(sums)
    assert dice >= expected


@pytest.mark.parametrize("seed", range(3))
def test_mean_dice_is_the_f1_of_scikit_learn(seed):
    meant, said = np.random.default_rng(seed).integers(0, 3, (2, 300))
    sums = {f"inter_{i}": float(((meant == i) & (said == i)).sum()) for i in range(3)}
    sums |= {f"union_{i}": float(((meant == i) | (said == i)).sum()) for i in range(3)}
    dice = next(m for m in mean_iou_missed(3).beside if m.name == "mean Dice")
    assert dice.of(sums) == pytest.approx(f1_score(meant, said, average="macro"), abs=1e-9)
