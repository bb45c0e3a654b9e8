"""What a loss is, and what it was given, found in the autograd graph, whoever wrote it."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from torch import Tensor

from fathom.training.health.measure.autograd_graph import function_before, kind, parents, shape_of, walk
from fathom.training.health.measure.loss_axes import is_along_a_map, is_over_places, is_summed_over_batch
from fathom.training.health.measure.loss_structure import is_viewed_across, structure_of

MAX_NODES = 60
"""Nodes from the loss to what tells its kind."""

SHIFTING = ("Add", "Sub", "Rsub")
"""Functions behind which a loss may be below 0, though nothing is wrong with it."""

ELEMENTWISE = ("Sub", "Rsub", "Mul", "Add", "Div")
"""Functions of two arrays, number by number."""

PRODUCT = ("Mul", "Div", "Add")
"""Those of them that an error is not made of; with an (n, n) mask it is meant so."""

OVER_THE_BATCH = 2**64 - 2
"""How the graph keeps the axis -2, that of the batch where there are two."""

SQUASHING = {"Softmax": "softmax", "Sigmoid": "sigmoid", "Tanh": "tanh", "Relu": "relu"}
LOSSES = {
    "LogSoftmax": "cross-entropy",
    "BinaryCrossEntropyWithLogits": "binary",
    "NllLoss": "nll",
    "NllLoss2D": "nll",
    "MseLoss": "squared",
    "SmoothL1Loss": "absolute",
    "HuberLoss": "absolute",
    "CtcLoss": "ctc",
}


class LossFacts(NamedTuple):
    """What a loss is; "" where that is not known.

    Attributes:
        kind: of it.
        output_mismatch: what stands between the net and it that should not.
        output_bound: the function whose result an error of quantities was given, which may be meant so.
        is_single_term: it is this and nothing else: no sum of several.
        is_weighted: each answer counts by a number of its own, which may be below 0, as in a policy gradient.
    """

    kind: str = ""
    output_mismatch: str = ""
    output_bound: str = ""
    is_single_term: bool = False
    is_weighted: bool = False


def loss_facts(loss: Tensor, answered: tuple[int, ...] = ()) -> LossFacts:
    """What can be read from the graph.

    Args:
        loss: with its graph.
        answered: the shape of the net's answer.
    """
    if loss.grad_fn is None:
        return LossFacts()
    facts = _facts(loss.grad_fn, answered)
    return facts if facts.output_mismatch else facts._replace(output_mismatch=structure_of(loss.grad_fn, answered))


def _facts(root: Any, answered: tuple[int, ...]) -> LossFacts:
    """Of the first node from the loss on that tells its kind."""
    alone, weighted = True, False
    for node in walk(root, MAX_NODES):
        name = LOSSES.get(kind(node))
        if name is None:
            if kind(node) == "Logsumexp" and (before := function_before(node)) and kind(before) == "Softmax":
                return LossFacts("", "softmax")  # as of a distribution of given logits
            if _is_broadcast(node, answered):
                return LossFacts("squared", "broadcast")
            if is_summed_over_batch(node, answered):
                return LossFacts("squared", "summed")
            if alone and kind(node) == "Abs" and (error := _error_in(node)) is not None:
                mismatch = "broadcast" if _is_broadcast(error, answered) else ""
                weighted |= error not in parents(node)
                return LossFacts("absolute", mismatch, _bound_of(function_before(error)), alone, is_weighted=weighted)
            alone = alone and len(parents(node)) == 1 and kind(node) not in SHIFTING
            weighted |= kind(node) in ("Mul", "Div") and shape_of(node) != ()
            continue
        before = function_before(node)
        if name == "ctc":
            return LossFacts(name, "", "", alone, is_weighted=weighted)
        if name in ("squared", "absolute"):
            mismatch = "broadcast" if _is_broadcast(node, answered) else ""
            mismatch = "summed" if is_summed_over_batch(node, answered) else mismatch
            return LossFacts(name, mismatch, _bound_of(before), alone, is_weighted=weighted)
        return LossFacts(*_of_classes(name, node, before, answered), "", alone, weighted)
    return LossFacts()


def _error_in(amount: Any) -> Any:
    """The difference that an amount is of, perhaps divided by a number for each example, as in per cent; else None."""
    node = parents(amount)[0] if len(parents(amount)) == 1 else None
    if node is not None and kind(node) in ("Mul", "Div") and len(parents(node)) == 1:
        node = parents(node)[0]
    return node if node is not None and kind(node) == "Sub" else None


def _bound_of(before: Any) -> str:
    """The function that an error is given the result of, if it has bounds."""
    return SQUASHING.get(kind(before), "") if before is not None else ""


def _of_classes(name: str, node: Any, before: Any, answered: tuple[int, ...]) -> tuple[str, str]:
    """Of a loss that chooses a class: its kind, and what stands before it that should not."""
    over = next((x for x in (node, before) if x is not None and kind(x) == "LogSoftmax"), None)
    if over is not None and len(answered) == 2 and answered[0] > 1 and over._saved_dim in (0, OVER_THE_BATCH):
        return "cross-entropy", "over the batch"
    if over is not None and is_viewed_across(over, answered):
        return "cross-entropy", "viewed"
    if over is not None and is_over_places(over, answered):
        return "cross-entropy", "places"
    if name == "nll" and is_along_a_map(node, answered):
        return "cross-entropy", "along a map"
    if name == "nll" and before is not None and kind(before) == "LogSoftmax":
        name, before = "cross-entropy", function_before(before)
    if name == "nll":  # it wants logarithms; the sum of a layer is none, and a softmax is none yet
        raw = before is not None and kind(before) in ("Addmm", "Mm", "Convolution", "Softmax", "Relu", "Sigmoid")
        return name, "no logarithm" if raw else ""
    return name, SQUASHING.get(kind(before), "") if before is not None else ""


def _is_broadcast(node: Any, answered: tuple[int, ...]) -> bool:
    """Whether here (n, 1) answers meet (n,) targets, or the other way around, each with each: (n, n) numbers.

    Where answers are compared with each other, as a ranking does, they come a second time, as a row.
    """
    if not answered or answered[0] < 2 or math.prod(answered) != answered[0]:
        return False
    n, given = answered[0], parents(node)
    widened = [one for one in given if kind(one) == "Expand" and shape_of(one) == (n, n)]
    if not widened and (kind(node) not in ELEMENTWISE or shape_of(node) != (n, n)):
        return False
    met = {shape_of(before) for one in given for before in (parents(one) if one in widened else [one])}
    return met == {(n, 1)} or (met == {(n,)} and kind(node) not in PRODUCT)
