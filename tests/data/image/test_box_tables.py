"""Tables of pictures: those with a row for each box, as TensorFlow's and Kaggle's examples have them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fathom.data import repairs
from fathom.data.image import boxes, image_csv
from fathom.data.source import resolve
from fathom.errors import UserError
from fathom.records import Source
from fathom.tasks import recognize

HEADER = "filename,width,height,class,xmin,ymin,xmax,ymax"
ROWS = ("0.png,40,30,cat,4,6,20,18", "0.png,40,30,dog,10,10,30,28", "1.png,40,30,cat,0,0,10,10", "2.png,40,30,,,,,")
BOXES = {"0.png": [["cat", 4, 6, 20, 18], ["dog", 10, 10, 30, 28]], "1.png": [["cat", 0, 0, 10, 10]], "2.png": []}


def pictures(folder: Path, count: int = 3) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        pixels = np.random.default_rng(i).integers(0, 255, (30, 40, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")


def table(path: Path, *rows: str, header: str = HEADER) -> None:
    path.write_text("\n".join((header, *rows)) + "\n")


def told(root: Path) -> dict[str, list[list[object]]]:
    examples, read = boxes.read_boxes(Source("d", root))
    assert not read.faults
    return {e.id: [[read.classes[int(k)], *box] for k, *box, _ in json.loads(str(e.target))] for e in examples.items}


@pytest.mark.parametrize("folder", ["", "images"])
def test_each_row_is_a_box(tmp_path, folder):
    pictures(tmp_path / folder)
    table(tmp_path / "annotations.csv", *ROWS)
    assert told(tmp_path) == BOXES
    assert recognize(resolve(str(tmp_path)))[0].name == "detection"
    assert recognize(resolve(str(tmp_path / "annotations.csv")))[0].name == "detection"


def test_one_box_a_picture_is_no_label_unless_it_is_asked_for(tmp_path):
    pictures(tmp_path, 4)
    table(tmp_path / "labels.csv", *(f"{i}.png,40,30,{'cat' if i % 2 else 'dog'},1,1,9,9" for i in range(4)))
    assert recognize(resolve(str(tmp_path)))[0].name == "detection"
    asked = Source("d", tmp_path, target="class")
    assert recognize(asked)[0].name == "image-classification"
    assert {e.target for e in image_csv.read_picture_csv(asked).items} == {"cat", "dog"}


def test_other_names_of_columns_and_shares_of_the_sides(tmp_path):
    pictures(tmp_path)
    rows = ("0.png,cat,0.1,0.2,0.5,0.6", "1.png,dog,0,0,1,1", "2.png,dog,0,0,0.5,0.5")
    table(tmp_path / "t.csv", *rows, header="image,LabelName,XMin,YMin,XMax,YMax")
    assert told(tmp_path)["0.png"] == [["cat", 4, 6, 20, 18]]
    table(tmp_path / "t.csv", "0.png,4,6,20,18", "1.png,0,0,9,9", header="image,x_min,y_min,x_max,y_max")
    assert told(tmp_path)["0.png"] == [["object", 4, 6, 20, 18]]


def test_a_table_for_each_split_has_the_pictures_of_its_folder(tmp_path):
    for split in ("train", "test"):
        pictures(tmp_path / split)
        table(tmp_path / f"{split}_labels.csv", *ROWS)
    examples, _ = boxes.read_boxes(Source("d", tmp_path))
    assert {(e.split, Path(e.input).parent.name) for e in examples.items} == {("train", "train"), ("test", "test")}
    assert len(examples.items) == 6


def test_rows_that_are_none_are_told(tmp_path):
    pictures(tmp_path, 2)
    table(tmp_path / "t.csv", "0.png,40,30,cat,4,6,20,", "1.png,40,30,cat,4,6,20,18", "7.png,40,30,cat,4,6,20,18")
    examples, read = boxes.read_boxes(Source("d", tmp_path))
    assert read.faults == {"boxes without four numbers": ["0.png"]}
    assert [(s.id, s.reason) for s in examples.skipped] == [("7.png", "file is missing")]


def test_labels_in_repeated_rows_are_no_single_value(tmp_path):
    pictures(tmp_path)
    table(tmp_path / "t.csv", *(f"{i}.png,{c}" for i in range(3) for c in ("cat", "dog")), header="path,class")
    with pytest.raises(UserError, match="one value only in the first row of each picture, and another in 3 rows"):
        image_csv.read_picture_csv(Source("d", tmp_path))


@pytest.mark.parametrize("folder", ["", "photos/"])
def test_pictures_without_a_row_are_told(tmp_path, folder):
    pictures(tmp_path / folder, 5)
    table(tmp_path / "labels.csv", "0.png,cat", "1.png,dog", "2.png,", "9.png,cat", header="path,class")
    with repairs.unsaid(), repairs.collected() as told_of:
        assert len(image_csv.read_picture_csv(Source("d", tmp_path)).items) == 2
    assert told_of == [f"2 of 5 pictures have no row in labels.csv: {folder}3.png, for example"]


LISTS = {
    "COCO's": (["[4, 6, 16.0, 12]", "[10, 10, 20, 18]", "[0, 0, 10, 10]", ""], "width and height"),
    "sides": (["[4, 6, 20, 18.0]", "[10, 10, 30, 28]", "[0, 0, 10, 10]", ""], "right and bottom"),
    "bare": (["4 ,6,16,12", "10,10,20,18", "0,0,10,10", ""], "width and height"),
}


@pytest.mark.parametrize("sizes", [True, False])
@pytest.mark.parametrize("ending", [".png", ""])
@pytest.mark.parametrize("way", LISTS)
def test_the_four_numbers_may_stand_in_one_cell(tmp_path, way, ending, sizes):
    pictures(tmp_path / "images")
    cells, said = LISTS[way]
    size, sizes_of = (",width,height", ",40,30") if sizes else ("", "")
    of = [("0", "cat"), ("0", "dog"), ("1", "cat"), ("2", "")]
    rows = [f'{i}{ending}{sizes_of},"{cell}",{kind}' for (i, kind), cell in zip(of, cells, strict=True)]
    table(tmp_path / "boxes.csv", *rows, header=f"image_id{size},bbox,class")
    with repairs.collected() as notes:
        assert told(tmp_path) == {f"{name.removesuffix('.png')}{ending}": four for name, four in BOXES.items()}
    assert any(f"'bbox' is read as left, top, {said} of each box" in note for note in notes)


@pytest.mark.parametrize("cell", ["[1, 2, 3]", "[1, 2, 3, 'a']", "[[1, 2, 3, 4]]", "a box", "[1, 2, 3, 4, 5]"])
def test_what_is_no_list_of_four_numbers_is_no_box(tmp_path, cell):
    pictures(tmp_path / "images")
    table(tmp_path / "boxes.csv", *(f'{i}.png,"{cell}",{"ab"[i % 2]}' for i in range(3)), header="image,bbox,class")
    assert recognize(resolve(str(tmp_path)))[0].name != "detection"


def test_a_raw_picture_beside_its_jpeg_does_not_hide_it(tmp_path):
    pictures(tmp_path / "images")
    (tmp_path / "images" / "0.CR2").write_bytes(b"raw")
    table(tmp_path / "boxes.csv", *(r.replace(".png", "") for r in ROWS))
    assert told(tmp_path) == {name.removesuffix(".png"): four for name, four in BOXES.items()}


@pytest.mark.parametrize("keypoints", [[], [5, 5, 2, 9, 9, 2]])
def test_keypoints_that_are_not_learned_are_told(tmp_path, keypoints):
    pictures(tmp_path, 1)
    box = {"id": 1, "image_id": 0, "category_id": 1, "bbox": [4, 6, 16, 12], "keypoints": keypoints}
    about = {
        "images": [{"id": 0, "file_name": "0.png"}],
        "annotations": [box],
        "categories": [{"id": 1, "name": "cat"}],
    }
    (tmp_path / "annotations.json").write_text(json.dumps(about))
    with repairs.collected() as notes:
        assert told(tmp_path) == {"0.png": [["cat", 4, 6, 20, 18]]}
    assert any("its keypoints are not learned, only its boxes" in note for note in notes) is bool(keypoints)
