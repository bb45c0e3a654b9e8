"""``fathom export --int8``: a program of eight bits, with size, time and error beside those of full precision."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray

from fathom.diagnosis.intervals import interval
from fathom.errors import FathomError
from fathom.exporting import quantization, verification
from fathom.exporting.onnx_program import Whole
from fathom.exporting.quantization import CALIBRATED_ON, Arrays
from fathom.exporting.verification import Ask, evenly_spread, opened_onnx
from fathom.metrics import Metric
from fathom.progress import Watcher
from fathom.records import Interval, Result
from fathom.runs.compare import paired
from fathom.runs.folder import frame_of
from fathom.runs.prepare import Prepared
from fathom.training.batching import gather
from fathom.training.evaluation import Outcome, example_results

ACCEPTED = 1.0
"""Points of error that eight bits may cost where nothing else is asked."""
JUDGED_ON = 2000
"""Dev examples by which both are judged, at most."""
THREADS = 2
"""Threads by which both are timed."""
_AT_ONCE = 32
_TIMED_SECONDS, _MOST_TIMED, _WARM = 1.0, 200, 5


class TooCoarseError(FathomError):
    """Eight bits cost more than is accepted."""


@dataclass(frozen=True)
class Int8:
    """What eight bits cost and save.

    Attributes:
        size: bytes of the program, of eight bits and before.
        milliseconds: to answer one input with `THREADS` threads, the fastest of many, of eight bits and before.
        figure: the metric on dev, of eight bits and before.
        difference: of the two figures, with its interval; None where there is no telling.
        examples: of dev that both were asked.
    """

    size: tuple[int, int]
    milliseconds: tuple[float, float]
    figure: tuple[float, float]
    difference: Interval | None
    examples: int

    def rise(self, metric: Metric) -> float:
        """Points that were lost; of a figure that is no percentage, hundredths of it."""
        lost = self.figure[0] - self.figure[1]
        return 100 * lost if metric.percent else 100 * lost / max(abs(self.figure[1]), 1e-12)

    def told(self, metric: Metric) -> str:
        """In words."""
        (small, large), (fast, slow), (after, before) = self.size, self.milliseconds, self.figure
        change = metric.show_difference(after - before, *self._ends(after - before))
        return (
            f"{small / 1e6:.1f} MB, {100 * small / large:.0f} % of {large / 1e6:.1f}; {fast:.2g} ms an input, "
            f"{100 * fast / slow:.0f} % of {slow:.2g}; dev {metric.label} {change} beside fp32"
        )

    def _ends(self, value: float) -> tuple[float, float]:
        return (value, value) if self.difference is None else (self.difference.low, self.difference.high)


def made_small(path: Path, whole: Whole, prepared: Prepared, accept: float, watcher: Watcher) -> Int8:
    """Make a program one of eight bits, in its place, and judge it beside the one before on dev.

    Args:
        path: of the program in full precision.
        whole: the net that it was made of.
        prepared: the run's examples.
        accept: points of error that it may cost.
        watcher: is told how far it is.

    Raises:
        TooCoarseError: it costs more.
        NothingToQuantizeError: no part of it can be of eight bits.
    """
    before = path.with_name("full.onnx")
    shutil.copyfile(path, before)
    try:
        quantization.quantize(path, _calibration(whole, prepared))
        found = _judged(path, before, whole, prepared, watcher)
    finally:
        before.unlink()
    metric = prepared.task.metric
    if found.rise(metric) > accept:
        raise TooCoarseError(
            f"in eight bits the net loses {found.rise(metric):.2g} points on {found.examples:,} dev examples, where "
            f"{accept:g} are accepted ({found.told(metric)}): export it without `int8`, or accept more by `accept`"
        )
    return found


def _calibration(whole: Whole, prepared: Prepared) -> list[Arrays]:
    """Some training examples, evenly spread, as the program takes them."""
    chosen = evenly_spread(prepared.indices("train"), CALIBRATED_ON)
    return [_given(whole, prepared, places)[0] for places in np.array_split(chosen, -(-len(chosen) // 10))]


def _given(whole: Whole, prepared: Prepared, places: NDArray[np.int64]) -> tuple[dict[str, NDArray[Any]], Any]:
    """What the program is given of examples, and the batch as the task judges by it."""
    given, judged = whole.given(gather(prepared.task, prepared.store, places))
    return {name: tensor.numpy() for name, tensor in given.items()}, judged


def _judged(path: Path, before: Path, whole: Whole, prepared: Prepared, watcher: Watcher) -> Int8:
    split = "dev" if len(prepared.indices("dev")) else "train"
    chosen = evenly_spread(prepared.indices(split), JUDGED_ON)
    asks = [opened_onnx(one, THREADS) for one in (path, before)]
    watcher.begin_stage("int8", 2 * len(chosen))
    frames = [_results(whole, prepared, chosen, ask, watcher) for ask in asks]
    metric = prepared.task.metric
    small, large = (interval(frame, metric).value for frame in frames)
    times = _timed(asks, _given(whole, prepared, chosen[:1])[0])
    return Int8(
        (path.stat().st_size, before.stat().st_size), times, (small, large),
        paired(frames[1], frames[0], metric), len(chosen),
    )  # fmt: skip


@torch.inference_mode()
def _results(whole: Whole, prepared: Prepared, chosen: NDArray[np.int64], ask: Ask, watcher: Watcher) -> pl.DataFrame:
    """A row for each example, judged as the run's own results are."""
    task, form = prepared.task, None
    by_id = {e.id: e for e in prepared.examples.items}
    rows: list[Result] = []
    for start in range(0, len(chosen), _AT_ONCE):
        places = chosen[start : start + _AT_ONCE]
        given, batch = _given(whole, prepared, places)
        if form is None:
            form = whole.answer(*(torch.from_numpy(array) for array in given.values()))
        said = [torch.from_numpy(np.array(one)) for one in ask(given)]
        output = verification.with_tensors(form, iter(said))
        output = output[0] if task.stateful else output
        loss, weight = task.loss(output, batch)
        outcome = Outcome(task.decode(output, batch), loss.tolist(), weight.tolist())
        examples = [by_id[prepared.store.ids[i]] for i in places]
        rows += example_results(task, examples, "dev", outcome)
        watcher.advance(len(places))
    return frame_of(rows)


def _timed(asks: Sequence[Ask], given: Arrays) -> tuple[float, float]:
    """Milliseconds to an answer of each, in turn, so that whatever else the machine does slows both alike."""
    seconds: list[list[float]] = [[] for _ in asks]
    until = time.perf_counter() + 2 * _TIMED_SECONDS
    while len(seconds[0]) < _WARM + _MOST_TIMED and (time.perf_counter() < until or len(seconds[0]) <= _WARM):
        for ask, own in zip(asks, seconds, strict=True):
            began = time.perf_counter()
            ask(given)
            own.append(time.perf_counter() - began)
    first, second = (1e3 * float(min(own[_WARM:])) for own in seconds)
    return first, second
