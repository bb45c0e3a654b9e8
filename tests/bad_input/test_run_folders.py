"""Run folders of strangers and from damaged disks: refused in one sentence, with nothing executed or allocated."""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch

import fathom
from fathom.errors import UserError
from fathom.progress import Interrupted
from fathom.records import Settings
from fathom.runs import lock
from fathom.runs.folder import RunFolder
from fathom.runs.migrations import SCHEMA
from fathom.testing import StopAt
from fathom.validation import convert


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    base = tmp_path_factory.mktemp("trained")
    rng = np.random.default_rng(0)
    x = rng.normal(size=120)
    pl.DataFrame({"x": x, "y": rng.normal(size=120), "target": np.where(x > 0, "yes", "no")}).write_csv(base / "d.csv")
    run = fathom.train(base / "d.csv", epochs=2, hidden="8", out=base / "run").path
    (run / "skipped.csv").write_text('id,reason\nrow 7,"it is\nodd"\n', encoding="utf-8")
    return run


@pytest.fixture
def run(trained, tmp_path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "run"))


def change(path: Path, *where: str | int, to: object) -> None:
    """Put a value into a JSON file."""
    value = json.loads(path.read_text())
    inner = value
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = to
    path.write_text(json.dumps(value))


ROW = '{"x": 1.0, "y": 0.0}'
VERBS = {
    "predict": lambda run: fathom.load(run).predict(ROW),
    "test": lambda run: fathom.load(run).test(),
    "report": lambda run: fathom.load(run).report(),
    "diagnose": fathom.diagnose,
    "compare": lambda run: fathom.compare(run, run),
}


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        (("resolved", "settings", "options"), {"hidden": "1000000000,1000000000"}, "too many for this machine"),
        (("resolved", "settings", "options"), {"hidden": "8", "bins": 10**12}, "weights|built"),
        (("resolved", "settings", "options"), {"hidden": ",".join(["8"] * 30_000)}, "layers"),
        (("resolved", "settings", "options"), {"nonsense": 1}, "nonsense"),
        (("resolved", "settings", "options"), {"hidden": "9"}, "another net"),
        (("resolved", "settings", "epochs"), "many", "epochs is 'many'"),
        (("resolved", "settings", "lr"), 1e300, "out of range"),
        (("resolved", "settings", "net"), "nowhere", "no net 'nowhere'"),
        (("resolved", "settings", "device"), "toaster", "no device"),
        (("resolved", "settings", "seed"), 10**40, "seed"),
        (("resolved", "task"), "os.system", "no task"),
        (("resolved", "task"), ["table"], "task"),
        (("schema",), SCHEMA + 1, "later version"),
        (("resolved",), None, "no recipe"),
    ],
)
def test_a_hostile_recipe_is_refused(run, where, value, said):
    change(run / "recipe.json", *where, to=value)
    with pytest.raises(UserError, match=said) as refused:
        VERBS["predict"](run)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("classes",), ["yes"] * 10**6),
        (("classes",), 10**9),
        (("mean",), [1.0]),
        (("quantiles",), [[0.0] * 10, [0.0] * 10]),
        (("categorical",), {"x": [1, 2]}),
        (("target_std",), 0),
        (("numeric",), "xy"),
    ],
)
def test_a_hostile_encoder_is_refused(run, where, value):
    change(run / "encoder" / "state.json", *where, to=value)
    with pytest.raises(UserError, match=r"state\.json|another net"):
        VERBS["predict"](run)


def test_a_training_is_not_resumed_with_a_hostile_encoder(trained, tmp_path):
    with pytest.raises(Interrupted):
        fathom.train(trained.parent / "d.csv", epochs=2, out=tmp_path / "run", watcher=StopAt(3))
    change(tmp_path / "run" / "encoder" / "state.json", "mean", to="none")
    with pytest.raises(UserError, match=r"state\.json is damaged, since for the task table mean is 'none'"):
        fathom.train(resume=tmp_path / "run")


