"""A verb that was typed wrongly, in one sentence: what is missing or unknown, and an example that can be typed.

The parser has words of its own for these, and of the libraries below it; the reason is kept, in ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import typer

from fathom.spelling import did_you_mean

EXAMPLES = {
    "train": "train photos",
    "test": "test runs/photos-1",
    "predict": "predict runs/photos-1 new.jpg",
    "transcribe": "transcribe speech.wav",
    "generate": "generate runs/names-1",
    "check": "check photos",
    "diagnose": "diagnose runs/photos-1",
    "next": "next runs/photos-1",
    "tune": "tune photos --budget 10m",
    "review": "review runs/photos-1",
    "similar": "similar runs/photos-1 new.jpg",
    "style": "style photo.jpg painting.jpg",
    "export": "export runs/photos-1",
    "serve": "serve runs/photos-1",
    "report": "report runs/photos-1",
    "card": "card runs/photos-1",
    "compare": "compare runs/photos-1 runs/photos-2",
    "learn predict": "learn predict b",
}
"""Of each verb that needs an argument: how it is typed."""
_NUMBERS = (("integer", "a whole number"), ("number", "a number"), ("float", "a number"), ("bool", "yes or no"))
"""What the parser's sentence has in it, and what is to be given."""


def sentence(error: Any, app: typer.Typer, typed: Sequence[str]) -> str:
    """What was typed wrongly, where, and how it is typed.

    Args:
        error: as the parser raised it.
        app: the command line.
        typed: what stood behind ``fathom``.
    """
    verb, command = _verb(typer.main.get_command(app), typed)
    called, shown = verb or "fathom", f"fathom {verb}".strip()
    example = f"for example fathom {EXAMPLES[verb]}" if verb in EXAMPLES else f"{shown} -h shows all"
    param = getattr(error, "param", None)
    said = error.format_message().strip()
    kind = type(error).__name__
    if kind == "MissingParameter" and param is not None:
        what = (getattr(param, "help", None) or "").strip().rstrip(".")
        return f"{called} lacks {_named(param)}{f' ({_lower(what)})' if what else ''}: {example}"
    if kind == "NoSuchOption":
        near = did_you_mean(error.option_name, [flag for flag in _flags(command) if flag.startswith("--")])
        of_net = "" if near or "--set" not in _flags(command) else f", the net's by --set {error.option_name[2:]}=…"
        return f"{called} has no option {error.option_name}{near}: {shown} -h shows them{of_net}"
    if found := re.match(r"No such command '([^']*)'", said):
        return f"{called} has no verb {found[1]!r}{did_you_mean(found[1], command.commands)}: {shown} -h shows them"
    if found := re.match(r"Option '([^']*)' requires", said):
        return f"{called} lacks a value behind {found[1]}: {shown} -h shows what it takes"
    if found := re.match(r"Option '([^']*)' does not take", said):
        return f"{found[1]} of {called} takes no value: leave out what stands behind ="
    if found := re.search(r"unexpected extra arguments? ?(?:\(s\))? ?\((.*)\)", said):
        return f"{called} has no use for {found[1]!r}: {example}"
    if kind == "BadParameter" and param is not None:
        return _bad_value(param, said, typed, called)
    return f"{said.rstrip('.')}: {example}"


def _bad_value(param: Any, said: str, typed: Sequence[str], called: str) -> str:
    """A value that is not of its kind."""
    reason = said.partition(": ")[2] or said
    wanted = next((words for part, words in _NUMBERS if part in reason.lower()), "")
    value = _value(param, typed)
    given = f"{_named(param)}{'' if value is None else f' {value!r:.60}'}"
    if wanted:
        return f"{given} of {called} is not {wanted}: give {wanted}"
    return f"{given} of {called} cannot be used ({reason.rstrip('.')}): fathom {called} -h shows what it takes"


def _verb(command: Any, typed: Sequence[str]) -> tuple[str, Any]:
    """The verb that was typed, with that below it, and its command."""
    names = []
    for word in typed:
        below = getattr(command, "commands", {})
        if word not in below:
            break
        names.append(word)
        command = below[word]
    return " ".join(names), command


def _named(param: Any) -> str:
    """An option as it is typed; an argument in capitals."""
    long = [flag for flag in getattr(param, "opts", ()) if flag.startswith("-")]
    return str(max(long, key=len)) if long else str(param.name).upper()


def _flags(command: Any) -> Iterator[str]:
    for param in getattr(command, "params", ()):
        if not getattr(param, "hidden", False):
            yield from param.opts


def _value(param: Any, typed: Sequence[str]) -> str | None:
    """What was typed for an option; None where that is not known."""
    for word, after in zip(typed, [*typed[1:], ""]):
        name, equals, value = word.partition("=")
        if name in param.opts:
            return value if equals else after
    return None


def _lower(text: str) -> str:
    """With a small letter first, where that is no abbreviation."""
    return text[0].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
