"""What came out of each activation function of a net, found in the autograd graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fathom.training.health.measure.autograd_graph import kind, parameter_of, parents, walk
from fathom.training.health.signals import ActivationStats

MAX_ACTIVATIONS, MAX_UNITS, MAX_EXAMPLES = 60, 256, 64
"""As many are summed up, with so many units and examples of each."""

MAX_NODES_BEHIND, MAX_NODES_TO_A_WEIGHT = 20, 40
"""Nodes behind the last layer, and between an activation and the weights before it."""

FLAT = 0.97
"""A tanh beyond this, or a sigmoid as near to its ends, is flat: its slope is a twentieth of the steepest or less."""

ACTIVATIONS = {"ReluBackward0": "relu", "TanhBackward0": "tanh", "SigmoidBackward0": "sigmoid"}


def activations(output: Tensor, names: Mapping[int, str]) -> list[ActivationStats]:
    """What came out of each hidden ReLU, tanh and sigmoid; the ones behind the last layer are left out.

    Args:
        output: of the net, before its backward pass.
        names: of each parameter, by its ``id``.
    """
    if output.grad_fn is None:
        return []
    found: list[ActivationStats] = []
    behind = _behind_the_last_layer(output.grad_fn)
    for node in walk(output.grad_fn):
        name = ACTIVATIONS.get(str(node.name()))
        if name is None or node in behind or len(found) >= MAX_ACTIVATIONS:
            continue
        parameter = _nearest_parameter(node)
        if parameter is None or id(parameter) not in names or not parameter.ndim:  # of a gate that is a single number
            continue
        try:
            result = node._saved_result.detach()
        except RuntimeError:  # the backward pass has freed it
            continue
        if not result.ndim or not result.numel():
            continue
        result = result[:MAX_EXAMPLES]
        layer = names[id(parameter)].rpartition(".")[0] or names[id(parameter)]
        found.append(_summed_up(layer, name, result, len(parameter)))
    often = Counter(units.name for units in found)
    for units in found:
        units.is_shared = often[units.name] > 1
    return found[::-1]


def _behind_the_last_layer(root: Any) -> set[Any]:
    """The nodes between the output and the first that has weights: the function that makes the output."""
    behind: set[Any] = set()
    waiting = [root]
    while waiting and len(behind) < MAX_NODES_BEHIND:
        node = waiting.pop()
        if any(kind(p) in ("torch::autograd::AccumulateGrad", "T") for p in parents(node)):
            continue
        behind.add(node)
        waiting += parents(node)[:1]
    return behind


def _nearest_parameter(node: Any) -> Tensor | None:
    """The nearest parameter that an activation's input was computed with; matrices before vectors."""
    fallback: Tensor | None = None
    for found in walk(node, MAX_NODES_TO_A_WEIGHT):
        weight = parameter_of(found)
        if weight is not None:
            if weight.ndim > 1:
                return weight
            fallback = weight if fallback is None else fallback
    return fallback


def _summed_up(name: str, function: str, result: Tensor, rows: int) -> ActivationStats:
    """Sum up one activation's output, of any shape with the batch first."""
    fitting = [axis for axis in range(1, result.ndim) if result.shape[axis] == rows]
    axis = (fitting[0] if result.ndim > 3 else fitting[-1]) if fitting else result.ndim - 1
    if function != "relu":
        ends = (result.abs() > FLAT) if function == "tanh" else ((result - 0.5).abs() > FLAT / 2)
        return ActivationStats(name, function, "0", 0, float(ends.to(torch.float32).mean()), len(result))
    others = [i for i in range(result.ndim) if i != axis]
    largest = result.amax(others) if others else result  # (units,)
    said = (largest[:: -(-len(largest) // MAX_UNITS)] > 0).cpu().numpy()
    alive = f"{int.from_bytes(np.packbits(said, bitorder='little').tobytes(), 'little'):x}"
    return ActivationStats(name, function, alive, len(said), float("nan"), len(result))
