"""Losses that take one axis for another: a softmax over the places instead of the classes, answers that were summed
over the whole batch, and a softmax over an axis of one number.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from fathom.training.health.measure.autograd_graph import (
    RESHAPING,
    function_before,
    kind,
    parameter_of,
    parents,
    shape_of,
    walk,
)

MAX_NODES = 400
"""Of a graph that are looked at for a softmax."""

MATRICES = ("Addmm", "Mm")
"""What a linear layer is in the graph: its outputs stand along the last axis."""

PERFORMED_ON_ERRORS = ("MseLoss", "SmoothL1Loss", "HuberLoss", "Sub", "Rsub")
SCALING = ("Mul", "Div", "MaskedFill", "Tanh", "Relu", "LeakyRelu", *RESHAPING)
"""Functions between what gives a score and its softmax."""


def is_over_places(softmax: Any, answered: tuple[int, ...]) -> bool:
    """Whether scores (n, places, classes) go into a softmax over axis 1 as a linear layer made them, classes last.

    There are as many places as classes, else the labels would not fit and it would not run.

    Args:
        softmax: node of the log_softmax.
        answered: the shape of the net's answer.
    """
    square = len(answered) == 3 and answered[1] == answered[2] > 1
    if not square or softmax._saved_dim != 1 or shape_of(softmax) != answered:
        return False
    node = next(iter(parents(softmax)), None)
    while node is not None and (kind(node) in ("View", "UnsafeView") or _adds_bias(node)):
        node = parents(node)[0] if parents(node) else None
    return node is not None and kind(node) in MATRICES and shape_of(node) == (answered[0] * answered[1], answered[2])


def is_along_a_map(loss: Any, answered: tuple[int, ...]) -> bool:
    """Whether the likelihood of maps, whose classes lie along axis 1, is given a log_softmax along another axis.

    Args:
        loss: node of the nll_loss.
        answered: the shape of the net's answer, (n, classes, …).
    """
    node = next(iter(parents(loss)), None)
    while node is not None and kind(node) in ("View", "UnsafeView", "Unsqueeze"):
        node = next(iter(parents(node)), None)
    if node is None or kind(node) != "LogSoftmax" or len(answered) not in (3, 4) or shape_of(node) != answered:
        return False
    return signed_axis(node) % len(answered) != 1


def signed_axis(softmax: Any) -> int:
    """The axis that a softmax was taken along, which the graph keeps without a sign."""
    axis = int(softmax._saved_dim)
    return axis - 2**64 if axis >= 2**63 else axis


def _adds_bias(node: Any) -> bool:
    """Whether a layer's bias is added there, as where its input does not lie in one piece."""
    given = parents(node)
    return kind(node) == "Add" and len(given) == 2 and parameter_of(given[1]) is not None


def is_summed_over_batch(error: Any, answered: tuple[int, ...]) -> bool:
    """Whether the one sum, or mean, of all answers of a batch is compared with the target of each example.

    Args:
        error: node of a difference, or of a loss of such.
        answered: the shape of the net's answer.
    """
    rows = answered[0] if answered else 0
    if rows < 2 or kind(error) not in PERFORMED_ON_ERRORS or len(set(parents(error))) != 1:
        return False
    node = parents(error)[0]
    wide = shape_of(node) if kind(node) == "Expand" else shape_of(error)
    while kind(node) in RESHAPING and len(parents(node)) == 1:
        node = parents(node)[0]
    if wide[:1] != (rows,) or kind(node) not in ("Sum", "Mean") or shape_of(node) != ():
        return False
    return shape_of(next(iter(parents(node)), node))[:1] == (rows,)


def lone_softmax(root: Any) -> int:
    """How many scores that were meant to be weighed against each other have a softmax each, which is always 1.

    The scores (n, places, 1) have a softmax over the last axis, and what they weigh is summed over the places.
    Attention to a single key is no such: there nothing is summed over the places.

    Args:
        root: node of the loss.

    Returns:
        The places; 0 where there is no such softmax, or another over more numbers besides.
    """
    used_by: dict[Any, list[Any]] = defaultdict(list)
    found = []
    for node in walk(root, MAX_NODES):
        for one in parents(node):
            used_by[one].append(node)
        if kind(node) == "Softmax" and len(shape_of(node)) == 3:
            found.append(node)
    lone = [node for node in found if _is_lone(node)]
    if not lone or len(lone) < len(found) or not all(_weighs_places(node, used_by) for node in lone):
        return 0
    return max(shape_of(node)[-2] for node in lone)


def _is_lone(softmax: Any) -> bool:
    """Whether it is one over the last axis, of one number, of the only score that each of several places has."""
    shape, axis = shape_of(softmax), softmax._saved_dim
    if shape[-1] != 1 or shape[-2] < 2 or axis not in (2, 2**64 - 1):
        return False
    node = function_before(softmax)
    while node is not None and kind(node) in SCALING:
        node = function_before(node)
    return node is not None and kind(node) in (*MATRICES, "Bmm", "Sum", "Convolution")


def _weighs_places(softmax: Any, used_by: dict[Any, list[Any]]) -> bool:
    """Whether what is weighed is summed over the places: by a product and a sum, or by a product of matrices."""
    places, waiting = shape_of(softmax)[-2], list(used_by[softmax])
    while waiting:
        node = waiting.pop()
        if kind(node) in RESHAPING:
            waiting += used_by[node]
        elif kind(node) == "Bmm":
            return 1 in shape_of(node)[1:]
        elif kind(node) == "Mul":
            after = used_by[node]
            return any(kind(one) in ("Sum", "Mean") and places not in shape_of(one)[1:2] for one in after)
    return False
