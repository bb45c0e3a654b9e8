"""A small YAML file from a stranger, such as YOLO's data.yaml: plain data only, small, and not deep."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from fathom.data.text.text_file import read_text
from fathom.errors import Unreadable
from fathom.validation import MAX_DEPTH

_MAX_BYTES = 1_000_000
"""Bytes of a file of settings; what is larger is none."""


def read_yaml(path: Path) -> dict[Any, Any]:
    """What a file says, by its keys; an anchor is never copied, so that it cannot fill the memory.

    Args:
        path: of the file.

    Raises:
        Unreadable: it is no YAML, larger or deeper than such a file is, or no mapping.
    """
    import yaml  # only few sets have such a file

    if path.stat().st_size > _MAX_BYTES:
        raise Unreadable(f"it has more than {_MAX_BYTES:,} bytes")
    text = read_text(path)
    if _is_deep(text):  # the parser's time grows with the square of the depth
        raise Unreadable("it is nested too deeply")
    try:
        found = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise Unreadable(f"{line}{error.problem or 'no YAML'}") from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError, TypeError) as error:
        raise Unreadable(" ".join(str(error).split())[:80] or "no YAML") from None
    if not isinstance(found, dict):
        raise Unreadable("it holds no names with values")
    return found


def _is_deep(text: str) -> bool:
    """Whether brackets stand in more brackets than anything of ours does, or lines are set in as far."""
    depth = 0
    for one in re.finditer(r"[\[\]{}]", text):
        depth += 1 if one[0] in "[{" else -1
        if depth > MAX_DEPTH:
            return True
    return any(len(line) - len(line.lstrip(" -?")) > 8 * MAX_DEPTH for line in text.splitlines())
