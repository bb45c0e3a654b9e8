"""Whether weights are still as they were drawn.

That is seen from their numbers: they are spread as the usual initializations spread them, evenly or normally, with rows
and columns alike. What has been trained is not.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

MIN_NUMBERS, MAX_ROWS, MAX_COLUMNS = 64, 256, 512
"""Numbers of a weight from which its spread can be judged, and as many of it as are looked at."""

MAX_FROZEN = 8
"""Of the frozen weights, or of those said to be trained, the largest so many are looked at."""

MAX_DISTANCE_EVEN, MAX_DISTANCE_NORMAL = 1.6, 1.1
"""The largest distance of the distributions (Kolmogorov and Smirnov), times the root of their number."""

MIN_NUMBERS_FOR_ANY_BOUND, MIN_NUMBERS_FOR_NORMAL = 300, 4000
"""Numbers from which other bounds than PyTorch's own can be told from chance, and a normal spread."""

SHORTFALL = 8.0
"""The largest of n evenly spread numbers is nearly always less than so many n-ths below the bound, and never above."""

MAX_STANDARD_ERRORS = 4.0
"""By which the sizes of rows, of columns, and of the whole may be off."""


def is_freshly_drawn(weight: Tensor, moved: float = 1e-6) -> bool:
    """Whether a weight (rows, …) is spread as one that was just drawn at random by a usual initialization.

    A training that moved it, however little, leaves some numbers beyond the bound of an even spread.

    Args:
        weight: of a layer.
        moved: share of its size that it may have been moved by since.
    """
    if weight.numel() < MIN_NUMBERS or not weight.is_floating_point():
        return False
    rows, fan_in = len(weight), weight[0].numel()
    sample = weight.detach().flatten(1)[:MAX_ROWS, :MAX_COLUMNS]  # (rows, columns)
    numbers = sample.double().cpu().numpy()
    if numbers.size < MIN_NUMBERS or not np.isfinite(numbers).all() or not numbers.any():
        return False
    x = np.sort(numbers.ravel())
    n, largest, spread = len(x), float(np.abs(x).max()), float(x.std())
    bounds, spreads = _usual_initializations(rows, fan_in, own=n < MIN_NUMBERS_FOR_ANY_BOUND)
    even = any(bound * (1 - SHORTFALL / n) <= largest <= bound * (1 + moved) for bound in bounds)
    if even and _distance(0.5 + 0.5 * x / largest) * math.sqrt(n) < MAX_DISTANCE_EVEN:
        return all(_sizes_vary_by_chance(side, 0.8) for side in (numbers, numbers.T))
    normal = n >= MIN_NUMBERS_FOR_NORMAL and any(
        abs(spread / one - 1) < MAX_STANDARD_ERRORS / math.sqrt(2 * n) for one in spreads
    )
    if (
        not normal
        or _distance(torch.special.ndtr(torch.from_numpy(x / spread)).numpy()) * math.sqrt(n) > MAX_DISTANCE_NORMAL
    ):
        return False
    return all(_sizes_vary_by_chance(side, 2.0) for side in (numbers, numbers.T))


def rests_on_trained_weights(net: nn.Module) -> bool:
    """Whether most of a net is frozen, and trained: only what stands beside it begins anew, as with adapters.

    Args:
        net: before its first step here.
    """
    weights = [p for p in net.parameters() if p.ndim >= 2]
    frozen = sorted((p for p in weights if not p.requires_grad), key=Tensor.numel, reverse=True)
    if 2 * sum(p.numel() for p in frozen) < sum(p.numel() for p in weights):
        return False
    asked = frozen[:MAX_FROZEN]
    trained = sum(p.numel() for p in asked if p.numel() >= MIN_NUMBERS and not is_freshly_drawn(p))
    return bool(asked) and 2 * trained > sum(p.numel() for p in asked)


def drawn_weights(net: nn.Module) -> tuple[int, int]:
    """How many of the largest weights are as drawn at random, and how many were looked at.

    Args:
        net: before its first step here.
    """
    weights = [p for p in net.parameters() if p.ndim >= 2 and p.numel() >= MIN_NUMBERS]
    asked = sorted(weights, key=Tensor.numel, reverse=True)[:MAX_FROZEN]
    return sum(is_freshly_drawn(p) for p in asked), len(asked)


def _usual_initializations(rows: int, fan_in: int, own: bool) -> tuple[list[float], list[float]]:
    """Bounds of even, and deviations of normal initializations: PyTorch's `own`, and Glorot's, He's, and those of
    transformers and embeddings. A recurrent layer's bound follows from its width: its rows are 1, 3 or 4 times that.
    """
    bounds = [math.sqrt(1 / fan_in), *(math.sqrt(parts / rows) for parts in (1, 3, 4))]
    if not own:
        bounds += [math.sqrt(k / fan_in) for k in (3, 6)]
        bounds += [gain * math.sqrt(6 / (fan_in + rows)) for gain in (1, 5 / 3)]
    normal = [math.sqrt(k / fan) for k in (1, 2) for fan in (fan_in, rows)] + [math.sqrt(2 / (fan_in + rows))]
    return bounds, [*normal, 0.01, 0.02, 1.0]


def _distance(shares: NDArray[np.float64]) -> float:
    """From what they were if they were spread evenly from 0 to 1; they are sorted."""
    steps = np.arange(len(shares) + 1) / len(shares)
    return float(max(np.abs(shares - steps[1:]).max(), np.abs(shares - steps[:-1]).max()))


def _sizes_vary_by_chance(rows: NDArray[np.float64], varies: float) -> bool:
    """Whether the squared sizes of rows (rows, columns) vary as chance has it.

    Args:
        rows: numbers.
        varies: the variance of a squared number, by the square of its mean.
    """
    n, columns = rows.shape
    if n < 4:
        return True
    sizes = (rows**2).mean(1)
    found = float(sizes.var(ddof=1) / sizes.mean() ** 2)
    return found < varies / columns * (1 + MAX_STANDARD_ERRORS * math.sqrt((2 + 6 * varies / columns) / (n - 1)))
