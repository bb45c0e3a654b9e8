"""Which runs a server is asked for, and by which names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from fathom.errors import UserError


def named_places(given: Sequence[str]) -> dict[str, Path]:
    """The runs that a server is asked for, by the names under which they are asked.

    Args:
        given: folders, each as its path, or as ``NAME=PATH`` where it goes by another name than its folder's.

    Raises:
        UserError: two have one name, or a name cannot stand in an address.
    """
    found: dict[str, Path] = {}
    for one in given:
        name, between, path = one.partition("=")
        if not between or Path(one).exists():
            name, path = Path(one).resolve().name, one
        elif not re.fullmatch(r"[\w.~-]{1,100}", name, re.ASCII) or not name.strip("."):
            raise UserError(f"'{name}' cannot stand in an address: name it with letters, digits, - and _, as NAME=PATH")
        if name in found:
            raise UserError(f"two runs are called {name}, and a run is asked by its name: give one as NAME={path}")
        found[name] = Path(path)
    return found
