"""A training that was stopped goes on as it began, wherever it was stopped, or says why it cannot."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import fathom
from fathom.errors import UserError
from fathom.runs import train as training
from fathom.testing.training import KillAtEpochEnd, Killed, weights


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    pl.DataFrame({"x": x, "z": rng.normal(size=200), "label": np.where(x > 0, "a", "b")}).write_csv(tmp_path / "d.csv")
    return tmp_path / "d.csv"


def asked(out: Path) -> dict[str, object]:
    return {"target": "label", "epochs": 3, "batch_size": 16, "hidden": (8,), "seed": 3, "out": out}


def killed(data: Path, out: Path) -> Path:
    with pytest.raises(Killed):
        fathom.train(data, watcher=KillAtEpochEnd(), **asked(out))
    return out


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"batch_size": 64}, "the batch-size 16 and not 64"),
        ({"epochs": 60}, "the epochs 3 and not 60"),
        ({"lr": 0.5}, "and not 0.5"),
        ({"hidden": (9,)}, "the hidden 8 and not 9"),
        ({"net": "logistic"}, "the net auto and not logistic"),
        ({"target": "z"}, "the target label and not z"),
        ({"group": "z"}, "no group"),
        ({"out": "elsewhere"}, "and not elsewhere"),
        ({"seed": 4}, "the seed 3 and not 4"),
    ],
)
def test_what_is_asked_besides_is_refused_where_it_differs(data, tmp_path, other, named):
    run = killed(data, tmp_path / "run")
    with pytest.raises(UserError, match=named):
        fathom.train(resume=run, **other)
    assert (run / "checkpoint").exists()


def test_what_is_asked_besides_may_be_what_was_asked(data, tmp_path):
    run = killed(data, tmp_path / "run")
    whole = fathom.train(data, **asked(tmp_path / "whole"))
    resumed = fathom.train(data, resume=run, **asked(run))
    assert weights(resumed) == weights(whole)


def test_data_that_moved_is_taken_from_its_new_place_if_it_is_the_same(data, tmp_path):
    run = killed(data, tmp_path / "run")
    new = data.rename(tmp_path / "elsewhere.csv")
    with pytest.raises(UserError, match=r"d\.csv has moved or is gone: .* --resume"):
        fathom.train(resume=run)
    other = tmp_path / "other.csv"
    pl.read_csv(new).with_columns(z=pl.col("z") + 1).write_csv(other)
    with pytest.raises(UserError, match="has changed"):
        fathom.train(other, resume=run)
    assert json.loads((run / "recipe.json").read_text())["resolved"]["source"]["text"] == str(data)
    resumed = fathom.train(new, resume=run)
    assert resumed.test().value <= 1  # it knows the new place


@pytest.mark.parametrize("stage", ["write_page", "write_figures", "conclude", "_evaluate"])
def test_a_training_that_was_killed_after_its_last_epoch_goes_on_to_its_report(data, tmp_path, monkeypatch, stage):
    def die(*_, **__):
        raise Killed

    place = "fathom.runs.report.write_page" if stage == "write_page" else f"{training.__name__}.{stage}"
    with monkeypatch.context() as patched:
        patched.setattr(place, die)
        with pytest.raises(Killed):
            fathom.train(data, **asked(tmp_path / "run"))
    whole = fathom.train(data, **asked(tmp_path / "whole"))
    with pytest.raises(UserError, match="not finished: go on with"):
        fathom.load(tmp_path / "run").test()
    resumed = fathom.train(resume=tmp_path / "run")
    assert weights(resumed) == weights(whole)
    assert resumed.folder.findings() == whole.folder.findings()
    assert resumed.results.equals(whole.results)
    assert resumed.folder.report.stat().st_size > 10_000
    assert not (resumed.path / "checkpoint").exists()
    with pytest.raises(UserError, match="is finished"):
        fathom.train(resume=tmp_path / "run")


def test_health_of_a_checkpoint_that_an_older_version_wrote_is_read_from_its_file(data, tmp_path):
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file

    run = killed(data, tmp_path / "run")
    state = run / "checkpoint" / "state.safetensors"
    with safe_open(state, framework="pt") as file:
        progress = file.metadata()["progress"]
    save_file(load_file(state), state, {"progress": progress})
    resumed = fathom.train(resume=run)
    assert weights(resumed) == weights(fathom.train(data, **asked(tmp_path / "whole")))
