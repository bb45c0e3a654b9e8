"""Whether pictures have been computed with in bytes, so that numbers beyond 255 began again at 0.

What was a little too bright is black then, beside neighbours that are nearly white: a leap over most of the range,
where the two are next to each other on a circle of 256. Noise leaps as often, and is no nearer on the circle; drawings
in black and white leap, too, and are exactly black or white.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

MAX_EXAMPLES, MIN_SIDE = 16, 8
"""Pictures that are looked at, and how large they must be."""

LEAP, MIN_LEAPS = 0.75, 0.02
"""Share of the range that is a leap between neighbours, and share of all pairs that leap."""

MAX_AT_AN_END = 0.03
"""Share of the numbers that are the smallest, or the largest."""

MIN_BETWEEN = 0.05
"""Share that lies in the middle half."""

MIN_NEARNESS = 0.2
"""Of the mean direction from neighbour to neighbour on the circle: 0 for noise, 1 where all are alike."""

MIN_LEVELS, ROUNDING = 64, 0.02
"""Different numbers that bytes have, and how far each may be from a whole one of 0 to 255."""


def has_wrapped(given: Tensor) -> bool:
    """Whether a batch of pictures shows it.

    Args:
        given: (batch, channels, height, width), scaled or not.
    """
    if given.ndim != 4 or not given.is_floating_point() or min(given.shape[2:]) < MIN_SIDE:
        return False
    with torch.no_grad():
        x = given.detach()[:MAX_EXAMPLES, 0].float()  # (pictures, height, width)
        low, high = x.aminmax()
        if not bool(torch.isfinite(high - low)) or float(high - low) <= 0:
            return False
        x = (x - low) / (high - low)
        whole = x * 255
        if float((whole - whole.round()).abs().max()) > ROUNDING or len(whole.round().unique()) < MIN_LEVELS:
            return False
        ends = max(float((x == 0).float().mean()), float((x == 1).float().mean()))
        between = float(((x > 0.25) & (x < 0.75)).float().mean())
        apart = torch.cat([(x[:, :, 1:] - x[:, :, :-1]).flatten(), (x[:, 1:] - x[:, :-1]).flatten()])
        leaps = float((apart.abs() > LEAP).float().mean())
        turn = 2 * math.pi * 255 / 256 * apart
        near = math.hypot(float(turn.cos().mean()), float(turn.sin().mean()))
    return ends < MAX_AT_AN_END and between > MIN_BETWEEN and leaps > MIN_LEAPS and near > MIN_NEARNESS
