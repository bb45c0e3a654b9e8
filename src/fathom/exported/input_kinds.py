"""What the inputs of a program are, by the module that it stands in."""

from __future__ import annotations

INPUTS = {"pictures": "picture", "boxes": "picture", "sounds": "recording", "tables": "row", "music": "piece of music"}
"""Of all others texts."""


def input_kind(module: str) -> str:
    """What is given to a program: a picture, a recording, a row, a piece of music or a text.

    Args:
        module: in which it stands: ``fathom.exported.pictures``.
    """
    return INPUTS.get(module.rpartition(".")[2], "text")
