"""A verb that is typed wrongly: one sentence with what is wrong and an example, in our words."""

from __future__ import annotations

import shlex
import sys

import pytest
import typer

from fathom.cli.main import app, main
from fathom.cli.usage import EXAMPLES
from test_help_examples import commands

VERBS = dict(commands(typer.main.get_command(app)))
LACKING = [verb for verb, command in VERBS.items() if any(one.required for one in command.params)]


def told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *typed: str) -> str:
    monkeypatch.setattr(sys, "argv", ["fathom", *typed])
    with pytest.raises(SystemExit) as left:
        main()
    err = capsys.readouterr().err
    assert left.value.code == 2
    assert err.count("\n") == 1
    return err.strip()


@pytest.mark.parametrize("verb", LACKING)
def test_a_missing_argument_is_told_with_an_example(verb, monkeypatch, capsys):
    said = told(monkeypatch, capsys, *verb.split())
    assert said.startswith(f"fathom: {verb} lacks ")
    assert said.endswith(f": for example fathom {EXAMPLES[verb]}")


def test_the_second_argument_is_told_alone(monkeypatch, capsys):
    said = told(monkeypatch, capsys, "predict", "runs/photos-1")
    assert "lacks INPUTS (files, folders" in said


@pytest.mark.parametrize("verb", EXAMPLES)
def test_the_examples_can_be_typed(verb):
    """The parser takes them; what they name need not be there."""
    words = shlex.split(EXAMPLES[verb])
    assert words[: len(verb.split())] == verb.split()
    VERBS[verb].make_context(verb, words[len(verb.split()) :])


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("trian x", "fathom has no verb 'trian' (did you mean train?): fathom -h shows them"),
        ("learn chek", "learn has no verb 'chek' (did you mean check?): fathom learn -h shows them"),
        (
            "tune x --hidden 3",
            "tune has no option --hidden: fathom tune -h shows them, the net's by --set hidden=…",
        ),
        ("train x --epoch 3", "train has no option --epoch (did you mean --epochs?): fathom train -h shows them"),
        ("train x --seed", "train lacks a value behind --seed: fathom train -h shows what it takes"),
        ("train x --seed x", "--seed 'x' of train is not a whole number: give a whole number"),
        ("train x --epochs=3.5", "--epochs '3.5' of train is not a whole number: give a whole number"),
        ("export x --accept much", "--accept 'much' of export is not a number: give a number"),
        ("check x --json=3", "--json of check takes no value: leave out what stands behind ="),
        ("test a b c", "test has no use for 'b c': for example fathom test runs/photos-1"),
    ],
)
def test_what_is_typed_wrongly_is_told_in_our_words(typed, sentence, monkeypatch, capsys):
    assert told(monkeypatch, capsys, *typed.split()) == f"fathom: {sentence}"
