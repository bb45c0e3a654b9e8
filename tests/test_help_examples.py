"""Every example that a help text or a page gives is accepted as it stands there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import typer

from fathom.cli.main import app
from fathom.data.corruptions import parse_corruption
from fathom.data.practice import available
from fathom.declared_options import said
from fathom.diagnosis import requirements
from fathom.option_kinds import read_cost, read_pair, read_weight, seconds
from fathom.serving.service.limits import limits_of
from fathom.serving.service.places import named_places
from fathom.split_kinds import parse_split_by
from pages import PAGES

EXAMPLE = re.compile(
    r"(?:practice:)?[\w./]+(?:\[\w+\])?(?:<=|>=|=|<|>)[\w./,-]*[\w]|\b\d+[smh]\b|\b\d[\d.]*(?:[-,]\d[\d.]*)+|\b0\.\d+"
    r"|practice:\w+"
)
READ: dict[str, Callable[[str], Any]] = {
    "data": lambda text: available().index(text.removeprefix("practice:")),
    "require": requirements.parse,
    "split_by": parse_split_by,
    "synthesize": parse_corruption,
    "options": read_pair,
    "set": read_pair,
    "cost": read_cost,
    "source_weight": read_weight,
    "budget": seconds,
    "over": lambda text: [int(size) for size in text.split(",")],
    "limit": lambda text: limits_of([text]),
    "runs": lambda text: named_places([text]),
    "target": float,
    "human_error": lambda text: said("human_error", float(text)),
}
"""How the options are read that have examples; whoever gives one to another option says here how it is read."""


def commands(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Every verb, with those of `learn`."""
    for part, one in getattr(command, "commands", {}).items():
        yield from commands(one, f"{name} {part}".strip())
    if not getattr(command, "commands", {}):
        yield name, command


def of_help() -> list[tuple[str, str, str]]:
    """Verb, option, example."""
    return [
        (verb, option.name, found)
        for verb, command in commands(typer.main.get_command(app))
        for option in command.params
        for found in EXAMPLE.findall((getattr(option, "help", "") or "").replace("\\", ""))
    ]


def of_pages() -> list[tuple[str, str, str]]:
    """Page, option, example: what stands behind an option in a sentence."""
    typed = re.compile(r"--([a-z][a-z-]*)[ =]\"?([^\s`\"']*[=<>][^\s`\"']*)")
    return [
        (page.stem, option.replace("-", "_"), example)
        for page in PAGES
        for option, example in typed.findall(page.read_text(encoding="utf-8"))
        if option.replace("-", "_") in READ
    ]


def test_the_examples_are_found() -> None:
    found = {(option, example) for _, option, example in of_help()}
    assert {("require", "recall[cat]>=0.95"), ("require", "latency_ms<20"), ("budget", "5m")} <= found
    assert len(of_pages()) > 10


@pytest.mark.parametrize(("verb", "option", "example"), of_help())
def test_an_example_of_a_help_text_is_accepted(verb: str, option: str, example: str) -> None:
    READ[option](example)


@pytest.mark.parametrize(("page", "option", "example"), sorted(set(of_pages())))
def test_an_example_of_a_page_is_accepted(page: str, option: str, example: str) -> None:
    READ[option](example)


def test_the_example_is_shown_as_it_is_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    monkeypatch.setenv("COLUMNS", "200")
    text = CliRunner().invoke(app, ["train", "--help"]).output
    assert re.search(r" recall\[cat\]>=0\.95", text), text
