"""The sizes of the weights of a net and of their gradients, and how far a step moves them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from fathom.training.health.measure.identical_units import has_identical_units
from fathom.training.health.signals import LayerStats, Snapshot

MAX_LAYERS, MAX_NUMBERS = 16, 20_000
"""The change of so many weight tensors is measured, and of so many numbers of each."""

SHORT = (torch.bfloat16, torch.float16)
"""Numbers that a small step does not change, since the next one is too far away."""

MIN_NUMBERS_AT_ENDS, MAX_NUMBERS_AT_ENDS, MIN_SHARE_OF_AN_END = 200, 1000, 0.03
"""Numbers of a weight whose ends are looked at, and share of them that must lie at each."""

HALF, MANY_TIMES = 2.0**24, 1024
"""The smallest number of half precision is 1 by this; below so many of it, its numbers are all multiples of it."""

MAX_SMALL = MANY_TIMES / HALF
"""A gradient whose numbers are larger, as a root mean square, is not looked at."""

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


def weight_details(
    snapshot: Snapshot, copies: Mapping[int, Mapping[str, Tensor]], weights: Weights, moved: tuple[float, float, float]
) -> None:
    """What else the weights and gradients of a step show.

    Args:
        snapshot: of it, with its layers; where it is kept.
        copies: some numbers of some weights, from `copies_of`.
        weights: of two or more axes, with gradients, by name, as the layers are.
        moved: what else than the optimizer has moved them.
    """
    snapshot.details.moved = moved
    snapshot.details.clamped = clamped(copies, weights)
    snapshot.details.underflow = underflow(weights, snapshot.layers)


def clamped(copies: Mapping[int, Mapping[str, Tensor]], weights: Weights) -> tuple[str, float, float, float]:
    """Whether numbers of the largest weight lie at its ends, as if they were cut off there.

    Args:
        copies: some numbers of some weights, from `copies_of`.
        weights: by name.

    Returns:
        Its name, its largest number, the share of its numbers at both ends (0 where an end has next to none), and that
        number times the root of what a unit sees; no name where there are too few numbers.
    """
    name, x = max((one for part in copies.values() for one in part.items()), key=lambda one: one[1].numel())
    if x.numel() < MIN_NUMBERS_AT_ENDS:
        return "", math.nan, math.nan, math.nan
    some = x[:: -(-x.numel() // MAX_NUMBERS_AT_ENDS)].float().cpu().numpy()
    high = float(some.max())
    ends = float((some == some.min()).mean()), float((some == high).mean())
    sees = next(p[0].numel() for own, p in weights if own == name)
    return name, high, sum(ends) if min(ends) > MIN_SHARE_OF_AN_END else 0.0, high * math.sqrt(sees)


def underflow(weights: Weights, layers: list[LayerStats]) -> float:
    """The share of a gradient that half precision has made 0.

    Half precision knows no numbers between 0 and 2 to the power of -24; near it all are its multiples.

    Args:
        weights: of two or more axes, with gradients, by name.
        layers: what was measured of them, in the same order.

    Returns:
        Of the largest gradient the share of its numbers that are 0, where all others are small multiples of that
        number; NaN where they are not.
    """
    place = max(range(len(layers)), key=lambda k: layers[k].gradient_norm)
    slope, size = weights[place][1].grad, layers[place].gradient_norm
    if slope is None or not 0 < size < MAX_SMALL * math.sqrt(slope.numel()):
        return math.nan
    x = slope.detach().flatten()[:MAX_NUMBERS].double() * HALF
    if not bool((x == x.round()).all()) or not 0 < float(x.abs().max()) < MANY_TIMES:
        return math.nan
    return float((x == 0).double().mean())
