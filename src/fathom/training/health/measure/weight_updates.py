"""The sizes of the weights of a net and of their gradients, and how far a step moves them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from fathom.training.health.measure.identical_units import has_identical_units
from fathom.training.health.signals import LayerStats

MAX_LAYERS, MAX_NUMBERS = 16, 20_000
"""The change of so many weight tensors is measured, and of so many numbers of each."""

SHORT = (torch.bfloat16, torch.float16)
"""Numbers that a small step does not change, since the next one is too far away."""

Weights = list[tuple[str, nn.Parameter]]


def layers_of(weights: Weights, *, compare_units: bool) -> list[LayerStats]:
    """The size of each weight and of its gradient.

    Args:
        weights: of two or more axes, with gradients, by name.
        compare_units: ask whether all units of a layer are the same.
    """
    with torch.no_grad():
        slopes = [p.grad for _, p in weights if p.grad is not None]
        gradients = torch.stack([n.float() for n in torch._foreach_norm(slopes)])
        sizes = torch.stack([n.float() for n in torch._foreach_norm([p.detach() for _, p in weights])])
        numbers = torch.stack([gradients, sizes]).tolist()  # 2 × layers
    return [
        LayerStats(
            name, gradient, size, identical_units=has_identical_units(p) if compare_units else False, units=len(p)
        )
        for (name, p), gradient, size in zip(weights, *numbers, strict=True)
    ]


def copies_of(weights: Weights, owner: Mapping[int, int]) -> dict[int, dict[str, Tensor]]:
    """Some numbers of some weights, to compare them with what a step makes of them.

    Args:
        weights: by name.
        owner: the id of the optimizer that each belongs to, by its own.

    Returns:
        The copies of each optimizer, by its id.
    """
    copies: dict[int, dict[str, Tensor]] = {}
    for name, p in weights[:: -(-len(weights) // MAX_LAYERS)]:
        copies.setdefault(owner[id(p)], {})[name] = p.detach().flatten()[:MAX_NUMBERS].clone()
    return copies


def rounded_away(before: Mapping[str, Tensor], parameters: Mapping[str, nn.Parameter]) -> float:
    """Of numbers of weights in 16 bits that had a gradient, the share that a step left as they were.

    Args:
        before: some numbers of some weights, from `copies_of`.
        parameters: of the net, by name, after the step.

    Returns:
        NaN where no weights are in 16 bits, or none has a gradient.
    """
    same = had = 0
    for name, then in before.items():
        p = parameters[name]
        if p.dtype in SHORT and p.grad is not None:
            moved = p.grad.flatten()[:MAX_NUMBERS] != 0
            had += int(moved.sum())
            same += int((moved & (p.detach().flatten()[:MAX_NUMBERS] == then)).sum())
    return same / had if had else math.nan


def changes_since(before: Mapping[str, Tensor], parameters: Mapping[str, nn.Parameter]) -> dict[str, float]:
    """How far each weight has moved, as a share of its size; infinite where it was all 0."""
    then, now = list(before.values()), [parameters[n].detach().flatten()[:MAX_NUMBERS] for n in before]
    with torch.no_grad():
        changes = torch.stack([n.float() for n in torch._foreach_norm(torch._foreach_sub(now, then))])
        sizes = torch.stack([n.float() for n in torch._foreach_norm(then)])
        return dict(zip(before, (changes / sizes).tolist(), strict=True))
