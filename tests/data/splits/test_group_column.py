"""Pictures and recordings of one thing stay on one side where a column beside them names it."""

from __future__ import annotations

import random
import wave

import pytest
from PIL import Image

from fathom.data.source import resolve
from fathom.data.splits.asked_of_data import read_as_asked
from fathom.data.splits.split import make_splits
from fathom.tasks import recognize


def pictures(folder, columns, rows):
    """A picture for each row, and a table of them; returns how they are split, and what was read."""
    folder.mkdir(exist_ok=True)
    dice = random.Random(7)
    lines = [",".join(("image_id", *columns))]
    for i, row in enumerate(rows):
        Image.frombytes("L", (8, 8), dice.randbytes(64)).save(folder / f"p{i}.png")
        lines.append(",".join(map(str, (f"p{i}", *row))))
    (folder / "table.csv").write_text("\n".join(lines))


def recordings(folder, columns, rows):
    (folder / "audio").mkdir(parents=True, exist_ok=True)
    (folder / "meta").mkdir(exist_ok=True)
    dice = random.Random(8)
    lines = [",".join(("filename", *columns))]
    for i, row in enumerate(rows):
        with wave.open(str(folder / "audio" / f"r{i}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(dice.randbytes(800))
        lines.append(",".join(map(str, (f"r{i}.wav", *row))))
    (folder / "meta" / "table.csv").write_text("\n".join(lines))


def read(folder, **said):
    source = resolve(str(folder), **said)
    examples = read_as_asked(recognize(source)[0]().examples, source)
    return examples, make_splits(examples)


def parted(examples, splits, column):
    """The groups on several sides."""
    sides = {}
    for e in examples.items:
        key = e.group if e.group is not None else str(e.metadata[column])
        sides.setdefault(key, set()).add(splits.of[e.id])
    return [key for key, where in sides.items() if len(where) > 1]


@pytest.mark.parametrize(
    "column",
    ["lesion_id", "patient_id", "PatientID", "Patient ID", "fsID", "src_file", "clip_id", "speaker", "subject",
     "video_name"],
)  # fmt: skip
@pytest.mark.parametrize("make", [pictures, recordings])
def test_a_column_of_groups_is_heeded(tmp_path, column, make):
    rows = [(f"g{i // 3}", "ab"[i // 3 % 2]) for i in range(90)]
    make(tmp_path, (column, "label"), rows)
    examples, splits = read(tmp_path)
    assert not parted(examples, splits, column)
    assert f" of one {column} kept together (--group none parts them)" in splits.rule.sentence(0)
    loose, free = read(tmp_path, group="none")
    assert parted(loose, free, column)


def test_of_several_columns_the_coarsest_counts(tmp_path):
    rows = [(f"l{i // 2}", f"p{i // 6}", "ab"[i // 6 % 2]) for i in range(120)]
    pictures(tmp_path, ("lesion_id", "patient_id", "label"), rows)
    examples, splits = read(tmp_path)
    assert not parted(examples, splits, "patient_id")
    assert "of one patient_id" in splits.rule.sentence(0)


@pytest.mark.parametrize(
    ("column", "groups"),
    [
        ("lesion_id", lambda i: i),
        ("image_size", lambda i: i // 3),
        ("speaker", lambda i: i % 4),
        ("patient_id", lambda i: 0 if i < 40 else i),
        ("subject", lambda i: "ab"[i // 3 % 2]),
    ],
    ids=["each another", "another name", "few", "one large", "the class itself"],
)
def test_groups_that_cannot_be_dealt_are_told_at_most(tmp_path, column, groups):
    rows = [(groups(i), "ab"[i // 3 % 2]) for i in range(90)]
    pictures(tmp_path, (column, "label"), rows)
    examples, splits = read(tmp_path)
    assert all(e.group is None for e in examples.items)
    assert "together" not in splits.rule.sentence(0)
    told = [one for one in examples.repairs if "--group" in one]
    assert bool(told) == (column not in ("lesion_id", "image_size"))


@pytest.mark.parametrize("make", [pictures, recordings])
def test_words_that_name_the_numbers_of_a_target_are_the_classes(tmp_path, make):
    rows = [(i % 3, ("dog", "rooster", "pig")[i % 3], "xy"[i % 2]) for i in range(30)]
    make(tmp_path, ("target", "category", "take"), rows)
    assert {e.target for e in read(tmp_path)[0].items} == {"dog", "rooster", "pig"}
    assert {e.target for e in read(tmp_path, target="target")[0].items} == {"0", "1", "2"}


def beside(folder, name, columns, rows):
    """Another table of the same pictures."""
    lines = [",".join(("image_id", *columns)), *(",".join(map(str, (f"p{i}", *row))) for i, row in enumerate(rows))]
    (folder / name).write_text("\n".join(lines))


@pytest.mark.parametrize("name", ["metadata.csv", "HAM_metadata.csv", "patients.csv"])
@pytest.mark.parametrize("column", ["lesion_id", "Patient ID"])
def test_a_second_table_names_the_groups(tmp_path, name, column):
    pictures(tmp_path, ("label",), [("ab"[i // 3 % 2],) for i in range(90)])
    beside(tmp_path, name, (column, "age", "sex"), [(f"g{i // 3}", i % 60, "mf"[i % 2]) for i in range(90)])
    examples, splits = read(tmp_path)
    assert {e.target for e in examples.items} == {"a", "b"}
    assert not parted(examples, splits, column)
    assert any(f"{column} of each picture is read from it" in one for one in examples.repairs)
    loose, free = read(tmp_path, group="none")
    assert all(e.group is None for e in loose.items)
    assert "together" not in free.rule.sentence(0)


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        (("age",), [(i // 3,) for i in range(90)]),
        (("lesion_id",), [(f"g{i // 3}",) for i in range(50)]),
        (("lesion_id",), [(f"g{i}",) for i in range(90)]),
    ],
    ids=["no group", "of a part", "each another"],
)
def test_a_second_table_that_names_no_groups(tmp_path, columns, rows):
    pictures(tmp_path, ("label",), [("ab"[i // 3 % 2],) for i in range(90)])
    beside(tmp_path, "patients.csv", columns, rows)
    examples, _ = read(tmp_path)
    assert all(e.group is None for e in examples.items)
    assert {e.target for e in examples.items} == {"a", "b"}
