"""Full disks and places that cannot be written: one sentence, nothing half-written, nothing lost."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import fathom
from fathom.cli import main as cli
from fathom.data import files
from fathom.data.cache import build_once
from fathom.data.store import build_store
from fathom.errors import UserError
from fathom.records import Example
from fathom.runs.folder import RunFolder
from fathom.training import checkpoint_file


def table(folder: Path) -> Path:
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    pl.DataFrame({"x": x, "y": rng.normal(size=200), "target": x * 2}).write_csv(folder / "d.csv")
    return folder / "d.csv"


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def disk(tmp_path):
    """A function that mounts a disk of so many kB; where that is not allowed, the test is skipped."""
    mounted: list[Path] = []

    def mount(size: int) -> Path:
        place = tmp_path / f"disk-{len(mounted)}"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}k", "tmpfs", str(place)]
        try:
            done = subprocess.run(command, capture_output=True, check=False).returncode
        except OSError:
            done = 1
        if done:
            pytest.skip("mounting a small disk is not allowed here")
        mounted.append(place)
        return place

    yield mount
    for place in mounted:
        subprocess.run(["umount", str(place)], check=False)


def leftovers(folder: Path) -> list[str]:
    return [p.name for p in folder.rglob("*") if "fathom-tmp" in p.name or p.name.startswith(".making")]


@pytest.mark.parametrize("size", [4, 24, 64, 160])
def test_a_disk_that_fills_up_while_training_loses_nothing(disk, tmp_path, size):
    data, place = table(tmp_path), disk(size)
    run = place / "run"
    with pytest.raises(UserError, match="No space left on device") as told:
        fathom.train(data, epochs=3, hidden="64,64", out=run)
    assert "\n" not in str(told.value)
    assert leftovers(place) == []
    if not run.exists():
        return  # it had not begun: there is nothing to keep
    assert f"train --resume {run}" in str(told.value) or "go on with fathom train --resume" in str(told.value)
    subprocess.run(["mount", "-o", "remount,size=8m", str(place)], check=True)
    resumed = fathom.train(resume=run)
    whole = fathom.train(data, epochs=3, hidden="64,64", out=tmp_path / "whole")
    assert resumed.folder.weights.read_bytes() == whole.folder.weights.read_bytes()
    assert resumed.results.equals(whole.results)


def test_the_disk_of_the_cache_is_full(disk, tmp_path, monkeypatch):
    place = disk(8)
    monkeypatch.setenv("FATHOM_CACHE", str(place))
    with pytest.raises(UserError, match=r"the cache .* set FATHOM_CACHE"):
        fathom.train(table(tmp_path), epochs=1, out=tmp_path / "run")
    assert leftovers(place) == []
    assert not (tmp_path / "run").exists()


def test_a_cache_that_is_no_folder(tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("a file")
    monkeypatch.setenv("FATHOM_CACHE", str(tmp_path / "cache"))
    with pytest.raises(UserError, match=r"the cache .* set FATHOM_CACHE"):
        fathom.train(table(tmp_path), epochs=1, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_an_output_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file" / "run", tmp_path / ("x" * 300), tmp_path / "a\0b"):
        with pytest.raises(UserError, match="choose another `out`"):
            fathom.train(table(tmp_path), epochs=1, out=out)


@pytest.mark.parametrize(
    "name", ["recipe.json", "history.jsonl", "results.parquet", "report.html", "weights.safetensors"]
)
def test_the_old_file_stays_when_the_new_one_cannot_be_written(tmp_path, monkeypatch, name):
    path = tmp_path / name
    path.write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UserError, match="No space left on device"), files.replacing(path) as waiting:
        waiting.write_bytes(b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == [name]


def test_a_full_disk_is_told_with_the_name_of_the_file_that_was_asked_for(tmp_path, monkeypatch):
    """Not with the name under which it is written, also where one that writes so calls another."""
    path = tmp_path / "a.b.html"

    def inner(waiting: Path) -> None:
        with files.replacing(waiting) as deeper:
            deeper.write_bytes(b"new")

    def outer() -> None:
        with files.replacing(path) as waiting:
            inner(waiting)

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(UserError, match="No space left on device") as told:
        outer()
    assert str(told.value).startswith(f"{path} cannot be written (No space left on device): ")


def test_what_a_library_says_of_a_full_disk_is_what_the_system_says(tmp_path):
    def write() -> None:
        with files.replacing(tmp_path / "a.parquet") as waiting:
            raise OSError(f"No space left on device (os error 28): {waiting}")

    with pytest.raises(UserError) as told:
        write()
    assert str(told.value).startswith(f"{tmp_path / 'a.parquet'} cannot be written (No space left on device): ")


def test_the_drafts_of_the_cache_are_not_named(tmp_path):
    def write(folder: Path) -> Path:
        raise UserError(f"{folder / 'a.txt'} cannot be written (No space left on device)")

    with pytest.raises(UserError) as told:
        build_once(tmp_path / "set", write)
    assert str(told.value) == f"{tmp_path / 'set' / 'a.txt'} cannot be written (No space left on device)"


def test_an_error_of_the_system_names_no_file_of_ours(tmp_path, monkeypatch, capsys):
    def out_of_space(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(tmp_path / ".page.4711.fathom-tmp.html"))

    monkeypatch.setattr(cli, "app", out_of_space)
    monkeypatch.setattr(sys, "argv", ["fathom", "compare"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith(f"fathom: {tmp_path / 'page.html'}: No space left on device: make room")


@pytest.mark.parametrize("verb", ["compare", "card"])
def test_pages_on_a_full_disk(disk, tmp_path, monkeypatch, capsys, verb):
    run = fathom.train(table(tmp_path), epochs=1, out=tmp_path / "run").folder.path
    out = disk(8) / ("page.html" if verb == "compare" else "page.md")
    monkeypatch.setattr(sys, "argv", ["fathom", verb, *[str(run)] * (1 + (verb == "compare")), "--out", str(out)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    said = capsys.readouterr().err
    if left.value.code:
        assert f"{out} cannot be written (No space left on device)" in said
    assert "fathom-tmp" not in said


LIMITED = """
import resource, signal, sys, torch
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from fathom.errors import UserError
from fathom.training import checkpoint_file
try:
    checkpoint_file.save_weights(torch.nn.Linear(100, 100), Path(sys.argv[1]))
