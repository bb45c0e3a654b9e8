"""Two processes under torchrun train as one does: same weights, each result once, one writer, killed and resumed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file

DATA = "practice:digits?n=300"
pytestmark = pytest.mark.xdist_group("torchrun")  # the runs are shared by the tests
ASKED = ["--net", "mlp", "--dropout", "0.3", "--precision", "fp32", "--device", "cpu", "--batch-size", "30"]


def command(processes: int, *arguments: str) -> list[str]:
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    start = torchrun if processes > 1 else [sys.executable]
    return [*start, "-m", "fathom", "train", *arguments]


def run(processes: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    alone = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command(processes, *arguments), capture_output=True, text=True, env=alone, timeout=300)


def weights(path: Path) -> dict[str, np.ndarray]:
    return load_file(path / "weights.safetensors")


@pytest.fixture(scope="module")
def one(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("one") / "run"
    done = run(1, DATA, *ASKED, "--epochs", "3", "--out", str(out))
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> tuple[Path, str]:
    out = tmp_path_factory.mktemp("two") / "run"
    done = run(2, DATA, *ASKED, "--epochs", "3", "--out", str(out))
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def test_two_processes_give_the_weights_of_one(one, two):
    alone, together = weights(one), weights(two[0])
    assert alone.keys() == together.keys()
    for name, tensor in alone.items():
        np.testing.assert_allclose(together[name], tensor, atol=1e-5, err_msg=name)


def test_the_history_is_that_of_one(one, two):
    alone, together = (
        [json.loads(line) for line in (p / "history.jsonl").read_text().splitlines()] for p in (one, two[0])
    )
    for name in ("epoch", "step", "train_loss", "dev_loss", "dev_metric"):
        assert [r[name] for r in together] == pytest.approx([r[name] for r in alone], rel=1e-4), name


def test_each_result_is_there_once_and_in_its_place(one, two):
    alone, together = (pl.read_parquet(p / "results.parquet") for p in (one, two[0]))
    assert together["id"].is_unique().all()
    assert together["id"].to_list() == alone["id"].to_list()
    assert together["prediction"].to_list() == alone["prediction"].to_list()


def test_one_process_speaks(two):
    assert two[1].count("report    ") == 1


def test_a_mistake_is_told_once_and_both_leave(tmp_path):
    done = run(2, str(tmp_path / "nowhere"))
    assert done.returncode != 0
    assert done.stderr.count("fathom: ") == 1
    assert "fathom/runs" not in done.stderr  # torchrun shows a traceback of its own; none is of ours


def test_two_killed_processes_go_on_where_they_stopped(two, tmp_path):
    out = tmp_path / "run"
    asked = [DATA, *ASKED, "--epochs", "3", "--out", str(out)]
    process = subprocess.Popen(
        command(2, *asked), start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 120
        while not (out / "checkpoint" / "state.safetensors").exists() and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        alive = process.poll() is None
    finally:
        workers = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
        for pid in (process.pid, *map(int, workers)):  # torchrun first: it would stop its workers gently
            os.kill(pid, signal.SIGKILL)
        process.wait()
    assert alive
    assert len(workers) == 2
    done = run(2, "--resume", str(out))
    assert done.returncode == 0, done.stderr
    for name, tensor in weights(two[0]).items():
        np.testing.assert_array_equal(weights(out)[name], tensor, err_msg=name)
