"""The examples in docstrings are run, and give what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path
from typing import Any

import pytest

import fathom

SOURCE = Path(fathom.__file__).parent


def modules() -> list[str]:
    """Those with an example; the course has its own gate."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        if ">>> " in path.read_text(encoding="utf-8") and "course" not in path.relative_to(SOURCE).parts:
            parts = path.relative_to(SOURCE.parent).with_suffix("").parts
            found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return found


@pytest.mark.parametrize("name", modules())
def test_the_examples_give_what_they_say(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    done = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert done.attempted, "an example that doctest does not find is run by nobody"
    assert not done.failed


def test_there_are_examples() -> None:
    assert len(modules()) > 10
