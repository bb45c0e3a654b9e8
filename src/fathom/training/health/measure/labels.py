"""What the labels of a batch were, found again from the answer of a net and the gradient of the loss.

The gradient of a cross-entropy is negative at the label and nowhere else, that of a binary one is negative where the
label is 1; whoever wrote the loss, and however, this shows which labels it was given. With them the plain
cross-entropy can be computed: where it is not the loss that was given, the loss is something else, and nothing is taken
for granted of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from fathom.training.health.signals import LabelStats

Floats = NDArray[np.float32]
Numbers = NDArray[np.float32 | np.int64]

MAX_CLASSES, MAX_PLACES = 10_000, 4096
"""Classes that a loss may choose between, and places of a batch that are looked at."""

MAX_NUMBERS_FOR_ONE_THREAD = 32_768
"""Numbers up to which one thread is quicker than to wake the others."""

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
    counts = np.bincount(label[known].astype(np.int64)).tolist()
    found = {str(value): count for value, count in enumerate(counts) if count}
    pairs = same = 0
    if neighbours:
        beside = known[1:] & known[:-1]
        pairs, same = int(beside.sum()), int((beside & (label[1:] == label[:-1])).sum())
    unlabeled = int(np.count_nonzero((places.size == 0) & (places.confidence < SURE))) / len(known)
    wrong = 1 - int(np.count_nonzero((places.chosen == label) & known)) / n
    return LabelStats(found, pairs, same, wrong, float(places.surprise[known].mean()), n / len(known), unlabeled)


def _of_each(answer: Tensor, gradient: Tensor) -> LabelStats | None:
    """Of numbers that are judged one by one: yes where the gradient pulls the answer up."""
    neighbours, answer, gradient = answer.numel() == len(answer), answer.reshape(-1), gradient.reshape(-1)
    known, yes = gradient != 0, gradient < 0
    beside = known[1:] & known[:-1]
    cost = F.binary_cross_entropy_with_logits(answer, yes.float(), reduction="none")
    numbers = (
        known, yes & known, cost.where(known, torch.zeros_like(cost)), ((answer > 0) != yes) & known,
        beside, (yes[1:] == yes[:-1]) & beside,
    )  # fmt: skip
    n, agreed, surprise, wrong, pairs, same = torch.stack([x.sum().float() for x in numbers]).tolist()
    if not n:
        return None
    counts = {name: int(count) for name, count in (("yes", agreed), ("no", n - agreed)) if count}
    pairs, same = (int(pairs), int(same)) if neighbours else (0, 0)
    return LabelStats(counts, pairs, same, wrong / n, surprise / n, n / len(known))
