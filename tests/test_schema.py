"""What a user may say: the same names in the terminal, in Python and in recipes, and the old ones beside them."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import typer

import fathom
from fathom import api
from fathom.cli import main
from fathom.cli.options import with_flags
from fathom.command_flags import as_flags
from fathom.declared_options import DataOptions, RunOptions, Settings, Source, settings_of, training_options
from fathom.errors import UserError
from fathom.option_kinds import seconds
from fathom.runs.request import Request, request_of

WORDS = {"lr_find": "--lr auto", "options": "--set"}
"""What is typed otherwise than it is called."""


def flags(command: str) -> dict[str, Any]:
    """What a command takes, by the name in Python."""
    app: Any = typer.main.get_command(main.app)
    return {one.name: one for one in app.commands[command].params}


def test_terminal_python_and_recipe_offer_the_same_names_each_with_help() -> None:
    names = {one.name for group in (DataOptions, Settings, RunOptions) for one in fields(group)}
    assert names == set(training_options())
    assert all(one.help.endswith((".", "…")) for one in training_options().values())
    typed = {name: one for name, one in flags("train").items() if not getattr(one, "hidden", False)}
    assert set(typed) == (names - {"lr_find"}) | {"data", "resume"}
    for name in names - set(WORDS):
        assert typed[name].opts == [f"--{name.replace('_', '-')}"]
        assert typed[name].help.replace("\\", "") == training_options()[name].help
    assert [training_options()[name].typed for name in WORDS] == list(WORDS.values())
    for verb in (fathom.train, fathom.tune):
        assert names <= set(inspect.signature(verb).parameters)
    assert names <= {one.name for one in fields(Request)} | {one.name for one in fields(Settings)}


def test_what_is_typed_is_what_is_asked_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Request] = []
    monkeypatch.setattr(api, "train", lambda data, watcher, **asked: heard.append(request_of(data, asked)))
    asked = request_of(
        "t.csv",
        {
            "target": "y", "annotators": ("a", "b"), "synthesize": ("blur", "crop"), "exclude": "l.csv", "splits": "r",
            "lr": "auto", "budget": 300, "cost": {"cat>dog": 2}, "source_weight": {"x": 0.5}, "hidden": "8,4",
            "grad_clip": 1, "require": ("latency_ms<20",), "source": "site", "split_by": "time=day", "seed": 3,
        },
    )  # fmt: skip
    words = [word for one in [*as_flags(vars(asked.settings)), *as_flags(told(asked))] for word in one.split(" ")]
    main.app(["train", "t.csv", *(word.strip("'") for word in words)], standalone_mode=False)
    assert heard == [asked]


def told(request: Request) -> dict[str, Any]:
    return {name: value for name, value in vars(request).items() if name in training_options() and value}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["--clip", "1"], {"grad_clip": 1.0}),
        (["--balance", "0.5"], {"class_weight_power": 0.5}),
        (["--weight", "a=2"], {"source_weight": {"a": 2.0}}),
        (["--split", "time=day"], {"split_by": "time=day"}),
        (["--without", "l.csv"], {"exclude": "l.csv"}),
        (["--from", "runs/a"], {"init_from": Path("runs/a")}),
    ],
)
def test_an_old_flag_is_understood_and_its_new_name_said(
    old: list[str], new: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[dict[str, Any]] = []
    monkeypatch.setattr(api, "train", lambda data, watcher, **asked: heard.append(asked))
    main.app(["train", "x", *old], standalone_mode=False)
    assert heard == [new]
    (name,) = new
    assert f"{old[0]} is now called --{name.replace('_', '-')}" in capsys.readouterr().err
    assert all(getattr(one, "hidden", False) for one in flags("train").values() if old[0] in one.opts)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"clip": 1.0}, "grad_clip"), ({"balance": 0.5}, "class_weight_power"), ({"find_rate": True}, "lr_find"),
        ({"costs": {"a": 2}}, "cost"), ({"source_weights": {"a": 2}}, "source_weight"), ({"collected": "c"}, "source"),
        ({"rule": "time=day"}, "split_by"), ({"without": "l.csv"}, "exclude"), ({"start": "runs/a"}, "init_from"),
    ],
)  # fmt: skip
def test_an_old_keyword_is_understood_and_its_new_name_said(old: dict[str, Any], new: str) -> None:
    (name,) = old
    with pytest.warns(FutureWarning, match=f"{name}= is now called {new}="):
        assert api._today(old) == {new: old[name]}


def test_the_note_points_at_the_line_that_says_the_old_name(tmp_path: Path) -> None:
    with pytest.warns(FutureWarning, match="clip= is now called grad_clip=") as told, pytest.raises(UserError):
        fathom.train(tmp_path / "none.csv", clip=1.0)
    assert told[0].filename == __file__


def test_a_time_is_read_in_one_way() -> None:
    assert [seconds(text) for text in ("90", "90s", "1.5m", "1h", 60)] == [90, 90, 90, 3600, 60]
    assert settings_of({"budget": "5m"}).budget == 300
    for wrong in ("soon", "0", "nan", "5x", "-3s", "1e9", ""):
        with pytest.raises(UserError, match="is no time: write 90s, 5m or 1h"):
            seconds(wrong)


def test_errors_name_options_in_the_words_of_each_face() -> None:
    with pytest.raises(UserError) as wrong:
        fathom.train("practice:iris", grad_clip=-1)
    assert str(wrong.value) == "`grad_clip=-1` is out of range: give 0 to 1000000000.0"
    assert with_flags(str(wrong.value), main.app) == "--grad-clip -1 is out of range: give 0 to 1000000000.0"
    assert with_flags("`size=7` is small, leave `net` out", main.app) == "--set size=7 is small, leave --net out"


def test_a_source_comes_back_from_json_and_from_what_must_be_said_for_it(tmp_path: Path) -> None:
    whole = Source(
        "t.csv", Path("t.csv"), target="y", dev=Path("d.csv"), exclude=Path("l.csv"), annotators=("a", "b"),
        split_by="time=day", source="site", synthesize=("blur",),
    )  # fmt: skip
    assert Source.from_dict(whole.to_dict()) == whole
    assert Source.from_dict({**whole.to_dict(), "of a later version": 1}) == whole
    assert whole.asked().dev == "d.csv"
    assert replace(whole, dev=None, no_dev=True).asked().dev == "none"
    assert whole.apart == {"site", "day", "a", "b"}


def test_check_takes_no_option_that_it_would_not_heed() -> None:
    with pytest.raises(TypeError, match="grad_clip"):
        fathom.check("practice:iris", grad_clip=1)


def test_no_error_of_the_library_names_an_option_as_it_is_typed() -> None:
    """But in a whole command, which is typed as it stands."""
    found = []
    for path in Path(fathom.__file__).parent.rglob("*.py"):
        if not {"cli", "course"} & set(path.parts):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("UserError", "Exists", "Unreadable"):
                    text = re.sub(r"fathom (train|tune|check|test)\b.*? --[a-z-]+", "", ast.unparse(node))
                    found += [f"{path.name}:{node.lineno}" for _ in re.findall(r"(?<![\w-])--[a-z]", text)]
    assert not found
