"""From ``cats?n=500&label_noise=0.1`` to a name and typed parameters, or a sentence that says what is valid.

What a practice set takes is read from the signature of its `write`: keyword-only parameters with a default, of type
int, float, bool or str, and with ``Annotated[int, Between(1, 10)]`` where a range is to be kept.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints
from urllib.parse import unquote

from fathom.errors import UserError
from fathom.spelling import did_you_mean

Write = Callable[..., Path]


@dataclass(frozen=True)
class Between:
    """The range of a number, both ends included."""

    low: float
    high: float


@dataclass(frozen=True)
class Parameter:
    """One parameter of a practice set."""

    name: str
    kind: type
    default: Any
    between: Between | None = None

    def __str__(self) -> str:
        return f"{self.name}={self.default}"


def parameters(write: Write) -> dict[str, Parameter]:
    """The parameters that a set's `write` takes, by name, in order."""
    hints = get_type_hints(write, include_extras=True)
    found = {}
    for name, one in inspect.signature(write).parameters.items():
        if one.kind is not inspect.Parameter.KEYWORD_ONLY:
            continue
        hint = hints.get(name, type(one.default))
        extras = get_args(hint) if get_origin(hint) is not None else (hint,)
        between = next((extra for extra in extras[1:] if isinstance(extra, Between)), None)
        found[name] = Parameter(name, extras[0], one.default, between)
    return found


def split_request(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The name, and the pairs after its question mark, as typed."""
    name, _, query = text.removeprefix("practice:").partition("?")
    pairs = []
    for part in filter(None, query.split("&")):
        key, equals, value = part.partition("=")
        if not equals:
            raise UserError(f"practice:{name} cannot read '{part}': write parameters as name=value, joined by &")
        pairs.append((unquote(key).strip(), unquote(value).strip()))
    return name.strip(), pairs


def checked(name: str, pairs: Iterable[tuple[str, str]], valid: Mapping[str, Parameter]) -> dict[str, Any]:
    """All parameters of a set: those given, of the right type and range, and the defaults of the others."""
    values = {key: one.default for key, one in valid.items()}
    seen: set[str] = set()
    for key, text in pairs:
        if key not in valid:
            known = "its parameters are " + ", ".join(map(str, valid.values())) if valid else "it takes none"
            raise UserError(f"practice:{name} has no parameter '{key}'{did_you_mean(key, valid)}: {known}")
        if key in seen:
            raise UserError(f"practice:{name} was given {key} twice: give it once")
        seen.add(key)
        values[key] = _value(name, text, valid[key])
    return values


def _value(name: str, text: str, one: Parameter) -> Any:
    words = {int: "a whole number", float: "a number", bool: "true or false"}.get(one.kind, "text")
    between = one.between
    if between is not None:
        words += f" from {between.low:g} to {between.high:.10g}"
    complaint = UserError(f"practice:{name} cannot take {one.name}={text}: give {words}, for example {one}")
    try:
        value = {"true": True, "false": False}[text.lower()] if one.kind is bool else one.kind(text)
    except (ValueError, KeyError):
        raise complaint from None
    if isinstance(value, float) and not math.isfinite(value):
        raise complaint
    if between is not None and not between.low <= value <= between.high:
        raise complaint
    return value