except UserError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such limits")
def test_weights_larger_than_a_file_may_be(tmp_path):
    path = tmp_path / "weights.safetensors"
    done = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True)
    assert f"{path} cannot be written" in done.stdout
    assert "File too large" in done.stdout
    assert list(tmp_path.iterdir()) == []


def encode(example: Example) -> dict[str, np.ndarray]:
    return {"x": np.full(3, example.input, np.float32)}


@pytest.mark.parametrize("harm", ["older", "truncated", "nested", "wrong", "names", "huge", "empty"])
def test_a_damaged_store_or_one_of_another_version_is_made_anew(tmp_path, harm):
    items = [Example(str(i), float(i)) for i in range(5)]
    store, _ = build_store(items, encode, "key", tmp_path)
    about = store.folder / "store.json"
    text = about.read_text()
    changed = {
        "older": text.replace('"version": 1', '"version": 0'),
        "truncated": text[:40],
        "nested": "[" * 100_000,
        "wrong": '{"version": 1, "fields": [], "ids": 3, "skipped": null}',
        "names": text.replace('"x"', '"../../x"'),
        "huge": text.replace("[3]", "[1000000000000]"),
        "empty": "",
    }
    about.write_text(changed[harm])
    again, skipped = build_store(items, encode, "key", tmp_path)
    assert again.gather([4])["x"].tolist() == [[4.0, 4.0, 4.0]]
    assert skipped == ()


def test_values_that_are_cut_are_made_anew(tmp_path):
    items = [Example(str(i), float(i)) for i in range(5)]
    store, _ = build_store(items, encode, "key", tmp_path)
    path = store.folder / "x.npy"
    path.write_bytes(path.read_bytes()[:-4])
    again, _ = build_store(items, encode, "key", tmp_path)
    assert len(again) == 5
    assert again.gather([4])["x"].tolist() == [[4.0, 4.0, 4.0]]


def test_a_checkpoint_survives_a_disk_that_fills_up(tmp_path, monkeypatch):
    import torch

    net = torch.nn.Linear(2, 2)
    path = tmp_path / "checkpoint" / "state.safetensors"
    progress = {
        "epoch": 1, "batch": 0, "step": 0, "total_steps": 5, "loss_sum": 0.0, "weight_sum": 0.0, "best": float("inf"),
        "best_epoch": 0, "history": [], "stopped": "",
    }  # fmt: skip
    checkpoint_file.save_checkpoint(path, net, [], progress, None)
    monkeypatch.setattr(checkpoint_file, "save_file", full)
    with pytest.raises(UserError, match="go on with fathom train --resume"):
        checkpoint_file.save_checkpoint(path, net, [], {**progress, "step": 3}, None)
    assert checkpoint_file.load_checkpoint(path, net, [])[0]["step"] == 0
    assert RunFolder(tmp_path).has("checkpoint/state.safetensors")
