"""Each row that is asked about has one answer or one reason, under its own number; what could not be used is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from typer.testing import CliRunner

import fathom
from fathom.cli.main import app
from fathom.data.table.column_match import match_columns
from fathom.errors import UserError
from fathom.records import Doubt, DoubtKind
from fathom.records.doubt import doubt_lines
from fathom.spelling import nearest


@pytest.fixture(scope="module")
def flats(tmp_path_factory: pytest.TempPathFactory) -> fathom.Run:
    """Rents that follow from a size, a lift and a district."""
    folder, rng = tmp_path_factory.mktemp("flats"), np.random.default_rng(0)
    size, lift = rng.integers(20, 200, 160), rng.integers(2, size=160)
    district = rng.choice(["hill", "harbour", "station"], 160)
    rent = 9.5 * size + 100 * lift + 50.5 * (district == "hill")
    seen = {
        "size": size,
        "lift": lift,
        "district": district,
        "garden": rng.choice(["True", "False"], 160),
        "rent": rent,
    }
    pl.DataFrame(seen).write_csv(folder / "flats.csv")
    return fathom.train(folder / "flats.csv", target="rent", net="logistic", epochs=1, out=folder / "run")


def asked(run: fathom.Run, *inputs: str | Path) -> tuple[int, list[dict[str, object]], str]:
    """The exit code, the records, and what is said beside them."""
    done = CliRunner().invoke(app, ["predict", str(run.path), *map(str, inputs), "--json"])
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


GOOD = '{"size": 100, "lift": 1, "district": "hill", "garden": "True"}'


def test_a_cut_or_blank_row_keeps_its_place(flats: fathom.Run, tmp_path: Path) -> None:
    rows = "size,lift,district,garden\n100,1,hill,True\n100,1\n\n50,0,station,False\n,,,\n"
    (tmp_path / "new.csv").write_text(rows)
    code, told, _ = asked(flats, tmp_path / "new.csv")
    assert code == 2
    assert [str(r["input"]).rsplit(" ", 1)[1] for r in told] == ["1", "2", "3", "4", "5"]
    assert ["error" in r for r in told] == [False, True, True, False, True]
    alone = flats.predict(json.loads(GOOD))[0].value
    assert told[0]["prediction"] == pytest.approx(alone, rel=1e-4)


def test_another_table_and_an_empty_row_are_refused(flats: fathom.Run, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("colour,weight\nred,3\nblue,4\n")
    with pytest.raises(UserError, match=r"none of the columns .* \(size, lift, .*\), but colour, weight"):
        flats.predict(tmp_path / "other.csv")
    for row in ({}, {"size": None, "lift": ""}, {"SIZE_": " "}, {1: 2}, {"size": "big", "district": "moon"}):
        with pytest.raises(UserError, match=r"columns that were learned|empty fields|nothing in it"):
            flats.predict(row)
    with pytest.raises(UserError, match="there is no file"):
        flats.predict(tmp_path / "gone.csv")
    with pytest.raises(UserError, match="is a folder"):
        flats.predict(tmp_path)


def test_what_cannot_be_used_is_named_with_the_prediction(flats: fathom.Run) -> None:
    row = {"sise": 100, "LIFT": 1, "district": "moon", "garden": "maybe"}
    doubts = {(d.part, d.kind): d.value for d in flats.predict(row)[0].doubts}
    assert doubts == {
        ("size", DoubtKind.MISSING): "sise",
        ("lift", DoubtKind.RENAMED): "LIFT",
        ("district", DoubtKind.UNSEEN): "moon",
        ("garden", DoubtKind.UNSEEN): "maybe",
    }
    large = flats.predict({**json.loads(GOOD), "size": "large"})[0]
    assert [d.kind for d in large.doubts] == [DoubtKind.UNREADABLE]
    assert flats.predict({**json.loads(GOOD), "size": "100"})[0].doubts == ()


def test_what_is_named_stands_on_stderr_once_and_in_each_record(flats: fathom.Run) -> None:
    other = GOOD.replace("hill", "Hill")
    code, told, said = asked(flats, GOOD, other, other)
    assert code == 0
    assert said.count("'Hill' is taken for 'hill' in 2 of 3 inputs") == 1
    assert ["doubts" in r for r in told] == [False, True, True]
    assert told[0]["prediction"] == told[1]["prediction"]


@pytest.mark.parametrize("yes", [True, "true", "TRUE", " True ", 1, 1.0, "1"])
def test_truth_is_one_value_in_a_row(flats: fathom.Run, yes: object) -> None:
    row = json.loads(GOOD)
    wanted, other = flats.predict([row, {**row, "garden": "False"}])
    got = flats.predict({**row, "garden": yes, "lift": True})[0]
    assert got.value == wanted.value != other.value
    assert got.doubts == ()


def test_one_input_of_several_that_cannot_be_read_leaves_the_others_their_answers(flats: fathom.Run) -> None:
    code, told, _ = asked(flats, GOOD, "no row", GOOD)
    assert code == 2
    assert ["error" in r for r in told] == [False, True, False]
    answers = dict(enumerate(flats.answers([json.loads(GOOD), "no row"])))
    assert isinstance(answers[1][1], str)
    with pytest.raises(UserError, match="no row"):
        flats.predict([json.loads(GOOD), "no row"])


def test_texts_of_a_table_come_from_the_column_that_was_learned_from(tmp_path: Path) -> None:
    said = {"good": "a fine and warm day", "bad": "a cold and wet night"}
    rows = [f"{said[k]} {i},{k}" for i in range(40) for k in said]
    (tmp_path / "t.csv").write_text("\n".join(["remark,label", *rows]))
    run = fathom.train(tmp_path / "t.csv", epochs=1, out=tmp_path / "run")
    (tmp_path / "new.csv").write_text("notes,remark\nmany more words than beside them,fine\nand more,\nx,wet\n")
    code, told, _ = asked(run, tmp_path / "new.csv")
    assert code == 2
    assert [r.get("error") for r in told] == [None, "no remark", None]
    assert told[0]["prediction"] == run.predict("fine")[0].value
    (tmp_path / "two.csv").write_text("one,two\nfine words here,other words there\nso it is,so it goes\n")
    with pytest.raises(UserError, match="no column 'remark'"):
        run.predict(tmp_path / "two.csv")
    with pytest.raises(UserError, match="there is no file"):
        run.predict("gone.csv")


def test_pictures_that_a_table_names_are_answered_row_by_row(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(24):
        (tmp_path / "data" / "ab"[i % 2]).mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 120, (8, 8, 3)) + 100 * (i % 2)
        Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / "data" / "ab"[i % 2] / f"{i}.png")
    run = fathom.train(tmp_path / "data", net="logistic", size=8, epochs=1, out=tmp_path / "run")
    (tmp_path / "data" / "new.csv").write_text("id,path\n1,a/0.png\n2,a/gone.png\n3,b/1.png\n")
    code, told, _ = asked(run, tmp_path / "data" / "new.csv")
    assert code == 2
    assert ["error" in r for r in told] == [False, True, False]


def test_columns_are_matched_where_one_alone_can_be_meant() -> None:
    assert match_columns(["Size (m)", "b"], ["size_m", "c"]) == {"Size (m)": "size_m"}
    assert match_columns(["size"], ["Size", "SIZE"]) == {}
    assert match_columns(["size", "Size"], ["size", "SIZE"]) == {"size": "size", "Size": "SIZE"}
    assert nearest("district", ["distrikt", "rent"]) == ["distrikt"]
    assert nearest("district", ["rent"]) == []


def test_doubts_about_hundreds_of_columns_are_few_lines() -> None:
    lines = doubt_lines([[Doubt(f"c{i}", DoubtKind.MISSING) for i in range(300)]])
    assert len(lines) == 13
    assert "288 more" in lines[-1]
