"""``hf:``: sets that the test itself writes with the library `datasets`, through the commands that a user types."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time

import numpy as np
import polars as pl
import pytest
from PIL import Image

from fathom.data import hub
from fathom.data.source import resolve
from fathom.errors import MissingExtra, UserError

datasets = pytest.importorskip("datasets")

COUNTS = {"train": 40, "validation": 12, "test": 12}


def picture(i, label):
    """Bright or dark noise."""
    rng = np.random.default_rng([i, label])
    return Image.fromarray(np.clip(rng.normal(170 if label else 80, 40, (12, 12, 3)), 0, 255).astype(np.uint8))


def pictures_set():
    """Two classes with ready-made splits, the label being a `ClassLabel`."""
    features = datasets.Features({"label": datasets.ClassLabel(names=["dark", "bright"]), "image": datasets.Image()})
    return datasets.DatasetDict(
        {
            split: datasets.Dataset.from_dict(
                {"label": [i % 2 for i in range(n)], "image": [picture(i, i % 2) for i in range(n)]}, features
            )
            for split, n in COUNTS.items()
        }
    )


def table_set():
    """One split: two numbers with holes, a category, and a label that follows from one of them."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=120)
    columns = {
        "outcome": (x > 0).astype(int).tolist(),
        "x": [None if i % 10 == 9 else float(v) for i, v in enumerate(x)],
        "n": list(range(120)),
        "kind": ["red", "green", "blue"] * 40,
        "nested": [{"a": i % 3} for i in range(120)],
    }
    part = datasets.Dataset.from_dict(columns)
    return datasets.DatasetDict({"train": part.cast_column("outcome", datasets.ClassLabel(names=["no", "yes"]))})


@pytest.fixture
def fathom(tmp_path, monkeypatch, capsys):
    """The command, run in `tmp_path` with a cache of its own; returns what it prints."""
    from fathom.cli.main import app

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FATHOM_CACHE", str(tmp_path / "cache"))

    def run(*arguments):
        capsys.readouterr()
        assert not app([str(a) for a in arguments], standalone_mode=False)
        return capsys.readouterr().out

    return run


def test_pictures_are_trained_tested_and_predicted(tmp_path, fathom):
    pictures_set().save_to_disk(tmp_path / "set")
    fathom("train", "hf:set", "--net", "logistic", "--epochs", 12, "--batch-size", 8, "--lr", 0.01, "--out", "run")
    results = pl.read_parquet(tmp_path / "run" / "results.parquet")
    assert dict(results["split"].value_counts().iter_rows()) == {"train": 40, "dev": 12}
    assert set(results["target"]) == {"dark", "bright"}
    assert "12 pictures" in fathom("test", "run")
    assert (pl.read_parquet(tmp_path / "run" / "results.parquet")["split"] == "test").sum() == 12
    picture(999, 1).save(tmp_path / "new.png")
    assert json.loads(fathom("predict", "run", "new.png", "--json"))["prediction"] == "bright"


def test_a_table_is_trained_tested_and_predicted(tmp_path, fathom):
    table_set().save_to_disk(tmp_path / "set")
    fathom("train", "hf:set", "--epochs", 10, "--out", "run")
    assert set(pl.read_parquet(tmp_path / "run" / "results.parquet")["target"]) == {"no", "yes"}
    assert "rows" in fathom("test", "run")
    row = '{"x": 2.0, "kind": "red", "n": 3}'
    assert json.loads(fathom("predict", "run", row, "--json"))["prediction"] == "yes"


def test_what_is_laid_out(tmp_path, monkeypatch):
    monkeypatch.setenv("FATHOM_CACHE", str(tmp_path / "cache"))
    whole = pictures_set()
    whole.save_to_disk(tmp_path / "set")
    place = resolve(f"hf:{tmp_path / 'set'}").path
    assert sorted(p.name for p in place.iterdir()) == [
        "dev", "dev.parquet", "test", "test.parquet", "train", "train.parquet"
    ]  # fmt: skip
    frame = pl.read_parquet(place / "train.parquet")
    assert frame.columns == ["image", "label"]
    assert frame["label"].to_list() == ["dark", "bright"] * 20
    assert np.array_equal(np.asarray(Image.open(place / frame["image"][7])), np.asarray(whole["train"][7]["image"]))
    assert resolve(f"hf:{tmp_path / 'set'}").path == place  # found, not made again
    assert resolve(f"hf:{tmp_path / 'set'}?split=train,test").path != place


def test_changed_data_is_laid_out_anew(tmp_path):
    datasets.Dataset.from_dict({"x": [1, 2], "y": ["a", "b"]}).save_to_disk(tmp_path / "set")
    first = hub.fetch(f"hf:{tmp_path / 'set'}", tmp_path / "cache")
    datasets.Dataset.from_dict({"x": [1, 3], "y": ["a", "b"]}).save_to_disk(tmp_path / "set")
    second = hub.fetch(f"hf:{tmp_path / 'set'}", tmp_path / "cache")
    assert pl.read_parquet(first / "data.parquet")["x"].to_list() == [1, 2]
    assert pl.read_parquet(second / "data.parquet")["x"].to_list() == [1, 3]


