"""What the labels of a batch were, found again from the answer of a net and the gradient of the loss.

The gradient of a cross-entropy is negative at the label and nowhere else, that of a binary one is negative where the
label is 1; whoever wrote the loss, and however, this shows which labels it was given. With them the plain
cross-entropy can be computed: where it is not the loss that was told, the loss is something else, and nothing is taken
for granted of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from fathom.training.health.signals import Labels, Squares

Floats = NDArray[np.float32]

MOST_CLASSES, MOST_PLACES = 10_000, 4096
ROUNDING = 1e-3
NEARLY = 0.03
"""Of the gradient's size, that its sum over the classes may be off in half precision."""


def labels_of(answer: Tensor, gradient: Tensor) -> Labels | None:
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


def squares_of(answer: Tensor, gradient: Tensor) -> Squares | None:
    """What a mean squared error was given, if it is one: its gradient is 2 / batch times what is too much.

    Args:
        answer: one number for each example, (batch,) or (batch, 1).
        gradient: of the loss with respect to it, of the same shape.
    """
    if gradient.shape != answer.shape or answer.numel() != len(answer):
        return None
    with torch.no_grad():
        over = gradient.detach().float().reshape(-1) * (len(answer) / 2)  # (batch,)
        target = answer.detach().float().reshape(-1) - over
        numbers = torch.stack(
            [
                over.square().mean(), target.mean(), target.square().mean(), target.var(correction=0),
                *((x > ROUNDING + least).float().mean() for x, least in ((-target, 0), (target, 1), (target.abs(), 1))),
            ]
        )  # fmt: skip
    return Squares(*numbers.tolist())


class _Places(NamedTuple):
    """What is told of each place where a class is chosen, on the host: (places,) each."""

    gradient: Floats  # summed over the classes
    size: Floats  # the sum of its amounts
    highest: Floats
    negative: Floats  # how many classes it pulls up
    lowest: Floats
    label: Floats  # where it is lowest
    surprise: Floats  # minus the logarithm of the label's probability
    chosen: Floats  # where the answer is highest


def _read(answer: Tensor, gradient: Tensor) -> _Places:
    """Of (places, classes); fetched from the device at once, since each fetching waits for it."""
    lowest, label = gradient.min(1)
    told = (
        gradient.sum(1), gradient.abs().sum(1), gradient.amax(1), (gradient < 0).sum(1), lowest, label,
        F.cross_entropy(answer, label, reduction="none"), answer.argmax(1),
    )  # fmt: skip
    return _Places(*torch.stack([x.float() for x in told]).cpu().numpy())


def _by_place(answer: Tensor, gradient: Tensor) -> _Places | None:
    """The axis of the classes is the one over which the gradient sums to nothing."""
    for axis in {2: (1,), 3: (2, 1), 4: (1,)}.get(answer.ndim, ()):
        if not 2 <= answer.shape[axis] <= MOST_CLASSES:
            continue
        a, g = (x.movedim(axis, -1).flatten(0, -2) for x in (answer, gradient))  # (places, classes)
        if answer.ndim > 2:
            step = -(-len(a) // MOST_PLACES)
            a, g = a[::step], g[::step]
        told = _read(a, g)
        to_nothing = np.abs(told.gradient) <= NEARLY * told.size + 1e-3 * told.size.max()  # the sure have none
        one_each = (told.highest <= 0) & (told.negative <= 1)  # of logarithms of probabilities
        if to_nothing.all() or one_each.all():
            return told
    return None


def _of_several(told: _Places, neighbours: bool) -> Labels | None:
    """The one class of each place at which the gradient is negative."""
    known = told.lowest < 0
    n = int(known.sum())
    if not n:
        return None
    values, counts = np.unique(told.label[known].astype(int), return_counts=True)
    found = dict(zip(map(str, values.tolist()), counts.tolist(), strict=True))
    beside = known[1:] & known[:-1] if neighbours else np.zeros(0, bool)
    same = int((beside & (told.label[1:] == told.label[:-1])).sum()) if neighbours else 0
    wrong = 1 - int(((told.chosen == told.label) & known).sum()) / n
    return Labels(found, int(beside.sum()), same, wrong, float(told.surprise[known].mean()), n / len(known))


def _of_each(answer: Tensor, gradient: Tensor) -> Labels | None:
    """Of numbers that are judged one by one: yes where the gradient pulls the answer up."""
    neighbours, answer, gradient = answer.numel() == len(answer), answer.reshape(-1), gradient.reshape(-1)
    known, yes = gradient != 0, gradient < 0
    beside = known[1:] & known[:-1]
    cost = F.binary_cross_entropy_with_logits(answer, yes.float(), reduction="none")
    told = (
        known, yes & known, cost.where(known, torch.zeros_like(cost)), ((answer > 0) != yes) & known,
        beside, (yes[1:] == yes[:-1]) & beside,
    )  # fmt: skip
    n, agreed, surprise, wrong, pairs, same = torch.stack([x.sum().float() for x in told]).tolist()
    if not n:
        return None
    counts = {name: int(count) for name, count in (("yes", agreed), ("no", n - agreed)) if count}
    pairs, same = (int(pairs), int(same)) if neighbours else (0, 0)
    return Labels(counts, pairs, same, wrong / n, surprise / n, n / len(known))
