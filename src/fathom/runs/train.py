"""``fathom train``: from a source to a trained, evaluated, diagnosed and saved run.

    resolve → create → encode → (find the rate) → baselines → train → evaluate → conclude

Everything is written to the run folder as soon as it is known, in an order that lets a killed training go on from
wherever it stopped: splits, encoder, recipe, baselines, then checkpoints.
"""

from __future__ import annotations

import shutil
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from torch import nn

from fathom.data.files import CHECKPOINT
from fathom.data.splits import split_rules
from fathom.diagnosis import requirements
from fathom.diagnosis.requirements import Measured
from fathom.errors import FathomError, UserError
from fathom.metrics import Metric
from fathom.nets.pretrained import Complete, FitsStart, is_complete, starts_warm
from fathom.progress import ForwardingWatcher, Watcher
from fathom.records import SPLITS, Baseline
from fathom.runs import findings, kept_part, prepare, resumption, transfer
from fathom.runs.data_warnings import warn_of_data
from fathom.runs.decision_threshold import choose_threshold
from fathom.runs.example_metadata import write_metadata
from fathom.runs.figures import announce, result_lines, write_figures
from fathom.runs.folder import RunFolder
from fathom.runs.linear_probe_start import start_head
from fathom.runs.load import build_net, load_task, materialize_lazy, sample_batch
from fathom.runs.prepare import Prepared
from fathom.runs.request import Request, beginning, new_folder, start_of, understand, write_recipe
from fathom.runs.resolve import asked_settings, resolve
from fathom.runs.split_evaluation import outcome_of, results_of
from fathom.task import Task
from fathom.training import distributed
from fathom.training.allocator import keep_freed_memory
from fathom.training.evaluation import Outcome, outcome_figures
from fathom.training.loop import fit
from fathom.training.range_test import range_test
from fathom.training.training_state import TrainingState


@dataclass(frozen=True)
class TrainingRun:
    """A training that is laid out: its folder is written, its settings are final, its data encoded, its net built.

    Attributes:
        run: the folder.
        recipe: what was asked and what was resolved, as it lies there.
        prepared: the task, fitted, and the encoded data.
        net: as its training begins.
    """

    run: RunFolder
    recipe: Mapping[str, Any]
    prepared: Prepared
    net: nn.Module

    @property
    def task(self) -> Task:
        """With the settings of the recipe."""
        return self.prepared.task

    def with_rate(self, rate: float) -> TrainingRun:
        """The same with the learning rate that was found, in its settings and its recipe."""
        prepared = self.prepared.with_settings(replace(self.task.settings, lr=rate))
        resolved = self.recipe["resolved"]
        recipe = {**self.recipe, "resolved": {**resolved, "settings": prepared.task.settings.to_dict()}}
        return replace(self, prepared=prepared, recipe=recipe)


def train(request: Request, watcher: Watcher, module: nn.Module | None = None) -> RunFolder:
    """Train anew, in a new run folder.

    Raises:
        UserError: the data or a setting is not usable; nothing is left behind.
        Interrupted: the user stopped it; the folder can be resumed.
    """
    began = time.monotonic()
    keep_freed_memory()
    with distributed.process_group(request.settings.device), ExitStack() as stack:
        of_main: list[TrainingRun] = []

        def start() -> Path:
            of_main.append(_start(request, watcher, module, stack))
            return of_main[0].run.path

        path = distributed.from_main(start)
        if of_main:
            return _carry_out(of_main[0], watcher, began)
        run = RunFolder.open(path)
        return _carry_out(_take_up(run, run.read_recipe(), Watcher(), module), Watcher())


def resume(
    path: Path,
    watcher: Watcher,
    module: nn.Module | None = None,
    *,
    data: str | None = None,
    asked: Mapping[str, Any] | None = None,
) -> RunFolder:
    """Go on with a training that was stopped, exactly where it stopped: in mid-epoch, or while its results are told.

    Args:
        path: of the run folder.
        watcher: is told how it goes.
        module: the user's own net, or None.
        data: where the data lies now; None: where it lay.
        asked: what else was said, by the names of the options.

    Raises:
        UserError: there is no such run, it is finished, its data has changed, or something else is asked now than then.
    """
    run = RunFolder.open(path)
    resumption.check_asked(run, asked or {})
    main = distributed.is_main()
    device = run.read_recipe()["resolved"]["settings"].get("device")
    keep_freed_memory()
    with distributed.process_group(device), run.locked() if main else nullcontext():
        if run.is_finished():
            raise UserError(
                f"{path} is finished: see fathom report {path}, or train again with `recipe={path}/recipe.json`"
            )
        heard = watcher if distributed.is_main() else Watcher()
        recipe = run.read_recipe()
        training = _take_up(run, resumption.with_data_at(run, recipe, data), heard, module)
        if main and training.recipe != recipe:  # the data was found to be the same
            run.write_json("recipe.json", training.recipe)
        if distributed.from_main(lambda: training.task.settings.lr is None):  # stopped before its range test had ended
            rate = distributed.from_main(lambda: _find_rate(training, _usual_rate(training, module), heard))
            return _carry_out(training.with_rate(rate), heard)
        return _carry_out(training, heard)


