"""The options of a net: the keyword-only arguments of its constructor, read from their annotations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, get_args, get_origin

from fathom.errors import UserError

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def options(cls: Callable[..., Any]) -> dict[str, tuple[Any, Any]]:
    """Name, type and default of each option of a net.

    >>> from fathom.nets.mlp import MLP
    >>> options(MLP)["hidden"]
    (tuple[int, ...], (256, 128))
    """
    parameters = inspect.signature(cls, eval_str=True).parameters.values()
    return {p.name: (p.annotation, p.default) for p in parameters if p.kind is p.KEYWORD_ONLY}


def parse_options(cls: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a net from what was typed; what is no string is taken as it is, lists as tuples.

    >>> from fathom.nets.mlp import MLP
    >>> parse_options(MLP, {"hidden": "20,7,5"})
    {'hidden': (20, 7, 5)}

    Raises:
        UserError: the net has no such option, or the text is not of its type; the sentence lists the options.
    """
    known = options(cls)
    parsed: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise UserError(f"{cls.__name__} has no option '{name}': it has {listed(known)}")
        wanted = known[name][0]
        try:
            parsed[name] = converted(value, wanted)
        except (TypeError, ValueError):
            raise UserError(
                f"{cls.__name__} cannot take {name}={value}, which is no {described(wanted)}: it has {listed(known)}"
            ) from None
    return parsed


def converted(value: Any, wanted: Any) -> Any:
    """The value as the wanted type.

    Raises:
        ValueError: it is not of that type.
    """
    if get_origin(wanted) is tuple:
        parts = value.strip("()[] ").split(",") if isinstance(value, str) else value
        parts = parts if isinstance(parts, (list, tuple)) else [parts]
        return tuple(converted(part, get_args(wanted)[0]) for part in parts if part != "")
    if wanted is bool:
        word = str(value).strip().lower()
        if word not in TRUE + FALSE:
            raise ValueError(word)
        return word in TRUE
    if wanted is int and isinstance(value, float) and not value.is_integer():
        raise ValueError(value)
    return wanted(value)


def described(wanted: Any) -> str:
    """The type in words."""
    if get_origin(wanted) is tuple:
        return "list of whole numbers such as 20,7,5"
    return {int: "whole number", float: "number", bool: "yes or no"}.get(wanted, wanted.__name__)


def listed(known: Mapping[str, tuple[Any, Any]]) -> str:
    """The options with their defaults, in one line."""
    return ", ".join(f"{name}={shown(default)}" for name, (_, default) in known.items())


def shown(default: Any) -> str:
    """A default as one would type it."""
    if isinstance(default, tuple):
        return ",".join(map(str, default))
    return str(default).lower() if isinstance(default, bool) else str(default)
