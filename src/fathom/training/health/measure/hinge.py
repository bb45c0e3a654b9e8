"""Hinge losses, max(0, 1 - y · answer), and whether their labels are such as they want: -1 and 1.

With 0 and 1 an example of class 0 has a loss of 1 whatever is answered, and no gradient. That shows: within the margin,
where each example of -1 or 1 has a gradient, some have none, and all others are pushed one way.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from fathom.training.health.measure.autograd_graph import RESHAPING, kind, parents, shape_of, walk

MAX_NODES = 30
"""From the loss to what leaves one side."""

SIDES = ("Relu", "ClampMin", "Clamp", "Maximum")
DIFFERENCES = ("Rsub", "Sub", "Add", "Neg")

MIN_EXAMPLES = 8
"""Of a batch."""


def is_hinge(root: Any, answered: tuple[int, ...]) -> bool:
    """Whether a loss counts of (margin - number · answer) what is above 0, one number for each example.

    Args:
        root: node of the loss.
        answered: the shape of the net's answer.
    """
    if not answered or math.prod(answered) != answered[0] or answered[0] < 2:
        return False
    for node in walk(root, MAX_NODES):
        if kind(node) == "SoftMarginLoss":
            return True
        if kind(node) not in SIDES or math.prod(shape_of(node)) != answered[0]:
            continue
        inside, met = node, False
        while len(parents(inside)) == 1 and kind(parents(inside)[0]) in (*DIFFERENCES, *RESHAPING):
            inside = parents(inside)[0]
            met |= kind(inside) in ("Rsub", "Sub", "Add")
        product = next(iter(parents(inside)), None)
        if met and product is not None and kind(product) == "Mul" and len(parents(product)) == 1:
            return True
    return False


def one_way(answer: Tensor, gradient: Tensor) -> tuple[float, bool]:
    """The share of answers without a gradient that lie within the margin, and whether the rest all go one way.

    Whatever the margin is, an answer that is nearer to 0 than one that is still pushed on lies within it.

    Args:
        answer: of the net, one number for each example.
        gradient: of the loss with respect to it, of the same shape.
    """
    if gradient.shape != answer.shape or len(answer) < MIN_EXAMPLES:
        return math.nan, False
    with torch.no_grad():
        a, g = answer.detach().float().flatten(), gradient.detach().float().flatten()
        pushed_on = torch.where(g == 0, 0.0, -g.sign() * a).max()  # as far as it goes already where it is pushed to
        numbers = (pushed_on, ((g == 0) & (a.abs() < pushed_on)).sum(), (g > 0).sum(), (g < 0).sum())
        margin, still, down, up = torch.stack([x.float() for x in numbers]).tolist()
    if not margin > 0:
        return math.nan, False
    return still / len(a), not (down and up)
