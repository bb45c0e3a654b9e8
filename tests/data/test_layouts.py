"""Each way in which pictures and tables are commonly laid out is read as it is meant."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from fathom.data import repairs
from fathom.data.image import image_csv
from fathom.data.image.listings import split_of
from fathom.data.source import resolve
from fathom.data.table import tables
from fathom.errors import UserError
from fathom.tasks import recognize


def paint(folder, *names):
    """A picture of each name; no two are alike."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        shade = sum(map(ord, str(folder / name))) % 256
        Image.new("L", (8, 8), shade).save(folder / name)


def read(folder, **given):
    """What `fathom train folder` reads, through the task that is surest of it."""
    source = resolve(str(folder), **given)
    task = recognize(source)[0]
    assert task.name == "image-classification"
    return task().examples(source)


def told(examples):
    """Target and split of each example, by its id."""
    return {e.id: (e.target, e.split) for e in examples.items}


@pytest.mark.parametrize("dev", ["val", "valid", "validation", "dev", "Val"])
def test_folders_named_as_splits(tmp_path, dev):
    for split in ("train", dev, "test"):
        for label in ("cat", "dog"):
            paint(tmp_path / split / label, "1.png", "2.png")
    assert told(read(tmp_path))[f"{dev}/dog/2.png"] == ("dog", "dev")
    assert {e.split for e in read(tmp_path).items} == {"train", "dev", "test"}


@pytest.mark.parametrize("column", ["path", "file", "filename", "image", "image_path", "file_name"])
@pytest.mark.parametrize("target", ["label", "class", "target", "category"])
def test_columns_of_paths_and_labels(tmp_path, column, target):
    paint(tmp_path / "p", "a.png", "b.png")
    (tmp_path / "list.csv").write_text(f"number,{target},{column},note\n1,x,p/a.png,u\n2,y,p/b.png,v\n")
    for place in (tmp_path, tmp_path / "list.csv"):
        assert told(read(place)) == {"p/a.png": ("x", None), "p/b.png": ("y", None)}
        assert read(place).target == target


def test_a_table_for_each_split_beside_the_pictures(tmp_path):
    paint(tmp_path / "images", *(f"{i}.png" for i in range(6)))
    for name, rows in (("train", (0, 1, 2, 3)), ("val", (4,)), ("test", (5,))):
        lines = [f"images/{i}.png,{'odd' if i % 2 else 'even'}" for i in rows]
        (tmp_path / f"{name}.csv").write_text("\n".join(["path,label", *lines]))
    assert told(read(tmp_path)) == {
        "images/0.png": ("even", "train"), "images/1.png": ("odd", "train"), "images/2.png": ("even", "train"),
        "images/3.png": ("odd", "train"), "images/4.png": ("even", "dev"), "images/5.png": ("odd", "test"),
    }  # fmt: skip


def test_tables_of_splits_count_more_than_folders_of_classes(tmp_path):
    paint(tmp_path / "cat", "1.png", "2.png")
    paint(tmp_path / "dog", "1.png", "2.png")
    (tmp_path / "notes.csv").write_text("file,label\ncat/1.png,x\ndog/1.png,y\n")
    assert {e.target for e in read(tmp_path).items} == {"cat", "dog"}
    (tmp_path / "notes.csv").unlink()
    (tmp_path / "train.csv").write_text("file,label\ncat/1.png,C\ndog/1.png,D\n")
    (tmp_path / "test.csv").write_text("file,label\ncat/2.png,C\ndog/2.png,D\n")
    assert told(read(tmp_path))["dog/2.png"] == ("D", "test")


def test_a_picture_in_two_tables_keeps_an_id_for_each(tmp_path):
    paint(tmp_path, "1.png", "2.png")
    for split in ("train", "test"):
        (tmp_path / f"{split}.csv").write_text("file,label\n1.png,a\n2.png,b\n")
    assert set(told(read(tmp_path))) == {"1.png", "2.png", "test/1.png", "test/2.png"}


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_metadata_of_an_imagefolder(tmp_path, kind):
    paint(tmp_path / "train", "1.png", "2.png", "3.png")
    rows = [{"file_name": f"train/{i}.png", "label": "ab"[i % 2]} for i in (1, 2)]
    text = "\n".join(map(json.dumps, rows)) if kind == "jsonl" else "file_name,label\ntrain/1.png,b\ntrain/2.png,a\n"
    (tmp_path / f"metadata.{kind}").write_text(text)
    assert told(read(tmp_path)) == {"train/1.png": ("b", None), "train/2.png": ("a", None)}
    paint(tmp_path / "test", "1.png")
    with (tmp_path / f"metadata.{kind}").open("a") as file:
        file.write('\n{"file_name": "test/1.png", "label": "a"}' if kind == "jsonl" else "test/1.png,a\n")
    assert told(read(tmp_path))["test/1.png"] == ("a", "test")
    assert told(read(tmp_path))["train/1.png"] == ("b", "train")


