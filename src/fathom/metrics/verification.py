"""Verification and search: do two pictures show the same, and which is the most alike?

A target is the name of an identity, a prediction the net's embedding of a picture (packed, see `pack`); the distance of
two is one minus the cosine of their angle. Every pair of pictures of a split is asked: the same, or two?
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.errors import UserError
from fathom.metrics.metric import Metric, Pooled

Floats = NDArray[np.float64]

_MAX_PAIRS = 400_000
"""Pairs that are looked at: all of the same identity up to half as many, and others drawn from the rest."""
_MAX_DIMENSIONS = 4096


def pack(vector: NDArray[np.floating]) -> str:
    """An embedding as short text.

    >>> unpack(pack(np.array([0.5, -0.25]))).tolist()
    [0.5, -0.25]
    """
    return base64.b85encode(np.asarray(vector, np.float16).tobytes()).decode()


def unpack(text: Any) -> Floats:
    """The embedding that `pack` wrote: ``(f,)``.

    Raises:
        UserError: the text is none.
    """
    try:
        data = base64.b85decode(str(text))
        vector = np.frombuffer(data, np.float16).astype(np.float64)
    except ValueError:
        vector = np.zeros(0)
    if not 0 < len(vector) <= _MAX_DIMENSIONS or not np.isfinite(vector).all():
        raise UserError(f"'{str(text)[:20]}…' is no embedding: restore the results or train again")
    return vector


def unpack_all(predictions: Sequence[Any]) -> Floats:
    """Embeddings of length 1: ``(n, f)``.

    Raises:
        UserError: a prediction is no embedding, or they are of different lengths.
    """
    rows = [unpack(p) for p in predictions]
    if len({len(row) for row in rows}) != 1:
        raise UserError("the embeddings are of different lengths: restore the results or train again")
    found = np.stack(rows)
    return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)


def pair_examples(targets: Sequence[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Pairs of examples, and whether they are the same: first, second and same, each ``(pairs,)``."""
    names = np.unique(np.asarray(targets, str), return_inverse=True)[1]
    n = len(names)
    if n * (n - 1) // 2 <= _MAX_PAIRS:
        first, second = np.triu_indices(n, 1)
        return first, second, names[first] == names[second]
    rng = np.random.default_rng(0)
    order = np.argsort(names, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(names[order])) + 1)
    alike = [np.stack(np.triu_indices(len(m), 1)) for m in members]
    same = np.concatenate([m[index] for m, index in zip(members, alike, strict=True)], 1)  # (2, pairs)
    if same.shape[1] > _MAX_PAIRS // 2:
        same = same[:, rng.choice(same.shape[1], _MAX_PAIRS // 2, replace=False)]
    drawn = rng.integers(0, n, (2, _MAX_PAIRS))
    drawn = drawn[:, names[drawn[0]] != names[drawn[1]]][:, : _MAX_PAIRS // 2]
    first, second = np.concatenate([same, drawn], 1)
    return first, second, names[first] == names[second]


def cosine_distances(predictions: Sequence[Any], first: NDArray[np.int64], second: NDArray[np.int64]) -> Floats:
    """One minus the cosine, of each pair: ``(pairs,)``."""
    vectors = unpack_all(predictions)
    steps = range(0, len(first), 100_000)
    parts = [1 - (vectors[first[i : i + 100_000]] * vectors[second[i : i + 100_000]]).sum(1) for i in steps]
    return np.concatenate(parts) if parts else np.zeros(0)


def pair_auc(targets: Sequence[Any], predictions: Sequence[Any], weights: Floats) -> Floats:
    """How often a pair of the same is nearer than a pair of two: the area under the ROC curve, ``(draws,)``.

    0.5 where there are no pairs of one of the kinds.
    """
    first, second, same = pair_examples(targets)
    distance = cosine_distances(predictions, first, second)
    _, place = np.unique(distance, return_inverse=True)
    figures = []
    for row in weights:
        weight = row[first] * row[second]
        alike = np.bincount(place[same], weight[same], minlength=int(place.max(initial=0)) + 1)
        other = np.bincount(place[~same], weight[~same], minlength=len(alike))
        farther = other.sum() - other.cumsum() + other / 2  # a tie is half right
        total = alike.sum() * other.sum()
        figures.append(float((alike * farther).sum() / total) if total else 0.5)
    return np.array(figures)


def recall_at_1(targets: Sequence[Any], predictions: Sequence[Any], weights: Floats) -> Floats:
    """Of the pictures of which there is another, for how many the nearest is of the same identity: recall at 1."""
    vectors, names = unpack_all(predictions), np.asarray(targets, str)
    right, asked = np.zeros(len(names)), np.zeros(len(names))
    counts = dict(zip(*np.unique(names, return_counts=True), strict=True))
    for start in range(0, len(names), 1000):
        near = vectors[start : start + 1000] @ vectors.T  # (rows, n)
        rows = np.arange(len(near))
        near[rows, start + rows] = -np.inf
        right[start : start + 1000] = names[near.argmax(1)] == names[start + rows]
        asked[start : start + 1000] = [counts[name] > 1 for name in names[start + rows]]
    return (weights @ (right * asked)) / np.maximum(weights @ asked, 1e-12)


def best_threshold(targets: Sequence[Any], predictions: Sequence[Any]) -> float:
    """The distance up to which two pictures are best held for the same, both kinds of pairs weighing alike."""
    first, second, same = pair_examples(targets)
    distance = cosine_distances(predictions, first, second)
    if not same.any() or same.all():
        return float(distance.mean()) if len(distance) else 1.0
    order = np.argsort(distance)
    ordered, alike = distance[order], same[order]
    accuracy = (alike.cumsum() / same.sum() - (~alike).cumsum() / (~same).sum()) / 2 + 0.5
    best = int(accuracy.argmax())
    following = ordered[min(best + 1, len(ordered) - 1)]
    return float((ordered[best] + following) / 2)


def pair_accuracy(threshold: float) -> Pooled:
    """The share of pairs told right at a distance, the mean of both kinds; as `Metric.pooled`."""

    def figure(targets: Sequence[Any], predictions: Sequence[Any], weights: Floats) -> Floats:
        first, second, same = pair_examples(targets)
        right = (cosine_distances(predictions, first, second) <= threshold) == same
        figures = []
        for row in weights:
            weight = row[first] * row[second]
            kinds = [(weight[kind] * right[kind]).sum() / max(weight[kind].sum(), 1e-12) for kind in (same, ~same)]
            figures.append(float(np.mean(kinds)))
        return np.array(figures)

    return figure


AUC = Metric("verification AUC", (), percent=True, pooled=pair_auc)
"""Area under the ROC curve of telling pairs of the same from pairs of two (higher is better)."""
RECALL_AT_1 = Metric("recall@1", (), percent=True, pooled=recall_at_1)
"""How often the most alike picture is of the same identity (higher is better)."""
PAIR_ACCURACY = Metric(
    "accuracy at the dev threshold", (), percent=True, pooled=pair_accuracy(0.5),
    chosen=lambda t, p: pair_accuracy(best_threshold(t, p)),
)  # fmt: skip
"""Share of pairs told right by the distance that is best on dev (higher is better)."""
THRESHOLD = Metric(
    "distance threshold", (), pooled=lambda t, p, w: np.full(len(w), 0.5),
    chosen=lambda t, p: (lambda at: lambda _t, _p, w: np.full(len(w), at))(best_threshold(t, p)),
)  # fmt: skip
"""That distance itself."""
AUC_MISSED = Metric(
    "missed verification AUC", (), percent=True, beside=(AUC, PAIR_ACCURACY, RECALL_AT_1, THRESHOLD),
    pooled=lambda t, p, w: 1 - pair_auc(t, p, w), complement_of=AUC.name,
    short="auc",
)  # fmt: skip
"""What is missing to an AUC of 1."""
