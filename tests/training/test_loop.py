"""The loop at its edges: a loss that is no number, batches gathered ahead, shares of processes."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

import fathom
from fathom.diagnosis.convergence import diverged
from fathom.errors import UserError
from fathom.progress import Watcher
from fathom.records import Settings
from fathom.runs.request import Request
from fathom.runs.training_without_run import prepare_without_run
from fathom.tasks.table.tabular import Table
from fathom.training.evaluation import Outcome, outcome_figures
from fathom.training.prefetch import prefetch


class Explodes(nn.Module):
    """A line that gives NaN after some passes in training: from then on while it is trained, or while it is judged."""

    def __init__(self, good: int, judged: bool = False) -> None:
        super().__init__()
        self.line = nn.LazyLinear(3)
        self.good, self.judged = good, judged

    def forward(self, *fields: torch.Tensor) -> torch.Tensor:
        if self.training:
            self.good -= 1
        scores = self.line(torch.cat([f.float().flatten(1) for f in fields], 1))
        return scores if self.good >= 0 or self.training == self.judged else scores * float("nan")


def test_an_undefined_loss_stops_and_keeps_the_last_good_weights(tmp_path):
    run = fathom.train("practice:wine", net=Explodes(10), epochs=5, batch_size=32, out=tmp_path / "run")
    figures = run.folder.read_json("figures.json")
    assert "infinite or undefined" in figures["stopped"]
    assert 2 <= len(run.history) < 5
    assert all(np.isfinite(r["train_loss"]) for r in run.history[:-1])
    assert run.history[-1]["train_loss"] is None
    assert run.results["loss"].is_finite().all()


def test_an_undefined_loss_at_once_is_one_sentence_and_leaves_nothing(tmp_path):
    with pytest.raises(UserError, match=r"infinite or undefined.*`lr`"):
        fathom.train("practice:wine", net=Explodes(0), epochs=2, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("dev", "size"), [(None, 30), ("none", 40)])
def test_a_net_that_broke_in_the_last_step_of_an_epoch_is_not_kept(tmp_path, dev, size):
    asked = {"net": "mlp", "lr": 1000, "optimizer": "sgd", "epochs": 1, "batch_size": size, "schedule": "constant"}
    with pytest.raises(UserError, match=r"infinite or undefined in epoch 1.*`lr`"):
        fathom.train("practice:iris", dev=dev, out=tmp_path / "run", **asked)
    assert not (tmp_path / "run").exists()


def test_an_undefined_dev_loss_stops_and_keeps_the_weights_before_it(tmp_path):
    net = Explodes(10, judged=True)  # four batches an epoch: what is judged after the third is no number
    seen = []

    class Seen(Watcher):
        def end_epoch(self, record, metric):
            seen.append(record["epoch"])

        def begin_stage(self, name, total):
            net.good = 100 if name.startswith("evaluate") else net.good

    run = fathom.train("practice:wine", net=net, lr=0.01, epochs=5, batch_size=32, out=tmp_path / "run", watcher=Seen())
    assert seen == [1, 2]
    assert len(run.history) == 3
    assert run.history[-1]["dev_loss"] is None
    assert run.history[-1]["dev_metric"] is None
    assert "loss on dev became infinite or undefined in epoch 3" in run.folder.read_json("figures.json")["stopped"]
    assert [finding.name for finding in diverged(run.history)] == ["diverged"]
    assert "NaN" not in (run.path / "history.jsonl").read_text()


def rows(path: Path, classes: tuple[str, str], n: int = 120) -> Path:
    """A table of two classes from two sites, of which one is rare."""
    x = np.random.default_rng(0).normal(size=n)
    lines = [f"{v:.3f},{'B' if i % 10 == 0 else 'A'},{classes[int(v > 0)]}" for i, v in enumerate(x)]
    path.write_text("\n".join(["x,site,y", *lines]) + "\n")
    return path


def test_a_batch_of_which_nothing_counts_is_passed_over(tmp_path):
    data = rows(tmp_path / "rows.csv", ("no", "yes"))
    asked = {"target": "y", "source": "site", "epochs": 2, "batch_size": 4, "out": tmp_path / "run"}
    run = fathom.train(data, source_weight={"A": 0.0}, **asked)
    assert not run.folder.read_json("figures.json")["stopped"]
    assert all(0 < r["train_loss"] < 2 for r in run.history)
    assert run.history[-1]["step"] == 2 * 18  # all batches of the 72 rows


def test_weights_that_leave_nothing_to_learn_from_are_refused(tmp_path):
    data = rows(tmp_path / "rows.csv", ("no", "yes"))
    with pytest.raises(UserError, match="`source_weight` leaves no training example"):
        fathom.train(data, target="y", source="site", source_weight={"A": 0.0, "B": 0.0}, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_dev_split_of_other_classes_is_refused_before_training(tmp_path):
    data, dev = rows(tmp_path / "train.csv", ("no", "yes")), rows(tmp_path / "dev.csv", ("No", "Yes"))
    with pytest.raises(UserError, match=r"the classes no, yes and dev has others, No, Yes.*`dev`"):
        fathom.train(data, target="y", dev=str(dev), out=tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(UserError, match="dev has others"):
        prepare_without_run(Request(data=str(data), target="y", dev=str(dev)), Watcher())  # as a search begins


def test_a_dev_split_without_a_known_target_has_no_figures():
    with pytest.raises(UserError, match=r"none of the 0 dev examples"):
        outcome_figures(Table(Settings()), (), Outcome([], [0.0], [0.0]))


@given(st.lists(st.integers()), st.integers(1, 4))
def test_what_is_gathered_ahead_comes_in_order(items, depth):
    assert list(prefetch(iter(items), depth)) == items


def test_an_error_ahead_is_raised_at_its_place():
    def items():
        yield 1
        raise ValueError("broken")

    reader = prefetch(items())
    assert next(reader) == 1
    with pytest.raises(ValueError, match="broken"):
        next(reader)


def test_the_thread_ends_when_the_reader_leaves():
    reader = prefetch(iter(range(1000)))
    next(reader)
    reader.close()
    deadline = time.monotonic() + 5
    while any(t.name == "prefetch" for t in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_batches_that_are_gathered_ahead_and_augmented_give_the_same_bits(tmp_path, monkeypatch):
    asked = {"net": "lenet", "epochs": 2, "augment": 1.0, "dropout": 0.2}
    in_turn = fathom.train("practice:digits?n=200", out=tmp_path / "in-turn", **asked)
    monkeypatch.setattr("fathom.training.batch_loader._MIN_PREFETCH_BYTES", 0)
    used = []
    monkeypatch.setattr("fathom.training.batch_loader.prefetch", lambda items: used.append(items) or prefetch(items))
    gathered = fathom.train("practice:digits?n=200", out=tmp_path / "ahead", **asked)
    assert len(used) == 2
    assert (in_turn.path / "weights.safetensors").read_bytes() == (gathered.path / "weights.safetensors").read_bytes()