def _start(request: Request, watcher: Watcher, module: nn.Module | None, stack: ExitStack) -> TrainingRun:
    """Resolve, create, encode; where that fails, nothing is left behind.

    Args:
        request: what was asked.
        watcher: is told how far it is.
        module: the user's own net, or None.
        stack: holds the lock of the new folder.
    """
    source, reader = understand(request, watcher)
    init_from = beginning(request)
    examples = prepare.read(reader, source)
    asked = asked_settings(request, reader.settings, source, examples, watcher)
    lr_find = asked.lr is None and (asked.lr_find or module is not None)
    run = new_folder(request.out, source)
    stack.enter_context(run.locked())
    with _removed_after(run, BaseException):
        splits = prepare.split(run, examples, asked.seed, source, request.splits)
        fingerprint = prepare.data_fingerprint(examples.items)
        examples, splits = prepare.with_copies(source, examples, splits, asked.seed, watcher)
        train_examples = examples.of(splits.ids("train"))
        remeasure = request.settings.precision is None
        settings, encoder, net = resolve(reader, asked, train_examples, module, init_from, watcher, remeasure)
        run.write_json("encoder/state.json", encoder)
        recorded = replace(settings, lr=None) if lr_find else settings  # --resume then knows that it is to come
        recipe = write_recipe(run, request, source, reader.name, recorded, fingerprint)
    with _removed_after(run, FathomError):
        prepared = prepare.fitted(reader, settings, examples, splits, watcher, encoder=encoder)
        prepared.data()  # a source that there is not is said now
        requirements.ask_possible(
            [requirements.parse(text) for text in settings.require], prepared.task.metric, prepared.task.classes
        )
        training = TrainingRun(run, recipe, prepared, net)
        return training.with_rate(_find_rate(training, settings.lr, watcher)) if lr_find else training


@contextmanager
def _removed_after(run: RunFolder, error: type[BaseException]) -> Iterator[None]:
    """Leave no run folder behind where what is done within fails so."""
    try:
        yield
    except error:
        shutil.rmtree(run.path, ignore_errors=True)
        raise


def _take_up(run: RunFolder, recipe: Mapping[str, Any], watcher: Watcher, module: nn.Module | None) -> TrainingRun:
    """A run that was laid out before, or by the main process."""
    task = load_task(run, recipe, to_train=True)
    prepared = prepare.prepare_again(run, recipe, task, watcher)
    init_from, goes_on = start_of(recipe), run.has(CHECKPOINT)
    if goes_on or not distributed.is_main():  # the weights come from the checkpoint, or from the main process
        net = build_net(task, module)
    else:  # a net that was trained elsewhere has its weights from there only where its task learns anew
        train_examples = prepared.examples.of(prepared.splits.ids("train"))
        net = build_net(prepare.fit(task, task.settings, train_examples, init_from), module)
    if init_from is not None and not goes_on:
        transfer.take_weights(net, init_from)
    if module is not None:
        net = materialize_lazy(task, net, sample_batch(task, prepared.of("train")))
    return TrainingRun(run, recipe, prepared, net)


def _usual_rate(training: TrainingRun, module: nn.Module | None) -> float | None:
    """The learning rate of the task's defaults, which know no net of the user's own."""
    task, prepared = training.task, training.prepared
    asked = task.settings if module is None else replace(task.settings, net=None)
    return prepare.resolve(task, prepared.examples.of(prepared.splits.ids("train")), asked).lr


def _find_rate(training: TrainingRun, usual: float | None, watcher: Watcher) -> float:
    """The rate that a range test finds, or else the usual one; it is told, and written into the recipe."""
    assert usual is not None, "each task has a usual rate"
    watcher.begin_stage("range test", 0)
    task = training.task
    found = range_test(training.net, task, training.prepared.data(), replace(task.settings, lr=usual))
    if found.rate is None:
        watcher.summary_line("rate", f"the range test found none, since {found.why}   the usual {usual:g} is taken")
    else:
        watcher.summary_line("rate", f"{found.rate:g}, by a range test: the loss falls fastest about there")
    rate = found.rate or usual
    training.run.write_json("recipe.json", training.with_rate(rate).recipe)
    return rate


def _carry_out(training: TrainingRun, watcher: Watcher, began: float | None = None) -> RunFolder:
    """Baselines, training, results, findings, report. All processes train and evaluate; the main one tells.

    Args:
        training: as it is laid out.
        watcher: is told how it goes.
        began: when it began, by the monotonic clock, where a budget is for all of it; None: for what is left to train.
    """
    run, task, net, prepared = training.run, training.task, training.net, training.prepared
    main = distributed.is_main()
    if main:
        run.write_skipped(prepared.skipped)
        announce(run, task, net, prepared, watcher)
        warn_of_data(prepared, prepare.source_of(training.recipe), watcher)
    probe = _fit_head(run, net, prepared, watcher)
    baselines = distributed.from_main(lambda: _baselines(run, net, prepared, probe, watcher))
    epoch_0 = outcome_figures(task, prepared.of("dev"), probe.outcome) if probe else None
    progress = fit(net, task, prepared.data(), task.settings, run.path, Recorder(run, watcher), epoch_0, began)
    if not distributed.from_main(run.weights.exists):
        if main:
            shutil.rmtree(run.path, ignore_errors=True)
        raise UserError(f"{progress.stopped}, before any weights were worth keeping: train again with a lower `lr`")
    if main:
        run.write_history(progress.history)
    _evaluate(training, baselines, watcher)
    if main:
        _record_examples(training, watcher)
        required = choose_threshold(run, task, net, prepared.of("dev"))
        conclude(run, training.recipe, prepared, progress, baselines, watcher, required)
        run.finish()
    return run