def test_parquet_files_in_a_folder(tmp_path):
    (tmp_path / "set").mkdir()
    for split, part in pictures_set().items():
        part.to_parquet(tmp_path / "set" / f"{split}-00000-of-00001.parquet")
    place = hub.fetch(f"hf:{tmp_path / 'set'}", tmp_path / "cache")
    assert {s: len(pl.read_parquet(place / f"{s}.parquet")) for s in ("train", "dev", "test")} == {
        "train": 40, "dev": 12, "test": 12
    }  # fmt: skip
    assert not (place.parent / "work").exists()


def test_labels_that_are_not_told_and_files_that_are_not_there(tmp_path):
    features = datasets.Features(
        {
            "fine": datasets.ClassLabel(names=["a", "b"]),
            "coarse": datasets.ClassLabel(names=["A", "B"]),
            "one": datasets.Image(),
            "two": datasets.Image(),
        }
    )
    columns = {"fine": [0, -1], "coarse": [1, 0], "one": [picture(0, 0), None], "two": [picture(1, 0), picture(2, 0)]}
    datasets.Dataset.from_dict(columns, features).save_to_disk(tmp_path / "set")
    place = hub.fetch(f"hf:{tmp_path / 'set'}", tmp_path / "cache")
    frame = pl.read_parquet(place / "data.parquet")
    assert frame.columns == ["one", "two", "coarse", "fine"]
    assert frame["fine"].to_list() == ["a", None]
    assert frame["one"].to_list() == ["data/one/0000000.png", None]
    assert (place / "data" / "two" / "0000001.png").is_file()


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?split=nonsense", "choose of train, unsupervised"),
        ("", r"'unsupervised' is no split .*\?split=NAME,NAME"),
        ("?config", "config=…, split=…, revision=…"),
        ("?size=3", "config=…"),
    ],
)
def test_what_cannot_be_asked(tmp_path, query, words):
    part = datasets.Dataset.from_dict({"x": [1], "y": [2]})
    datasets.DatasetDict({"train": part, "unsupervised": part}).save_to_disk(tmp_path / "set")
    with pytest.raises(UserError, match=words) as refused:
        hub.fetch(f"hf:{tmp_path / 'set'}{query}", tmp_path / "cache")
    assert "\n" not in str(refused.value)
    assert not list(tmp_path.glob("cache/hf/*"))


def test_a_folder_without_a_set_a_file_and_no_name(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.parquet").write_bytes(b"x")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "dataset_dict.json").write_text("{")
    for name, words in (("empty", "save_to_disk"), ("broken", "save_to_disk"), ("file.parquet", "without hf:")):
        with pytest.raises(UserError, match=words):
            hub.fetch(f"hf:{tmp_path / name}", tmp_path / "cache")
    with pytest.raises(UserError, match="does not exist"):
        hub.fetch(f"hf:{tmp_path / 'absent'}", tmp_path / "cache")
    with pytest.raises(UserError, match="names no data set"):
        hub.fetch("hf:", tmp_path / "cache")


def test_the_code_of_a_set_is_not_run(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "set.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(UserError):
        hub.fetch(f"hf:{tmp_path / 'set'}", tmp_path / "cache")
    assert not (tmp_path / "ran").exists()


def test_a_hub_that_does_not_answer_is_said_at_once(tmp_path):
    with socket.socket() as closed:  # bound and not listening: nobody answers there
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        env = os.environ | {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path), "FATHOM_CACHE": str(tmp_path / "cache")}
        env.pop("HF_HUB_OFFLINE", None)
        command = [sys.executable, "-m", "fathom", "train", "hf:owner/name", "--out", str(tmp_path / "run")]
        began = time.monotonic()
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert "cannot be reached" in lines[0]
    assert "save_to_disk" in lines[0]
    assert "hf:FOLDER" in lines[0]
    assert time.monotonic() - began < 60
    assert not (tmp_path / "run").exists()


def test_without_the_library(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtra, match="needs the extra 'hf'"):
        hub.fetch("hf:owner/name", tmp_path)


def test_the_library_is_imported_only_when_asked():
    code = (
        "import sys, fathom.cli.main, fathom.data.hub; sys.exit('datasets' in sys.modules or 'pyarrow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("column", ["tags", "objects"])
def test_lists_are_no_classes(tmp_path, column):
    cell = [0, 1] if column == "tags" else {"bbox": [[1.0, 2.0, 3.0, 4.0]], "category": [0]}
    columns = {"tokens": [["Ann", "ran"]] * 4, column: [cell] * 4}
    datasets.Dataset.from_dict(columns).save_to_disk(tmp_path / "set")
    with pytest.raises(UserError, match=f"lists in the column '{column}'"):
        hub.fetch(f"hf:{tmp_path / 'set'}", tmp_path / "cache")
