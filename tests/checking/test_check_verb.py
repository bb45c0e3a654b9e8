"""The verb as a user meets it: one screen, JSON, a report as a table, exit codes."""

from __future__ import annotations

import csv
import json
import sys

import pytest
from planted_data import folder, healthy, table

import fathom
from fathom.cli import main


@pytest.fixture
def faulty(tmp_path):
    root = folder(tmp_path / "photos", {"train/a": range(12), "train/b": range(20, 32), "test/a": range(40, 52)})
    (root / "test" / "b").mkdir()
    for i in range(12):
        (root / "test" / "b" / f"{i}\n.png").write_bytes((root / "train" / "b" / f"{20 + i:03d}.png").read_bytes())
    (root / "train" / "a" / "bad.png").write_bytes(b"")
    return root


def run(monkeypatch, capsys, *arguments):
    """Exit code, stdout and stderr of a command line."""
    monkeypatch.setattr(sys, "argv", ["fathom", *map(str, arguments)])
    try:
        main.main()
        code = 0
    except SystemExit as error:
        code = int(error.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_one_screen(faulty, monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "check", faulty)
    lines = out.splitlines()
    assert code == 0
    assert lines[0].startswith("data      48 pictures, 2 classes (a, b)")
    assert lines[2].startswith("problem   12 of 24 test pictures (50.0 %)")
    assert "train/b/020.png (train) = test/b/0 .png (test)" in lines[3]
    assert "and 9 more sets" in out
    assert "→ Delete these from train" in out
    assert "a/bad.png" in out
    assert len(lines) <= 24


def test_healthy_data_says_so(tmp_path, monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "check", table(tmp_path / "t.csv", healthy()))
    assert code == 0
    assert "good      nothing is wrong" in out


def test_json_and_api_tell_the_same(faulty, monkeypatch, capsys):
    code, out, _ = run(monkeypatch, capsys, "check", faulty, "--json")
    told = json.loads(out)
    assert code == 0
    assert [f["name"] for f in told] == [f.name for f in fathom.check(faulty)]
    assert told[0]["name"] == "leak_across_splits"
    assert len(told[0]["evidence"]["sets"]) == 12


def test_the_report_has_every_example(faulty, tmp_path, monkeypatch, capsys):
    out = tmp_path / "report.csv"
    assert run(monkeypatch, capsys, "check", faulty, "--out", out)[0] == 0
    with out.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    leaks = [row for row in rows if row["finding"] == "leak_across_splits"]
    assert len(leaks) == 24
    assert {row["set"] for row in leaks} == {str(i) for i in range(1, 13)}
    assert {(row["item"], row["split"], row["target"]) for row in leaks} >= {("test/b/0\n.png", "test", "b")}
    assert [row["detail"] for row in rows if row["item"] == "train/a/bad.png"] == ["empty file"]
    code, _, err = run(monkeypatch, capsys, "check", faulty, "--out", out)
    assert code == 2
    assert "exists already" in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "does not exist"),
        (("practice:iris", "--task", "nothing"), "there is no task 'nothing'"),
        (("practice:iris", "--target", "nothing"), "no column 'nothing'"),
        (("practice:iris", "--out", "no/such/folder.csv"), "there is no folder"),
    ],
)
def test_mistakes_of_the_user(arguments, said, monkeypatch, capsys):
    code, out, err = run(monkeypatch, capsys, "check", *arguments)
    assert code == 2
    assert out == ""
    assert said in err
    assert "Traceback" not in err


def test_nothing_is_left_behind(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    data = table(tmp_path / "t.csv", healthy())
    run(monkeypatch, capsys, "check", data)
    assert list(tmp_path.iterdir()) == [data]
