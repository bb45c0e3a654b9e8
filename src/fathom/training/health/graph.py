"""What the autograd graph tells of a net: which activations it has, whatever wrote them, and what its loss is.

A net may apply its activations as modules or as functions; in the graph that PyTorch keeps for the backward pass they
look the same, with what came out of them. Nothing is computed anew, and nothing of the net is changed.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fathom.training.health.signals import Units

MOST_NODES = 3000
"""No more of a graph is walked through: a recurrent net that was written out in steps has very many."""

MOST_UNITS, MOST_EXAMPLES = 256, 64
FLAT = 0.97
"""A tanh beyond this, or a sigmoid as near to its ends, is flat: its slope is a twentieth of the steepest or less."""

ACTIVATIONS = {"ReluBackward0": "relu", "TanhBackward0": "tanh", "SigmoidBackward0": "sigmoid"}
RESHAPING = (
    "View", "UnsafeView", "ToCopy", "Transpose", "T", "Permute", "Squeeze", "Unsqueeze", "Reshape", "Clone",
    "Slice", "Select", "Index", "Alias", "Contiguous", "Expand",
)  # fmt: skip
"""Functions that move numbers and change none."""

SQUASHING = {"Softmax": "softmax", "Sigmoid": "sigmoid", "Tanh": "tanh", "Relu": "relu"}
LOSSES = {
    "LogSoftmax": "cross-entropy",
    "BinaryCrossEntropyWithLogits": "binary",
    "NllLoss": "nll",
    "NllLoss2D": "nll",
    "MseLoss": "squared",
    "SmoothL1Loss": "absolute",
    "HuberLoss": "absolute",
}


def kind(node: Any) -> str:
    """The function of a node: ``LogSoftmax`` for ``LogSoftmaxBackward0``."""
    return str(node.name()).partition("Backward")[0]


def parents(node: Any) -> list[Any]:
    """The nodes that a node's input came from."""
    return [found for found, _ in node.next_functions if found is not None]


def walk(root: Any, most: int = MOST_NODES) -> Iterator[Any]:
    """The nodes from the output to the input, nearest first."""
    seen, waiting = {root}, deque([root])
    while waiting and len(seen) <= most:
        node = waiting.popleft()
        yield node
        for found in parents(node):
            if found not in seen:
                seen.add(found)
                waiting.append(found)


def activations(output: Tensor, names: Mapping[int, str]) -> list[Units]:
    """What came out of each hidden ReLU, tanh and sigmoid; the ones behind the last layer are left out.

    Args:
        output: of the net, before its backward pass.
        names: of each parameter, by its ``id``.
    """
    if output.grad_fn is None:
        return []
    found: list[Units] = []
    behind = _behind_the_last_layer(output.grad_fn)
    for node in walk(output.grad_fn):
        name = ACTIVATIONS.get(str(node.name()))
        if name is None or node in behind or len(found) >= 60:
            continue
        parameter = _nearest(node)
        if parameter is None or id(parameter) not in names or not parameter.ndim:  # of a gate that is a single number
            continue
        try:
            result = node._saved_result.detach()
        except RuntimeError:  # the backward pass has freed it
            continue
        if not result.ndim or not result.numel():
            continue
        result = result[:MOST_EXAMPLES]
        layer = names[id(parameter)].rpartition(".")[0] or names[id(parameter)]
        found.append(_units(layer, name, result, len(parameter)))
    often = Counter(units.name for units in found)
    for units in found:
        units.shared = often[units.name] > 1
    return found[::-1]


def loss_facts(loss: Tensor, answered: tuple[int, ...] = ()) -> tuple[str, str]:
    """What a loss is, and what stands between the net and it that should not; "" where not known.

    Args:
        loss: with its graph.
        answered: the shape of the net's answer.
    """
    if loss.grad_fn is None:
        return "", ""
    for node in walk(loss.grad_fn, 60):
        name = LOSSES.get(kind(node))
        if name is None:
            if _crossed(getattr(node, "_saved_self_sym_sizes", ()), answered):
                return "squared", "broadcast"
            continue
        if name in ("squared", "absolute"):
            return name, ""
        before = _before(node)
        if name == "nll" and before is not None and kind(before) == "LogSoftmax":
            name, before = "cross-entropy", _before(before)
        if name == "nll":  # it wants logarithms; the sum of a layer is none, and a softmax is none yet
            raw = before is not None and kind(before) in ("Addmm", "Mm", "Convolution", "Softmax", "Relu", "Sigmoid")
            return name, "no logarithm" if raw else ""
        return name, SQUASHING.get(kind(before), "") if before is not None else ""
    return "", ""


def _crossed(compared: Sequence[int], answered: tuple[int, ...]) -> bool:
    """Whether (n, 1) answers were compared with (n,) targets, each with each: (n, n) differences."""
    if not answered or answered[0] < 2 or math.prod(answered) != answered[0]:
        return False
    return tuple(compared) == (answered[0], answered[0])


def _before(node: Any) -> Any:
    """The function whose numbers a node was given, past what only moves them."""
    found = parents(node)
    while found and kind(found[0]) in RESHAPING:
        found = parents(found[0])
    return found[0] if found else None


def _behind_the_last_layer(root: Any) -> set[Any]:
    """The nodes between the output and the first that has weights: the function that makes the output."""
    behind: set[Any] = set()
    waiting = [root]
    while waiting and len(behind) < 20:
        node = waiting.pop()
        if any(kind(p) in ("torch::autograd::AccumulateGrad", "T") for p in parents(node)):
            continue
        behind.add(node)
        waiting += parents(node)[:1]
    return behind


def _nearest(node: Any) -> Tensor | None:
    """The nearest parameter that an activation's input was computed with; matrices before vectors."""
    fallback = None
    for found in walk(node, 40):
        variable = getattr(found, "variable", None)
        if variable is not None:
            if variable.ndim > 1:
                return variable
            fallback = variable if fallback is None else fallback
    return fallback


def _units(name: str, function: str, result: Tensor, rows: int) -> Units:
    """Sum up one activation's output, of any shape with the batch first."""
    fitting = [axis for axis in range(1, result.ndim) if result.shape[axis] == rows]
    axis = (fitting[0] if result.ndim > 3 else fitting[-1]) if fitting else result.ndim - 1
    if function != "relu":
        ends = (result.abs() > FLAT) if function == "tanh" else ((result - 0.5).abs() > FLAT / 2)
        return Units(name, function, "0", 0, float(ends.to(torch.float32).mean()), len(result))
    others = [i for i in range(result.ndim) if i != axis]
    largest = result.amax(others) if others else result  # (units,)
    said = (largest[:: -(-len(largest) // MOST_UNITS)] > 0).cpu().numpy()
    alive = f"{int.from_bytes(np.packbits(said, bitorder='little').tobytes(), 'little'):x}"
    return Units(name, function, alive, len(said), float("nan"), len(result))
