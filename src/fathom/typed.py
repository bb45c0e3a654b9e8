"""Is this JSON of that type? Types are written as annotations: built-ins, unions, literals, typed dicts, dataclasses.

    conform({"epoch": 1, "loss": 0.5}, dict[str, float], "history")

Whole numbers pass for floats, true and false for nothing but booleans, and any number must be finite unless it is
asked for as `Real`.
"""

from __future__ import annotations

import math
import types
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, NewType, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

from fathom.errors import UserError

Real = NewType("Real", float)
"""A number that may also be NaN or infinite."""

DEEPEST = 20
"""Levels of JSON that anything of ours has at most."""
LARGEST = 2**63
"""Whole numbers beyond this fit no array."""


def conform(value: Any, wanted: Any, where: str, deep: int = 0) -> Any:
    """Return the value if it is of the wanted type.

    Args:
        value: as `json.loads` gave it.
        wanted: a type, as in an annotation.
        where: what the value is called, for the sentence: ``"settings.epochs"``.
        deep: levels above it.

    Raises:
        UserError: it is of another type; says where and of which.
    """
    origin, parts = get_origin(wanted), get_args(wanted)
    if deep > DEEPEST:
        raise UserError(f"{where} is nested too deeply")
    if wanted is Any:
        return _anything(value, where, deep)
    if origin in (Union, types.UnionType):
        return _one_of(value, parts, where, deep)
    if origin is Literal:
        fits = isinstance(value, str | int) and value in parts
    elif is_typeddict(wanted) or is_dataclass(wanted):
        return _record(value, wanted, where, deep)
    elif origin in (list, Sequence, tuple):
        return _list(value, parts, where, deep)
    elif origin in (dict, Mapping):
        return _mapping(value, parts, where, deep)
    else:
        fits = _simple(value, wanted)
    if not fits:
        raise _refusal(value, where, "one of " + ", ".join(map(str, parts)) if origin is Literal else _word(wanted))
    return value


def _simple(value: Any, wanted: Any) -> bool:
    """Whether a number, text or boolean is one."""
    if wanted is Real:
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) != LARGEST
    if wanted is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and (abs(value) < LARGEST if isinstance(value, int) else math.isfinite(value))
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST
    if wanted is type(None):
        return value is None
    return isinstance(value, wanted)


def _refusal(value: Any, where: str, wanted: str) -> UserError:
    shown = repr(value) if isinstance(value, str | int | float | None) else _word(type(value))
    return UserError(f"{where} is {shown[:60]} and no {wanted}")


def _word(wanted: Any) -> str:
    words = {int: "whole number", float: "number", Real: "number", str: "text", bool: "yes or no", list: "list"}
    return words.get(wanted) or {dict: "mapping", type(None): "nothing"}.get(
        wanted, getattr(wanted, "__name__", "value")
    )


def _one_of(value: Any, parts: Sequence[Any], where: str, deep: int) -> Any:
    if value is None and type(None) in parts:
        return value
    kinds = [part for part in parts if part is not type(None)]
    for part in kinds[:-1]:
        with suppress(UserError):
            return conform(value, part, where, deep + 1)
    return conform(value, kinds[-1], where, deep + 1)


def _list(value: Any, parts: Sequence[Any], where: str, deep: int) -> Any:
    if not isinstance(value, list | tuple):
        raise _refusal(value, where, "list")
    for i, one in enumerate(value):
        conform(one, parts[0] if parts else Any, f"{where}[{i}]", deep + 1)
    return value


def _mapping(value: Any, parts: Sequence[Any], where: str, deep: int) -> Any:
    if not isinstance(value, Mapping):
        raise _refusal(value, where, "mapping")
    for name, one in value.items():
        conform(one, parts[1] if parts else Any, f"{where}.{str(name)[:60]}", deep + 1)
    return value


@cache
def _fields(wanted: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """The type of each field, and which must be there: of a dataclass those that have no default."""
    hints = get_type_hints(wanted, include_extras=True)
    if is_dataclass(wanted):
        bare = frozenset(f.name for f in fields(wanted) if f.default is MISSING and f.default_factory is MISSING)
        return hints, bare
    required = frozenset(name for name, kind in hints.items() if get_origin(kind) is not NotRequired)
    return {name: kind if name in required else get_args(kind)[0] for name, kind in hints.items()}, required


def _record(value: Any, wanted: Any, where: str, deep: int) -> Any:
    if not isinstance(value, dict):
        raise _refusal(value, where, "mapping")
    hints, required = _fields(wanted)
    for name in hints:
        if name in value:
            conform(value[name], hints[name], f"{where}.{name}", deep + 1)
        elif name in required:
            raise UserError(f"{where} has no '{name}'")
    return value


def _anything(value: Any, where: str, deep: int) -> Any:
    """Any JSON that is not too deep and has no number that fits nowhere."""
    if isinstance(value, list):
        return _list(value, (Any,), where, deep)
    if isinstance(value, dict):
        return _mapping(value, (), where, deep)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= LARGEST:
        raise _refusal(value, where, "number that can be used")
    return value
