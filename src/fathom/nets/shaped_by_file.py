"""Modules whose buffers are as long as what was fitted, so that their shapes are known only from their file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable


@runtime_checkable
class ShapedByFile(Protocol):
    """A module whose buffers are as long as what was fitted."""

    def take_shapes(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        """Make room for what a file holds.

        Args:
            shapes: of the module's tensors in the file, by their names within the module.
        """
        ...
