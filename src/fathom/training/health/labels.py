"""What the labels of a batch were, found again from the answer of a net and the gradient of the loss.

The gradient of a cross-entropy is negative at the label and nowhere else, that of a binary one is negative where the
label is 1; whoever wrote the loss, and however, this shows which labels it was given. With them the plain
cross-entropy can be computed: where it is not the loss that was told, the loss is something else, and nothing is taken
for granted of it.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from fathom.training.health.signals import Labels, Squares

MOST_CLASSES, MOST_PLACES = 10_000, 4096
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
        spread = _by_place(answer, gradient) if answer.numel() > len(answer) else None
        if spread is None:
            return _of_each(answer, gradient)
        return _of_several(*spread, neighbours=answer.ndim == 2)


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
        numbers = torch.stack([over.square().mean(), target.mean(), target.square().mean(), target.var(correction=0)])
    return Squares(*numbers.tolist())


def _by_place(answer: Tensor, gradient: Tensor) -> tuple[Tensor, Tensor] | None:
    """Both as (places, classes): the axis of the classes is the one over which the gradient sums to nothing."""
    for axis in {2: (1,), 3: (2, 1), 4: (1,)}.get(answer.ndim, ()):
        if not 2 <= answer.shape[axis] <= MOST_CLASSES:
            continue
        a, g = (x.movedim(axis, -1).flatten(0, -2) for x in (answer, gradient))  # (places, classes)
        if answer.ndim > 2:
            step = -(-len(a) // MOST_PLACES)
            a, g = a[::step], g[::step]
        size = g.abs().sum(1)
        to_nothing = (g.sum(1).abs() <= NEARLY * size + 1e-3 * size.max()).all()  # what is sure has next to none
        one_each = (g.amax(1) <= 0).all() and ((g < 0).sum(1) <= 1).all()  # of logarithms of probabilities
        if bool(to_nothing) or bool(one_each):
            return a, g
    return None


def _of_several(answer: Tensor, gradient: Tensor, neighbours: bool) -> Labels | None:
    """Of (places, classes): the one class of each at which the gradient is negative."""
    lowest, labels = gradient.min(1)  # (places,), (places,)
    known = lowest < 0
    n = int(known.sum())
    if not n:
        return None
    plain = float(F.cross_entropy(answer[known], labels[known]))
    right = (answer.argmax(1) == labels) & known
    same = (labels[1:] == labels[:-1]) & known[1:] & known[:-1]
    pairs = int((known[1:] & known[:-1]).sum()) if neighbours else 0
    values, counts = labels[known].cpu().unique(return_counts=True)
    found = dict(zip(map(str, values.tolist()), counts.tolist(), strict=True))
    return Labels(found, pairs, int(same.sum()) if neighbours else 0, 1 - int(right.sum()) / n, plain, n / len(known))


def _of_each(answer: Tensor, gradient: Tensor) -> Labels | None:
    """Of numbers that are judged one by one: yes where the gradient pulls the answer up."""
    neighbours, answer, gradient = answer.numel() == len(answer), answer.reshape(-1), gradient.reshape(-1)
    known = gradient != 0
    n = int(known.sum())
    if not n:
        return None
    yes = gradient < 0
    plain = float(F.binary_cross_entropy_with_logits(answer[known], yes[known].float()))
    wrong = float(((answer > 0) != yes)[known].float().mean())
    same = (yes[1:] == yes[:-1]) & known[1:] & known[:-1]
    pairs = int((known[1:] & known[:-1]).sum())
    counts = {"yes": int((yes & known).sum()), "no": int((~yes & known).sum())}
    counts = {name: count for name, count in counts.items() if count}
    return Labels(
        counts, pairs if neighbours else 0, int(same.sum()) if neighbours else 0, wrong, plain, n / len(known)
    )