def test_json_nested_too_deeply_is_refused(run):
    (run / "recipe.json").write_text("[" * 200_000)
    with pytest.raises(UserError, match="nested too deeply"):
        fathom.load(run)


@pytest.mark.parametrize("name", ["recipe.json", "health.json", "findings.json", "encoder/state.json", "splits.json"])
@pytest.mark.parametrize("deep", [30, 700])
def test_json_that_is_nested_deeper_than_anything_of_ours_is_refused(run, name, deep):
    (run / name).write_text('{"a": ' * deep + "1" + "}" * deep)
    with pytest.raises(UserError, match=rf"{name} cannot be read \(.*nested too deeply"):
        RunFolder(run).read_json(name)
    with pytest.raises(UserError, match="nested too deeply"):
        VERBS[{"encoder/state.json": "predict", "splits.json": "test"}.get(name, "diagnose")](run)


def test_a_header_of_terabytes_is_refused(run):
    (run / "weights.safetensors").write_bytes(struct.pack("<Q", 2**42) + b"{}")
    with pytest.raises(UserError, match="cannot be read"):
        VERBS["predict"](run)


def test_weights_that_are_no_numbers_are_refused(run):
    from safetensors.torch import load_file, save_file

    tensors = load_file(run / "weights.safetensors")
    name = next(name for name in tensors if tensors[name].is_floating_point())
    tensors[name].fill_(float("nan"))
    save_file(tensors, run / "weights.safetensors")
    with pytest.raises(UserError, match="not finite"):
        VERBS["predict"](run)


@pytest.mark.parametrize("name", ["weights.safetensors", "encoder/state.json", "results.parquet"])
def test_nothing_is_unpickled(run, tmp_path, name):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "executed"),)

    torch.save(Evil(), run / name)
    for verb in VERBS.values():
        with suppress(UserError):  # one that does not read the file
            verb(run)
    assert zipfile.is_zipfile(run / name), "the trap was not set"
    assert not (tmp_path / "executed").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
@pytest.mark.parametrize("name", ["recipe.json", "encoder/state.json", "weights.safetensors", "results.parquet"])
def test_a_pipe_is_not_waited_for(run, name):
    (run / name).unlink()
    os.mkfifo(run / name)
    with pytest.raises(UserError):
        VERBS["predict" if "weights" in name or "state" in name else "diagnose"](run)


def test_results_that_claim_too_much_are_refused(run):
    pl.DataFrame({"id": ["x"]}).select(pl.col("id").repeat_by(1).list.first()).write_parquet(run / "results.parquet")
    rows = 2**27
    pl.select(pl.repeat(0, rows, dtype=pl.Int8).alias("id")).write_parquet(run / "results.parquet")
    with pytest.raises(UserError, match="cannot be in"):
        fathom.diagnose(run)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("split", "nowhere", "unknown names"),
        ("stat_wrong", -1.0, "below 0"),
        ("stat_wrong", 2.0, "more is wrong"),
        ("stat_count", float("nan"), "not finite"),
        ("confidence", 7.0, "no probabilities"),
        ("loss", "x", "no numbers"),
        ("target", None, "holes|Null"),
    ],
)
def test_results_that_cannot_be_are_refused(run, column, value, said):
    frame = pl.read_parquet(run / "results.parquet").with_columns(pl.lit(value).alias(column))
    frame.write_parquet(run / "results.parquet")
    for verb in ("diagnose", "report", "compare"):
        with pytest.raises(UserError, match=said):
            VERBS[verb](run)


