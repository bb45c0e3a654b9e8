"""Names of files in listings of another machine, and the files that are meant."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fathom.data.audio import recordings
from fathom.data.image import boxes
from fathom.data.image.image_csv import read_picture_csv
from fathom.data.listed_names import ListedNames, composed, with_slashes
from fathom.records import Source


def put(path: Path, value: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((4, 4), value, np.uint8)).save(path, "PNG")


@pytest.mark.parametrize(
    ("listed", "on_disk"),
    [
        ("pictures/\u00e9t\u00e9.png", "pictures/e\u0301te\u0301.png"),
        ("pictures/e\u0301te\u0301.png", "pictures/\u00e9t\u00e9.png"),
        ("\u00c9T\u00c9/a.png", "e\u0301te\u0301/A.PNG"),
        ("img_1.jpeg", "IMG_1.JPeG"),
        (r"C:\Users\me\data\img\a.png", "img/a.png"),
        (r"img\a.png", "img/a.png"),
        (r"img\b/a.png", "img/b/a.png"),
        (r".\img\a.png", "img/a.png"),
        (r"\\server\share\img\a.png", "img/a.png"),
        ("C:/data/img/a.png", "img/a.png"),
        ("file:///C:/data/my%20img/a%231.png", "my img/a#1.png"),
        ("file:///home/me/img/a.png", "img/a.png"),
        ("/home/me/data/img/a.png", "img/a.png"),
        ("../data/img/a.png", "img/a.png"),
        (" img/a.png ", "img/a.png"),
        ("100%25.png", "100%25.png"),
        ("a.png ", "a.png "),
        ("-v", "-v"),
        ("a\\b.png", "a\\b.png"),
        ("name.", "name."),
    ],
)
def test_a_listed_name_finds_the_file_that_is_meant(listed, on_disk, tmp_path):
    (tmp_path / on_disk).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / on_disk).touch()
    assert ListedNames(tmp_path).find(listed) == tmp_path / on_disk


def test_a_name_that_fits_several_files_finds_the_one_to_the_letter_or_none(tmp_path):
    for name in ("A.png", "a.png"):
        (tmp_path / name).touch()
    assert ListedNames(tmp_path).find("a.png") == tmp_path / "a.png"
    assert ListedNames(tmp_path).find("a.PNG") is None


@given(st.text(max_size=30))
def test_any_name_is_found_or_not(name):
    assert ListedNames(Path("nowhere")).find_inside(name) is None
    assert "\\" not in with_slashes(name)


def test_pictures_and_boxes_of_another_machine(tmp_path):
    for i in range(4):
        put(tmp_path / "pictures" / str(i % 2) / f"\u00e9{i // 2}.png", 60 * i)
    names = [rf"D:\me\pictures\{i % 2}\e{chr(0x301)}{i // 2}.png" for i in range(4)]
    rows = "".join(f"{name},{'ab'[i % 2]}\n" for i, name in enumerate(names))
    (tmp_path / "labels.csv").write_text("path,label\n" + rows)
    read = read_picture_csv(Source("d", tmp_path / "labels.csv"))
    assert [(e.id, e.target) for e in read.items] == [
        (f"pictures/{i % 2}/\u00e9{i // 2}.png", "ab"[i % 2]) for i in range(4)
    ]
    about = {
        "images": [{"id": i, "file_name": name, "width": 4, "height": 4} for i, name in enumerate(names)],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 2, 2]}],
        "categories": [{"id": 1, "name": "x"}],
    }
    (tmp_path / "a.json").write_text(json.dumps(about))
    found, _ = boxes.read_boxes(Source("d", tmp_path / "a.json"))
    assert [Path(e.input).parent.name for e in found.items] == ["0", "1", "0", "1"]


def test_recordings_of_another_machine(tmp_path, monkeypatch):
    (tmp_path / "clips").mkdir()
    for i in range(2):
        (tmp_path / "clips" / unicodedata.normalize("NFD", f"\u00e9{i}.WAV")).touch()
    (tmp_path / "t.csv").write_text("path,label\nC:\\x\\clips\\\u00e90.wav,a\nclips/\u00e91.wav,b\n")
    listed, _ = recordings.list_table(tmp_path / "t.csv", Source("d", tmp_path), "", None, [])
    assert [composed(entry.path.name) for entry in listed] == ["\u00e90.WAV", "\u00e91.WAV"]
