"""Pictures: each fault is found when planted, with the right examples, and nothing is told where nothing is wrong."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from PIL import Image, ImageEnhance
from planted_data import folder, found, picture, profile

import fathom
from fathom.checking import near_duplicate_images as near
from fathom.errors import UserError

CLEAN = {"a": range(12), "b": range(100, 112)}


@pytest.fixture
def clean(tmp_path):
    return folder(tmp_path / "clean", CLEAN)


def sets(finding):
    return {frozenset(names) for names in finding.evidence["sets"]}


def test_nothing_is_told_of_healthy_pictures(clean):
    assert found(clean) == {}


def test_unreadable_files_are_told_with_reasons(clean):
    (clean / "a" / "empty.png").write_bytes(b"")
    whole = (clean / "a" / "003.png").read_bytes()
    (clean / "a" / "half.png").write_bytes(whole[: len(whole) // 2])  # only decoding tells
    finding = found(clean)["left_out"]
    told = dict(zip(finding.evidence["examples"], finding.evidence["details"]))
    assert told == {"a/empty.png": "empty file", "a/half.png": "truncated"}
    assert "2 of 26 pictures" in finding.title


def test_exact_copies_in_one_class_are_a_note(clean):
    (clean / "a" / "copy.png").write_bytes((clean / "a" / "003.png").read_bytes())
    findings = found(clean)
    assert list(findings) == ["exact_duplicates"]
    assert findings["exact_duplicates"].severity == "note"
    assert sets(findings["exact_duplicates"]) == {frozenset({"a/003.png", "a/copy.png"})}


def test_exact_copies_with_another_label_are_a_problem(clean):
    (clean / "b" / "copy.png").write_bytes((clean / "a" / "003.png").read_bytes())
    findings = found(clean)
    assert list(findings) == ["conflicting_labels"]
    assert findings["conflicting_labels"].severity == "problem"
    assert findings["conflicting_labels"].evidence["targets"] == [["a", "b"]]


def test_near_copies_with_another_label(clean):
    picture(3).resize((90, 72)).save(clean / "b" / "copy.jpg", quality=60)
    assert sets(found(clean)["near_conflicting_labels"]) == {frozenset({"a/003.png", "b/copy.jpg"})}


@pytest.fixture
def ready(tmp_path):
    return folder(
        tmp_path / "ready",
        {"train/a": range(12), "train/b": range(20, 32), "test/a": range(40, 52), "test/b": range(60, 72)},
    )


def test_ready_made_splits_without_copies_are_silent(ready):
    assert found(ready) == {}


def test_exact_copies_across_ready_made_splits(ready):
    (ready / "test" / "a" / "leak.png").write_bytes((ready / "train" / "a" / "003.png").read_bytes())
    findings = found(ready)
    assert list(findings) == ["leak_across_splits"]
    assert findings["leak_across_splits"].severity == "problem"
    assert findings["leak_across_splits"].title.startswith("1 of 25 test pictures (4.0 %)")
    assert findings["leak_across_splits"].evidence["count"] == 1


def test_near_copies_across_ready_made_splits(ready):
    picture(3).save(ready / "test" / "a" / "leak.jpg", quality=50)
    findings = found(ready)
    assert list(findings) == ["near_leak_across_splits"]
    assert sets(findings["near_leak_across_splits"]) == {frozenset({"train/a/003.png", "test/a/leak.jpg"})}


def test_near_copies_across_the_split_that_would_be_made(tmp_path):
    root = folder(tmp_path / "many", {"a": range(40), "b": range(100, 140)})
    for seed in range(40):
        picture(seed).resize((100, 80)).save(root / "a" / f"copy{seed:03d}.jpg", quality=70)
    seen = profile(root)
    parted = {s for s in seen.near_sets if len({seen.splits.of[name] for name in s}) > 1}
    assert len(seen.near_sets) == 40
    assert 5 < len(parted) < 40  # 0.2 and 0.2 of 120 are held out
    findings = found(root)
    assert sets(findings["near_leak_across_splits"]) == {frozenset(s) for s in parted}
    assert sets(findings["near_duplicates"]) == {frozenset(s) for s in seen.near_sets if s not in parted}


def test_copies_of_one_group_are_expected(tmp_path):
    root = folder(tmp_path / "grouped", {"a": range(20), "b": range(100, 120)})
    rows = ["path,label,film"]
    for name in ("a", "b"):
        for path in sorted((root / name).iterdir()):
            rows.append(f"{name}/{path.name},{name},{path.stem}")
            other = root / name / f"copy{path.stem}.jpg"
            Image.open(path).save(other, quality=60)
            rows.append(f"{name}/{other.name},{name},{path.stem}")
    (root / "list.csv").write_text("\n".join(rows))
    assert found(root / "list.csv", group="film") == {}
    (root / "list.csv").write_text("\n".join(row.rpartition(",")[0] for row in rows))
    assert "near_leak_across_splits" in found(root / "list.csv")


def test_a_folder_without_readable_pictures(clean):
    (clean / "c").mkdir()
    (clean / "c" / "notes.txt").write_text("nothing")
    (clean / "d").mkdir()
    (clean / "d" / "broken.png").write_bytes(b"\x89PNG\r\n")
    findings = found(clean)
    assert [name.rpartition("/")[2] for name in findings["empty_class"].evidence["examples"]] == ["c", "d"]
    assert "left_out" in findings


def test_a_class_missing_from_a_split(ready):
    for path in (ready / "test" / "b").iterdir():
        path.unlink()
    finding = found(ready)["class_missing"]
    assert finding.evidence["classes"] == ["b"]
    assert finding.evidence["split"] == "test"


def test_rare_and_uneven_classes(tmp_path):
    root = folder(tmp_path / "uneven", {"a": range(40), "b": range(100, 104)})
    findings = found(root)
    assert {"rare_class", "class_imbalance"} <= set(findings)
    assert findings["rare_class"].evidence["classes"] == {"b": 4}
    just = found(folder(tmp_path / "just", {"a": range(40), "b": range(100, 110), "c": range(200, 209)}))
    assert just["rare_class"].evidence["classes"] == {"c": 9}  # ten are enough


def test_classes_spelt_alike(tmp_path):
    root = folder(tmp_path / "spelt", {"Cat": range(12), "cat_": range(20, 32), "dog1": range(40, 52)})
    (root / "dog2").mkdir()
    for seed in range(60, 72):
        picture(seed).save(root / "dog2" / f"{seed}.png")
    assert found(root)["classes_spelt_alike"].evidence["classes"] == [["Cat", "cat_"]]


def test_too_few_to_split_is_a_finding_and_not_a_crash(tmp_path):
    findings = found(folder(tmp_path / "few", {"a": range(3), "b": range(100, 103)}))
    assert findings["cannot_split"].severity == "problem"


def test_small_pictures_are_not_compared(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for i in range(12):
            picture(i + 20 * (name == "b")).resize((16, 16)).save(tmp_path / name / f"{i}.png")
    picture(3).resize((16, 16)).save(tmp_path / "a" / "copy.jpg", quality=90)
    assert profile(tmp_path).compared == 0
    assert found(tmp_path) == {}


def test_no_pictures_at_all(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        whole = tmp_path / "whole.jpg"
        picture(1).save(whole)
        (tmp_path / name / "x.jpg").write_bytes(whole.read_bytes()[:700])
    (tmp_path / "whole.jpg").unlink()
    with pytest.raises(UserError, match=r"can be read|could be read"):
        found(tmp_path)


# --- similarity, against a plain reckoning ----------------------------------------------------------------------------


def thumbs(pictures):
    return np.stack([np.asarray(p.convert("RGB").resize((32, 32), Image.Resampling.BOX)) for p in pictures])


def copies_of(pixels):
    pairs = near.candidates(near.descriptors(lambda i: pixels[i], len(pixels)))
    return {tuple(pair) for pair in near.copies(lambda i: pixels[i], pairs).tolist()}


def test_candidates_are_those_of_a_plain_double_loop(monkeypatch):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    wanted = {
        (i, j) for i in range(60) for j in range(i + 1, 60) if vectors[i] @ vectors[j] >= near.MIN_DESCRIPTOR_COSINE
    }
    monkeypatch.setattr(near, "_ROWS", 7)
    monkeypatch.setattr(near, "_COLUMNS", 11)
    assert wanted
    assert {tuple(pair) for pair in near.candidates(vectors).tolist()} == wanted


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.resize((77, 61)),
        lambda p: p.convert("L"),
        lambda p: ImageEnhance.Brightness(p).enhance(0.8),
        lambda p: ImageEnhance.Contrast(p).enhance(0.8),
        lambda p: p.crop((2, 1, 120, 95)),
    ],
)
def test_copies_are_found_and_others_are_not(change):
    originals = [picture(i) for i in range(40)]
    wanted = {(i, i + 40) for i in range(40)}
    told = copies_of(thumbs(originals + [change(p) for p in originals]))
    assert told <= wanted
    assert len(told) >= 38


def test_other_colours_are_another_picture():
    red = picture(1)
    blue = Image.merge("RGB", red.split()[::-1])
    assert near.similarity(thumbs([red]), thumbs([blue]))[1][0] > near.MAX_COLOUR_DISTANCE


def test_plain_pictures_are_never_alike():
    """Empty but for the same faint stain, as scanned blank pages are."""
    stain = np.asarray(picture(0)).astype(np.int16) // 32 - 4
    plain = [Image.fromarray((stain + level).astype(np.uint8)) for level in (20, 120, 240)]
    assert copies_of(thumbs(plain)) == set()
    assert copies_of(thumbs([picture(0), picture(0)])) == {(0, 1)}


@pytest.mark.parametrize(("likenesses", "told"), [(1, {(0, 1), (2, 3)}), (6, {(0, 1)})])
def test_where_likenesses_are_common_only_sure_copies_are_told(monkeypatch, likenesses, told):
    scores = np.array([0.99, 0.92] + [0.8] * likenesses, np.float32)
    monkeypatch.setattr(near, "similarity", lambda first, second: (scores, np.zeros(len(scores), np.float32)))
    pairs = np.arange(2 * len(scores)).reshape(-1, 2)
    assert {tuple(p) for p in near.copies(lambda i: np.zeros((len(i), 32, 32, 3), np.uint8), pairs).tolist()} == told


# --- real photographs -------------------------------------------------------------------------------------------------


def test_the_only_copies_among_real_photographs(real):
    """Looked at by eye: the one pair of catdog, and the picture that catvnoncat has in train and in test."""
    assert sets(found(real("catdog"))["near_duplicates"]) == {frozenset({"dog/dog.180.jpg", "dog/dog.74.jpg"})}
    leak = found(real("catvnoncat"))
    assert sets(leak["leak_across_splits"]) == {frozenset({"train/cat/146.png", "test/cat/017.png"})}
    assert "near_leak_across_splits" not in leak


@pytest.mark.parametrize("name", ["practice:digits", "practice:cats?n=600"])
def test_no_false_alarm_on_practice_pictures(name):
    assert not {n for n, f in found(name).items() if f.severity != "note" or "near" in n}


def test_the_split_is_that_of_a_training_where_pictures_cannot_be_decoded(clean, tmp_path):
    whole = (clean / "a" / "003.png").read_bytes()
    for name in ("a/half.png", "b/half.png", "b/more.png"):
        (clean / name).write_bytes(whole[: len(whole) // 2])
    fathom.train(clean, net="logistic", epochs=1, out=tmp_path / "run")
    frame = pl.read_parquet(tmp_path / "run" / "splits.parquet")
    made = dict(zip(frame["id"].to_list(), frame["split"].to_list()))
    assert profile(clean).splits.of == {
        name: split for name, split in made.items() if not name.endswith(("half.png", "more.png"))
    }


def test_a_folder_whose_name_ends_in_a_blank_has_the_pictures_that_it_has(tmp_path):
    folder(tmp_path / "all", {"cat": range(12), "cat ": range(20, 32), "dog": range(100, 112)})
    assert "empty_class" not in found(tmp_path / "all")
