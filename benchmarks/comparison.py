"""What a comparison is: contenders that do the same, and how one's figure may stand to another's.

Each contender runs in a fresh process with the same number of threads, one after the other, round after round
(A B C, A B C, …), so that whatever the machine does it does to all. A ratio is taken within a round; a row shows the
median of its rounds, the smallest and the largest.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import load_elsewhere

Figures = dict[str, float]
Round = dict[str, Figures]
"""The figures of each contender."""

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Ask:
    """What a contender is asked to do.

    Attributes:
        seed: of the data's order and the weights.
        quick: a few hundred examples, to see that it works; the figures mean nothing.
        folder: empty, and thrown away afterwards.
    """

    seed: int
    quick: bool
    folder: Path


@dataclass(frozen=True)
class Bound:
    """How one contender's figure may stand to another's.

    Attributes:
        what: the row in words.
        of: whose figure.
        to: what it is divided by; empty for the figure as it is.
        at_most: what is asked; None for a figure that is only shown.
        aim: what is hoped for.
        figure: ``seconds``, ``megabytes``, ``share``.
    """

    what: str
    of: str
    to: str
    at_most: float | None = None
    aim: float | None = None
    figure: str = "seconds"


@dataclass(frozen=True)
class Comparison:
    """One measurement, which answers one or more bounds.

    Attributes:
        about: what is measured, what is inside the figure and what outside.
        contenders: from an `Ask` to figures, in the order in which they run.
        bounds: each is a line of the table.
        rounds: how many, each with its seed; a row whose first round takes more than three minutes stops there.
        slack: how far one accuracy may lie below the other and still be called equal.
        threads: of each contender.
    """

    about: str
    contenders: Mapping[str, Callable[[Ask], Figures]]
    bounds: tuple[Bound, ...]
    rounds: int = 3
    slack: float = 0.01
    threads: int = 2

    def measured(self, rounds: list[Round], bound: Bound) -> list[float]:
        """The ratio (or the figure itself) of each round."""
        figure = bound.figure
        return [r[bound.of][figure] / (r[bound.to][figure] if bound.to else 1.0) for r in rounds]

    def equal(self, rounds: list[Round], bound: Bound) -> bool:
        """Whether the accuracy of `of` is not below that of `to`."""
        pair = [[r[name].get("accuracy", 1.0) for r in rounds] for name in (bound.of, bound.to or bound.of)]
        return statistics.median(pair[0]) >= statistics.median(pair[1]) - self.slack


def measure(name: str, row: Comparison, contender: str, seed: int, quick: bool) -> Figures:
    """Run one contender in a fresh process and return its figures, with how busy the machine was elsewhere."""
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": str(row.threads),
        "TF_NUM_INTRAOP_THREADS": str(row.threads),
        "FATHOM_CACHE": str(HERE / ".cache"),
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }
    figures: Figures = {}
    with tempfile.TemporaryDirectory() as folder:
        job = [name, contender, "--seed", str(seed), "--folder", folder, *(["--quick"] if quick else [])]
        with load_elsewhere(figures):
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.contender", *job], env=environment, capture_output=True, text=True
            )
    if done.returncode:
        raise SystemExit(f"{name}: {contender} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
    return {**json.loads(done.stdout.splitlines()[-1]), **figures}
