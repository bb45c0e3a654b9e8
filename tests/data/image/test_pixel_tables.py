"""Tables that hold grey values are read as pictures, and those that hold other numbers are not."""

from __future__ import annotations

import random

import numpy as np
import pytest

from fathom.data.source import resolve
from fathom.errors import UserError
from fathom.tasks import recognize
from fathom.tasks.image.classification import ImageClassification

SIDE = 10


def grey(seed, side=SIDE, most=255):
    return np.random.default_rng(seed).integers(0, most + 1, (side, side))


def write(path, columns, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [",".join(map(str, row)) for row in ([columns] if columns else []) + rows]
    path.write_text("\n".join(lines) + "\n")


def read(place, **said):
    source = resolve(str(place), **said)
    task = recognize(source)[0]
    return task.name, task().examples(source)


NAMES = {
    "pixel0": [f"pixel{i}" for i in range(SIDE * SIDE)],
    "pixel1": [f"pixel{i + 1}" for i in range(SIDE * SIDE)],
    "1x1": [f"{i // SIDE + 1}x{i % SIDE + 1}" for i in range(SIDE * SIDE)],
    "pixel_0_0": [f"pixel_{i // SIDE}_{i % SIDE}" for i in range(SIDE * SIDE)],
    "px": [f"px_{i}" for i in range(SIDE * SIDE)],
    "pixel0000": [f"pixel{i:04}" for i in range(SIDE * SIDE)],
}


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("names", NAMES)
def test_a_column_for_each_pixel(tmp_path, names, first):
    rows = [[i % 3, *grey(i).ravel()] if first else [*grey(i).ravel(), i % 3] for i in range(12)]
    write(tmp_path / "d.csv", ["label", *NAMES[names]] if first else [*NAMES[names], "label"], rows)
    name, found = read(tmp_path / "d.csv")
    assert name == "image-classification"
    assert [e.target for e in found.items] == [str(i % 3) for i in range(12)]
    assert all(np.array_equal(e.input, grey(i)) and e.input.dtype == np.uint8 for i, e in enumerate(found.items))


def test_columns_without_names(tmp_path):
    write(tmp_path / "d.csv", None, [[i % 3, *grey(i, 28).ravel()] for i in range(12)])
    name, found = read(tmp_path / "d.csv", target="column 1")
    assert name == "image-classification"
    assert np.array_equal(found.items[5].input, grey(5, 28))


def test_a_folder_of_train_and_test_without_labels(tmp_path):
    write(tmp_path / "train.csv", ["label", *NAMES["pixel0"]], [[i % 3, *grey(i).ravel()] for i in range(12)])
    write(tmp_path / "test.csv", NAMES["pixel0"], [list(grey(i).ravel()) for i in range(4)])
    write(tmp_path / "sample_submission.csv", ["ImageId", "Label"], [[1, 0]])
    name, found = read(tmp_path)
    assert (name, len(found.items)) == ("image-classification", 12)
    assert found.skipped[0].id == "test.csv"
    asked = ImageClassification().read_many(str(tmp_path / "test.csv"))
    assert np.array_equal(asked[3].input, grey(3))


def cells(i, side=48):
    return " ".join(map(str, grey(i, side).ravel()))


def test_pixels_in_one_cell_with_their_splits(tmp_path):
    usage = ("Training", "Training", "PublicTest", "PrivateTest")
    write(tmp_path / "fer.csv", ["emotion", "pixels", "Usage"], [[i % 3, cells(i), usage[i % 4]] for i in range(24)])
    name, found = read(tmp_path)
    assert (name, found.target) == ("image-classification", "emotion")
    assert [e.split for e in found.items[:4]] == ["train", "train", "dev", "test"]
    assert np.array_equal(found.items[7].input, grey(7, 48))


def test_what_is_no_picture_is_skipped(tmp_path):
    rows = [[i % 2, cells(i, 16)] for i in range(20)]
    rows[3][1] = "1 2 3"
    rows[4][0] = ""
    write(tmp_path / "d.csv", ["label", "pixels"], rows)
    _, found = read(tmp_path)
    assert [s.id for s in found.skipped] == ["row 4", "row 5"]


def test_of_several_columns_one_is_named(tmp_path):
    dice = random.Random(3)
    rows = [[18 + 3 * i, dice.randint(0, 1), cells(i, 16)] for i in range(40)]
    write(tmp_path / "faces.csv", ["age", "gender", "pixels"], rows)
    with pytest.raises(UserError, match="beside them age, gender: name the one to predict with `target`"):
        read(tmp_path)
    assert read(tmp_path, target="gender")[0] == "image-classification"
    name, found = read(tmp_path, target="age")
    assert name == "image-regression"
    assert found.items[2].target == 24.0


@pytest.mark.parametrize(
    ("columns", "value"),
    [
        ([f"pixel{i}" for i in range(64)], lambda i: i % 17),
        ([f"pixel{i}" for i in range(64)], lambda i: i / 64),
        ([f"pixel{i}" for i in range(60)], lambda i: 3 * i),
        ([f"pixel{i}" for i in range(64)], lambda i: 9 * i),
        ([f"f{i}" for i in range(64)], lambda i: 3 * i),
        (["a", "b", "c", "d"], lambda i: 50 * i),
        ([str(i) for i in range(64)], lambda i: 3 * i),
    ],
    ids=["few greys", "shares", "no square", "too large", "other names", "a table", "small without names"],
)
def test_other_numbers_are_a_table(tmp_path, columns, value):
    rows = [[k % 2, *(value((i + k) % len(columns)) for i in range(len(columns)))] for k in range(30)]
    write(tmp_path / "d.csv", ["label", *columns], rows)
    assert read(tmp_path)[0] == "table"


def test_a_task_that_is_asked_for_counts(tmp_path):
    write(tmp_path / "d.csv", ["label", *NAMES["pixel0"]], [[i % 3, *grey(i).ravel()] for i in range(30)])
    from fathom.tasks.table.tabular import Table

    found = Table().examples(resolve(str(tmp_path)))
    assert found.kind == "rows"
