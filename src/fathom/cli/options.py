"""Options of the command line, made from the schema; and names in the text of an error, as they are typed here."""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from fathom.declared_options import said, training_options
from fathom.option_kinds import Offered, Place

RunArgument = Annotated[Path, typer.Argument(help="A run folder, such as runs/photos-1.", show_default=False)]
Command = Callable[..., None]


def takes(*names: str, after: str = "data", panels: bool = False, **instead: str) -> Callable[[Command], Command]:
    """A command that takes options of the schema besides its own; what was said of them comes as keywords.

    Args:
        *names: of the options, in the order of ``--help``.
        after: which of the command's own parameters they stand there.
        panels: they stand in their panels there.
        **instead: the help of an option, where this command means it otherwise.
    """
    options = [training_options()[name] for name in dict.fromkeys(names) if " " not in training_options()[name].typed]

    def decorate(command: Command) -> Command:
        own = inspect.signature(command, eval_str=True)
        *named, _ = own.parameters.values()
        place = 1 + [one.name for one in named].index(after)
        more = [p for one in options for p in _parameters(one, panels, instead.get(one.name, one.help))]
        shown = [*named[:place], *more, *named[place:]]

        @functools.wraps(command)
        def called(**given: Any) -> None:
            asked = {one.name: _taken(one, given) for one in options}
            command(**given, **{name: value for name, value in asked.items() if value is not None})

        called.__signature__ = own.replace(parameters=[p.replace(kind=p.KEYWORD_ONLY) for p in shown])  # type: ignore[attr-defined]
        return called

    return decorate


def _parameters(one: Offered, panels: bool, help: str) -> Iterator[inspect.Parameter]:
    """An option as Typer takes it, and beside it, hidden, how it was typed before."""
    kind: Any = one.kind
    if kind in (tuple, dict):
        kind = str if one.once else list[str]
    elif one.read is not None or kind is Place:
        kind = str
    plain, panel = help.replace("[", "\\["), one.panel if panels else None
    shown = typer.Option(one.typed, help=plain, metavar=one.metavar, rich_help_panel=panel, show_default=False)
    keyword = inspect.Parameter.KEYWORD_ONLY
    yield inspect.Parameter(one.name, keyword, default=None, annotation=Annotated[kind | None, shown])
    for old in one.old_flags:
        hidden = Annotated[kind | None, typer.Option(f"--{old}", hidden=True)]
        yield inspect.Parameter(_old(old), keyword, default=None, annotation=hidden)


def _old(flag: str) -> str:
    return f"old_{flag}"


def _taken(one: Offered, given: dict[str, Any]) -> Any:
    """What was typed for an option, taken from all that was; a note says where it is called otherwise now."""
    value = given.pop(one.name)
    for old in one.old_flags:
        before = given.pop(_old(old))
        if before not in (None, [], ()):
            print(f"note: --{old} is now called {one.typed}", file=sys.stderr)
            value = before if value in (None, [], ()) else value
    return None if value in (None, [], ()) else said(one.name, value)


_NAMED = re.compile(r"`([a-z_]+)(?:=([^`]*))?`")
"""An option in the text of an error, as Python says it: ```lr``` or ```lr=5```."""


def with_flags(text: str, app: typer.Typer, verb: str = "train") -> str:
    """The text of an error, with its options as they are typed: ``--lr 5``; what no command has is one of a net.

    Args:
        text: of the error, which names options as Python does, in backticks.
        app: the command line.
        verb: the command that failed.
    """
    flags = {name: one.typed for name, one in training_options().items()}
    command = getattr(typer.main.get_command(app), "commands", {}).get(verb)
    for one in command.params if command is not None else ():
        if long := [flag for flag in one.opts if flag.startswith("--")]:
            flags[one.name] = long[0]

    def typed(found: re.Match[str]) -> str:
        name, value = found.groups()
        if name not in flags:
            return f"--set {name}" + ("" if value is None else f"={value}")
        return flags[name] + ("" if value is None else f" {value}")

    return _NAMED.sub(typed, text)
