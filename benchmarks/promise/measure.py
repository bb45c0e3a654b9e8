"""Train the default of a task on a set, score test once, and keep what the run says of itself and of its baselines."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.comparison import Figures
from benchmarks.machine import load_elsewhere
from benchmarks.promise.linear import linear_figures
from benchmarks.promise.sets import PromiseSet
from benchmarks.quality import fathom

BASELINE = "baseline "
"""Begins the names of what is kept of a baseline: its figure, and ``low`` and ``high`` of the difference to it."""


def measure(one: PromiseSet, seed: int, folder: Path) -> Figures:
    """One training and one look at test.

    Args:
        one: the set.
        seed: of the split, the weights and the order.
        folder: empty.

    Returns:
        ``value``, the figure on test, below which is better; ``seconds`` of the training, and ``elsewhere``, which share
        of the cores other programs had meanwhile, as budgets are times; ``baseline NAME`` and the ``low NAME`` and
        ``high NAME`` of the paired difference of the net to it.
    """
    data = folder / "set"
    data.mkdir()
    out = folder / "run"
    laid_out, found = one.make(data, seed), dict[str, float]()
    with load_elsewhere(found):
        seconds = fathom("train", laid_out, *one.arguments, "--seed", str(seed), "--out", str(out))
    fathom("test", str(out))
    kept = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    found |= {"value": kept["splits"]["test"]["value"], "seconds": seconds}
    for baseline in [*kept["test_baselines"], *(linear_figures(out) if one.task == "table" else [])]:
        name, difference = baseline["name"], baseline["difference"]
        found[BASELINE + name] = baseline["value"]
        found |= {f"low {name}": difference["low"], f"high {name}": difference["high"]}
    return found
