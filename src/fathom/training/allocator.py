"""Freed memory is kept for the next step, instead of being given back and asked for again.

glibc asks the system for each large block anew, and gives it back at once. A training step on a processor frees and
asks for the same hundreds of megabytes each time, and the system fills them with zeros each time: for convolutions
that can take as long as the arithmetic.
"""

from __future__ import annotations

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h
_LARGEST_BLOCK = 1 << 30
"""Bytes up to which a block comes from the heap, where it can be reused."""
_KEPT = (1 << 31) - 1
"""Bytes that may lie free at the end of the heap before they are given back."""


def keep_freed_memory() -> bool:
    """Let this process reuse what a step has freed; what it holds stays that of its largest step.

    Returns:
        whether the allocator could be told: that of glibc can.
    """
    if sys.platform != "linux":
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _LARGEST_BLOCK)) and bool(mallopt(_TRIM_THRESHOLD, _KEPT))
