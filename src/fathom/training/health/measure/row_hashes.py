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
