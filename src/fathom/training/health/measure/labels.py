"""What the labels of a batch were, found again from the answer of a net and the gradient of the loss.

The gradient of a cross-entropy is negative at the label and nowhere else, that of a binary one is negative where the
label is 1; whoever wrote the loss, and however, this shows which labels it was given. With them the plain
cross-entropy can be computed: where it is not the loss that was given, the loss is something else, and nothing is taken
for granted of it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from fathom.training.health.measure.displaced import NOT_KNOWN, displaced_classes
from fathom.training.health.signals import LabelStats

Floats = NDArray[np.float32]
Numbers = NDArray[np.float32 | np.int64]

MAX_CLASSES, MAX_PLACES = 10_000, 4096
"""Classes that a loss may choose between, and places of a batch that are looked at."""

MAX_NUMBERS_FOR_ONE_THREAD = 32_768
"""Numbers up to which one thread is quicker than to wake the others."""

MIN_REPEATED = 8
"""Examples of a batch, each several times in a row, from which on that is no chance."""

MIN_MISSING = 0.02
"""Of a label's probability to 1, for its weight to be read off the gradient."""

MAX_WEIGHED_CLASSES = 100
"""Classes up to which weights are kept."""

SURE = 0.99
"""Probability from which on a place without a gradient may be one that the net answers without any doubt."""

MAX_GRADIENT_SUM = 0.03
"""Of the gradient's size, that its sum over the classes may be off in half precision."""


def labels_of(answer: Tensor, gradient: Tensor) -> LabelStats | None:
    """The labels of a batch; None where the gradient is not that of choosing one class.

    Args:
        answer: raw numbers of the net: (batch, classes), (batch, time, classes), (batch, classes, height, width), or
            one number for each example, (batch,) or (batch, 1).
        gradient: of the loss with respect to them, of the same shape.
    """
    if gradient.shape != answer.shape or len(answer) < 1:
        return None
    with torch.no_grad():
        answer, gradient = answer.detach().float(), gradient.detach().float()
        places = _by_place(answer, gradient) if answer.numel() > len(answer) else None
        return _of_each(answer, gradient) if places is None else _of_several(places, neighbours=answer.ndim == 2)


class _Places(NamedTuple):
    """What is known of each place where a class is chosen, on the host: (places,) each."""

    gradient: Floats  # summed over the classes
    size: Floats  # the sum of its amounts
    lowest: Floats
    label: Numbers  # where it is lowest
    surprise: Floats  # minus the logarithm of the label's probability
    chosen: Numbers  # where the answer is highest
    confidence: Floats  # the probability there


def _read(answer: Tensor, gradient: Tensor) -> _Places:
    """Of (places, classes).

    A few numbers that lie on the host are read there by one thread: PyTorch wakes all threads to find where a row is
    lowest, however short, and to wait for them may take longer than a step. From a device all is fetched at once.
    """
    if answer.is_cpu and answer.numel() <= MAX_NUMBERS_FOR_ONE_THREAD:
        a, g = answer.numpy(), gradient.numpy()
        rows, lowest, chosen = np.arange(len(a)), g.argmin(1), a.argmax(1)
        with np.errstate(all="ignore"):  # of a net that is broken
            above = a - a[rows, chosen][:, None]  # (places, classes)
            total = np.exp(above).sum(1)
            surprise = np.log(total) - above[rows, lowest]
        return _Places(g.sum(1), np.abs(g).sum(1), g[rows, lowest], lowest, surprise, chosen, 1 / total)
    low, label = gradient.min(1)
    surprise_of = F.cross_entropy(answer, label, reduction="none")
    numbers = (
        gradient.sum(1),
        torch.linalg.vector_norm(gradient, 1, 1),
        low,
        label.float(),
        surprise_of,
        answer.argmax(1),
        answer.softmax(1).amax(1),
    )
    return _Places(*torch.stack([x.float() for x in numbers]).cpu().numpy())


