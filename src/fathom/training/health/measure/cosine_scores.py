"""Whether a cross-entropy chooses between cosines of angles: products of vectors that were divided by their lengths."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from fathom.training.health.measure.autograd_graph import RESHAPING, kind, parents, shape_of, walk

MAX_NODES = 40
"""From the loss to its softmax, and from there to the products."""

MIN_PAIRS = 8
"""Of a batch."""

PRODUCTS = ("Mm", "Bmm", "Addmm")
FACTORS = ("Mul", "Div")
LENGTHS = ("LinalgVectorNorm", "Norm")


def cosine_scores(loss: Tensor) -> tuple[int, bool]:
    """Between how many cosines it chooses, and whether they are multiplied by something before; 0 of other losses.

    Args:
        loss: with its graph.
    """
    if loss.grad_fn is None:
        return 0, False
    softmax = next((one for one in walk(loss.grad_fn, MAX_NODES) if kind(one) in ("LogSoftmax", "Logsumexp")), None)
    if softmax is None:
        return 0, False
    given = parents(softmax)
    columns = shape_of(given[0])[-1:] if given else ()
    node, scaled = (given[0] if given else None), False
    for _ in range(MAX_NODES):
        if node is None or kind(node) in PRODUCTS:
            break
        scaled |= kind(node) in FACTORS
        if kind(node) not in (*RESHAPING, *FACTORS, "MaskedFill", "Where", "Cat", "Sub"):
            return 0, False
        node = next(iter(parents(node)), None)
    if node is None or not columns or len(parents(node)) < 2:
        return 0, False
    return (columns[0], scaled) if all(map(is_of_length_1, parents(node)[-2:])) else (0, False)


def is_of_length_1(node: Any) -> bool:
    """Whether vectors were divided by their lengths there."""
    for _ in range(8):
        if kind(node) == "Div":
            return any(kind(one) in LENGTHS for one in walk(node, 12))
        if kind(node) not in (*RESHAPING, "Cat") or not parents(node):
            return False
        node = parents(node)[0]
    return False


def is_pair_by_place(loss: Tensor) -> bool:
    """Whether a cross-entropy chooses one of a batch for each of it, as the other view of the same example.

    Args:
        loss: with its graph.
    """
    if loss.grad_fn is None:
        return False
    chosen = next((one for one in walk(loss.grad_fn, MAX_NODES) if kind(one) == "NllLoss"), None)
    scores = shape_of(parents(chosen)[0]) if chosen is not None and parents(chosen) else ()
    return len(scores) == 2 and MIN_PAIRS <= scores[1] <= scores[0] <= scores[1] + 1  # all others, or all
