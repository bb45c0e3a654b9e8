"""Labels that are numbers give the figures that words for them give, to the digit, in every task, verb and option."""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image

import fathom
from fathom import tasks
from fathom.data.source import resolve
from fathom.progress import Watcher
from fathom.records import Settings
from fathom.runs import check, label_error_search

WORDS = dict(enumerate(("ape", "bee", "cat", "doe", "elk", "fox", "gnu", "hen", "ibex")))
"""In the order of the numbers, so that the classes have the same places."""
Writes = Callable[[Path, Callable[[int], Any]], Path]


def rows(path: Path, label: Callable[[int], Any], n: int = 160, part: int = 0, apart: float = 1.0) -> Path:
    """Points around three places, of which the first is the most frequent."""
    rng = np.random.default_rng(part)
    kinds = rng.choice(3, n, p=(0.6, 0.3, 0.1))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["x", "y", "label"])
        for kind in kinds.tolist():
            point = rng.normal((apart * kind, -apart * kind), 1.0)
            writer.writerow([f"{point[0]:.3f}", f"{point[1]:.3f}", label(kind)])
    return path


def table(folder: Path, label: Callable[[int], Any]) -> Path:
    return rows(folder / "t.csv", label)


def texts(folder: Path, label: Callable[[int], Any]) -> Path:
    rng = np.random.default_rng(0)
    said = (["grey", "tall", "slow"], ["small", "loud", "busy"], ["soft", "sly", "quick"])
    with (folder / "t.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for i in range(150):
            kind = int(rng.choice(3, p=(0.6, 0.3, 0.1)))
            words = [*rng.choice(said[kind], 2), *rng.choice(said[i % 3], 2), f"n{i}"]
            writer.writerow([" ".join(words), label(kind)])
    return folder / "t.csv"


def pictures(folder: Path, label: Callable[[int], Any]) -> Path:
    rng = np.random.default_rng(0)
    with (folder / "t.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "label"])
        for i in range(60):
            kind = int(rng.choice(3, p=(0.5, 0.3, 0.2)))
            pixels = np.clip(rng.normal(60 + 60 * kind, 60, (8, 8, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{i}.png")
            writer.writerow([f"{i}.png", label(kind)])
    return folder / "t.csv"


def several(folder: Path, label: Callable[[int], Any]) -> Path:
    """Pictures with several labels each."""
    pictures(folder, label)
    rng = np.random.default_rng(1)
    with (folder / "t.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "labels"])
        for i in range(60):
            kinds = np.flatnonzero(rng.random(3) < (0.7, 0.5, 0.3)).tolist()
            writer.writerow([f"{i}.png", "|".join(str(label(k)) for k in kinds)])
    return folder / "t.csv"


def identities(folder: Path, label: Callable[[int], Any]) -> Path:
    """Six pictures of each of nine, dealt here, since whom the names put into dev is no matter of labels."""
    pictures(folder, label)
    with (folder / "t.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["path", "split", "who"])
        splits = ("train",) * 5 + ("dev",) * 2 + ("test",) * 2
        writer.writerows([f"{i}.png", splits[i % 9], label(i % 9)] for i in range(54))
    return folder / "t.csv"


CASES: Mapping[str, tuple[Writes, dict[str, Any]]] = {
    "table": (table, {"epochs": 1}),
    "texts": (texts, {"epochs": 1, "net": "average"}),
    "pictures": (pictures, {"epochs": 1, "net": "logistic", "size": 8}),
    "several labels": (several, {"epochs": 1, "net": "logistic", "size": 8}),
    "identities": (identities, {"epochs": 1, "net": "mlp", "size": 8, "task": "verification"}),
}


def trained(folder: Path, writes: Writes, label: Callable[[int], Any], options: Mapping[str, Any]) -> fathom.Run:
    folder.mkdir()
    return fathom.train(writes(folder, label), out=folder / "run", **options)


def told(run: fathom.Run) -> dict[str, Any]:
    """The figures of a run, without what they are called and how long they took."""
    figures = run.folder.figures()
    return {
        "splits": figures["splits"],
        "baselines": [{k: v for k, v in b.items() if k != "seconds"} for b in figures["baselines"]],
        "findings": [f.name for f in run.folder.findings()],
    }


@pytest.mark.parametrize("case", CASES)
def test_numbers_give_the_figures_of_words(case: str, tmp_path: Path) -> None:
    writes, options = CASES[case]
    words = trained(tmp_path / "words", writes, WORDS.__getitem__, options)
    numbers = trained(tmp_path / "numbers", writes, lambda kind: kind, options)
    words.test()
    numbers.test()
    assert told(numbers) == told(words)
    assert set("|".join(numbers.results["target"]).split("|")) <= {*map(str, WORDS), ""}


OPTIONS: Mapping[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "balanced": ({"class_weight_power": 1.0}, {"class_weight_power": 1.0}),
    "costs": ({"cost": {"bee": 10.0, "cat>ape": 3.0}}, {"cost": {"1.0": 10.0, "2>0": 3.0}}),
    "requirements": ({"require": ("recall[cat]>=0.9",)}, {"require": ("recall[2]>=0.9",)}),
}


@pytest.mark.parametrize("option", OPTIONS)
def test_numbers_give_the_figures_of_words_under_options(option: str, tmp_path: Path) -> None:
    of_words, of_numbers = OPTIONS[option]
    words = trained(tmp_path / "words", table, WORDS.__getitem__, {"epochs": 1, **of_words})
    numbers = trained(tmp_path / "numbers", table, lambda kind: kind, {"epochs": 1, **of_numbers})
    assert told(numbers) == told(words)


def test_files_that_write_one_number_in_several_ways_have_one_class_of_it(tmp_path: Path) -> None:
    """Train has 0, 1, 2, dev 0.0, 1.0, 2.0, and test the texts in JSON lines."""
    rows(tmp_path / "train.csv", lambda kind: kind)
    rows(tmp_path / "dev.csv", lambda kind: f"{kind}.0", 90, 1)
    test = pl.read_csv(rows(tmp_path / "t.csv", str, 90, 2), schema_overrides={"label": pl.String})
    (tmp_path / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in test.iter_rows(named=True)))
    said = {"dev": tmp_path / "dev.csv", "test": tmp_path / "test.jsonl"}
    run = fathom.train(tmp_path / "train.csv", epochs=2, out=tmp_path / "run", **said)
    run.test()
    assert set(run.results["target"]) == set(run.results["prediction"]) | {"2"} == {"0", "1", "2"}
    assert run.figures["test"].value < 0.4


def test_what_check_says_of_numbers_is_what_it_says_of_words(tmp_path: Path) -> None:
    found, doubted = [], []
    for name, label in (("words", WORDS.__getitem__), ("numbers", lambda kind: kind)):
        seen = itertools.count(1)

        def labelled(kind: int, label: Callable[[int], Any] = label, seen: Iterator[int] = seen) -> Any:
            return label((kind + (next(seen) % 12 == 0)) % 3)  # each twelfth label is wrong

        source = resolve(str(rows(tmp_path / f"{name}.csv", labelled, 240, apart=5.0)))
        checked = check.examine(tasks.by_name("table")(), source, Watcher())
        found.append([(f.name, f.evidence.get("examples")) for f in checked.findings])
        settings = Settings(net="logistic", epochs=20)
        labels = label_error_search.find_label_errors(tasks.by_name("table"), source, Watcher(), settings)
        doubted.append([(s.id, s.doubt) for s in labels.suspects])
    assert found[0] == found[1]
    assert doubted[0] == doubted[1]
    assert doubted[0]


def test_a_list_of_corrections_may_write_the_class_in_another_way(tmp_path: Path) -> None:
    data = rows(tmp_path / "t.csv", lambda kind: kind)
    (tmp_path / "list.csv").write_text("id,decision,label\nrow 1,correct,2.0\nrow 2,correct, 2\n")
    run = fathom.train(data, exclude=tmp_path / "list.csv", epochs=1, out=tmp_path / "run")
    assert set(run.results["target"]) <= {"0", "1", "2"}
