"""Which task data is for: what is understood, what else it may be, and why nothing can be made of it."""

from __future__ import annotations

import bz2
from pathlib import Path

import pytest

from fathom.data.source import resolve
from fathom.errors import UserError
from fathom.records import Example
from fathom.tasks import recognize
from fathom.tasks.classification import check_repeats


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as refused:
        recognize(resolve(str(path)))
    return str(refused.value)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ((), "without files, so that nothing can be learned from it: give a folder of pictures"),
        (("a.docx", "b.docx", "c.pdf"), "has 3 documents, of which nothing"),
        (("a.csv", "b.csv", "notes.md"), "has 2 tables, a.csv, b.csv, and none is called train: give one of them"),
        (("a.zip",), "has 1 archive, of which nothing can be learned as they lie: unpack"),
        (("a.xyz", "b.xyz", "c"), "has 2 .xyz files and 1 file without an ending"),
        (("a.xyz", "b.abc", "c.def", "d.ghi"), "and 2 other files"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_lies_there_and_what_is_needed(tmp_path, names, told):
    for name in names:
        (tmp_path / name).write_bytes(b"\x01\x02")
    said = refusal(tmp_path)
    assert told in said
    assert len(said) < 300 + len(str(tmp_path))


@pytest.mark.parametrize("name", ["some.xyz", "some"])
def test_a_file_that_is_nothing(tmp_path, name):
    (tmp_path / name).write_bytes(b"\x00\x01\x02")
    said = refusal(tmp_path / name)
    assert "of which alone nothing can be learned: give a folder of pictures" in said


@pytest.mark.parametrize(("classes", "refused"), [(10, False), (11, True), (29, True), (30, True)])
def test_more_classes_than_a_third_of_the_examples_are_refused(classes, refused):
    examples = [Example(str(i), "", str(i % classes)) for i in range(30)]
    if not refused:
        check_repeats(examples, "name another")
        return
    with pytest.raises(UserError, match="name another") as told:
        check_repeats(examples, "name another")
    assert "30" in str(told.value)


def table(path: Path, *columns: list[str], header: str) -> Path:
    path.write_text("\n".join([header, *("\t".join(row) for row in zip(*columns, strict=True))]) + "\n")
    return path


WORDS = tuple(f"{a}{b}" for a in ("river", "bird", "fox", "night") for b in ("let", "s", "ling", "y", "er"))


def phrases(n: int, longest: int, salt: int) -> list[str]:
    """Phrases that begin with one word and grow, as lists that are sorted by length do; no two are alike."""
    lengths = [1 + i * longest // n for i in range(n)]
    letters = "abcdefghij"
    own = ["".join(letters[int(d)] for d in str(i * salt + 1000)) for i in range(n)]
    words = [[WORDS[(i * salt + k) % len(WORDS)] for k in range(m - 1)] for i, m in enumerate(lengths)]
    return [" ".join([*before, last]) for before, last in zip(words, own)]


def test_pairs_that_are_sorted_by_length_are_pairs(tmp_path):
    path = table(tmp_path / "deu.tsv", phrases(1500, 8, 3), phrases(1500, 8, 7), header="english\tgerman")
    assert recognize(resolve(str(path)))[0].name == "translation"


def test_names_that_are_sorted_by_their_label_are_texts(tmp_path):
    names = [n.capitalize() for n in phrases(2000, 1, 3)]
    names[1:301:2] = ["Nahas"] * 150  # the first language has few names, each often
    labels = ["Arabic" if i < 400 else "Czech" if i < 900 else "Dutch" for i in range(2000)]
    path = table(tmp_path / "names.tsv", names, labels, header="name\tlanguage")
    assert recognize(resolve(str(path)))[0].name == "text-classification"


def test_a_text_file_for_each_class_is_no_language_model(tmp_path):
    for label, salt in (("Arabic", 3), ("Czech", 7), ("Dutch", 11)):
        (tmp_path / f"{label}.txt").write_text("\n".join(phrases(20, 1, salt)) + "\n")
    source = resolve(str(tmp_path))
    task, reading = recognize(source)
    assert task.name == "text-classification"
    assert "--task language-model" in reading.doubt
    read = task().examples(source)
    assert {e.target for e in read.items} == {"Arabic", "Czech", "Dutch"}
    assert (len(read.items), read.items[0].id) == (60, "Arabic.txt line 1")


@pytest.mark.parametrize("names", [("train", "dev"), ("part1", "part2"), ("1", "2")])
def test_other_text_files_are_a_language_model(tmp_path, names):
    for name in names:
        (tmp_path / f"{name}.txt").write_text("\n".join(phrases(20, 1, 3)) + "\n")
    assert recognize(resolve(str(tmp_path)))[0].name == "language-model"


def written(folder: Path, **files: list[str]) -> Path:
    """A folder of such .txt files: ``train_ft`` is ``train.ft.txt``."""
    folder.mkdir()
    for name, lines in files.items():
        (folder / f"{name.replace('_', '.')}.txt").write_text("\n".join(lines) + "\n")
    return folder


def test_a_folder_of_text_files_that_are_tables_is_one_of_tables(tmp_path):
    rows = [
        "Date;Time;Power;Voltage",
        *(f"{i % 28 + 1}/12/2006;17:{i:02d}:00;{i * 7 % 13};23{i % 9}" for i in range(60)),
    ]
    assert recognize(resolve(str(written(tmp_path / "one", consumption=rows))))[0].name == "table"
    assert recognize(resolve(str(written(tmp_path / "two", train=rows, test=rows[:20]))))[0].name == "table"


def test_a_folder_of_labelled_lines_is_one_of_texts_in_ready_made_splits(tmp_path):
    lines = [f"__label__{i % 2 + 1} Title {i}: {text}" for i, text in enumerate(phrases(60, 9, 1))]
    folder = written(tmp_path / "reviews", train_ft=lines[:40], test_ft=lines[40:])
    task, _ = recognize(resolve(str(folder)))
    assert task.name == "text-classification"
    assert [e.split for e in task().examples(resolve(str(folder))).items] == ["train"] * 40 + ["test"] * 20


def test_packed_tables_of_ready_made_splits_are_read(tmp_path):
    lines = [f"__label__{i % 2 + 1} Title {i}: {text}" for i, text in enumerate(phrases(60, 9, 1))]
    rows = ["a,b,kind", *(f"{i * 7 % 13},{i * 5 % 11},{'xy'[i % 2]}" for i in range(60))]
    for ending, content, name in ((".ft.txt", lines, "text-classification"), (".csv", rows, "table")):
        folder = tmp_path / name
        folder.mkdir()
        for split in ("train", "test"):
            (folder / f"{split}{ending}.bz2").write_bytes(bz2.compress("\n".join(content).encode()))
        task, _ = recognize(resolve(str(folder)))
        assert task.name == name
        assert {e.split for e in task().examples(resolve(str(folder))).items} == {"train", "test"}


def test_a_folder_of_running_text_and_one_of_names_stay_language_models(tmp_path):
    text = [phrase if i % 5 else "" for i, phrase in enumerate(phrases(60, 12, 2))]
    names = [phrase.split()[0] for phrase in phrases(60, 9, 3)]
    for name, lines in (("text", text), ("names", names)):
        folder = written(tmp_path / name, train=lines, test=lines[:20])
        assert recognize(resolve(str(folder)))[0].name == "language-model"


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("train_32x32.mat", b"MATLAB 5.0 MAT-file", "train_32x32.mat is arrays without names of columns"),
        ("data_batch_1", b"\x80\x02}q\x01", "data_batch_1 is a pickle, which may run any code"),
        ("data_batch_1.bin", bytes(range(256)), "data_batch_1.bin is bytes that nothing describes"),
        ("set.h5", b"\x89HDF\r\n", "set.h5 is arrays without names of columns"),
    ],
)
def test_files_of_other_programs_are_named(tmp_path, name, content, told):
    (tmp_path / name).write_bytes(content)
    (tmp_path / "readme.html").write_text("<p>notes</p>")
    (tmp_path / ("2" + name)).write_bytes(content)
    with pytest.raises(UserError, match=told):
        recognize(resolve(str(tmp_path)))
