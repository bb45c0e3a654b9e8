"""A list of labels in a cell: of one it is that label, of several a picture's labels, and else it is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import fathom
from fathom.data.class_names import class_name
from fathom.data.image.listings import Listing
from fathom.data.image.multi_label_columns import find_label_columns
from fathom.data.listed_labels import labels_in
from fathom.data.table.tables import read_table
from fathom.errors import UserError


@given(st.lists(st.one_of(st.text(max_size=20), st.integers(-9, 9)), max_size=5))
def test_a_list_is_read_as_json_and_as_python_write_it(labels):
    assert labels_in(json.dumps(labels)) == labels_in(str(labels)) == labels_in(labels) == tuple(labels)


@given(st.text())
def test_no_text_brings_it_down(text):
    assert labels_in(text) is None or text.strip().startswith("[")
    labels_in(f"[{text}]")


@pytest.mark.parametrize("text", ["[" * 5000 + "]" * 5000, "[[1], [2]]", "[{}]", "[a, b]", "[", "[None]", "['a'"])
def test_what_is_no_list_of_labels_is_none(text):
    assert labels_in(text) is None


def test_a_list_of_one_is_its_label():
    assert {class_name(one) for one in ('["7"]', "['7']", [7], "[7.0]", 7)} == {"7"}
    assert class_name("['a', 'b']") == "['a', 'b']"


def pictures(folder: Path, *labels: str) -> Path:
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    with (folder / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["image", "tags"])
        for i in range(40):
            Image.fromarray(rng.integers(0, 255, (16, 16, 3), dtype=np.uint8)).save(folder / "images" / f"{i}.png")
            rows.writerow([f"{i}.png", labels[i % len(labels)]])
    return folder


@pytest.mark.parametrize("write", [json.dumps, str])
def test_a_picture_has_the_labels_of_its_list(tmp_path, write):
    data = pictures(tmp_path / "d", *map(write, (["cat", "old"], ["dog"], [], ["cat"])))
    run = fathom.train(data, out=tmp_path / "run", epochs=1, net="logistic")
    assert run.task == "multi-label"
    told = find_label_columns(Listing(data / "labels.csv"), None)
    assert told is not None
    rows = [{"tags": write(one)} for one in (["cat", "old"], ["dog"], [])]
    assert [told.told(row) for row in rows] == ["cat|old", "dog", ""]


def test_lists_of_one_are_plain_classes(tmp_path):
    data = pictures(tmp_path / "d", "['cat']", "['dog']")
    run = fathom.train(data, out=tmp_path / "run", epochs=1, net="logistic")
    assert run.task == "image-classification"
    (answer,) = fathom.predict(tmp_path / "run", [str(data / "images" / "0.png")])
    assert set(answer.scores) == {"cat", "dog"}


def test_rows_of_several_labels_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(
        "a,b,y\n" + "".join(f"{i % 7},{i % 5}.5,\"['x', 'y']\"\n{i % 3},{i % 4},['x']\n" for i in range(30))
    )
    with pytest.raises(UserError, match=r"30 of 60 rows several labels \(x, y, for example\)"):
        fathom.check(path)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["1,-1,1", "-1,1,-1", "1,1,-1"], ["a|c", "b", "a|b"]),  # CelebA's
        (["1,0,0", "0,1,0", "1,1,0"], ["a", "b", "a|b"]),  # of the last label there is no picture
        (["1.0,0,1", "0.0,1,1", ",0,0"], ["a|c", "b|c", "?a"]),
        (["True,false,1", "False,true,0", "True,true,0"], ["a|c", "b", "a|b"]),
        (["1,0,0", "0,0,0", "1,0,0"], None),
        (["1,0,2", "0,1,0", "1,1,0"], None),
    ],
)
def test_columns_of_yes_and_no_are_labels(tmp_path, rows, told):
    data = pictures(tmp_path / "d", "x")
    (data / "labels.csv").write_text("image,a,b,c\n" + "".join(f"{i}.png,{row}\n" for i, row in enumerate(rows)))
    found = find_label_columns(Listing(data / "labels.csv"), None)
    if told is None:
        assert found is None
        return
    assert found is not None
    frame = read_table(data / "labels.csv")
    assert [found.told(row) for row in frame.iter_rows(named=True)] == told
