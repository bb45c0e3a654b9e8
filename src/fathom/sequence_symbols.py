"""What the nets that write texts, and the programs that search with them, must agree on: a few numbers."""

from __future__ import annotations

PADDING, BEGIN, END, FIRST = 0, 1, 2, 3
"""Numbers with a meaning of their own; those of the symbols begin at `FIRST`."""
LENGTH_PENALTY = 0.6
"""How much longer sequences are favoured: 0 not at all, 1 the mean of their symbols counts."""


def most_symbols(source_length: int, longest: int) -> int:
    """How many symbols are written at most.

    Args:
        source_length: symbols of what was read.
        longest: that any text may be.
    """
    return min(2 * source_length + 20, longest)