def test_metadata_in_each_split(tmp_path):
    for split in ("train", "validation"):
        paint(tmp_path / split, "1.png", "2.png")
        (tmp_path / split / "metadata.csv").write_text("file_name,label\n1.png,a\n2.png,b\n")
    assert told(read(tmp_path)) == {
        "train/1.png": ("a", "train"), "train/2.png": ("b", "train"),
        "validation/1.png": ("a", "dev"), "validation/2.png": ("b", "dev"),
    }  # fmt: skip


def test_a_competition(tmp_path):
    """Names without folder and extension; train and test hold pictures of the same names; test has no labels."""
    for split in ("train", "test"):
        paint(tmp_path / split, *(f"{i}.png" for i in range(1, 9)))
    (tmp_path / "trainLabels.csv").write_text("id,label\n" + "".join(f"{i},{'ab'[i % 2]}\n" for i in range(1, 9)))
    (tmp_path / "sampleSubmission.csv").write_text("id,label\n" + "".join(f"{i},a\n" for i in range(1, 9)))
    assert told(read(tmp_path)) == {f"train/{i}.png": ("ab"[i % 2], "train") for i in range(1, 9)}


def test_a_competition_whose_test_has_no_labels(tmp_path):
    paint(tmp_path / "train_images", *(f"f{i}.jpg" for i in range(4)))
    paint(tmp_path / "test_images", *(f"g{i}.jpg" for i in range(4)))
    (tmp_path / "train.csv").write_text("image_id,breed\n" + "".join(f"f{i},{'ab'[i % 2]}\n" for i in range(4)))
    (tmp_path / "test.csv").write_text("image_id\n" + "".join(f"g{i}\n" for i in range(4)))
    found = read(tmp_path)
    assert told(found) == {f"train_images/f{i}.jpg": ("ab"[i % 2], "train") for i in range(4)}
    assert [(s.id, s.reason) for s in found.skipped] == [
        ("test.csv", "has no column 'breed': its 4 rows can be predicted, not judged")
    ]


def test_names_that_lead_to_several_pictures_or_none(tmp_path):
    paint(tmp_path / "x", *(f"{i}.png" for i in range(20)))
    paint(tmp_path / "y", "3.png")
    lines = [f"{i},{'ab'[i % 2]}\n" for i in range(20)]
    (tmp_path / "list.csv").write_text("".join(["image,label\n", *lines, "none,a\n"]))
    found = image_csv.read_picture_csv(resolve(str(tmp_path / "list.csv")))
    assert {e.id for e in found.items} == {f"x/{i}.png" for i in range(20) if i != 3}
    reasons = {s.id: s.reason for s in found.skipped}
    assert reasons["3"].startswith("2 pictures have that name")
    assert reasons["none"] == "file is missing"


def test_a_wrapped_listing(tmp_path):
    paint(tmp_path / "unpacked" / "imgs", "a.png", "b.png")
    (tmp_path / "unpacked" / "labels.csv").write_text("filename,label\na.png,x\nb.png,y\n")
    assert {e.target for e in read(tmp_path).items} == {"x", "y"}
    assert all(Path(e.input).is_file() for e in read(tmp_path).items)


def test_two_tables_for_one_split(tmp_path):
    paint(tmp_path, "a.png", "b.png")
    for name in ("train", "train_labels"):
        (tmp_path / f"{name}.csv").write_text("file,label\na.png,x\nb.png,y\n")
    with pytest.raises(UserError, match="both for train"):
        read(tmp_path)


