"""How alike the vectors are that a net makes of the examples of a batch, and whether a loss compares such vectors."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor

from fathom.training.health.measure.autograd_graph import kind, parents, shape_of, walk

MAX_NODES = 30
"""From the loss to what compares."""

LENGTHS = ("Norm", "LinalgVectorNorm", "Sqrt")
MEETING = ("Mul", "Sub", "Mm", "Bmm", "Cdist", "EuclideanDist")
OF_ALL = ("Cdist", "EuclideanDist")
DISTANCES = ("Norm", "LinalgVectorNorm", "Cdist", "EuclideanDist")

MIN_EXAMPLES, MIN_NUMBERS, MIN_LENGTH = 8, 4, 2
"""Of a batch, of what two vectors meet in, and of each vector."""


def comparison(loss: Tensor) -> Literal["", "angle", "distance"]:
    """What a loss compares vectors by; "" of others.

    Args:
        loss: with its graph.
    """
    if loss.grad_fn is None:
        return ""
    nodes = list(walk(loss.grad_fn, MAX_NODES))
    kinds = {kind(node) for node in nodes}
    if not any(_meet(node) for node in nodes):
        return ""
    if "Div" in kinds and kinds & set(LENGTHS) and "Mul" in kinds:
        return "angle"
    return "distance" if kinds & set(DISTANCES) else ""


def _meet(node: Any) -> bool:
    """Whether two vectors that the net has made meet there: targets have no graph."""
    many = len(shape_of(node)) == 2 and min(shape_of(node)) >= MIN_NUMBERS
    several = len(parents(node) if kind(node) in OF_ALL else set(parents(node))) > 1  # of each with each it is one
    return kind(node) in MEETING and (many or kind(node) in DISTANCES) and several


def likeness(answer: Tensor) -> tuple[float, float]:
    """How much the vectors (batch, numbers) point one way, from 0 to 1, and their spread; NaN of other answers."""
    if answer.ndim != 2 or len(answer) < MIN_EXAMPLES or answer.shape[1] < MIN_LENGTH:
        return torch.nan, torch.nan
    with torch.no_grad():
        x = answer.detach().float()
        ways = x / torch.linalg.vector_norm(x, dim=1, keepdim=True).clamp(min=1e-12)
        found = torch.stack([torch.linalg.vector_norm(ways.mean(0)), (x - x.mean(0)).square().mean().sqrt()])
    way, spread = found.tolist()
    return way, spread
