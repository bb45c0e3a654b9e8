"""Many inputs have as many answers, each in its place, or none at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import fathom
from fathom.answer_lines import failure_line
from fathom.cli.main import app
from fathom.data.files import CHECKPOINT
from fathom.errors import UserError
from fathom.records import Example, Prediction
from fathom.runs.predict import Predictor


def test_an_input_that_cannot_be_read_is_named_and_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = fathom.train("practice:iris", epochs=1, out=tmp_path / "run")
    row = run.folder.read_recipe()["resolved"]["task"] == "table" and {"petal length (cm)": 1.4}
    assert row
    assert len(run.predict([row, row, row])) == 3

    def second_is_broken(self: Predictor, examples: Sequence[Example]) -> Iterator[tuple[Example, Prediction | str]]:
        yield from ((one, "it is broken" if i == 1 else Prediction("a")) for i, one in enumerate(examples))

    monkeypatch.setattr(Predictor, "predict", second_is_broken)
    with pytest.raises(UserError, match="input 2 cannot be read: it is broken"):
        run.predict([row, row, row])


def test_a_folder_that_holds_nothing_is_named_and_the_others_are_answered(trained: Any, tmp_path: Path) -> None:
    run, data = trained("pictures")
    bare, first, nowhere = tmp_path / "bare", data / "dark" / "00.png", tmp_path / "nowhere.png"
    bare.mkdir()
    given = [str(one) for one in (bare, first, nowhere, data / "bright" / "00.png")]
    done = CliRunner().invoke(app, ["predict", str(run.path), *given, "--json"])
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 2
    assert [one["input"] for one in records] == given
    assert ["prediction" in one for one in records] == [False, True, False, True]
    done = CliRunner().invoke(app, ["predict", str(run.path), *given])
    assert [line for line in done.stderr.splitlines() if line.strip()] == [
        f"fathom: {bare} holds nothing that a prediction could be made of: give other inputs",
        f"fathom: {nowhere} is no file: give the path of a picture",
    ]
    with pytest.raises(UserError, match=f"^{bare} holds nothing"):
        run.predict([first, bare])


def test_an_empty_file_and_an_empty_text_harm_no_other(trained: Any, tmp_path: Path) -> None:
    run, _ = trained("running text", net="lstm")
    (tmp_path / "empty.txt").write_text("")
    done = CliRunner().invoke(app, ["predict", str(run.path), str(tmp_path / "empty.txt"), "the king", ""])
    assert done.exit_code == 2
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr.splitlines() == [
        f"fathom: {tmp_path / 'empty.txt'}: empty", "fathom: the text is empty: give some characters",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "why", "line"),
    [
        ("a.png", "damaged", "a.png: damaged"),
        ("a", "a folder, not a picture", "a: a folder, not a picture"),
        ("a.png", "a.png is no file: give one", "a.png is no file: give one"),
        ("a.txt", "there is no file a.txt: check it", "there is no file a.txt: check it"),
        ("x" * 300, f"{'x' * 200} is no file", f"{'x' * 200} is no file"),
        ("{", "'{' is no row: give a table", "'{' is no row: give a table"),
        (" ", "the text is empty", "the text is empty"),
    ],
)
def test_a_failure_names_its_input_once(name: str, why: str, line: str) -> None:
    assert failure_line(name, why) == line


def test_a_training_without_weights_that_was_stopped_is_to_be_gone_on_with(trained: Any, tmp_path: Path) -> None:
    run, data = trained("pictures")
    shutil.copytree(run.path, tmp_path / "part")
    (tmp_path / "part" / "weights.safetensors").unlink()
    with pytest.raises(UserError, match=r"weights\.safetensors is missing: this run has no trained weights"):
        fathom.load(tmp_path / "part").predict(data / "dark" / "00.png")
    (tmp_path / "part" / "checkpoint").mkdir()
    (tmp_path / "part" / CHECKPOINT).touch()
    with pytest.raises(UserError, match="part is not finished: go on with fathom train --resume"):
        fathom.load(tmp_path / "part").predict(data / "dark" / "00.png")