def idx_bytes(array):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.mark.parametrize("below", ["", "MNIST/raw"])
@pytest.mark.parametrize("name", ["{}-{}-idx{}-ubyte", "{}-{}.idx{}-ubyte", "emnist-letters-{}-{}-idx{}-ubyte"])
@pytest.mark.parametrize("zipped", [False, True])
def test_idx_files(tmp_path, name, zipped, below):
    folder = tmp_path / below
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.arange(12 * 9, dtype=np.uint8).reshape(12, 3, 3)
    labels = np.arange(12, dtype=np.uint8) % 3
    for split, n in (("train", 12), ("t10k", 6)):
        for what, axes, array in (("images", 3, pixels[:n]), ("labels", 1, labels[:n])):
            content = gzip.compress(idx_bytes(array)) if zipped else idx_bytes(array)
            (folder / (name.format(split, what, axes) + ".gz" * zipped)).write_bytes(content)
    found = read(tmp_path)
    assert told(found)["train/00012"] == ("2", "train")
    assert told(found)["test/00006"] == ("2", "test")
    assert np.array_equal(found.items[11].input, pixels[11])


def test_idx_files_of_two_sets(tmp_path):
    for name in ("emnist-letters", "emnist-digits"):
        (tmp_path / f"{name}-train-images-idx3-ubyte").write_bytes(b"")
    with pytest.raises(UserError, match="several sets"):
        read(tmp_path)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_folder_of_tables(tmp_path, kind):
    frame = pl.DataFrame({"x": [1.5, 2.5, 3.5], "label": ["a", "b", "a"]})
    for name in ("train", "validation", "test"):
        frame.write_csv(tmp_path / f"{name}.csv") if kind == "csv" else frame.write_parquet(
            tmp_path / f"{name}.parquet"
        )
    source = resolve(str(tmp_path))
    assert recognize(source)[0].name == "table"
    assert [e.split for e in tables.read_rows(source).items] == ["train"] * 3 + ["dev"] * 3 + ["test"] * 3


def test_a_competition_of_tables(tmp_path):
    pl.DataFrame({"x": [1, 2, 3], "label": ["a", "b", "a"]}).write_csv(tmp_path / "train.csv")
    pl.DataFrame({"x": [4, 5]}).write_csv(tmp_path / "test.csv")
    found = tables.read_rows(resolve(str(tmp_path)))
    assert len(found.items) == 3
    assert [(s.id, s.reason) for s in found.skipped] == [
        ("test.csv", "has no column 'label': its 2 rows can be predicted, not judged")
    ]
    with pytest.raises(UserError, match=r"test\.csv has no column 'label'"):
        tables.read_rows(resolve(str(tmp_path / "train.csv"), test=str(tmp_path / "test.csv")))


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train", "train"), ("trainLabels", "train"), ("val_images", "dev"), ("labels-test", "test"),
        ("images_train", "train"), ("TRAIN_SET", "train"), ("validation", "dev"), ("trains", None), ("cat", None),
    ],
)  # fmt: skip
def test_names_of_splits(name, split):
    assert split_of(name) == split


def doubt(folder, **given):
    return recognize(resolve(str(folder), **given))[1].doubt


def test_labels_beside_folders_that_are_no_classes(tmp_path):
    """The folders are cameras: a table that labels most pictures counts more, and it is said."""
    for camera in ("cam1", "cam2"):
        paint(tmp_path / camera, "1.png", "2.png", "3.png")
    rows = [f"cam{c}/{i}.png,{'odd' if i % 2 else 'even'}" for c in (1, 2) for i in (1, 2, 3)]
    (tmp_path / "labels.csv").write_text("\n".join(["path,label", *rows]))
    assert told(read(tmp_path))["cam2/2.png"] == ("even", None)
    assert "labels in labels.csv; --target folder" in doubt(tmp_path)
    assert told(read(tmp_path, target="folder"))["cam2/2.png"] == ("cam2", None)


def test_a_table_beside_classes_that_says_something_else(tmp_path):
    for label in ("cat", "dog"):
        paint(tmp_path / label, "1.png", "2.png", "3.png")
    rows = [f"{label}/{i}.png,{i * 1.5 + n / 3}" for n, label in enumerate(("cat", "dog")) for i in (1, 2, 3)]
    (tmp_path / "notes.csv").write_text("\n".join(["file,weight", *rows]))
    assert told(read(tmp_path))["dog/2.png"] == ("dog", None)
    assert "--target COLUMN takes the labels from notes.csv" in doubt(tmp_path)
    assert recognize(resolve(str(tmp_path), target="weight"))[0].name == "image-regression"


