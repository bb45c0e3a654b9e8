"""Linear layers with nothing between them but what is linear, too: together they are one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from fathom.training.health.measure.autograd_graph import RESHAPING, kind, parameter_of, parents, walk

LINEAR_BETWEEN = (*RESHAPING, "NativeDropout", "NativeBatchNorm", "Mul", "Div")
"""What may stand between; a product is one with a number or a mask, where it has one parent only."""

PLAIN = (
    *RESHAPING, "Addmm", "Mm", "Add", "Relu", "Tanh", "Sigmoid", "Gelu", "Silu", "Elu", "LeakyRelu", "Softplus",
    "NativeBatchNorm", "NativeLayerNorm", "Convolution", "torch::autograd::AccumulateGrad",
)  # fmt: skip
"""Layers and activations: no dropout, no mask, no choice of the largest."""

WITHOUT_A_BIAS = (
    *RESHAPING, "Mm", "T", "Relu", "LeakyRelu", "Tanh", "Convolution", "MaxPool2DWithIndices", "AvgPool2D", "Mean",
    "torch::autograd::AccumulateGrad",
)  # fmt: skip
"""What gives 0 for 0 (a convolution only where it has no bias), and keeps to it however the weights are."""

MAX_BETWEEN = 8
"""Nodes between two layers."""


def is_plain_stack(answer: Tensor) -> bool:
    """Whether a net is layers and activations alone.

    Args:
        answer: of the net, with its graph.
    """
    return answer.grad_fn is not None and all(kind(node) in PLAIN for node in walk(answer.grad_fn))


def is_without_biases(answer: Tensor) -> bool:
    """Whether a net of several layers has nothing that is added: to an input of 0 its answer is always 0.

    Args:
        answer: of the net, with its graph.
    """
    nodes = list(walk(answer.grad_fn)) if answer.grad_fn is not None else []
    weights = [p for p in map(parameter_of, nodes) if p is not None]
    several = sum(kind(node) in ("Mm", "Convolution") for node in nodes) > 1
    return several and all(kind(node) in WITHOUT_A_BIAS for node in nodes) and all(p.ndim > 1 for p in weights)


def is_chain(answer: Tensor) -> bool:
    """Whether all that a net says has gone through each of its layers: nothing is added, joined or multiplied.

    Args:
        answer: of the net, with its graph.
    """
    return is_plain_stack(answer) and all(kind(node) != "Add" for node in walk(answer.grad_fn))


def linear_pairs(answer: Tensor, net: nn.Module) -> list[tuple[str, str]]:
    """Pairs of layers, the second of which is given what the first one says and nothing else reads it.

    A pair that is narrower between than at both ends is a way to say less, and is left out.

    Args:
        answer: of the net, with its graph.
        net: whose layers they are.

    Returns:
        the names of both, for each pair.
    """
    owners = {id(m.weight): (name, m) for name, m in net.named_modules() if isinstance(m, nn.Linear)}
    if answer.grad_fn is None or len(owners) < 2:
        return []
    nodes = list(walk(answer.grad_fn))
    read = Counter(id(parent) for node in nodes for parent in parents(node))
    found: list[tuple[str, str]] = []
    for node in nodes:
        after = _layer(node, owners)
        before_node = _given_by(node, read) if after else None
        before = _layer(before_node, owners) if before_node is not None else None
        if not after or not before or after[1] is before[1] or _ends_attention(before_node):
            continue
        inside = before[1].out_features
        if inside >= min(before[1].in_features, after[1].out_features):
            found.append((before[0], after[0]))
    return list(dict.fromkeys(found))


def _ends_attention(node: Any) -> bool:
    """Whether a layer is given what an attention has gathered: it joins the heads, and whatever reads it is usual."""
    at = _factor(node)
    for _ in range(MAX_BETWEEN):
        if at is None:
            return False
        if kind(at) in ("Bmm", "Baddbmm") or "Attention" in kind(at):
            return True
        if kind(at) not in (*LINEAR_BETWEEN, "Add") or not parents(at):
            return False
        at = parents(at)[0]
    return False


def _layer(node: Any, owners: Mapping[int, tuple[str, nn.Linear]]) -> tuple[str, nn.Linear] | None:
    """The layer whose product a node is."""
    if kind(node) not in ("Addmm", "Mm"):
        return None
    for parent in parents(node):
        for one in (parent, *(parents(parent) if kind(parent) == "T" else ())):
            weight = parameter_of(one)
            if weight is not None and id(weight) in owners:
                return owners[id(weight)]
    return None


def _given_by(node: Any, read: Mapping[int, int]) -> Any:
    """The product that a layer is given, past what is linear; None where something else is, or others read it, too."""
    at = _factor(node)
    for _ in range(MAX_BETWEEN):
        if at is None or read[id(at)] > 1:
            return None
        if kind(at) in ("Addmm", "Mm"):
            return at
        before = parents(at)
        if kind(at) not in LINEAR_BETWEEN or (kind(at) in ("Mul", "Div") and len(before) != 1) or not before:
            return None
        at = before[0]
    return None


def _factor(node: Any) -> Any:
    """What the weight is multiplied with: the second thing of a sum and product, the first of a product."""
    which = 1 if kind(node) == "Addmm" else 0
    given = node.next_functions
    return given[which][0] if len(given) > which else None
