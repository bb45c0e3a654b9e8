"""Labels that are probably wrong, and the lists by which a training leaves examples out or corrects them."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import fathom
from fathom import tasks
from fathom.data.label_corrections import apply_decisions
from fathom.data.source import resolve
from fathom.errors import UserError
from fathom.progress import Watcher
from fathom.records import Example, Examples, Settings
from fathom.runs import label_error_search


def table(path: Path, n: int = 600, flips: int = 60) -> set[str]:
    """Two classes that two numbers tell apart; of some the label is turned; returns their ids."""
    rng = np.random.default_rng(0)
    kinds = rng.integers(2, size=n)
    points = rng.normal(size=(n, 2)) + 4 * kinds[:, None]
    turned = set(rng.permutation(n)[:flips].tolist())
    with path.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["x", "y", "label"])
        for i, (point, kind) in enumerate(zip(points, kinds, strict=True)):
            rows.writerow([f"{point[0]:.4f}", f"{point[1]:.4f}", "ab"[int(kind) ^ (i in turned)]])
    return {f"row {i + 1}" for i in turned}


def test_wrong_labels_are_found_written_and_left_out(tmp_path: Path) -> None:
    wrong = table(tmp_path / "t.csv")
    source = resolve(str(tmp_path / "t.csv"))
    found = label_error_search.find_label_errors(
        tasks.by_name("table"), source, Watcher(), Settings(net="logistic", epochs=20)
    )
    flagged = {s.id for s in found.suspects}
    ids = {e.id for e in tasks.by_name("table")().examples(source).items}
    assert wrong <= ids
    assert len(flagged & wrong) >= 0.8 * len(wrong)
    assert len(flagged - wrong) <= 6
    assert all(s.given != s.suggested for s in found.suspects)
    label_error_search.write_list(found, tmp_path / "suspicious.csv")
    with pytest.raises(UserError, match="exists already"):
        label_error_search.write_list(found, tmp_path / "suspicious.csv")
    run = fathom.train(
        tmp_path / "t.csv", exclude=tmp_path / "suspicious.csv", net="logistic", epochs=5, out=tmp_path / "run"
    )
    assert not flagged & set(run.results["id"])
    assert run.folder.read_recipe()["resolved"]["source"]["exclude"].endswith("suspicious.csv")
    run.test()  # reads the data again, by the same list


def test_quantities_and_too_few_examples_are_refused(tmp_path: Path) -> None:
    table(tmp_path / "few.csv", n=30, flips=2)
    with pytest.raises(UserError, match="too few"):
        label_error_search.find_label_errors(tasks.by_name("table"), resolve(str(tmp_path / "few.csv")), Watcher())
    with pytest.raises(UserError, match="classes"):
        label_error_search.find_label_errors(
            tasks.by_name("speech-recognition"), resolve(str(tmp_path / "few.csv")), Watcher()
        )


ITEMS = Examples(tuple(Example(f"e{i}", i, "ab"[i % 2]) for i in range(4)), kind="rows")


def test_a_list_is_followed(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("id,given,suggested,doubt,decision,label\ne0,a,b,.9,keep,\ne1,b,a,.9,correct,\ne2,a,b,.9,,\n")
    after = apply_decisions(ITEMS, path)
    assert {e.id: e.target for e in after.items} == {"e0": "a", "e1": "a", "e3": "b"}
    assert [s.id for s in after.skipped] == ["e2"]
    path.write_text("id,tags,decision,label\ne0,blurry,,\n")  # looked at, nothing decided
    assert apply_decisions(ITEMS, path).items == ITEMS.items


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name\nx\n", "no column id"),
        ("id,decision\ne0,burn\n", "keep, correct or drop"),
        ("id,decision\ne0,correct\n", "no label"),
        ("id\nother\n", "names none"),
    ],
)
def test_a_list_that_cannot_be_followed_is_said(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "list.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=told):
        apply_decisions(ITEMS, path)


def test_wrong_tags_are_found_with_the_word(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names, verbs = ["Ann", "Bob", "Cleo", "Dan", "Eve"], ["runs", "sits", "sings", "reads"]
    lines, wrong = [], set()
    for i in range(160):
        words = [(str(rng.choice(names)), "B-person"), (str(rng.choice(verbs)), "O"), ("to", "O"), ("Rome", "B-place")]
        if i % 20 == 0:
            words[3] = ("Rome", "O")
            wrong.add(i)
        lines += [f"{word} {tag}" for word, tag in words] + [""]
    (tmp_path / "train.conll").write_text("\n".join(lines))
    source = resolve(str(tmp_path / "train.conll"))
    kind = tasks.by_name("tagging")
    found = label_error_search.find_label_errors(kind, source, Watcher(), Settings(epochs=6))
    order = [e.id for e in kind().examples(source).items]
    flagged = {order.index(s.id) for s in found.suspects}
    assert wrong <= flagged
    assert len(flagged - wrong) <= 4
    told = next(s for s in found.suspects if order.index(s.id) in wrong)
    assert told.given == "Rome: O"
    assert told.suggested.startswith("B-place")


def test_masks_that_do_not_fit_their_picture_are_found(tmp_path: Path) -> None:
    from PIL import Image

    from drawn_data import masked

    data = masked(tmp_path)
    extra = [path for path in sorted((data / "masks").iterdir())[:50] if Image.open(path).size == (48, 32)]
    wrong = extra[:3]
    for path in wrong:
        mask = np.zeros((32, 48), np.uint8)
        mask[:, 24:] = 1  # half the picture, whatever is there
        Image.fromarray(mask).save(path)
    for i in range(50, 62):  # enough to judge by
        for part in ("images", "masks"):
            Image.open(data / part / f"{i - 40:02}.png").save(data / part / f"n{i}.png")
    kind = tasks.by_name("segmentation")
    asked = Settings(net="unet", epochs=5, options={"size": "32"})
    found = label_error_search.find_label_errors(kind, resolve(str(data)), Watcher(), asked)
    flagged = {Path(s.id).stem for s in found.suspects}
    assert {path.stem for path in wrong} <= flagged
    assert len(flagged) <= 8
    assert all("of the picture" in s.suggested for s in found.suspects)
