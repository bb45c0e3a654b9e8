"""Folders of Parquet files that hold pictures are known without ``hf:``; other Parquet files stay tables."""

from __future__ import annotations

import io
import random

import polars as pl
import pytest
from PIL import Image

from fathom.data.hub_folders import is_hub_folder
from fathom.data.source import resolve
from fathom.errors import UserError
from fathom.tasks import recognize


def png(dice):
    buffer = io.BytesIO()
    Image.frombytes("L", (8, 8), dice.randbytes(64)).save(buffer, "PNG")
    return buffer.getvalue()


def pictures(path, n, seed):
    dice = random.Random(seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"image": {"bytes": png(dice), "path": None}, "label": i % 2} for i in range(n)]
    kind = pl.Struct({"bytes": pl.Binary, "path": pl.String})
    pl.DataFrame(rows, schema={"image": kind, "label": pl.Int64}).write_parquet(path)


@pytest.mark.parametrize("inside", ["", "mnist", "data"])
def test_parquet_files_of_pictures_are_laid_out(tmp_path, monkeypatch, inside):
    pytest.importorskip("datasets")
    monkeypatch.setenv("FATHOM_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "set"
    pictures(root / inside / "train-00000-of-00001.parquet", 20, 1)
    pictures(root / inside / "test-00000-of-00001.parquet", 10, 2)
    source = resolve(str(root))
    task = recognize(source)[0]
    found = task().examples(source)
    assert task.name == "image-classification"
    assert [sum(e.split == split for e in found.items) for split in ("train", "test")] == [20, 10]


def test_a_file_of_pictures_points_to_its_folder(tmp_path):
    pictures(tmp_path / "train.parquet", 4, 3)
    with pytest.raises(UserError, match="holds whole pictures or sounds: give the folder that it lies in"):
        resolve(str(tmp_path / "train.parquet"))


def test_other_folders_are_none(tmp_path):
    pl.DataFrame({"a": [1, 2], "b": [{"x": 1, "y": 2}] * 2}).write_parquet(tmp_path / "train.parquet")
    assert not is_hub_folder(tmp_path)
    assert resolve(str(tmp_path)).path == tmp_path
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and nothing")
    assert not is_hub_folder(tmp_path)
    (tmp_path / "state.json").write_text("{}")
    assert not is_hub_folder(tmp_path)
