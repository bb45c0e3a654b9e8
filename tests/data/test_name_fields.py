"""A field of the names of pictures and recordings is the label where it is asked for, and asked for where none is."""

from __future__ import annotations

import random
import wave

import pytest
from PIL import Image

from fathom.data.name_fields import advice, fields_of, refusal
from fathom.data.source import resolve
from fathom.errors import UserError
from fathom.tasks import recognize

DICE = random.Random(9)


def make(folder, names, kind):
    for name in names:
        path = folder / f"{name}.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "wav":
            with wave.open(str(path), "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(8000)
                file.writeframes(DICE.randbytes(800))
        else:
            Image.frombytes("L", (8, 8), DICE.randbytes(64)).save(path)


def read(folder, **said):
    source = resolve(str(folder), **said)
    task = recognize(source)[0]
    return task.name, task().examples(source)


def acted():
    return [f"Actor_{actor:02}/03-01-{mood:02}-01-{said:02}-01-{actor:02}"
            for actor in (1, 2, 3, 12) for mood in range(1, 7) for said in (1, 2)]  # fmt: skip


def spoken():
    return [f"{who:02}/{digit}_{who:02}_{i}" for who in (1, 2, 3) for digit in range(5) for i in range(3)]


@pytest.mark.parametrize("kind", ["wav", "png"])
@pytest.mark.parametrize(("names", "label"), [(acted(), 3), (spoken(), 1)], ids=["acted", "spoken"])
def test_folders_that_repeat_a_field_may_be_no_classes(tmp_path, kind, names, label):
    make(tmp_path, names, kind)
    with pytest.raises(UserError, match=r"only repeat field \d of the names .* `target=field1` .* or `target=folder`"):
        read(tmp_path)
    _, found = read(tmp_path, target=f"field{label}")
    assert {e.target for e in found.items} == {fields_of(name)[label - 1] for name in names}
    assert {e.target for e in read(tmp_path, target="folder")[1].items} == {name.partition("/")[0] for name in names}


@pytest.mark.parametrize("kind", ["wav", "png"])
def test_a_field_may_be_the_group(tmp_path, kind):
    make(tmp_path, acted(), kind)
    _, found = read(tmp_path, target="field 3", group="field7")
    assert {e.group for e in found.items} == {"01", "02", "03", "12"}


@pytest.mark.parametrize("kind", ["wav", "png"])
@pytest.mark.parametrize("inside", ["", "AudioWAV/"])
def test_loose_files_are_told_how_to_say_their_field(tmp_path, kind, inside):
    names = [f"{inside}{1001 + i % 4}_DFA_{('ANG', 'SAD', 'HAP')[i % 3]}_{i:02}XX" for i in range(24)]
    make(tmp_path, names, kind)
    with pytest.raises(UserError, match=r"which field of names such as .* is the label, such as `target=field1`"):
        read(tmp_path)
    assert {e.target for e in read(tmp_path, target="field3")[1].items} == {"ANG", "SAD", "HAP"}


def test_a_quantity_in_names_is_predicted_as_a_number(tmp_path):
    names = [f"UTKFace/{18 + 7 * i % 71}_{i % 2}_{i % 5}_2017011617{i:04}.jpg.chip" for i in range(90)]
    make(tmp_path, names, "jpg")
    name, found = read(tmp_path, target="field1")
    assert name == "image-regression"
    assert all(isinstance(e.target, float) for e in found.items)
    name, found = read(tmp_path, target="field2")
    assert (name, {e.target for e in found.items}) == ("image-classification", {"0", "1"})


def test_splits_in_folders_stay(tmp_path):
    names = [f"{split}/{i % 2}_{i}" for split in ("train", "test") for i in range(20)]
    make(tmp_path, names, "png")
    _, found = read(tmp_path, target="field1")
    assert {e.split for e in found.items} == {"train", "test"}


HEALTHY = {
    "class first": [f"{label}/{label}_{i:04}_{i % 3}" for label in range(4) for i in range(6)],
    "class and number": [f"{label}/{i:04}" for label in range(4) for i in range(6)],
    "names": [f"cat{k}/img_{k}_{i % 3}_{i}" for k in range(4) for i in range(6)],
    "one field": [f"s{k}/{i}" for k in range(5) for i in range(5)],
    "dates": [f"class{k}/2024-01-{i:02}" for k in range(4) for i in range(1, 9)],
    "folder numbers elsewhere": [f"{k}/{i % 3}_{i}_{k + 5}" for k in range(4) for i in range(6)],
}


@pytest.mark.parametrize("case", HEALTHY)
def test_folders_of_classes_are_read_as_ever(tmp_path, case):
    make(tmp_path, HEALTHY[case], "png")
    assert refusal(HEALTHY[case], "there") == ""
    assert {e.target for e in read(tmp_path)[1].items} == {name.partition("/")[0] for name in HEALTHY[case]}


def test_names_that_say_nothing_give_no_advice():
    assert advice([f"image_{i:05}.jpg" for i in range(50)]) == ""
    assert advice([f"a{i}.jpg" for i in range(50)]) == ""
    assert advice(["a_b.jpg"]) == ""


def test_recordings_deeper_than_one_folder_are_pointed_at(tmp_path):
    make(tmp_path, [f"wav/id{i % 3}/v{i}/{i}" for i in range(12)], "wav")
    (tmp_path / "notes.md").write_text("notes")
    with pytest.raises(UserError, match=r"one word only, wav: give .*wav, if its folders are the words"):
        read(tmp_path)
