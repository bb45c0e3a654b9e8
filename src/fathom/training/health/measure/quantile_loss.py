"""A quantile loss that was given absolute errors: what is above counts as what is below, and each answer is the median.

A quantile's loss is the larger of q · error and (q - 1) · error, by the error's sign. Where the error was made positive
before, the first is always the larger, and the second never counts.
"""

from __future__ import annotations

from typing import Any

from fathom.training.health.measure.autograd_graph import RESHAPING, kind, parents, walk

MAX_NODES = 40
"""From the loss to what chooses between the two."""

CHOOSING = ("Maximum", "Max", "Amax")
"""Where a condition chooses, it may be the sign of the error before it was made positive, which is right."""

SIDES = ("Relu", "ClampMin", "Clamp")
"""Functions that leave one side of an error."""

FACTORS = ("Mul", "Neg", "Div")


def takes_sides_of_absolute(root: Any) -> bool:
    """Whether a loss chooses by its sign between multiples of an error that cannot be below 0.

    Args:
        root: node of the loss.
    """
    for node in walk(root, MAX_NODES):
        if kind(node) in CHOOSING:
            given = parents(node)
            given = parents(given[0]) if len(given) == 1 and kind(given[0]) in ("Stack", "Cat") else given
            branches = [_origin(one) for one in given]
        elif kind(node) in ("Add", "Sub"):  # q · relu(error) + (1 - q) · relu(-error)
            branches = [_origin(one) if _has_side(one) else None for one in parents(node)]
        else:
            continue
        if len(branches) >= 2 and branches[0] is not None and all(one is branches[0] for one in branches):
            return True
    return False


def _path(node: Any) -> list[Any]:
    """From a branch down to what it is a multiple, or a side, of."""
    found = [node]
    while kind(node) in (*FACTORS, *SIDES, *RESHAPING) and len(parents(node)) == 1:
        node = parents(node)[0]
        found.append(node)
    return found


def _origin(branch: Any) -> Any:
    """The absolute error that a branch is a multiple of; None where it is of something else, or is that itself."""
    path = _path(branch)
    return path[-1] if kind(path[-1]) == "Abs" and any(kind(one) in FACTORS for one in path) else None


def _has_side(branch: Any) -> bool:
    return any(kind(one) in SIDES for one in _path(branch))
