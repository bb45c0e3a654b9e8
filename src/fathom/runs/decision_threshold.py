"""How a trained classifier decides: by the likeliest class, or from a threshold that was chosen on dev.

Kept in ``operating.json``, which whatever uses the run reads with its task (`fathom.runs.load.load_task`), so that
test, predict and the report decide alike.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import torch
from torch import nn

from fathom.data.class_names import find_class
from fathom.diagnosis import requirements
from fathom.diagnosis.requirements import Measured, Requirement
from fathom.number_format import significant
from fathom.records import Example
from fathom.runs.folder import RunFolder
from fathom.task import Task
from fathom.training.batching import collate
from fathom.training.evaluation import autocast, call_net, to_device

FILE_NAME = "operating.json"
LATENCY_REPEATS = 30


def choose_threshold(run: RunFolder, task: Task, net: nn.Module, dev: Sequence[Example]) -> list[Measured]:
    """Choose a threshold where one is needed, decide anew, and measure every requirement; empty where none was asked.

    Raises:
        UserError: a requirement names a class that there is not.
    """
    asked = [requirements.parse(text) for text in task.settings.require]
    asked = [replace(r, of=find_class(r.of, task.classes) or r.of) if r.of else r for r in asked]
    if not asked or not dev:
        return []
    frame = run.results()
    on = frame.filter(pl.col("split") == "dev")
    chosen = requirements.threshold(asked, on) if not task.mistake_costs else None
    if chosen is not None:
        run.write_json(FILE_NAME, {"name": chosen[0], "threshold": chosen[1]})
        task.decision_threshold = chosen
        run.replace_results(apply_threshold(frame, *chosen))
        on = run.results().filter(pl.col("split") == "dev")
    return requirements.measure(asked, on, net_figures(task, net, dev, asked), task.metric)


def apply_threshold(frame: pl.DataFrame, name: str, threshold: float) -> pl.DataFrame:
    """The results, decided from a threshold: the class where its probability reaches it, else the likeliest other."""
    others = [c for c in frame.columns if c.startswith("p_") and c != f"p_{name}"]
    best = pl.concat_list(others).list.arg_max()
    other = pl.lit(pl.Series([c.removeprefix("p_") for c in others])).gather(best)
    says = pl.col(f"p_{name}") >= threshold
    said = pl.when(says).then(pl.lit(name)).otherwise(other)
    sure = pl.when(says).then(pl.col(f"p_{name}")).otherwise(pl.max_horizontal(others)).cast(pl.Float64)
    frame = frame.with_columns(prediction=said, confidence=sure)
    return frame.with_columns(stat_wrong=(pl.col("prediction") != pl.col("target")).cast(pl.Float64))


def net_figures(
    task: Task, net: nn.Module, dev: Sequence[Example], asked: Sequence[Requirement]
) -> Mapping[str, float]:
    """The figures of the net that are asked for; the latency is the median over single examples of dev."""
    wanted = {r.name for r in asked}
    parameters = [*net.parameters(), *net.buffers()]
    found: dict[str, float] = {
        "parameters": float(sum(p.numel() for p in net.parameters())),
        "megabytes": sum(p.numel() * p.element_size() for p in parameters) / 1e6,
    }
    if "latency_ms" in wanted:
        found["latency_ms"] = _latency(task, net, dev)
    return found


def unmet_requirement(task: Task, net: nn.Module, dev: Sequence[Example]) -> str:
    """Which requirement of the net itself (its size, its latency) is not met, as told; "" where all are."""
    asked = [r for r in map(requirements.parse, task.settings.require) if r.name in requirements.OF_NET]
    if not asked:
        return ""
    values = net_figures(task, net, dev, asked)
    return next((f"{r.text}: {significant(values[r.name])}" for r in asked if not r.met(values[r.name])), "")


@torch.inference_mode()
def _latency(task: Task, net: nn.Module, dev: Sequence[Example]) -> float:
    settings, times = task.settings, []
    was_training = net.training
    net.eval()
    for i in range(LATENCY_REPEATS):
        encoded = task.encode(dev[i % len(dev)])
        began = time.perf_counter()
        batch = task.prepare(to_device(collate(task, [encoded]), settings.device or "cpu"), None)
        with autocast(settings.device or "cpu", settings.precision or "fp32"):
            output, _ = call_net(net, task, batch, None)
        task.decode(output, batch)
        times.append(1000 * (time.perf_counter() - began))
    net.train(was_training)
    return statistics.median(times[3:])


def as_json(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """As ``figures.json`` keeps it."""
    return [
        {"text": m.requirement.text, "met": m.met, "value": m.value.value, "low": m.value.low, "high": m.value.high}
        for m in measured
    ]
