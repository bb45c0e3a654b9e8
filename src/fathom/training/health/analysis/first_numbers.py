"""The first few of some numbers, as a title names them."""

from __future__ import annotations

from collections.abc import Sequence

MOST = 6
"""Numbers that are named."""


def first_numbers(numbers: Sequence[int]) -> str:
    """The first few, and a mark where there are more.

    >>> first_numbers([1, 2, 3, 4, 5, 6, 7])
    '1, 2, 3, 4, 5, 6, …'
    """
    return ", ".join(map(str, numbers[:MOST])) + (", …" if len(numbers) > MOST else "")
