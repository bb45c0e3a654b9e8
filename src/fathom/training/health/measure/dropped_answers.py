"""A dropout that stands behind the last layer, so that the answer itself is dropped."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from fathom.training.health.measure.autograd_graph import RESHAPING, function_before, kind, parents, walk

MAX_NODES = 30
"""From the loss to what takes the answer."""

TAKING = ("LogSoftmax", "BinaryCrossEntropyWithLogits", "MseLoss", "SmoothL1Loss", "HuberLoss")

MIN_NUMBERS = 16
"""Of an answer."""

MAX_DEVIATIONS = 5.0
"""By which the share that is dropped may be off what the factor of the others says."""


def dropped_share(answer: Tensor) -> float:
    """Of the numbers of an answer those that were dropped last; NaN where no dropout stands there.

    What is left is multiplied by 1 / (1 - p): by that a dropout is told from a mask.

    Args:
        answer: with its graph, before anything is asked of it.
    """
    node = answer.grad_fn
    while node is not None and kind(node) in RESHAPING and len(parents(node)) == 1:
        node = parents(node)[0]
    if node is None or answer.numel() < MIN_NUMBERS:
        return math.nan
    if kind(node) == "NativeDropout":
        with torch.no_grad():
            return float((answer.detach() == 0).float().mean())
    factor = _factor(node) if kind(node) == "Mul" and len(parents(node)) == 1 else None
    if factor is None or factor.numel() != answer.numel() or not factor.is_floating_point():
        return math.nan
    with torch.no_grad():
        low, high = factor.aminmax()
        kept = factor == high
        ok = ((factor == 0) | kept).all()
        found = torch.stack([low, high, kept.float().mean(), ok.float()]).tolist()
    least, most, share, two = found
    if not two or least != 0 or not most > 1:
        return math.nan
    wanted = 1 / most
    off = abs(share - wanted) / math.sqrt(wanted * (1 - wanted) / factor.numel())
    return 1 - share if off < MAX_DEVIATIONS else math.nan


def takes_scaled_answer(root: Any) -> bool:
    """Whether what a loss compares, or takes a softmax of, is a product, as what a dropout leaves is.

    Args:
        root: node of the loss.
    """
    for node in walk(root, MAX_NODES):
        if kind(node) in TAKING or (kind(node) in ("Pow", "Abs") and [kind(x) for x in parents(node)] == ["Sub"]):
            taken = function_before(parents(node)[0] if kind(node) in ("Pow", "Abs") else node)
            return taken is not None and kind(taken) in ("Mul", "NativeDropout")
    return False


def _factor(product: Any) -> Tensor | None:
    """What does not depend on a weight in a product."""
    for name in ("_saved_other", "_saved_self"):
        one = getattr(product, name, None)
        if isinstance(one, Tensor):
            return one
    return None
