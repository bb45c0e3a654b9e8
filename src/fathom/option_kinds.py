"""What an option is: a field of a class, with how it is offered beside it; and how what is typed is read."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from fathom.errors import UserError
from fathom.spelling import choice

MAX_SECONDS = 10_000_000
"""Of any budget: four months."""
AUTO = "auto"
"""The learning rate that asks for a range test."""

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
Place = TypeVar("Place")
"""What a file or folder of the data is: a text as it was said, or the path that it came to."""


@dataclass(frozen=True)
class Option:
    """How a field is offered.

    Attributes:
        help: what it is, in one line.
        panel: of ``--help``, under which it stands.
        metavar: what is typed after it; its type, where none is given.
        flag: how it is typed, where that is not ``--`` and its name.
        limits: the smallest and the largest number that it may be.
        choices: what else it may be.
        read: makes of a text that is typed what the field holds.
        once: of a field that holds several, all are typed at once.
        suits_net: what suits one net does not suit another: for another net it is found out again.
        old_flags: how it was typed before, without ``--``; still understood.
        old_names: how it was called in Python before; still understood.
    """

    help: str
    panel: str = "Training"
    metavar: str | None = None
    flag: str = ""
    limits: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    read: Callable[[str], Any] | None = None
    once: bool = False
    suits_net: bool = False
    old_flags: tuple[str, ...] = ()
    old_names: tuple[str, ...] = ()


def option(help: str, default: Any = None, **offered: Any) -> Any:
    """A field that is an option; what holds several begins empty, and is its type: ``default=tuple``, ``dict``."""
    about = {"option": Option(help, **offered)}
    if isinstance(default, type):
        return field(default_factory=default, metadata=about)
    return field(default=default, metadata=about)


# --- what is typed as text -------------------------------------------------------------------------------------------


def seconds(text: str | float) -> float:
    """``90``, ``90s``, ``5m`` or ``1h`` in seconds.

    Raises:
        UserError: it is no time, or none that one can wait for.

    >>> seconds("1.5m"), seconds("90"), seconds(60)
    (90.0, 90.0, 60.0)
    """
    said = str(text)
    unit = {"s": 1.0, "m": 60.0, "h": 3600.0}.get(said[-1:])
    try:
        found = float(said[:-1]) * unit if unit else float(said)
    except ValueError:
        found = 0.0
    if not 1 <= found <= MAX_SECONDS:
        raise UserError(f"`budget={text}` is no time: write 90s, 5m or 1h")
    return found


def read_lr(text: str) -> float | str:
    """A number, or ``auto``.

    Raises:
        UserError: it is neither.
    """
    if text == AUTO:
        return text
    try:
        return float(text)
    except ValueError:
        raise UserError(f"`lr={text}` is no rate: give a number, such as 0.001, or auto") from None


def read_names(text: str) -> tuple[str, ...]:
    """``A,B,C``, each without the blanks around it."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


def read_cost(text: str) -> tuple[str, float]:
    """``CLASS=10``."""
    return _with_number(text, f"`cost` {text} is no cost: write it as CLASS=10, or CLASS>TAKEN_FOR=10")


def read_weight(text: str) -> tuple[str, float]:
    """``SOURCE=4``."""
    return _with_number(text, f"`source_weight` {text} is no weight: write it as SOURCE=4")


def _with_number(text: str, wrong: str) -> tuple[str, float]:
    name, _, value = text.rpartition("=")
    try:
        return name.strip(), float(value)
    except ValueError:
        raise UserError(wrong) from None


def read_pair(text: str) -> tuple[str, str]:
    """``KEY=VALUE``.

    Raises:
        UserError: it is none.
    """
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise UserError(f"`options` {text} is no setting: write it as key=value, such as hidden=20,7,5")
    return key.strip(), value.strip()


# --- what a class of options offers ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Offered(Option):
    """An option with what its field is.

    Attributes:
        name: of the field.
        kind: what it holds: int, float, str, bool, `pathlib.Path`, tuple, dict, or `Place`.
        default: what it is where nothing is said; None of what holds several.
    """

    name: str = ""
    kind: Any = str
    default: Any = None

    @property
    def typed(self) -> str:
        """How it is typed: ``--grad-clip``."""
        return self.flag or f"--{self.name.replace('_', '-')}"

    @property
    def parameter(self) -> inspect.Parameter:
        """It as a keyword of a function, which says nothing without."""
        kind = str if self.kind is Place else self.kind
        return inspect.Parameter(
            self.name, inspect.Parameter.KEYWORD_ONLY, default=self.default, annotation=kind | None
        )

    def ask_possible(self, value: Any) -> None:
        """Refuse what it cannot be.

        Raises:
            UserError: says what is possible.
        """
        if value is None:
            return
        if self.limits is not None:
            low, high = self.limits
            if not (isinstance(value, int | float) and low <= value <= high):
                raise UserError(f"`{self.name}={value}` is out of range: give {low} to {high}")
        if self.choices and value not in self.choices:
            raise UserError(f"there is no {self.name} '{value}'{choice(str(value), self.choices)}")


@cache
def offered(*groups: type) -> Mapping[str, Offered]:
    """The options that classes of fields offer, by name, in their order."""
    found = {}
    for group in groups:
        hints = get_type_hints(group)
        for one in fields(group):
            if (said := one.metadata.get("option")) is not None:
                default = None if one.default is MISSING else one.default
                found[one.name] = Offered(**vars(said), name=one.name, kind=_kind(hints[one.name]), default=default)
    return found


def _kind(hint: Any) -> Any:
    """What a field holds, by its annotation: ``int`` of ``int | None``, ``tuple`` of ``tuple[str, ...]``."""
    if get_origin(hint) in (Union, UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    origin = get_origin(hint) or hint
    return dict if origin is Mapping else origin


def documented(group: type[T]) -> type[T]:
    """A class of options, each of which its docstring tells."""
    told = "\n".join(f"    {one.name}: {one.help}" for one in offered(group).values())  # type: ignore[arg-type]
    group.__doc__ = f"{group.__doc__}\n\nAttributes:\n{told}\n"
    return group


def lifted(asked: Mapping[str, Any], names: Collection[str]) -> Mapping[str, Any]:
    """Keywords in which what was said as an option of the task, but is one of its own, stands where it belongs.

    Args:
        asked: keywords, with the options of net and task in ``options``.
        names: of the options that stand beside these.

    >>> lifted({"options": {"header": "no", "hidden": 8}}, ["header"])
    {'header': 'no', 'options': {'hidden': 8}}
    """
    options: Mapping[str, Any] = asked.get("options") or {}
    ours = {name: value for name, value in options.items() if name in names}
    rest = {name: value for name, value in options.items() if name not in names}
    return {**ours, **asked, "options": rest} if ours else asked


def offers(options: Mapping[str, Offered], *, rest: bool = True) -> Callable[[F], F]:
    """A function of ``**keywords`` that shows, and where there are no others also takes, these options alone.

    Args:
        options: by name; those that the function names itself are left to it.
        rest: it takes others, too.
    """

    def decorate(function: F) -> F:
        own = inspect.signature(function)
        *named, others = own.parameters.values()
        more = [one.parameter for one in options.values() if one.name not in own.parameters]
        shown = own.replace(parameters=[*named, *more, *([others] if rest else [])])

        @functools.wraps(function)
        def called(*args: Any, **keywords: Any) -> Any:
            shown.bind(*args, **keywords)
            return function(*args, **keywords)

        called.__signature__ = shown  # type: ignore[attr-defined]
        return called  # type: ignore[return-value]

    return decorate