def _evaluate(training: TrainingRun, baselines: Sequence[Baseline], watcher: Watcher) -> None:
    """The results of every split but test, in the run folder."""
    rows = chain.from_iterable(
        results_of(training.net, training.prepared, split, watcher) for split in SPLITS if split != "test"
    )
    if not distributed.is_main():
        deque(rows, maxlen=0)  # its share of the evaluation
        return
    of_dev = iter(baselines[-1].predictions if baselines else [])
    training.run.write_results(replace(r, baseline=next(of_dev, None)) if r.split == "dev" else r for r in rows)


def _record_examples(training: TrainingRun, watcher: Watcher) -> None:
    """What else is known of the examples, where train and dev are not of one kind."""
    prepared = training.prepared
    moved = split_rules.dev_differs_by_design(prepare.source_of(training.recipe), prepared.examples.items)
    if moved or prepared.splits.rule.dev_may_differ:
        write_metadata(training.run, training.recipe, prepared, [s for s in SPLITS if s != "test"], watcher, None)


@dataclass(frozen=True)
class LinearProbe:
    """What a net makes of dev before it is trained, and the seconds that it took, its head's fit included."""

    outcome: Outcome
    seconds: float


def _fit_head(run: RunFolder, net: nn.Module, prepared: Prepared, watcher: Watcher) -> LinearProbe | None:
    """Fit the head of a pretrained net, and look at dev once: the baseline to beat, and epoch 0 of the fine-tuning.

    A net that does its work as it comes has nothing to fit.
    """
    goes_on = run.has(CHECKPOINT) and run.has("baselines.json")
    if not (starts_warm(net) or is_complete(net)) or distributed.from_main(lambda: goes_on):
        return None
    began = time.monotonic()
    if distributed.is_main() and starts_warm(net):
        start_head(net, prepared, watcher)
    distributed.broadcast_weights(net)
    if not len(prepared.indices("dev")):
        return None
    return LinearProbe(outcome_of(net, prepared, "dev", watcher), time.monotonic() - began)


class Recorder(ForwardingWatcher):
    """Passes everything on, and keeps the history in the run folder."""

    def __init__(self, run: RunFolder, inner: Watcher) -> None:
        super().__init__(inner)
        self.run = run

    def end_epoch(self, record: dict[str, Any], metric: Metric) -> None:
        """Keep the record, and pass it on; one process does."""
        if not distributed.is_main():
            return
        earlier = [r for r in self.run.history() if r["epoch"] < record["epoch"]]
        self.run.write_history([*earlier, record])
        super().end_epoch(record, metric)


def _baselines(
    run: RunFolder, net: nn.Module, prepared: Prepared, probe: LinearProbe | None, watcher: Watcher
) -> list[Baseline]:
    """What simple things reach on dev; kept in the run folder."""
    if run.has("baselines.json"):
        return run.baselines()
    dev = prepared.of("dev")
    watcher.begin_stage("baseline", 0)
    found = prepared.task.baselines(prepared.of("train"), dev) if dev else []
    if probe:
        named = next((one for one in (prepared.task, net) if isinstance(one, FitsStart | Complete)), None)
        name = named.start_name if named else "logistic regression on pretrained features"
        found.append(Baseline(name, [p.value for p in probe.outcome.predictions], probe.seconds))
    run.write_json("baselines.json", [vars(b) for b in found])
    return found


def conclude(
    run: RunFolder,
    recipe: Mapping[str, Any],
    prepared: Prepared,
    progress: TrainingState,
    baselines: list[Baseline],
    watcher: Watcher,
    required: Sequence[Measured] = (),
) -> None:
    """Figures, findings, report, and the lines that tell them."""
    from fathom.runs.report import write_page  # loads matplotlib, which no training has to wait for

    task = prepared.task
    frame = run.results(task.metric.needs)  # read once: a large table
    write_figures(run, task, frame, prepared.of("dev"), baselines, progress.stopped, required)
    kept_part.write(run, progress.kept)
    found = findings.write(run, frame, task.metric, findings.known(run, recipe))
    for label, text in result_lines(run, task):
        watcher.summary_line(label, text)
    if len(prepared.of("dev")) and any(f.severity != "good" for f in found):
        watcher.summary_line("next", f"fathom next {run.path}   measures what would help")
    watcher.begin_stage("report", 0)
    write_page(run, recipe, prepared, frame)
    watcher.summary_line("report", str(run.report))
