"""What the contract suite needs to know of a task: a little data, settings, and something to predict."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


def change_content(data: Path) -> None:
    """Change the content of one example and nothing else: the first file of a folder, or two letters of a text.

    Args:
        data: the folder or file that the case made.
    """
    if data.is_dir():
        files = sorted(path for path in data.rglob("*") if path.is_file())
        other = next(path for path in files[len(files) // 2 :] if path.suffix == files[0].suffix)
        files[0].write_bytes(other.read_bytes())
        return
    text = data.read_text(encoding="utf-8")
    pair = list(re.finditer(r"(?<=([a-zA-Z0-9]))(?!\1)[a-zA-Z0-9]", text))[-1].start()
    data.write_text(text[: pair - 1] + text[pair] + text[pair - 1] + text[pair + 1 :], encoding="utf-8")


@dataclass(frozen=True)
class Case:
    """A task on a little data.

    Attributes:
        make: writes the data into a folder and returns what ``fathom train`` is given; 50 to 150 examples, always the
            same, easy to learn.
        asked: settings of a short training.
        new: makes an input for ``fathom predict`` from the data.
        change: changes the content of an example without changing its name.
    """

    make: Callable[[Path], Path]
    asked: dict[str, Any]
    new: Callable[[Path], str]
    change: Callable[[Path], object] = change_content
