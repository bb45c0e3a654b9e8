"""Short trainings with fathom's own loop on a table that is already in memory, for the flight simulator."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
MEMORY_FOLDER = Path("/dev/shm")


def train_on_table(x: Array, y: Array, x_new: Array, y_new: Array, seed: int, asked: Mapping[str, Any]) -> Array:
    """Train on a table, and judge on new rows.

    Args:
        x, y: examples, (rows, columns), and classes, (rows,).
        x_new, y_new: to be judged.
        seed: of the training.
        asked: settings of it.

    Returns:
        which new rows the net gets wrong, ``(rows,)``.
    """
    import polars as pl

    from fathom.progress import Watcher
    from fathom.records import Settings
    from fathom.runs.load import build_net
    from fathom.runs.request import Request
    from fathom.runs.split_evaluation import outcome_of
    from fathom.runs.training_without_run import fit_without_run, prepare_without_run

    with _light(), tempfile.TemporaryDirectory() as folder:
        for name, (a, b) in {"train": (x, y), "dev": (x_new, y_new), "test": (x_new[:40], y_new[:40])}.items():
            columns: dict[str, Any] = {f"c{i}": a[:, i] for i in range(a.shape[1])}
            pl.DataFrame({**columns, "kind": [f"kind {v}" for v in b]}).write_csv(Path(folder) / f"{name}.csv")
        settings = Settings(**{"net": "mlp", "seed": seed, "lr": 0.003, "batch_size": 16, "patience": 0, **asked})
        dev, test = str(Path(folder) / "dev.csv"), str(Path(folder) / "test.csv")
        train = str(Path(folder) / "train.csv")
        request = Request(data=train, task="table", target="kind", settings=settings, dev=dev, test=test)
        data = prepare_without_run(request, Watcher())
        net = build_net(data.task)
        fit_without_run(net, data, Watcher())
        outcome = outcome_of(net, data, "dev", Watcher())
    wrong = {e.id: p.value != e.target for p, e in zip(outcome.predictions, data.of("dev"))}
    return np.array([wrong[name] for name in sorted(wrong, key=_row)])


@contextmanager
def _light() -> Iterator[None]:
    """One thread, since nets as small as these only wait for more; and checkpoints in memory, where there is a place.

    It also makes the figures the same, whoever trains beside.
    """
    import torch

    threads, folder = torch.get_num_threads(), tempfile.tempdir
    torch.set_num_threads(1)
    if MEMORY_FOLDER.is_dir() and os.access(MEMORY_FOLDER, os.W_OK | os.X_OK):
        tempfile.tempdir = str(MEMORY_FOLDER)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        tempfile.tempdir = folder


def _row(name: str) -> tuple[int, str]:
    digits = "".join(c for c in name if c.isdigit())
    return int(digits or 0), name