def _by_place(answer: Tensor, gradient: Tensor) -> _Places | None:
    """The axis of the classes is the one over which the gradient sums to nothing."""
    for axis in {2: (1,), 3: (2, 1), 4: (1,)}.get(answer.ndim, ()):
        if not 2 <= answer.shape[axis] <= MAX_CLASSES:
            continue
        a, g = answer, gradient  # (places, classes)
        if answer.ndim > 2:
            a, g = (x.movedim(axis, -1).flatten(0, -2) for x in (answer, gradient))
            step = -(-len(a) // MAX_PLACES)
            a, g = a[::step], g[::step]
        places = _read(a, g)  # where the net is sure there is none
        to_nothing = np.abs(places.gradient) <= MAX_GRADIENT_SUM * places.size + 1e-3 * places.size.max()
        # of logarithms of probabilities one alone has a gradient
        if to_nothing.all() or (places.size == -places.lowest).all():
            return places
    return None


def _of_several(places: _Places, neighbours: bool) -> LabelStats | None:
    """The one class of each place at which the gradient is negative."""
    known, label = places.lowest < 0, places.label
    n = int(np.count_nonzero(known))
    if not n:
        return None
    classes = label[known].astype(np.int64)
    counts = np.bincount(classes).tolist()
    found = {str(value): count for value, count in enumerate(counts) if count}
    surprise = places.surprise[known]
    weights, weight_sum, weighted = _weights(classes, -places.lowest[known], surprise)
    pairs = same = 0
    if neighbours:
        every = _repeats(label)
        known_once, once = known[::every], label[::every]
        beside = known_once[1:] & known_once[:-1]
        pairs, same = int(beside.sum()), int((beside & (once[1:] == once[:-1])).sum())
    displaced = displaced_classes(places.chosen, label) if neighbours and n == len(label) else NOT_KNOWN
    unlabeled = int(np.count_nonzero((places.size == 0) & (places.confidence < SURE))) / len(known)
    wrong = 1 - int(np.count_nonzero((places.chosen == label) & known)) / n
    return LabelStats(
        found, pairs, same, wrong, float(surprise.mean()), n / len(known), unlabeled, weights, weight_sum, weighted,
        displaced,
    )  # fmt: skip


def _repeats(label: Numbers) -> int:
    """How many times each example stands in a row, as where all are augmented several times (Hoffer et al. 2020); or 1.

    Args:
        label: of each place of a batch, (places,).
    """
    changes = (np.flatnonzero(label[1:] != label[:-1]) + 1).tolist()
    each = math.gcd(len(label), *changes)
    return each if len(label) // each >= MIN_REPEATED else 1


def _weights(classes: Numbers, pull: Floats, surprise: Floats) -> tuple[dict[str, float], float, float]:
    """How much each class counts, the mean answer being 1; all answers together; the cross-entropy with these weights.

    Args:
        classes: of each answer, (answers,).
        pull: minus the gradient at the label, (answers,).
        surprise: minus the logarithm of the label's probability, (answers,).
    """
    missing = -np.expm1(-surprise.astype(np.float64))  # to a probability of 1
    weight = np.where(missing > 0, pull / np.maximum(missing, 1e-12), 0.0)
    told = missing > MIN_MISSING  # of answers that are nearly sure little is left to read it off
    named = np.unique(classes[told]).tolist() if told.any() else []
    mean = float(weight[told].mean()) if named else 0.0
    if not 0 < len(named) <= MAX_WEIGHED_CLASSES or not mean > 0:
        return {}, mean * len(weight), float((weight * surprise).sum())
    by_class = {str(k): float(weight[told & (classes == k)].mean()) / mean for k in named}
    return by_class, mean * len(weight), float((weight * surprise).sum())


def _of_each(answer: Tensor, gradient: Tensor) -> LabelStats | None:
    """Of numbers that are judged one by one: yes where the gradient pulls the answer up."""
    neighbours, answer, gradient = answer.numel() == len(answer), answer.reshape(-1), gradient.reshape(-1)
    known, yes = gradient.abs() > 0, gradient < 0  # of what is no number neither holds
    beside = known[1:] & known[:-1]
    cost = F.binary_cross_entropy_with_logits(answer, yes.float(), reduction="none")
    missing = (answer.sigmoid() - yes.float()).abs()  # to the label
    weight = (gradient.abs() / missing.clamp(min=1e-12)).where(missing > 0, torch.zeros_like(cost))
    told = known & (missing > MIN_MISSING)
    numbers = (
        known, yes & known, cost.where(known, torch.zeros_like(cost)), ((answer > 0) != yes) & known,
        beside, (yes[1:] == yes[:-1]) & beside,
        weight * cost, weight * told, told, weight * (told & yes), told & yes,
    )  # fmt: skip
    n, agreed, surprise, wrong, pairs, same, weighted, *weighed = torch.stack(
        [x.sum().float() for x in numbers]
    ).tolist()
    if not n:
        return None
    counts = {name: int(count) for name, count in (("yes", agreed), ("no", n - agreed)) if count}
    pairs, same = (int(pairs), int(same)) if neighbours else (0, 0)
    weights, weight_sum = _weights_of_two(*weighed), weighed[0] / max(1.0, weighed[1]) * n
    shares = wrong / n, surprise / n, n / len(known), 0.0
    return LabelStats(counts, pairs, same, *shares, weights, weight_sum, weighted)


def _weights_of_two(all_weights: float, answers: float, yes_weights: float, agreed: float) -> dict[str, float]:
    """How much yes and no count, the mean answer being 1."""
    if not all_weights > 0 or not 0 < agreed < answers:
        return {}
    mean = all_weights / answers
    return {
        "yes": yes_weights / agreed / mean,
        "no": (all_weights - yes_weights) / (answers - agreed) / mean,
    }
