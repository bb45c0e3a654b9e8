"""From logits to what may be drawn: temperature, top-k and top-p."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from fathom.errors import UserError


def check(temperature: float, top_k: int, top_p: float) -> None:
    """Refuse what is out of range.

    Raises:
        UserError: says which, and what is possible.
    """
    if not (math.isfinite(temperature) and temperature >= 0):
        raise UserError(f"`temperature={temperature}` is out of range: give 0 or more, such as 0.8")
    if top_k < 0:
        raise UserError(f"`top_k={top_k}` is out of range: give 0 for all, or how many may be drawn")
    if not 0 < top_p <= 1:
        raise UserError(f"`top_p={top_p}` is out of range: give more than 0 and at most 1")


def probabilities(logits: NDArray, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0) -> NDArray[np.float64]:
    """The probability with which each token is drawn, in this order: temperature, top-k, top-p, each made to sum to 1.

    Args:
        logits: ``(vocabulary,)``; ``-inf`` is never drawn.
        temperature: the logits are divided by it; 0 takes the likeliest.
        top_k: only so many of the likeliest are kept; 0 keeps all.
        top_p: the fewest of the likeliest that together have this probability are kept (Holtzman et al. 2020).
    """
    x = np.asarray(logits, np.float64)
    order = np.argsort(-x, kind="stable")
    if temperature == 0:
        return np.eye(len(x))[order[0]]
    p = np.exp((x - x.max()) / temperature)
    p /= p.sum()
    if top_k:
        p[order[top_k:]] = 0
        p /= p.sum()
    if top_p < 1:
        enough = np.cumsum(p[order]) >= top_p
        p[order[int(np.argmax(enough)) + 1 :]] = 0
    return p / p.sum()
