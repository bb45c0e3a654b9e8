"""What the autograd graph tells of a net: which activations it has, whatever wrote them, and what its loss is.

A net may apply its activations as modules or as functions; in the graph that PyTorch keeps for the backward pass they
look the same, with what came out of them. Nothing is computed anew, and nothing of the net is changed.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

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

SHIFTING = ("Add", "Sub", "Rsub")
"""Functions behind which a loss may be below 0, though nothing is wrong with it."""

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


class LossFacts(NamedTuple):
    """What a loss is; "" where that is not known.

    Attributes:
        kind: of it.
        squashed: what stands between the net and it that should not.
        bounded: the function whose result an error of quantities was given, which may be meant so.
        alone: it is this and nothing else: no sum of several.
    """

    kind: str = ""
    squashed: str = ""
    bounded: str = ""
    alone: bool = False


def loss_facts(loss: Tensor, answered: tuple[int, ...] = ()) -> LossFacts:
    """What can be read from the graph.

    Args:
        loss: with its graph.
        answered: the shape of the net's answer.
    """
    if loss.grad_fn is None:
        return LossFacts()
    alone = True
    for node in walk(loss.grad_fn, 60):
        name = LOSSES.get(kind(node))
        if name is None:
            if _crossed(getattr(node, "_saved_self_sym_sizes", ()), answered):
                return LossFacts("squared", "broadcast")
            alone = alone and len(parents(node)) == 1 and kind(node) not in SHIFTING
            continue
        before = _before(node)
        if name in ("squared", "absolute"):
            return LossFacts(name, "", SQUASHING.get(kind(before), "") if before is not None else "", alone)
        return LossFacts(*_choosing(name, node, before, answered), "", alone)
    return LossFacts()


def _choosing(name: str, node: Any, before: Any, answered: tuple[int, ...]) -> tuple[str, str]:
    """Of a loss that chooses a class: its kind, and what stands before it that should not."""
    over = next((x for x in (node, before) if x is not None and kind(x) == "LogSoftmax"), None)
    if over is not None and len(answered) == 2 and answered[0] > 1 and over._saved_dim in (0, OVER_THE_BATCH):
        return "cross-entropy", "over the batch"
    if name == "nll" and before is not None and kind(before) == "LogSoftmax":
        name, before = "cross-entropy", _before(before)
    if name == "nll":  # it wants logarithms; the sum of a layer is none, and a softmax is none yet
        raw = before is not None and kind(before) in ("Addmm", "Mm", "Convolution", "Softmax", "Relu", "Sigmoid")
        return name, "no logarithm" if raw else ""
    return name, SQUASHING.get(kind(before), "") if before is not None else ""


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
