"""From options to what is typed: a command that trains with just these, ready for a shell."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from fathom.declared_options import training_options


def as_flags(values: Mapping[str, Any]) -> list[str]:
    """Options as they are typed after ``fathom train``; nothing for what is found out.

    >>> as_flags({"lr": 0.1, "cost": {"cat": 2}, "dropout": None, "annotators": ("A", "B"), "lr_find": True})
    ['--lr 0.1', '--cost cat=2', '--annotators A,B', '--lr auto']

    Args:
        values: of options, by name.

    Returns:
        a piece of a command line for each that is said, quoted for a shell.
    """
    typed: list[str] = []
    for name, value in values.items():
        one = training_options()[name]
        if one.kind is bool:
            typed += [one.typed] if value else []
        elif isinstance(value, Mapping):
            typed += [f"{one.typed} {shlex.quote(f'{k}={_text(v)}')}" for k, v in value.items()]
        elif one.kind is tuple and not one.once:
            typed += [f"{one.typed} {shlex.quote(_text(v))}" for v in value]
        elif value not in (None, ()):
            typed.append(f"{one.typed} {shlex.quote(_text(value))}")
    return typed


def _text(value: Any) -> str:
    if isinstance(value, tuple | list):
        return ",".join(map(str, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)