def test_writing_does_not_follow_a_link_out_of_the_run(run, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    shutil.rmtree(run / "encoder")
    (run / "encoder").symlink_to(other)
    with pytest.raises(UserError, match="is a link"):
        RunFolder(run).write_json("encoder/state.json", {})
    assert list(other.iterdir()) == []


def test_what_was_skipped_is_still_told_after_a_test(run):
    assert RunFolder(run).skipped() == 1
    assert "skipped_examples" in {f.name for f in fathom.diagnose(run)}


def test_the_report_needs_no_data_but_whole_weights(run, trained):
    assert VERBS["report"](run).read_text(encoding="utf-8").startswith("<!")
    (run / "figures.json").unlink()
    with pytest.raises(UserError, match=r"figures\.json is missing"):
        VERBS["report"](run)


def test_a_damaged_run_is_refused_before_its_test_is_looked_at(run):
    (run / "figures.json").write_text("{}")
    with pytest.raises(UserError, match="figures"):
        VERBS["test"](run)
    assert RunFolder(run).read_recipe()["looks_at_test"] == 0


def test_the_pretrained_net_is_loaded_without_imagenet(monkeypatch):
    from fathom.nets.image import efficientnet_lite0

    def forbidden() -> None:
        raise AssertionError("ImageNet's weights were read")

    monkeypatch.setattr(efficientnet_lite0, "imagenet_weights", forbidden)
    with torch.device("meta"):
        net = efficientnet_lite0.EfficientNetLite0(3, 64, 2)
    assert net.freeze_norm
    assert all(p.is_meta for p in net.parameters())


# --- one process at a time --------------------------------------------------------------------------------------------

HOLD = """
import sys, time
from pathlib import Path
from fathom.runs import lock
with lock.locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of a folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.wait()


def test_a_run_in_use_is_refused_and_free_when_its_process_was_killed(tmp_path, holder):
    with pytest.raises(UserError, match=f"in use by process {holder.pid}"), lock.locked(tmp_path):
        pass
    assert lock.is_locked(tmp_path)
    holder.kill()
    holder.wait()
    assert not lock.is_locked(tmp_path)
    with lock.locked(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []


def test_where_the_system_has_no_locks_the_number_of_the_process_tells(tmp_path, holder, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    with pytest.raises(UserError, match="in use"), lock.locked(tmp_path):
        pass
    holder.kill()
    holder.wait()
    with lock.locked(tmp_path):
        pass


@pytest.mark.parametrize("content", [b"", b"x", b"-1", b"9" * 30])
def test_a_lock_file_with_nonsense_locks_nothing(tmp_path, monkeypatch, content):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    (tmp_path / lock.FILE_NAME).write_bytes(content)
    with lock.locked(tmp_path):
        pass


def test_test_waits_for_no_one(run, tmp_path):
    with lock.locked(run), pytest.raises(UserError, match="in use"):
        VERBS["test"](run)


def test_remains_of_a_killed_beginning_give_the_name_free_but_nothing_else_does(tmp_path):
    remains = tmp_path / "run"
    (remains / "encoder").mkdir(parents=True)
    (remains / lock.FILE_NAME).write_text("1")
    RunFolder.create(remains)
    assert list(remains.iterdir()) == []
    (remains / lock.FILE_NAME).write_text("1")
    (remains / "thesis.docx").write_text("mine")
    with pytest.raises(UserError, match="exists already"):
        RunFolder.create(remains)
    assert (remains / "thesis.docx").exists()


# --- types ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "wanted", "fits"),
    [
        (1, int, True), (True, int, False), (1.0, int, False), (10**30, int, False), (1, float, True),
        (float("nan"), float, False), (None, int | None, True), ("x", int | None, False), ([1, 2], list[int], True),
        ([1, "2"], list[int], False), ({"a": 1}, dict[str, int], True), ({"a": None}, dict[str, int], False),
    ],
)  # fmt: skip
def test_values_are_of_their_types(value, wanted, fits):
    if fits:
        assert convert(value, wanted, "it") == value
    else:
        with pytest.raises(UserError, match="it"):
            convert(value, wanted, "it")


def test_settings_come_back_as_they_were():
    settings = Settings(net="mlp", epochs=3, lr=0.1, options={"hidden": "8,4"})
    assert Settings.from_dict(settings.to_dict()) == settings
