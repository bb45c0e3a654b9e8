"""The graph that PyTorch keeps for the backward pass, read from the output to the input.

A net may apply its functions as modules or as functions; in the graph they look the same. Nothing is computed anew, and
nothing of the net is changed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterator
from typing import Any

from torch import Tensor
from torch.autograd.function import BackwardCFunction

MAX_NODES = 3000
"""No more of a graph is walked through: a recurrent net that was written out in steps has very many."""

RESHAPING = (
    "View", "UnsafeView", "ToCopy", "Transpose", "T", "Permute", "Squeeze", "Unsqueeze", "Reshape", "Clone",
    "Slice", "Select", "Index", "Alias", "Contiguous", "Expand",
)  # fmt: skip
"""Functions that move numbers and change none."""


def kind(node: Any) -> str:
    """The function of a node: ``LogSoftmax`` for ``LogSoftmaxBackward0``."""
    return str(node.name()).partition("Backward")[0]


def parents(node: Any) -> list[Any]:
    """The nodes that a node's input came from."""
    return [found for found, _ in node.next_functions if found is not None]


def shape_of(node: Any) -> tuple[int, ...]:
    """The shape of a node's result; of a function that somebody wrote in Python it is not known, and ()."""
    found = getattr(node, "_input_metadata", None)
    return tuple(found[0].shape) if found else ()


def walk(root: Any, most: int = MAX_NODES) -> Iterator[Any]:
    """The nodes from the output to the input, nearest first."""
    seen, waiting = {root}, deque([root])
    while waiting and len(seen) <= most:
        node = waiting.popleft()
        yield node
        for found in parents(node):
            if found not in seen:
                seen.add(found)
                waiting.append(found)


def function_before(node: Any) -> Any:
    """The function whose numbers a node was given, past what only moves them."""
    found = parents(node)
    while found and kind(found[0]) in RESHAPING:
        found = parents(found[0])
    return found[0] if found else None


def parameter_of(node: Any) -> Tensor | None:
    """The weight that a node gathers the gradient of; None of every other node."""
    return getattr(node, "variable", None)


def reaches_any(loss: Tensor, known: Container[int]) -> bool:
    """Whether a graph leads to any of some weights; of one that is too large to be walked through it is taken so.

    Args:
        loss: that requires a gradient; one without a graph leads nowhere.
        known: the weights' ids.
    """
    if loss.grad_fn is None:
        return id(loss) in known
    seen = 0
    for node in walk(loss.grad_fn):
        seen += 1
        if id(parameter_of(node)) in known or isinstance(node, BackwardCFunction):  # which hides its own graph
            return True
    return seen >= MAX_NODES
