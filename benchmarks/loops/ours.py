"""fathom, as a user calls it from Python; a watcher takes the time.

An epoch lasts from the end of the one before (or from the start of the training) to its own end: with the look at dev,
the weights kept and the checkpoint written. Reading, encoding, baselines and the report are before and after.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from benchmarks.comparison import Ask
from benchmarks.loops import Epochs


def right(record: dict[str, Any]) -> float:
    """What is not wrong on dev."""
    return 1 - record["dev_metric"]


def epochs(ask: Ask, data: str, accuracy: Callable[[dict[str, Any]], float] = right, **asked: Any) -> Epochs:
    """Train with ``fathom.train(data, **asked)``; `accuracy` is taken from each epoch's record."""
    import fathom
    from fathom.progress import Watcher

    class Stopwatch(Watcher):
        """Notes when the training starts, and when each epoch ends."""

        marks: list[float]
        accuracies: list[float]

        def begin_stage(self, name: str, total: int) -> None:
            if name == "train":
                self.marks, self.accuracies = [time.monotonic()], []

        def end_epoch(self, record: dict[str, Any], metric: object) -> None:
            self.marks.append(time.monotonic())
            self.accuracies.append(accuracy(record))

    watch = Stopwatch()
    fathom.train(data, seed=ask.seed, out=ask.folder / "run", watcher=watch, **asked)
    seconds = (after - before for before, after in zip(watch.marks, watch.marks[1:]))
    return list(zip(seconds, watch.accuracies))
