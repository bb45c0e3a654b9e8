"""Losses that are put together wrongly, as the autograd graph shows it: linear in probabilities, an overlap, a mean of
errors that cancel, scores that were viewed instead of permuted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from fathom.training.health.measure.autograd_graph import RESHAPING, function_before, kind, parents, shape_of, walk
from fathom.training.health.measure.cosine_scores import is_of_length_1
from fathom.training.health.measure.loss_axes import signed_axis

MAX_NODES = 60
"""Nodes from the loss that are looked at."""

SUMMING = ("Sum", "Mean", *RESHAPING)
"""Functions that only add up, or move."""

PROBABILITIES = ("Softmax", "Sigmoid")
SCORES = ("Addmm", "Mm", "Convolution")
"""What a layer says, which is no logarithm of a probability."""

CLAMPS = ("Clamp", "ClampMin", "ClampMax", "Hardtanh")
TAKING_POSITIVE = ("BinaryCrossEntropy", "Log", "Log2", "Log10", "Div", "Reciprocal", "Rsqrt")
PICKING = (*RESHAPING, "Split", "SplitWithSizes", "Unbind", "Narrow", "Gather")
MAX_STEPS = 8
"""Functions that cut off at bounds; that want what is above 0; that take some of the numbers; and how far is looked."""

BENDING = ("Pow", "Abs", "Sqrt")
"""Functions that make an amount of an error."""

PERMUTING = ("Transpose", "T", "Permute")


def structure_of(root: Any, answered: tuple[int, ...]) -> str:
    """What is put together wrongly, as `checks.wrong_output` calls it; "" if nothing is.

    Args:
        root: node of the loss.
        answered: the shape of the net's answer.
    """
    for node in _added(root):
        if (before := divergence_of(node)) is not None and kind(before) in (*PROBABILITIES, *SCORES):
            return "kl of probabilities" if kind(before) in PROBABILITIES else "kl of scores"
        if kind(node) == "Div" and _is_overlap(node, PROBABILITIES):
            return "overlap"
    if _is_cosine(root):
        return "cosine"
    nodes = list(walk(root, MAX_NODES))
    if any(kind(node) == "Div" and _is_overlap(node, SCORES) for node in nodes):
        return "overlap of scores"
    if any(_is_clamped_score(node) for node in nodes):
        return "clamped"
    return "mean of errors" if _is_mean_of_errors(root, answered) else ""


def divergence_of(node: Any) -> Any:
    """What a ``kl_div`` was given as logarithms, where a node is the subtraction in it; None where it is none.

    Args:
        node: of the graph: target · log(target) - target · input, or exp(target) · (target - input).
    """
    if len(shape_of(node)) < 2:
        return None
    if kind(node) == "Mul" and [kind(one) for one in parents(node)] == ["Sub"]:
        given = [found for found, _ in parents(node)[0].next_functions]
        return function_before(parents(node)[0]) if len(given) == 2 and given[0] is None else None
    given = [found for found, _ in node.next_functions]
    if kind(node) != "Sub" or len(given) != 2 or given[0] is not None or given[1] is None:
        return None
    product = given[1]
    return function_before(product) if kind(product) == "Mul" and len(parents(product)) == 1 else None


def is_divergence(root: Any) -> bool:
    """Whether a loss is a ``kl_div``, perhaps beside others.

    Args:
        root: node of the loss.
    """
    return any(divergence_of(node) is not None for node in _added(root))


def is_viewed_across(softmax: Any, answered: tuple[int, ...]) -> bool:
    """Whether an answer (n, classes, …) was viewed as (…, classes), or the other way around, and not permuted.

    Args:
        softmax: node of the log_softmax.
        answered: the shape of the net's answer.
    """
    given, axis = shape_of(softmax), signed_axis(softmax)
    if len(answered) < 3 or not given or math.prod(given) != math.prod(answered):
        return False
    if [n for n in given if n != 1] == [n for n in answered if n != 1]:  # an axis of one was dropped, and none mixed
        return False
    classes, last = given[axis], axis in (-1, len(given) - 1)
    was_second = last and classes == answered[1] and classes != answered[-1]
    was_last = not last and axis == 1 and classes == answered[-1] and classes != answered[1]
    node = next(iter(parents(softmax)), None)
    while node is not None and kind(node) in RESHAPING and shape_of(node) != answered:
        if kind(node) in PERMUTING:
            return False
        node = next(iter(parents(node)), None)
    return (was_second or was_last) and node is not None and shape_of(node) == answered and kind(node) not in PERMUTING


def _added(root: Any) -> Iterator[Any]:
    """The nodes whose numbers are added up to the loss: nothing is bent, or subtracted, on the way."""
    waiting = [root]
    for _ in range(MAX_NODES):
        if not waiting:
            return
        node = waiting.pop(0)
        yield node
        given = [found for found, _ in node.next_functions]
        one_factor = shape_of(node) == () and len(parents(node)) == 1
        if kind(node) in (*SUMMING, "Add") or (kind(node) in ("Mul", "Div") and one_factor):
            waiting += parents(node)
        elif kind(node) == "Sub" and shape_of(node) == () and given and given[0] is not None:
            waiting.append(given[0])


def _is_clamped_score(node: Any) -> bool:
    """Whether what a layer says is cut off at bounds, and taken for a probability or a variance then.

    A logarithm is taken of it, or something is divided by it; a bound of a sum or of a length is no such thing.
    """
    if kind(node) not in TAKING_POSITIVE or (kind(node) == "Div" and len(parents(node)) != 2):
        return False
    one = parents(node)[-1 if kind(node) == "Div" else 0] if parents(node) else None
    for _ in range(MAX_STEPS):
        if one is None or kind(one) in CLAMPS or kind(one) not in (*PICKING, "Rsub", "Sub", "Add"):
            break
        one = parents(one)[0] if len(parents(one)) == 1 else None
    if one is None or kind(one) not in CLAMPS:
        return False
    while one is not None and kind(one) in (*CLAMPS, *PICKING):
        one = next(iter(parents(one)), None)
    return one is not None and kind(one) in SCORES


def _is_cosine(root: Any) -> bool:
    """Whether a loss is the mean cosine of two arrays of vectors, and no amount less it: it is made small then."""
    node = root
    for _ in range(MAX_NODES):
        given = list(dict.fromkeys(parents(node)))
        if kind(node) == "Mul" and len(shape_of(node)) > 1:
            return all(kind(one) == "Div" and is_of_length_1(one) for one in given) and bool(given)
        if kind(node) not in SUMMING or len(given) != 1:  # the sign of a factor is not in the graph
            return False
        node = given[0]
    return False


def _is_overlap(ratio: Any, of: tuple[str, ...]) -> bool:
    """Whether a ratio is that of Dice or Jaccard: 2 · sum(p · y) / (sum(p) + sum(y)), or with the union below.

    Args:
        ratio: node of the division.
        of: functions one of which p must be; of scores it must be added up below as it is, not squared.
    """
    if len(parents(ratio)) != 2:
        return False
    above, below = parents(ratio)
    factors, common, node = 0, None, above
    while node is not None and kind(node) in (*SUMMING, "Add", "Mul") and len(parents(node)) == 1:
        factors += kind(node) == "Mul"
        common = node if kind(node) == "Sum" else common
        node = parents(node)[0]
    if common is None or node is None or kind(node) not in of:
        return False
    sums = [one for one in walk(below, 12) if kind(one) == "Sum"]
    summed = [function_before(one) for one in sums]
    sized = any(_is_same(one if of is SCORES else _before_square(one), node) for one in summed)
    return sized and (factors >= 2 or (factors == 1 and common in sums))


def _before_square(node: Any) -> Any:
    """What a square was taken of, as some sum squares in Dice; else the node itself."""
    return parents(node)[0] if node is not None and kind(node) in ("Pow", "Mul") and parents(node) else node


def _is_same(one: Any, other: Any) -> bool:
    """Whether two nodes are the same function of the same: somebody may have written it twice."""
    return one is other or (one is not None and kind(one) == kind(other) and parents(one) == parents(other) != [])


def _is_mean_of_errors(root: Any, answered: tuple[int, ...]) -> bool:
    """Whether the errors of a batch are averaged first, and made an amount then, so that they cancel."""
    node, bent = root, False
    for _ in range(MAX_NODES):
        given = list(dict.fromkeys(parents(node)))
        if len(given) != 1 or not answered or answered[0] < 2:
            return False
        bent |= kind(node) in BENDING or (kind(node) == "Mul" and len(parents(node)) == 2)
        if bent and kind(node) in ("Mean", "Sum"):
            error, n = function_before(node), answered[0]
            if error is not None and kind(error) in ("Sub", "Rsub") and len(parents(error)) == 1:
                whole = shape_of(error)
                return whole in (answered, (n,)) and shape_of(node)[:1] != (n,)
        if kind(node) not in (*SUMMING, *BENDING, "Mul", "Div"):
            return False
        node = given[0]
    return False
