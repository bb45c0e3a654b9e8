"""Is what a file holds of the type that it must be? Types are annotations, which msgspec checks; bounds stand here.

    convert({"epoch": 1, "loss": 0.5}, dict[str, float], "history")

Dataclasses and typed dicts are built as they are declared; names that they do not have are left out. Whole numbers
pass for floats, true and false for nothing but booleans, and a number must be finite unless it is asked for as `Real`.
In a record write `Finite` or `Real`; a plain ``float`` is finite everywhere else.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, NewType, TypeVar, Union, get_args, get_origin, overload

import msgspec

from fathom.errors import UserError

T = TypeVar("T")

Finite = Annotated[float, msgspec.Meta(ge=-sys.float_info.max, le=sys.float_info.max)]
"""A number that is neither NaN nor infinite."""
Real = NewType("Real", float)
"""A number that may also be NaN or infinite."""

MAX_DEPTH = 20
"""Levels of JSON that anything of ours has at most."""
MAX_INT = 2**63 - 1
"""Whole numbers beyond this fit no array."""
MAX_COORDINATE = 1e7
"""Pixels from the corner of a picture, as annotations give them; a picture has far fewer."""
MAX_TEXT_BYTES = 512 * 2**20
"""Bytes of a text file that is read whole."""
MAX_CELLS = 2**26
"""Cells of a table that need no explanation; more must be there in bytes, too (`MAX_CELLS_PER_BYTE` to each)."""
MAX_CELLS_PER_BYTE = 64


@overload
def convert(value: Any, kind: type[T], where: str) -> T: ...
@overload
def convert(value: Any, kind: Any, where: str) -> Any: ...
def convert(value: Any, kind: Any, where: str) -> Any:
    """The value as the type that is wanted.

    Args:
        value: as `json.loads` gave it.
        kind: a type, as in an annotation; a text becomes a `Path` where that is wanted.
        where: what the value is called, for the sentence: ``"settings"``, or the file that it was read from.

    Returns:
        The same numbers, texts, lists and dicts; dataclasses where the type asks for them.

    Raises:
        UserError: it is of another type, too deep, or has a number that fits nowhere; says where and of which.

    >>> convert({"dev": [1, 0.5]}, dict[str, list[float]], "the errors")
    {'dev': [1.0, 0.5]}
    >>> convert({"dev": [1, "x"]}, dict[str, list[float]], "the errors")
    Traceback (most recent call last):
    fathom.errors.UserError: the errors.dev[1] is 'x' and no number
    """
    bounded(value, where)
    try:
        return msgspec.convert(value, _finite(kind), strict=True, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise UserError(_sentence(str(error), value, where)) from None
    except UnicodeEncodeError:  # half a character, as a backslash and u in JSON can write
        raise UserError(f"{where} has a text in it that is no text") from None


def bounded(value: T, where: str, depth: int = 0) -> T:
    """The value itself, if it is not too deep and has no whole number that no array holds.

    Args:
        value: as `json.loads` gave it.
        where: what it is called, for the sentence.
        depth: levels above it.

    Raises:
        UserError: it is too deep, or has such a number; says where.
    """
    if depth > MAX_DEPTH:
        raise UserError(f"{where} is nested too deeply")
    if isinstance(value, int):
        if abs(value) > MAX_INT:
            raise UserError(f"{where} is {_shown(value)} and no number that can be used")
    elif isinstance(value, Mapping):
        for name, one in value.items():
            if not isinstance(one, str | float):
                bounded(one, f"{where}.{str(name)[:60]}", depth + 1)
    elif isinstance(value, list | tuple):
        for i, one in enumerate(value):
            if not isinstance(one, str | float):
                bounded(one, f"{where}[{i}]", depth + 1)
    return value


def coordinate(value: object) -> float:
    """A place or a length in a picture, as a file of annotations gives it.

    Args:
        value: a number, or a text that holds one.

    Raises:
        ValueError: it is none, or one that no picture has.

    >>> coordinate("12.5")
    12.5
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{_shown(value)} is no number")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError(f"{_shown(value)} is no number that can be used") from None
    if not abs(number) <= MAX_COORDINATE:  # NaN is none either
        raise ValueError(f"{_shown(value)} is no place in a picture")
    return number


def _path(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise TypeError(f"{_shown(value)} is no {kind.__name__}")


def _finite(kind: Any) -> Any:
    """The type, with each plain float in it finite; what stands in a record is declared there."""
    if kind is float:
        return Finite
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return Union[tuple(map(_finite, parts))]  # noqa: UP007 (of parts that are not known here)
    if origin in (None, Literal, Annotated):
        return kind
    return origin[tuple(map(_finite, parts))]


# --- msgspec's message, as a sentence with the whole path and the value -----------------------------------------------

_MESSAGE = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?", re.DOTALL)
_STEP = re.compile(r"\.(\w+)|\[(\d+)\]|\[(\.\.\.)\]")
_WORDS = {
    "int": "whole number", "float": "number", "str": "text", "bool": "yes or no", "array": "list", "object": "mapping",
}  # fmt: skip
_KINDS = {bool: "bool", int: "int", float: "float", str: "str", list: "array", tuple: "array", dict: "object"}


def _sentence(message: str, value: Any, where: str) -> str:
    """What is wrong with a value, and at which place in it."""
    found = _MESSAGE.fullmatch(message)
    assert found is not None  # it fits every text
    what, steps = found["what"], _STEP.findall(found["path"] or "")
    for place, one in _places(value, steps, where):
        if why := _fault(what, one):
            return f"{place} {why}"
    return f"{where} cannot be used ({message})"


def _places(value: Any, steps: Sequence[tuple[str, str, str]], where: str) -> Iterator[tuple[str, Any]]:
    """Each place that a path can mean, and what is there: msgspec does not say at which key of a mapping."""
    if not steps:
        yield where, value
        return
    (name, index, _), *rest = steps
    if name:
        yield from _places(value[name], rest, f"{where}.{name}")
    elif index:
        yield from _places(value[int(index)], rest, f"{where}[{index}]")
    else:
        for key, one in value.items():
            yield from _places(one, rest, f"{where}.{str(key)[:60]}")


def _fault(what: str, value: Any) -> str:
    """What msgspec said, of this value; nothing where it said that of another."""
    if found := re.fullmatch(r"Object missing required field `(.*)`", what):
        return "" if found[1] in value else f"has no '{found[1]}'"
    if found := re.fullmatch(r"Expected `array` of length (\d+), got (\d+)", what):
        return f"is no list of {found[1]}" if len(value) == int(found[2]) else ""
    if found := re.fullmatch(r"Expected `(.*)`, got `(.*)`", what):
        wanted = [_WORDS.get(one, one) for one in found[1].split(" | ") if one != "null"]
        fits = found[2] == _KINDS.get(type(value), "null")
        return f"is {_shown(value)} and no {' or '.join(wanted)}" if fits else ""
    if isinstance(value, float) and not math.isfinite(value):
        return f"is {value} and no number"
    if what.startswith("Invalid enum value"):
        return f"is {_shown(value)}, which it cannot be" if repr(value) in what else ""
    return ""


def _shown(value: Any) -> str:
    if isinstance(value, str | int | float | None):
        return repr(value)[:60]
    return "a list" if isinstance(value, list | tuple) else "a mapping"
