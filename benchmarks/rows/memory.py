"""Anonymous memory of a training on 100,000 pictures against one on 10,000: does it stay flat as the data grows?"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

from benchmarks.comparison import Ask, Bound, Comparison, Figures
from benchmarks.data import write_pictures


def train(ask: Ask, pictures: int) -> Figures:
    """Train on so many PNG files through the command line, and watch its memory."""
    folder = write_pictures(ask.folder / "pictures", pictures // (100 if ask.quick else 1))
    out = ask.folder / "run"
    options = ("--net", "logistic", "--epochs", "1", "--batch-size", "128", "--seed", str(ask.seed), "--out", str(out))
    environment = {**os.environ, "FATHOM_CACHE": str(ask.folder / "cache")}
    began = time.monotonic()
    log = ask.folder / "log"
    with log.open("wb") as file:
        job = subprocess.Popen(
            [sys.executable, "-m", "fathom", "train", str(folder), *options], env=environment, stdout=file, stderr=file
        )
        peak = 0.0
        while job.poll() is None:
            peak = max(peak, anonymous(job.pid))
            time.sleep(0.01)
    if job.returncode:
        raise SystemExit(log.read_text(encoding="utf-8"))
    found = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    return {"megabytes": peak, "seconds": time.monotonic() - began, "accuracy": 1 - found["splits"]["dev"]["value"]}


def anonymous(process: int) -> float:
    """Megabytes of anonymous memory that a process has now; 0 when it is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("RssAnon")), 0.0)


ROW = Comparison(
    about="""`fathom train` on grey PNG files of 32 × 32 pixels in two folders, one epoch of logistic regression (the
    smallest net: what is left is what the data costs), from an empty cache to the report. The figure is the peak of
    RssAnon of the whole command, looked at every 10 ms; mapped pages of the cache are not counted, since they can be
    dropped at any time.""",
    contenders={"10,000 pictures": partial(train, pictures=10_000), "100,000 pictures": partial(train, pictures=100_000)},
    bounds=(
        Bound(
            "anonymous memory of a training on 100,000 pictures, against 10,000",
            "100,000 pictures", "10,000 pictures", 1.1, 1.0, "megabytes",
        ),
    ),
    slack=1.0,
)  # fmt: skip
