"""Which examples a net is given, told apart by a hash of each: the same ones again, or new ones."""

from __future__ import annotations

import zlib

import torch
from torch import Tensor

from fathom.training.health.measure.readable import is_readable

MAX_ROWS = 64
"""Examples of a batch that are hashed: all of one of the usual size."""

MAX_NUMBERS = 4096
"""Numbers of an example that are looked at, evenly spread over a larger one."""

MIN_RICH_ROWS, MIN_RICH_COLUMNS, MIN_RICH_NUMBERS, MIN_RICH_WORDS = 16, 2, 100, 8
"""Examples that are asked; columns of which most values differ; numbers, of pictures and series; words of a text."""


def row_hashes(given: Tensor, most: int = MAX_ROWS) -> list[int]:
    """A hash of each of the first examples.

    Args:
        given: (batch, …), numbers of any kind.
        most: examples that are hashed.

    Returns:
        One number for each of these examples: equal ones have equal ones.
    """
    if not is_readable(given):
        return []
    if (given.ndim < 2 and not given.is_floating_point()) or given.ndim < 1 or not given.numel():
        return []  # a list of numbers of things: each stands for another example only where there are many
    with torch.no_grad():
        rows = given.detach()[:most].reshape(min(len(given), most), -1)  # (rows, numbers)
        if rows.shape[1] > MAX_NUMBERS:
            rows = rows[:, :: -(-rows.shape[1] // MAX_NUMBERS)]
        if rows.dtype == torch.bfloat16:  # which numpy does not have
            rows = rows.float()
        numbers = rows.cpu().contiguous().numpy()
    return [zlib.crc32(row.tobytes()) for row in numbers]


def is_rich(given: Tensor) -> bool:
    """Whether examples are of so many different numbers that no two are the same by chance.

    Args:
        given: (batch, …).
    """
    if not is_readable(given) or given.ndim < 2 or len(given) < MIN_RICH_ROWS:
        return False
    with torch.no_grad():
        rows = given.detach()[:MIN_RICH_ROWS].reshape(MIN_RICH_ROWS, -1)[:, :MAX_NUMBERS].cpu()
        if not given.is_floating_point():
            return given.ndim == 2 and min(len(row.unique()) for row in rows) >= MIN_RICH_WORDS
        if given.ndim > 2:
            return len(rows.unique()) >= MIN_RICH_NUMBERS
        return sum(len(column.unique()) > MIN_RICH_ROWS / 2 for column in rows.T) >= MIN_RICH_COLUMNS
