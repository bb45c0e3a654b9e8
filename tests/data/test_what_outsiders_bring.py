"""Files as sites give them: a web page for a table, addresses for paths, annotations of programs, a missing file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fathom import tasks
from fathom.data import repairs
from fathom.data.audio.transcript_layouts import layout_of
from fathom.data.file_scan import read_example
from fathom.data.image.image_csv import read_picture_csv
from fathom.data.image.image_folder import read_picture_folder
from fathom.data.image.listed_images import ListedImage
from fathom.data.listed_names import with_slashes
from fathom.data.source import resolve
from fathom.data.table.mixed_targets import mixed_numbers
from fathom.data.table.tables import load_table, read_rows
from fathom.data.table.written_numbers import split_cell
from fathom.errors import UserError
from fathom.records import Example


def pictures(folder: Path, n: int = 12) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        pixels = np.random.default_rng(i).integers(0, 255, (16, 16, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"img{i}.png")


@pytest.mark.parametrize(
    "text", ["<!DOCTYPE html>\n<html><body>Log in, please</body></html>\n", "\n<html lang=en>a,b\n"]
)
def test_a_web_page_is_no_table(tmp_path, text):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(UserError, match="is a web page, not a table: download the table itself"):
        load_table(tmp_path / "t.csv")


def test_a_column_that_begins_with_a_tag_is_a_table(tmp_path):
    (tmp_path / "t.csv").write_text("html,b\n<html>,2\n<p>,4\n")
    assert len(load_table(tmp_path / "t.csv").frame) == 2


@pytest.mark.parametrize(
    "name", ["https://x.org/a/img{}.png?size=large", "http://x.org/img{}.png#top", "/old/img{}.png"]
)
def test_addresses_of_pictures_name_the_files_here(tmp_path, name):
    pictures(tmp_path)
    rows = "".join(f"{name.format(i)},{'ab'[i % 2]}\n" for i in range(12))
    (tmp_path / "labels.csv").write_text("image_url,breed\n" + rows)
    found = read_picture_csv(resolve(str(tmp_path)))
    assert len(found.items) == 12
    assert not found.skipped


def test_an_address_is_its_path():
    assert with_slashes("https://x.org/a%20b/c.png?s=1") == "/a b/c.png"
    assert with_slashes("what?.png") == "what?.png"


LABELME = {"version": "5", "shapes": [], "imagePath": "img0.png"}
VIA = {"img0.png1": {"filename": "img0.png", "regions": []}}


@pytest.mark.parametrize(
    ("about", "program"),
    [(LABELME, "LabelMe"), (VIA, "the VGG Image Annotator"), ({"_via_img_metadata": VIA}, "the VGG Image Annotator")],
)
def test_annotations_of_other_programs_are_named(tmp_path, about, program):
    pictures(tmp_path)
    (tmp_path / "a.json").write_text(json.dumps(about))
    with pytest.raises(UserError, match=rf"lie loose \(a.json is of {program}: export its boxes as COCO or YOLO\)"):
        read_picture_folder(resolve(str(tmp_path)))
    (tmp_path / "a.json").write_text("[1, 2]")
    with pytest.raises(UserError, match="lie loose: put"):
        read_picture_folder(resolve(str(tmp_path)))


def test_a_file_that_is_not_there_is_missing():
    def opened(path):
        Path(path).read_bytes()

    assert read_example(ListedImage("a", "/nowhere/a.png", "x", None), "x", opened).reason == "file is missing"


def test_a_few_recordings_without_their_text_are_left_out(tmp_path):
    for i in range(10):
        (tmp_path / f"{i}.wav").write_bytes(b"RIFF")
    for i in range(8):
        (tmp_path / f"{i}.txt").write_text("so it is")
    assert layout_of(tmp_path) is not None
    for i in range(4, 8):
        (tmp_path / f"{i}.txt").rename(tmp_path / f"note{i}.txt")
    assert layout_of(tmp_path) is None


def targets(*values: str) -> list[Example]:
    return [Example(str(i), "", value) for i, value in enumerate(values)]


def test_targets_in_several_units_are_told(tmp_path):
    assert mixed_numbers(targets("1.5 Cr", "20 Lakh", "31 Lakh", "2 Cr")) == "1.5 Cr, 20 Lakh"
    assert mixed_numbers(targets("1.5", "20", "31")) == ""
    assert mixed_numbers(targets("Ann", "Bob", "1 Cr", "2 Lakh")) == ""
    rows = "".join(f"{i},{f'{i + 0.5} Cr' if i % 2 else f'{i} Lakh'}\n" for i in range(40))
    (tmp_path / "t.csv").write_text("size,price\n" + rows)
    source = resolve(str(tmp_path / "t.csv"))
    with pytest.raises(UserError, match="numbers written in several ways"):
        tasks.recognize(source)[0]().examples(source)


def test_words_behind_an_inch_are_no_unit():
    assert split_cell('5" pipe, green') is None
    assert split_cell('5"').unit == '"'


def test_cells_that_a_sheet_shows_too_narrow_are_missing(tmp_path):
    rows = "".join(f"{'#####' if i % 5 == 0 else i},{'ab'[i % 2]}\n" for i in range(40))
    (tmp_path / "t.csv").write_text("size,label\n" + rows)
    source = resolve(str(tmp_path / "t.csv"))
    items = tasks.recognize(source)[0]().examples(source).items
    assert {type(e.input["size"]) for e in items} <= {int, float, type(None)}


def test_several_targets_by_number(tmp_path):
    for header, told in (("a,target_1,target_2", True), ("a,y1,y2", True), ("a,x1,y2", False), ("a,b,c2", False)):
        (tmp_path / "t.csv").write_text(header + "\n" + "".join(f"{i % 3},{i}.5,{i * 2}.5\n" for i in range(30)))
        with repairs.collected() as notes:
            read_rows(resolve(str(tmp_path / "t.csv")))
        assert ("another may be meant" in str(notes)) is told
