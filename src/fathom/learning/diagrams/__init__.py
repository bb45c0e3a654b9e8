"""The diagrams of the lessons: each a module with a function ``frames``, found by its name.

A diagram is drawn by `svg.Canvas`, from numbers that are computed where it is drawn; nothing is kept as a picture. What
a lesson shows, ``name = "batch-norm"``, is the module ``batch_norm``.
"""

from __future__ import annotations

import importlib
import re
from functools import cache
from pathlib import Path

from fathom.learning.diagrams.svg import Frame

TOOLS = frozenset({"svg", "axes"})
"""Modules by which diagrams are drawn, and that are none."""


def names() -> tuple[str, ...]:
    """All diagrams, in the order of the alphabet, as the lessons write them."""
    found = (path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
    return tuple(sorted(name.replace("_", "-") for name in found if name not in TOOLS))


@cache
def diagram(name: str) -> tuple[Frame, ...]:
    """The frames of a diagram, the still first.

    Args:
        name: as a lesson writes it, with dashes.

    Raises:
        ValueError: there is none of that name, or it has no frames.
    """
    if not re.fullmatch(r"[a-z0-9-]+", name) or name not in names():
        raise ValueError(f"there is no diagram {name!r} in fathom/learning/diagrams: there are {', '.join(names())}")
    found = tuple(importlib.import_module(f"{__name__}.{name.replace('-', '_')}").frames())
    if not found:
        raise ValueError(f"the diagram {name!r} has no frames")
    return found
