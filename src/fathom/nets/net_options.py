"""The options of a net: the keyword-only arguments of its constructor, read from their annotations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from typing import Any, get_args, get_origin

from fathom.declared_options import training_options
from fathom.errors import UserError
from fathom.records import Settings
from fathom.spelling import choice, did_you_mean, nearest

SIZES = ("width", "hidden", "units", "filters")
"""What nets call how wide they are."""

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def options(cls: Callable[..., Any]) -> dict[str, tuple[Any, Any]]:
    """Name, type and default of each option of a net.

    >>> from fathom.nets.image.mlp import MLP
    >>> options(MLP)["hidden"]
    (tuple[int, ...], (256, 128))
    """
    parameters = inspect.signature(cls, eval_str=True).parameters.values()
    return {p.name: (p.annotation, p.default) for p in parameters if p.kind is p.KEYWORD_ONLY}


def options_within(net: Any) -> list[dict[str, tuple[Any, Any]]]:
    """The options of a net and of our own modules inside it, the outermost first; PyTorch's have none to tell."""
    kinds = dict.fromkeys(type(module) for module in net.modules())
    return [options(kind) for kind in kinds if kind.__module__.startswith("fathom.")]


def parse_options(cls: type, values: Mapping[str, Any], called: str = "") -> dict[str, Any]:
    """The options of a net from what was typed; what is no string is taken as it is, lists as tuples.

    Args:
        cls: of the net.
        values: by option.
        called: the net's name, for the sentence.

    >>> from fathom.nets.image.mlp import MLP
    >>> parse_options(MLP, {"hidden": "20,7,5"})
    {'hidden': (20, 7, 5)}

    Raises:
        UserError: the net has no such option, or the text is not of its type; the sentence lists the options.
    """
    known = options(cls)
    parsed: dict[str, Any] = {}
    net = f"the net {called}" if called else "this net"
    has = f"it has {list_options(known)}" if known else "it has none"
    for name, value in values.items():
        if name not in known:
            raise UserError(f"{net} has no option '{name}'{_meant(name, known)}: {has}")
        wanted = known[name][0]
        try:
            parsed[name] = convert_option(value, wanted)
        except (TypeError, ValueError):
            raise UserError(f"{net} cannot take {name}={value}, which is no {describe_type(wanted)}: {has}") from None
    return parsed


def _meant(name: str, known: Collection[str]) -> str:
    """The option of a net that was probably meant, or the setting, which is typed in another way."""
    if hint := did_you_mean(name, known):
        return hint
    near = nearest(name, training_options())
    return f" (did you mean `{near[0]}`?)" if near else ""


def choose_net(
    nets: Mapping[str, Any], settings: Settings, *, usual: str, kind: str, own: Collection[str] = (), **defaults: Any
) -> tuple[Any, dict[str, Any]]:
    """The class of the net that was asked for, and its options.

    Args:
        nets: the classes by name.
        settings: net, dropout and options as asked.
        usual: name of the net where none was asked for.
        kind: what the nets are for, in the plural: "pictures".
        own: options that are the task's and no net's.
        **defaults: options of the net where they were not asked for.

    Raises:
        UserError: there is no such net, or it has no such option.
    """
    name = settings.net or usual
    if name not in nets:
        raise UserError(f"there is no net '{name}' for {kind}{choice(name, nets)}")
    dropout = {} if settings.dropout is None else {"dropout": settings.dropout}
    asked = {key: value for key, value in settings.options.items() if key not in own}
    return nets[name], parse_options(nets[name], {**defaults, **dropout, **asked}, name)


def parse_number(settings: Settings, name: str, usual: float, low: float, high: float, kind: type = int) -> Any:
    """What ``--set NAME=…`` says of an option of a task, as its kind and in its range; `usual` where it is not set.

    Raises:
        UserError: it is no such number, or out of range.
    """
    given = settings.options.get(name)
    if given is None:
        return kind(usual)
    try:
        value = convert_option(given, kind)
    except (TypeError, ValueError):
        value = None
    if value is None or not low <= value <= high:
        raise UserError(f"`{name}={given}` is out of range: choose {_plain(low)} to {_plain(high)}")
    return value


def parse_flag(settings: Settings, name: str, usual: bool = False) -> bool:
    """What ``--set NAME=yes`` says of an option of a task; `usual` where it is not set.

    Raises:
        UserError: it is neither yes nor no.
    """
    given = settings.options.get(name)
    if given is None:
        return usual
    try:
        return bool(convert_option(given, bool))
    except ValueError:
        raise UserError(f"`{name}={given}` is neither yes nor no: choose one") from None


def _plain(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else f"{value:g}"


def convert_option(value: Any, wanted: Any) -> Any:
    """The value as the wanted type.

    Raises:
        ValueError: it is not of that type.
    """
    if get_origin(wanted) is tuple:
        parts = value.strip("()[] ").split(",") if isinstance(value, str) else value
        parts = parts if isinstance(parts, (list, tuple)) else [parts]
        return tuple(convert_option(part, get_args(wanted)[0]) for part in parts if part != "")
    if wanted is bool:
        word = str(value).strip().lower()
        if word not in TRUE + FALSE:
            raise ValueError(word)
        return word in TRUE
    if wanted is int and isinstance(value, float) and not value.is_integer():
        raise ValueError(value)
    return wanted(value)


def describe_type(wanted: Any) -> str:
    """The type in words."""
    if get_origin(wanted) is tuple:
        return "list of whole numbers such as 20,7,5"
    return {int: "whole number", float: "number", bool: "yes or no"}.get(wanted, wanted.__name__)


def list_options(known: Mapping[str, tuple[Any, Any]]) -> str:
    """The options with their defaults, in one line."""
    return ", ".join(f"{name}={format_default(default)}" for name, (_, default) in known.items())


def format_default(default: Any) -> str:
    """A default as one would type it."""
    if isinstance(default, tuple):
        return ",".join(map(str, default))
    return str(default).lower() if isinstance(default, bool) else str(default)
