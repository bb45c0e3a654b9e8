"""Two processes of one thread under torchrun against one process of two threads, with the same global batch."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial

from benchmarks.comparison import Ask, Bound, Comparison, Figures
from benchmarks.data import fashion_folders


def train(ask: Ask, processes: int) -> Figures:
    """Train one epoch of the default net for Fashion-MNIST, through the command line."""
    data, dev = fashion_folders(ask)
    out = ask.folder / "run"
    options = ("--dev", dev, "--epochs", "1", "--batch-size", "128", "--seed", str(ask.seed), "--out", str(out))
    start = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)) if processes > 1 else ()
    environment = {**os.environ, "OMP_NUM_THREADS": str(2 // processes)}
    command = [sys.executable, *start, "-m", "fathom", "train", data, *options]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    epoch = json.loads((out / "history.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    return {"seconds": epoch["seconds"], "accuracy": 1 - epoch["dev_metric"]}


ROW = Comparison(
    about="""One epoch of the usual net on Fashion-MNIST with its look at the 10,000 test pictures, global batch 128:
    `torchrun --nproc-per-node 2 -m fathom train` (gloo, one thread each) against `fathom train` with two threads. The
    seconds are those of the epoch in `history.jsonl`; starting the processes and preparing the data is outside.""",
    contenders={"one process": partial(train, processes=1), "two processes": partial(train, processes=2)},
    bounds=(
        Bound(
            "one epoch in two processes on two cores, against one process with two threads, same global batch",
            "two processes", "one process", 1.1, 1.0,
        ),
    ),
)  # fmt: skip
