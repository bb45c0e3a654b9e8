"""What a swap tells while it trains, what it has finished, and how much of its time the learner's functions took.

The process that trains writes one line of JSON for each; the one that waits for it shows them.
"""

from __future__ import annotations

import functools
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fathom.learning.result_cache import ResultCache
from fathom.metrics import Metric
from fathom.progress import Watcher

PAUSE = 5.0
"""Seconds between two lines of progress."""


class SwapProgress:
    """Tells the figures of a swap as they come; this one tells nobody, and keeps nothing.

    Args:
        tell: is given each message: ``{"line": text}`` for a figure, ``{"now": text}`` for progress, ``{"point":
            [training, epoch, value, what it is]}`` for what dev says after an epoch, ``{}`` as a sign of life; each
            with ``"own"``, the seconds of CPU that the learner's functions took until then.
        kept: figures of this very code that are known.
    """

    def __init__(self, tell: Callable[[dict[str, Any]], None] | None = None, kept: ResultCache | None = None) -> None:
        self._tell, self._kept = tell, kept
        self.own = 0.0
        self._trainings, self._told = 0, 0.0

    def line(self, text: str) -> None:
        """A figure, to be shown for good."""
        self._say({"line": text})

    def now(self, text: str) -> None:
        """How far it is; left out where the last one was told just before."""
        if time.monotonic() - self._told >= PAUSE:
            self._told = time.monotonic()
            self._say({"now": text})

    def trained(self, name: str, train: Callable[[Watcher], str]) -> str:
        """The figure of a training: that which is kept, or that of the training, which then is kept.

        Args:
            name: what the training is called.
            train: does it, and is given who is to be told how it goes.
        """
        self._trainings += 1
        key = [self._trainings, name]
        known = self._kept.get(key) if self._kept is not None else None
        if self._kept is not None and known is not None:
            for point in self._kept.get([*key, "points"]) or []:
                self.point(*point)
            return f"{known}   kept"
        watcher = _Watcher(name, self)
        figure = train(watcher)
        if self._kept is not None:
            self._kept.put([*key, "points"], watcher.points)
            self._kept.put(key, figure)
        return figure

    def point(self, name: str, epoch: int, value: float, label: str) -> None:
        """What dev says after an epoch of a training, for its curve."""
        self._say({"point": [name, epoch, value, label]})

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its CPU time counted."""

        @functools.wraps(function)
        def counted(*args: Any, **named: Any) -> Any:
            begun = time.thread_time()
            try:
                return function(*args, **named)
            finally:
                self.own += time.thread_time() - begun

        return counted

    def beat(self) -> None:
        """Tell from now on every second how long the learner's functions took, whatever else is done."""

        def tell() -> None:
            while True:
                time.sleep(1.0)
                self._say({})

        threading.Thread(target=tell, daemon=True).start()

    def _say(self, message: dict[str, Any]) -> None:
        if self._tell is not None:
            self._tell({**message, "own": round(self.own, 2)})


class _Watcher(Watcher):
    """Tells of a training: its stages, its steps and its epochs."""

    def __init__(self, name: str, progress: SwapProgress) -> None:
        self.name, self.progress = name, progress
        self.stage, self.total, self.done, self.reached = "", 0, 0, ""
        self.points: list[tuple[str, int, float, str]] = []

    def begin_stage(self, name: str, total: int) -> None:
        """Tell that it begins."""
        self.stage, self.total, self.done = name, total, 0
        self._now()

    def advance(self, n: int = 1) -> None:
        """Count, and tell now and then."""
        self.done += n
        self._now()

    def end_epoch(self, record: dict[str, Any], metric: Metric) -> None:
        """Tell what is reached."""
        dev = record.get("dev_metric")
        error = "" if dev is None else f", {metric.label} on dev {metric.show(dev)}"
        self.reached = f", after epoch {record['epoch']}{error}"
        if dev is not None:
            self.points.append((self.name, int(record["epoch"]), float(dev), metric.label))
            self.progress.point(*self.points[-1])
        self._now()

    def _now(self) -> None:
        of = f" {self.done} of {self.total}" if self.total else ""
        self.progress.now(f"{self.name}: {self.stage}{of}{self.reached}")


current = SwapProgress()
"""Who is told in this process; `fathom.learning.swapping` sets it."""


def to_stdout(path: Path, *of: object) -> SwapProgress:
    """One that writes lines of JSON, and keeps figures in a file; they count for what is in `of` alone."""
    out = sys.stdout  # as it is now: trainings are silenced

    def tell(message: dict[str, Any]) -> None:
        out.write(json.dumps(message) + "\n")
        out.flush()

    return SwapProgress(tell, ResultCache(path, *of))
