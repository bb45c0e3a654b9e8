"""The verb as a user meets it: one screen, JSON, a report as a table, exit codes."""

from __future__ import annotations

import csv
import json
import sys

import pytest
from planted_data import folder, healthy, picture, table

import fathom
from fathom.cli import main
from fathom.errors import UserError
from fathom.progress import Watcher
from fathom.runs.check import check as look_through
from fathom.runs.check import lines as lines_of


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


def findings_of(path, **options):
    return {f.name: f for f in look_through(str(path), Watcher(), **options).findings}


def test_what_a_training_would_refuse_is_said(tmp_path):
    """All of train is of one class, which is seen only once it is learned from."""
    rows = [f"{i},{i % 7 / 3},{'a' if i < 40 else 'b'},{'train' if i < 40 else 'test'}" for i in range(60)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["x,z,label,split", *rows]) + "\n")
    with pytest.raises(UserError) as refused:
        fathom.train(path, epochs=1, out=tmp_path / "run")
    assert findings_of(path)["cannot_train"].title == str(refused.value)


def test_what_is_excluded_is_not_looked_at(tmp_path):
    root = folder(tmp_path / "photos", {"a": range(12), "b": range(20, 32)})
    (root / "b" / "twin.png").write_bytes((root / "a" / "000.png").read_bytes())
    assert "conflicting_labels" in findings_of(root)
    (tmp_path / "list.csv").write_text("id,decision\nb/twin.png,drop\n")
    assert "conflicting_labels" not in findings_of(root, exclude=tmp_path / "list.csv")


def test_tags_are_counted_by_their_kind(tmp_path):
    lines = []
    for i in range(60):
        kind = "place" if i < 5 else "person"
        lines.append(f"word{i}\tO\nAnn{i}\tB-{kind}\nLee\tI-{kind}" + "\nso\tO" * (i % 9))
    (tmp_path / "names.conll").write_text("\n\n".join(lines) + "\n")
    checked = look_through(str(tmp_path / "names.conll"), Watcher())
    assert dict(lines_of(checked))["data"].startswith("60 sentences, 2 classes (person, place)")
    assert {f.name: f for f in checked.findings}["rare_class"].evidence["classes"] == {"place": 5}


def test_identities_and_boxes_are_no_classes_of_their_own(tmp_path):
    people = folder(tmp_path / "people", {f"p{i}": range(i * 40, i * 40 + 3) for i in range(8)})
    told = findings_of(people, task="verification")
    assert not {"rare_class", "class_missing", "class_imbalance", "empty_class"} & set(told)
    (tmp_path / "pets").mkdir()
    images, boxes = [], []
    for i in range(24):
        picture(i).save(tmp_path / "pets" / f"{i}.png")
        images.append({"id": i, "file_name": f"{i}.png", "width": 120, "height": 96})
        boxes.append({"id": i, "image_id": i, "category_id": 1 + (i == 0), "bbox": [5 + i % 12, 6, 40, 50]})
    kinds = [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}]
    told = json.dumps({"images": images, "annotations": boxes, "categories": kinds})
    (tmp_path / "pets" / "annotations.json").write_text(told)
    checked = look_through(str(tmp_path / "pets"), Watcher())
    assert dict(lines_of(checked))["data"].startswith("24 pictures, 2 classes (cat, dog)")
    assert {f.name: f for f in checked.findings}["rare_class"].evidence["classes"] == {"dog": 1}


def test_a_training_says_what_check_warns_of(faulty, tmp_path):
    told = Told()
    fathom.train(faulty, net="logistic", epochs=1, out=tmp_path / "run", watcher=told)
    assert ("check", "12 of 24 test pictures (50.0 %) are also in another split, as the same file") in told.lines


class Told(Watcher):
    def __init__(self):
        self.lines = []

    def summary_line(self, label, text):
        self.lines.append((label, text))
