"""Whether a net that tells the next word is ever asked for the end of a row."""

from __future__ import annotations

import torch
from torch import Tensor

from fathom.training.health.measure.padding import filled_up

MIN_ROWS, MIN_LAST_WORDS, MAX_LAST_SHARE = 8, 2, 0.9
"""Rows that are filled up; different last words of theirs, and the share of the most frequent, which else is an end."""

MAX_ASKED = 0.05
"""Share of the rows that ask for something after their last word."""


def is_end_untaught(words: Tensor, gradient: Tensor) -> bool:
    """Whether rows end in any word, and what comes after it has no gradient.

    Args:
        words: of the input, (batch, time).
        gradient: of the loss with respect to the answers, (batch, time, classes).
    """
    if words.ndim != 2 or words.is_floating_point() or gradient.shape[:2] != words.shape or gradient.ndim != 3:
        return False
    filled = filled_up(words)
    rows = filled[:, -1] & ~filled[:, 0]
    if int(rows.sum()) < MIN_ROWS:
        return False
    with torch.no_grad():
        last = (~filled[rows]).sum(1) - 1  # (rows,)
        values, counts = words[rows].gather(1, last[:, None])[:, 0].unique(return_counts=True)
        if len(values) < MIN_LAST_WORDS or float(counts.max()) > MAX_LAST_SHARE * len(last):
            return False
        asked = gradient[rows].any(2).gather(1, last[:, None])[:, 0]  # whether something is to be told after it
        others = gradient[rows].any(2).gather(1, (last[:, None] - 1).clamp(min=0))[:, 0]
        return bool(asked.float().mean() <= MAX_ASKED) and bool(others.float().mean() > 0.5)
