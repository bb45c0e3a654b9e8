"""Two files of lines, a text and its translation: which are read, in which direction, and what is refused."""

from __future__ import annotations

import pytest

import fathom
from fathom.data import repairs
from fathom.data.text.parallel_files import find_parallel, read_parallel
from fathom.errors import UserError
from fathom.records import Source


def written(folder, files, n=12):
    folder.mkdir()
    for name in files:
        language = name.removesuffix(".txt").rpartition(".")[2]
        (folder / name).write_text("".join(f"{language} {name[0]} {i}\n" for i in range(n)))
    return Source(str(folder), folder)


def read(source):
    found = find_parallel(source)
    assert found is not None
    return read_parallel(source, found)


@pytest.mark.parametrize(
    ("files", "direction"),
    [
        (("train.de", "train.en"), ("de", "en")),
        (("c.en-de.de", "c.en-de.en"), ("en", "de")),
        (("Books.pt_BR-en.en", "Books.pt_BR-en.pt_BR"), ("pt_br", "en")),
        (("train.src", "train.tgt"), ("src", "tgt")),
        (("train.source", "train.target"), ("source", "target")),
        (("a.fr.txt", "a.en.txt"), ("en", "fr")),
    ],
)
def test_the_direction_is_that_of_the_names(tmp_path, files, direction):
    examples = read(written(tmp_path / "d", files))
    assert [e.input.split()[0] for e in examples.items] == [{"pt_br": "pt_BR"}.get(direction[0], direction[0])] * 12
    assert (examples.column, examples.target) == direction
    assert all(e.input.split()[2] == e.target.split()[2] for e in examples.items)


def test_target_turns_it_round(tmp_path):
    source = written(tmp_path / "d", ("train.de", "train.en"))
    with repairs.collected() as told:
        read(source)
    assert "read from de to en; --target de turns them round" in told[0]
    turned = Source(str(source.path), source.path, target="de")
    with repairs.collected() as told:
        assert read(turned).items[3].target == "de t 3"
    assert not told
    with pytest.raises(UserError, match="no text in 'fr', only in de and en"):
        find_parallel(Source(str(source.path), source.path, target="fr"))


def test_names_say_splits(tmp_path):
    files = [
        f"{name}.{of}" for name in ("train", "val", "test_2016", "newstest2013", "newsdev2012") for of in ("cs", "en")
    ]
    examples = read(written(tmp_path / "d", files, 3))
    assert [e.split for e in examples.items] == ["dev"] * 3 + ["test"] * 6 + ["train"] * 3 + ["dev"] * 3
    assert not examples.skipped


def test_what_has_no_translation_or_no_split_is_told(tmp_path):
    source = written(tmp_path / "d", ("train.de", "train.en", "dev.de", "extra.de", "extra.en"))
    (tmp_path / "d" / "train.de").write_text("eins\n\n\nvier\n")
    (tmp_path / "d" / "train.en").write_text("one\n\nthree\n\n")
    examples = read(source)
    assert [(e.input, e.target) for e in examples.items] == [("eins", "one")]
    assert {(s.id, s.reason) for s in examples.skipped} == {
        ("dev.de", "its translation is missing"),
        ("extra.de", "its name says no split, as those of others do"),
        ("train.de line 3", "no source"),
        ("train.de line 4", "no target"),
    }


@pytest.mark.parametrize("sign", ["\u2028", "\x85", "\x0b", "\x0c"])
def test_only_a_line_feed_ends_a_line(tmp_path, sign):
    source = written(tmp_path / "d", ("a.de", "a.en"))
    text = (tmp_path / "d" / "a.de").read_text()
    (tmp_path / "d" / "a.de").write_text(text.replace("de a 3", f"de{sign}a 3").replace("\n", "\r\n"), newline="")
    assert [e.input for e in read(source).items] == [f"de a {i}" for i in range(12)]


def test_files_of_unequal_length_are_refused(tmp_path):
    source = written(tmp_path / "d", ("a.de", "a.en"))
    (tmp_path / "d" / "a.en").write_text("one\ntwo\n")
    with pytest.raises(UserError, match=r"a\.de has 12 lines and \S+a\.en 2: give two files of as many lines"):
        read(source)


@pytest.mark.parametrize(
    "files",
    [
        ("a.de",),
        ("a.de", "b.en"),
        ("a.de", "a.en", "a.fr"),
        ("main.py", "main.js"),
        ("de.txt", "en.txt"),
        (".a.de", ".a.en"),
    ],
)
def test_other_files_are_no_pairs(tmp_path, files):
    assert find_parallel(written(tmp_path / "d", files)) is None


def test_a_net_is_trained_on_them_and_answers(tmp_path):
    source = written(tmp_path / "d", ("train.de", "train.en"), 60)
    run = fathom.train(source.path, out=tmp_path / "run", epochs=1)
    assert run.task == "translation"
    (answer,) = fathom.predict(tmp_path / "run", ["de t 7"])
    assert isinstance(answer.value, str)
