"""Practice data: the files it writes, the same each time, and the sentences it answers bad requests with."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fathom.data import practice
from fathom.data.practice.labels import flipped
from fathom.errors import UserError


def digests(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*.png")}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_request_gives_the_same_bytes(tmp_path: Path) -> None:
    first = practice.make("cats?n=12&seed=3", tmp_path / "a")
    again = practice.make("practice:cats?seed=3&n=12", tmp_path / "b")
    assert digests(first) == digests(again)
    assert digests(first) != digests(practice.make("cats?n=12&seed=4", tmp_path / "a"))


def test_a_larger_set_only_adds_pictures(tmp_path: Path) -> None:
    small, large = (digests(practice.make(f"cats?n={n}", tmp_path)) for n in (6, 10))
    assert small.items() <= large.items()


def test_what_is_made_is_reused_and_leaves_no_draft(tmp_path: Path) -> None:
    folder = practice.make("cats?n=4", tmp_path)
    picture = next(folder.rglob("*.png"))
    when = picture.stat().st_mtime_ns
    assert practice.make("cats?n=4&size=64", tmp_path) == folder
    assert picture.stat().st_mtime_ns == when
    assert len(list((tmp_path / "practice").iterdir())) == 1


def test_what_was_left_half_made_is_made_anew(tmp_path: Path) -> None:
    folder = practice.make("cats?n=4", tmp_path)
    (folder.parent / ".complete").unlink()
    next(folder.rglob("*.png")).unlink()
    assert len(digests(practice.make("cats?n=4", tmp_path))) == 4


@pytest.mark.parametrize(("share", "cats"), [(0.5, 10), (0.25, 5), (0.9, 18), (0.0, 0)])
def test_counts_follow_imbalance(tmp_path: Path, share: float, cats: int) -> None:
    folder = practice.make(f"cats?n=20&size=16&imbalance={share}", tmp_path)
    assert len(list((folder / "cat").iterdir())) == cats
    assert len(list((folder / "other").iterdir())) == 20 - cats


def test_pictures_have_the_asked_size(tmp_path: Path) -> None:
    with Image.open(next(practice.make("cats?n=2&size=50", tmp_path).rglob("*.png"))) as image:
        assert (image.size, image.mode) == ((50, 50), "RGB")


def test_the_asked_share_is_mislabelled_and_the_truth_is_outside(tmp_path: Path) -> None:
    folder = practice.make("cats?n=40&size=16&label_noise=0.15", tmp_path)
    truth = rows(folder.parent / "truth.csv")
    assert sum(row["label"] != row["truth"] for row in truth) == 6
    assert all((folder / row["file"]).is_file() and row["file"].startswith(row["label"]) for row in truth)
    assert sorted(p.name for p in folder.iterdir()) == ["cat", "other"]


def test_only_labels_of_train_are_wrong(tmp_path: Path) -> None:
    folder = practice.make("cats?n=100&size=16&shift=0.5&label_noise=0.5", tmp_path)
    wrong = [row["file"] for row in rows(folder.parent / "truth.csv") if row["label"] != row["truth"]]
    assert len(wrong) == 50
    assert all(file.startswith("train/") for file in wrong)


def test_shift_writes_darker_splits(tmp_path: Path) -> None:
    folder = practice.make("cats?n=40&size=16&shift=1", tmp_path)
    light = {}
    for split, count in (("train", 40), ("dev", 8), ("test", 8)):
        pictures = list((folder / split).rglob("*.png"))
        assert len(pictures) == count
        light[split] = np.mean([np.asarray(Image.open(p)).mean() for p in pictures])
    assert light["dev"] < 0.8 * light["train"]
    assert light["test"] < 0.8 * light["train"]


def test_digits(tmp_path: Path) -> None:
    folder = practice.make("digits?n=100&label_noise=0.1", tmp_path)
    assert sorted(p.name for p in folder.iterdir()) == list("0123456789")
    assert len(digests(folder)) == 100
    assert sum(row["label"] != row["truth"] for row in rows(folder.parent / "truth.csv")) == 10


@pytest.mark.parametrize(
    ("name", "count", "target", "example"),
    [
        ("wine", 178, "target", "class_0"),
        ("breast-cancer", 569, "target", "malignant"),
        ("iris", 150, "target", "setosa"),
        ("diabetes", 442, "progression", "151.0"),
    ],
)
def test_tables(tmp_path: Path, name: str, count: int, target: str, example: str) -> None:
    path = practice.make(name, tmp_path)
    table = rows(path)
    assert path.name == f"{name}.csv"
    assert (len(table), table[0][target]) == (count, example)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dogs", "the sets are cats, digits, "),
        ("", "the sets are cats"),
        ("cat", r"did you mean cats\?"),
        ("cats?m=3", "its parameters are n=1000, size=64, label_noise=0.0, shift=0.0, imbalance=0.5, seed=0"),
        ("cats?label_nose=0.1", r"did you mean label_noise\?"),
        ("cats?n=many", "give a whole number from 2 to 100000"),
        ("cats?n=1", "give a whole number from 2 to 100000"),
        ("cats?n=2.5", "give a whole number"),
        ("cats?label_noise=1.5", "give a number from 0 to 1"),
        ("cats?label_noise=nan", "give a number from 0 to 1"),
        ("cats?n", "name=value"),
        ("cats?n=5&n=6", "give it once"),
        ("iris?n=5", "it takes none"),
        ("digits?n=5000", "from 10 to 1797"),
    ],
)
def test_bad_requests_get_a_sentence_and_write_nothing(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        practice.make(text, tmp_path)
    assert not list(tmp_path.iterdir())


def test_wrong_labels_are_never_right() -> None:
    truth = [i % 10 for i in range(200)]
    assert all(a != b for a, b in zip(truth, flipped(truth, 1.0, 10, 0)))
    assert flipped(truth, 0.0, 10, 0) == truth


def test_a_set_of_another_package_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(folder: Path, *, rows: int = 3) -> Path:
        path = folder / "stars.txt"
        path.write_text("star\n" * rows)
        return path

    class Entry:
        name = "stars"

        def load(self) -> object:
            return write

    monkeypatch.setattr(practice, "entry_points", lambda group: [Entry()] if group == "fathom.practice" else [])
    assert practice.make("stars?rows=2", tmp_path).read_text() == "star\nstar\n"
    assert "stars" in practice.available()


def test_spoken_digits_come_in_strings_with_transcripts(tmp_path):
    pytest.importorskip("espeakng_loader")
    from fathom.data.audio.transcripts import read_transcripts
    from fathom.data.practice import spoken_digits
    from fathom.data.source import resolve

    place = spoken_digits.write(tmp_path, n=20, speakers=2, most=4, seed=1)
    read = read_transcripts(resolve(str(place)))
    assert len(read.items) == 20
    assert {len(e.target.split()) for e in read.items} == {3, 4}
    assert {word for e in read.items for word in e.target.split()} <= set(spoken_digits.WORDS)
    assert {e.group for e in read.items} == {"voice00", "voice01"}


def test_dates_are_decidable_and_right(tmp_path: Path) -> None:
    found = rows(practice.make("dates?n=600", tmp_path))
    assert len(found) == 600
    for row in found:
        year, month, day = row["target"].split("-")
        numbers = {int(n) for n in re.findall(r"\d+", row["source"])}
        assert {int(year), int(day)} <= numbers
        letters = sum(c.isalpha() for c in row["source"])
        assert letters >= 3 or [int(n) for n in re.findall(r"\d+", row["source"])] == [int(day), int(month), int(year)]
    meant: dict[str, set[str]] = {}
    for row in found:
        meant.setdefault(row["source"].lower(), set()).add(row["target"])
    assert all(len(targets) == 1 for targets in meant.values())


def test_names_are_all_different_and_of_each_language(tmp_path: Path) -> None:
    found = rows(practice.make("names?n=240", tmp_path))
    assert len({(row["name"], row["language"]) for row in found}) == 240
    counts = Counter(row["language"] for row in found)
    assert len(counts) == 12
    assert set(counts.values()) == {20}
    lines = practice.make("names?n=50&language=Polish", tmp_path).read_text("utf-8").splitlines()
    assert len(set(lines)) == 50


def test_names_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no names in 'Klingon'"):
        practice.make("names?language=Klingon", tmp_path)


def test_a_set_whose_module_was_read_hides_no_other_name(tmp_path):
    practice.make("names?n=24", tmp_path)
    with pytest.raises(UserError, match="did you mean cats"):
        practice.make("cat", tmp_path)
