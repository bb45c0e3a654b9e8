"""``fathom test``: the test split, scored once; the run remembers how often it was looked at."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from itertools import repeat
from typing import Any

from torch import nn

from fathom import diagnosis
from fathom.diagnosis.baseline import judge_difference
from fathom.errors import UserError
from fathom.metrics import Metric
from fathom.nets.pretrained import Complete
from fathom.progress import Watcher
from fathom.records import Baseline
from fathom.runs import findings
from fathom.runs.baseline_figures import baseline_figures, best_difference, interval_fields
from fathom.runs.figures import format_figure, secondary_figures
from fathom.runs.folder import RunFolder
from fathom.runs.load import build_net, load_net, load_task
from fathom.runs.prepare import Prepared, prepare_again
from fathom.runs.report import write_page
from fathom.runs.split_evaluation import outcome_of, results_of


def score(run: RunFolder, watcher: Watcher, module: nn.Module | None = None) -> dict[str, float]:
    """Score the test split, add its results to the run, and return the figure with its interval.

    Raises:
        UserError: there is no test split, the data has changed, or another process works on the run.
    """
    run.check_finished()
    with run.locked():
        return _score(run, watcher, module)


def _score(run: RunFolder, watcher: Watcher, module: nn.Module | None) -> dict[str, float]:
    recipe = run.read_recipe()
    task = load_task(run, recipe)
    prepared = prepare_again(run, recipe, task, watcher)
    test = prepared.of("test")
    if not test:
        raise UserError(f"{run.path} has no test split: train with `test=FOLDER`, or with enough data to split")
    net = load_net(run, task, module)
    kept = run.figures()
    run.results(task.metric.needs)  # what is damaged is refused before the look
    told = findings.known(run, recipe)
    recipe["looks_at_test"] = recipe.get("looks_at_test", 0) + 1
    run.write_json("recipe.json", recipe)  # counted before the look, so that no look goes uncounted

    watcher.begin_stage("baseline", 0)
    baselines = [*task.baselines(prepared.of("train"), test), *_untrained(net, prepared, watcher)]
    best = baselines[-1].predictions if baselines else repeat(None, len(test))
    rows = results_of(net, prepared, "test", watcher)
    run.write_results(replace(row, baseline=p) for row, p in zip(rows, best, strict=True))
    after = run.results(task.metric.needs)
    kept["splits"] = {k: interval_fields(v) for k, v in diagnosis.figures(after, task.metric).items()}
    kept["beside"] = secondary_figures(after, task.metric)
    kept["test_baselines"] = baseline_figures(task, after, test, baselines)
    run.write_json("figures.json", kept)
    findings.write(run, after, task.metric, replace(told, test_baselines=kept["test_baselines"]))
    write_page(run, recipe, prepared, after)
    _report_lines(watcher, task.metric, kept, f"{len(test):,} {prepared.examples.kind}")
    looks = recipe["looks_at_test"]
    told_looks = "first look at test" if looks == 1 else f"look {looks} at test: each one makes it worth less"
    watcher.summary_line("looks", told_looks)
    return kept["splits"]["test"]


def _untrained(net: nn.Module, prepared: Prepared, watcher: Watcher) -> list[Baseline]:
    """What a net that does its work as it comes makes of test before it is trained."""
    if not isinstance(net, Complete):
        return []
    began = time.monotonic()
    fresh = build_net(prepared.task)
    outcome = outcome_of(fresh, prepared, "test", watcher)
    return [Baseline(net.start_name, [p.value for p in outcome.predictions], time.monotonic() - began)]


def _report_lines(watcher: Watcher, metric: Metric, figures: Mapping[str, Any], kind: str) -> None:
    """The lines of the summary: the figure on test, those beside it, and the baselines."""
    watcher.summary_line("test", f"{metric.label} {format_figure(metric, figures['splits']['test'])} on {kind}")
    for other in metric.told_beside:
        watcher.summary_line("", f"{other.label} {other.show(figures['beside'][other.name]['test'])}")
    for b in figures["test_baselines"]:
        watcher.summary_line("baseline", f"{b['name']} {format_figure(metric, b)}")
    if best := best_difference(figures["test_baselines"]):
        told = judge_difference(best[0]["name"], best[0]["value"], best[1], metric)
        bounds = metric.show_difference(best[1].value, best[1].low, best[1].high)
        watcher.summary_line("compared", f"on test {told.title}; {bounds}")
