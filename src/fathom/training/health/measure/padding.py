"""Whether the loss counts the places at which rows of words are filled up to one length."""

from __future__ import annotations

import math

import torch
from torch import Tensor

MIN_RUN = 2
"""Places at the end of a row with one and the same word: it is filled up with it."""

MAX_OTHER_SIDE = 0.05
"""Share of the rows that may end with their word on the other side, too."""

MIN_ROWS = 0.5
"""Share of the rows that must be filled up with the same word."""


def padding_counted(words: Tensor, label: Tensor, counts: Tensor) -> float:
    """The share of the places that the loss counts at which the input is filled up, and the label is always the same.

    Args:
        words: of the input, (batch, time).
        label: of each, of the same shape.
        counts: whether the loss counts it.

    Returns:
        NaN where the rows are not filled up, or with several labels.
    """
    filled = filled_up(words)
    if float(filled.any(1).float().mean()) < MIN_ROWS:
        return math.nan
    label = label[counts & filled]
    if not len(label):
        return 0.0
    if len(label.unique()) > 1:
        return math.nan
    return float(len(label) / counts.sum())


def padded_side(words: Tensor) -> tuple[int, int]:
    """On which side most rows are filled up, 1 at the end and -1 at the beginning, and with which word; 0 where none.

    Args:
        words: of the input, (batch, time).
    """
    found = {side: _filled(words if side > 0 else words.flip(1)) for side in (1, -1)}
    rows = {side: float(one.any(1).float().mean()) for side, one in found.items()}
    side = max(rows, key=lambda one: rows[one])
    if rows[side] < MIN_ROWS or rows[-side] > MAX_OTHER_SIDE:
        return 0, 0
    return side, int((words if side > 0 else words.flip(1))[:, -1].mode().values)


def moved_padding(words: Tensor, side: int, word: int) -> Tensor:
    """Rows with the run of a word at their other end moved to the side (1 at the end, -1 at the beginning)."""
    length = words.shape[1]
    at = words if side < 0 else words.flip(1)  # (batch, time), the run last
    run = (at == word).flip(1).cumprod(1).sum(1, keepdim=True)
    places = torch.arange(length, device=words.device)[None]
    moved = at.gather(1, (places - run) % length)
    return moved if side < 0 else moved.flip(1)


def filled_up(words: Tensor) -> Tensor:
    """Where rows are filled up, at their end or at their beginning; (batch, time) of bool."""
    ends = [_filled(words), _filled(words.flip(1)).flip(1)]
    return max(ends, key=lambda one: int(one.sum()))


def _filled(words: Tensor) -> Tensor:
    """Where rows end with a run of the word that most rows end with; (batch, time) of bool."""
    word = words[:, -1].mode().values
    run = (words == word).flip(1).cumprod(1).flip(1).bool()
    return run & (run.sum(1, keepdim=True) >= MIN_RUN)