def test_a_column_that_a_folder_has_not_is_refused(tmp_path):
    for label in ("cat", "dog"):
        paint(tmp_path / label, "1.png", "2.png")
    with pytest.raises(UserError, match="no table of pictures with a column 'colour'"):
        read(tmp_path, target="colour")


def test_splits_within_classes(tmp_path):
    for label in ("cat", "dog"):
        for split in ("train", "val", "test"):
            paint(tmp_path / label / split, "1.png", "2.png")
    assert told(read(tmp_path))["dog/val/2.png"] == ("dog", "dev")
    assert {e.split for e in read(tmp_path).items} == {"train", "dev", "test"}


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        ([f"{label}.{i}.png" for label in ("cat", "dog") for i in range(3)], ["cat", "dog"]),
        ([f"great_{label}_{i}.png" for label in ("dane", "auk") for i in range(3)], ["great_auk", "great_dane"]),
        ([f"{label}{i:03}.png" for label in ("cat", "dog") for i in range(3)], ["cat", "dog"]),
        ([f"{label}_{i}.png" for label in ("3", "7") for i in range(3)], ["3", "7"]),
        ([f"s{n}.{how}" for n in (1, 2) for how in ("glasses", "wink", "happy")], ["s1", "s2"]),
        ([f"s{n}.{how}" for n in (1, 2) for how in ("glasses", "wink", "png")], ["s1", "s2"]),
    ],
)
def test_loose_pictures_have_the_class_that_their_names_begin_with(tmp_path, names, labels):
    for i, name in enumerate(names):
        Image.new("L", (8, 8), i * 9).save(tmp_path / name, "PNG")
    (tmp_path / "Readme.txt").write_text("P5 is what these are called")
    assert sorted({e.target for e in read(tmp_path).items}) == labels
    assert len(read(tmp_path).items) == len(names)
    assert "whose names begin with their class" in doubt(tmp_path)


@pytest.mark.parametrize("names", [[f"IMG_{i}.png" for i in range(9)] + [f"DSC_{i}.png" for i in range(9)],
                                   [f"{i}.png" for i in range(9)], [f"a{i}b.png" for i in range(9)]])  # fmt: skip
def test_loose_pictures_whose_names_say_nothing_are_refused(tmp_path, names):
    paint(tmp_path, *names)
    with pytest.raises(UserError, match="lie loose"):
        read(tmp_path)


def test_loose_pictures_in_splits(tmp_path):
    for split, n in (("train", 4), ("val", 3)):
        paint(tmp_path / split, *(f"{label}.{i}.png" for label in ("cat", "dog") for i in range(n)))
    paint(tmp_path / "test", "1.png", "2.png")  # of an exam: without classes
    found = read(tmp_path)
    assert told(found)["val/dog.1.png"] == ("dog", "dev")
    assert len(found.items) == 14
    assert {s.id for s in found.skipped} == {"test/1.png", "test/2.png"}


def test_of_two_tables_of_all_pictures_that_with_labels_is_read(tmp_path):
    names = [f"ISIC_{i}" for i in range(20)]
    paint(tmp_path / "Training_Input", *(f"{name}.png" for name in names))
    ages = ["image,age,sex", *(f"{name},{30 + i},{'mf'[i % 2]}" for i, name in enumerate(names))]
    (tmp_path / "ISIC_Training_Metadata.csv").write_text("\n".join(ages))
    kinds = ["image,MEL,NV,UNK", *(f"{name},{float(i % 2)},{float(1 - i % 2)},0.0" for i, name in enumerate(names))]
    (tmp_path / "ISIC_Training_GroundTruth.csv").write_text("\n".join(kinds))
    source = resolve(str(tmp_path))
    task = recognize(source)[0]
    with repairs.collected() as notes:
        found = task().examples(source)
    assert task.name == "image-classification"
    assert {e.target for e in found.items} == {"MEL", "NV"}
    assert any("ISIC_Training_Metadata.csv is not read" in one for one in notes)
    (tmp_path / "ISIC_Training_GroundTruth.csv").unlink()
    (tmp_path / "ISIC_Training_GroundTruth.csv").write_text(
        "\n".join(["image,label", *(f"{n},{int(n[-1]) % 2}" for n in names)])
    )
    assert {e.target for e in read(tmp_path).items} == {"0", "1"}
