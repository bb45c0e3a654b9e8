"""Whether one of the further things that a net is given holds the label of each place, at that place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

MIN_LABELS, MIN_DIFFERENT = 32, 4
"""Labels of a batch, and different ones among them."""

MIN_SAME = 0.995
"""Share of the labels that stand there."""


def answer_given(given: Sequence[Any], answer: Tensor, gradient: Tensor) -> int:
    """The number of that argument; -1 where none is so.

    Args:
        given: all that the net is given.
        answer: a choice for each place, (batch, time, classes).
        gradient: of the loss with respect to it, of the same shape.
    """
    if answer.ndim != 3 or gradient.shape != answer.shape or len(given) < 2:
        return -1
    with torch.no_grad():
        for at, words in enumerate(given[1:], 1):
            if not isinstance(words, Tensor) or words.is_floating_point() or words.shape != answer.shape[:2]:
                continue
            counts = (gradient < 0).any(2)
            label, word = gradient.argmin(2)[counts], words[counts]
            if len(label) < MIN_LABELS or len(label.unique()) < MIN_DIFFERENT:
                continue
            if float((label == word).float().mean()) >= MIN_SAME:
                return at
    return -1
