"""``fathom train``: from a source to a trained, evaluated, diagnosed and saved run.

Everything is written to the run folder as soon as it is known, in an order that lets a killed training go on from
wherever it stopped: recipe, splits, encoder, baselines, then checkpoints.
"""

from __future__ import annotations

import shutil
import time
from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

from torch import nn

from fathom.data.splits import split_rules
from fathom.diagnosis.human_level import human_error
from fathom.diagnosis.requirements import Measured
from fathom.errors import FathomError, UserError
from fathom.metrics import Metric
from fathom.nets.pretrained import starts_warm
from fathom.progress import ForwardingWatcher, Watcher
from fathom.records import CUSTOM_NET, SPLITS, Baseline
from fathom.runs import findings, prepare, transfer
from fathom.runs.decision_threshold import operate
from fathom.runs.evaluation_without_run import outcome_of, results_of, start_head
from fathom.runs.example_metadata import write_looks
from fathom.runs.figures import announce, result_lines, write_figures
from fathom.runs.folder import RunFolder
from fathom.runs.load import build_net, few, load_task, made_whole, place
from fathom.runs.prepare import Prepared, prepare_again
from fathom.runs.request import Request, beginning, new_folder, start_of, understand, write_recipe
from fathom.task import Task
from fathom.tasks.classification import cost_matrix
from fathom.training import distributed, hardware
from fathom.training.evaluation import Outcome, outcome_figures
from fathom.training.loop import fit
from fathom.training.range_test import range_test
from fathom.training.training_state import TrainingState


def train(request: Request, watcher: Watcher, module: nn.Module | None = None) -> RunFolder:
    """Train anew, in a new run folder.

    Raises:
        UserError: the data or a setting is not usable; nothing is left behind.
        Interrupted: the user stopped it; the folder can be resumed.
    """
    with distributed.joined(request.settings.device), ExitStack() as held:
        begun: list[Begun] = []

        def begin() -> Path:
            begun.append(_begin(request, watcher, module, held))
            return begun[0].run.path

        path = distributed.from_main(begin)
        return _carry_out(begun[0] if begun else _join(path, Watcher(), module), watcher if begun else Watcher())


def resume(path: Path, watcher: Watcher, module: nn.Module | None = None) -> RunFolder:
    """Go on with a training that was stopped, exactly where it stopped.

    Raises:
        UserError: there is no such run, it is finished, or its data has changed.
    """
    run = RunFolder.open(path)
    main = distributed.is_main()
    with distributed.joined(run.recipe["resolved"]["settings"].get("device")), run.held() if main else nullcontext():
        if run.has("findings.json"):
            raise UserError(
                f"{path} is finished: see fathom report {path}, or train again with --recipe {path}/recipe.json"
            )
        heard = watcher if distributed.is_main() else Watcher()
        begun = _join(path, heard, module)
        if distributed.from_main(lambda: begun.task.settings.lr is None):  # stopped before its range test had ended
            rate = distributed.from_main(lambda: _settle_rate(begun, _usual_rate(begun, module), heard))
            begun.task.settings = replace(begun.task.settings, lr=rate)
        return _carry_out(begun, heard)


@dataclass(frozen=True)
class Begun:
    """A run that is laid out: its folder is written, its data encoded, its net built."""

    run: RunFolder
    task: Task
    net: nn.Module
    prepared: Prepared


def _begin(request: Request, watcher: Watcher, module: nn.Module | None, held: ExitStack) -> Begun:
    """Lay a new run out; where that fails, nothing is left behind."""
    source, task = understand(request)
    start = beginning(request)
    examples = prepare.read(task, source)
    if source.annotators and task.settings.human_error is None:
        level = human_error([[e.metadata.get(name) for name in source.annotators] for e in examples.items])
        task.settings = replace(task.settings, human_error=level)
        if level is not None:
            watcher.summary_line("human", f"{100 * level:.1f} % of the answers differ from the majority of the others")
    if request.settings.lr_find and request.settings.lr is None:  # what is said now stands before a recipe's rate
        task.settings = replace(task.settings, lr=None)
    unsettled = task.settings.lr is None and (task.settings.lr_find or module is not None)
    run = new_folder(request.out, source)
    held.enter_context(run.held())
    try:
        splits = prepare.split(run, examples, task.settings, source, request.splits)
        fingerprint = prepare.data_fingerprint(examples.items)
        examples, splits = prepare.with_copies(source, examples, splits, task.settings.seed, watcher)
        train_examples = examples.of(splits.ids("train"))
        if start is not None:
            transfer.ask_alike(task, start)
        prepare.resolve(task, train_examples)
        if module is not None:
            task.settings = replace(task.settings, net=f"{CUSTOM_NET}{type(module).__name__}")
        prepare.fit_encoder(run, task, train_examples)
        if start is not None:
            run.write_json("encoder/state.json", transfer.see_alike(task, start))
        if task.settings.cost:
            cost_matrix(task.classes, task.settings.cost)  # a class that there is not is said now
        net = build_net(task, module)  # a wrong option is said before anything is decoded
        if start is not None:
            watcher.summary_line("start", transfer.take_weights(net, start))
        if module is not None:
            net = made_whole(task, net, few(task, train_examples))
        if request.settings.precision is None and (module is not None or hardware.unsure(net, task.settings)):
            precision = hardware.fastest_precision(net, task, few(task, train_examples))
            task.settings = replace(task.settings, precision=precision)
            net = place(net, task.settings)
        usual = task.settings.lr
        if unsettled:  # so that --resume knows that the range test is still to come
            task.settings = replace(task.settings, lr=None)
        write_recipe(run, request, source, task, fingerprint)
    except BaseException:
        shutil.rmtree(run.path, ignore_errors=True)
        raise
    try:
        prepared = prepare.encode(task, examples, splits, watcher)
        prepared.data()  # a source that there is not is said now
        begun = Begun(run, task, net, prepared)
        if unsettled:
            _settle_rate(begun, usual, watcher)
        return begun
    except FathomError:
        shutil.rmtree(run.path, ignore_errors=True)
        raise


def _usual_rate(begun: Begun, module: nn.Module | None) -> float | None:
    """The learning rate of the task's defaults, which know no net of the user's own."""
    task, prepared = begun.task, begun.prepared
    settings = task.settings
    try:
        task.settings = settings if module is None else replace(settings, net=None)
        return prepare.resolve(task, prepared.examples.of(prepared.splits.ids("train"))).settings.lr
    finally:
        task.settings = settings


def _settle_rate(begun: Begun, usual: float | None, watcher: Watcher) -> float:
    """Let a range test choose the learning rate, and keep it; where it finds none, the usual one, and that is told."""
    run, task = begun.run, begun.task
    assert usual is not None, "each task has a usual rate"
    watcher.begin_stage("range test", 0)
    found = range_test(begun.net, task, begun.prepared.data(), replace(task.settings, lr=usual))
    if found.rate is None:
        watcher.summary_line("rate", f"the range test found none, since {found.why}   the usual {usual:g} is taken")
    else:
        watcher.summary_line("rate", f"{found.rate:g}, by a range test: the loss falls fastest about there")
    task.settings = replace(task.settings, lr=found.rate or usual)
    recipe = run.recipe
    recipe["resolved"]["settings"]["lr"] = task.settings.lr
    run.write_json("recipe.json", recipe)
    return found.rate or usual


def _join(path: Path, watcher: Watcher, module: nn.Module | None) -> Begun:
    """Take up a run that was laid out before, or by the main process."""
    run = RunFolder.open(path)
    task = load_task(run)
    prepared = prepare_again(run, task, watcher)
    net = build_net(task, module)
    start = start_of(run.recipe)
    if start is not None and not run.has("checkpoint/state.safetensors"):  # stopped before its first
        transfer.take_weights(net, start)
    if module is not None:
        net = made_whole(task, net, few(task, prepared.of("train")))
    return Begun(run, task, net, prepared)


def _carry_out(begun: Begun, watcher: Watcher) -> RunFolder:
    """Baselines, training, results, findings, report. All processes train and evaluate; the main one tells."""
    run, task, net, prepared = begun.run, begun.task, begun.net, begun.prepared
    main = distributed.is_main()
    if main:
        run.write_skipped(prepared.skipped)
        announce(run, task, net, prepared, watcher)
    warm = _warm_up(run, task, net, prepared, watcher)
    baselines = distributed.from_main(lambda: _baselines(run, task, prepared, warm, watcher))
    epoch_0 = outcome_figures(task, prepared.of("dev"), warm.outcome) if warm else None
    progress = fit(net, task, prepared.data(), task.settings, run.path, Recorder(run, watcher), epoch_0)
    if not distributed.from_main(run.weights.exists):
        if main:
            shutil.rmtree(run.path, ignore_errors=True)
        raise UserError(f"{progress.stopped}, before any weights were worth keeping: train again with a lower --lr")
    rows = chain.from_iterable(
        results_of(net, task, prepared, split, watcher) for split in ("train", "train-dev", "dev")
    )
    if not main:
        deque(rows, maxlen=0)  # its share of the evaluation
    else:
        run.write_history(progress.history)
        dev = iter(baselines[-1].predictions if baselines else [])
        run.write_results(replace(r, baseline=next(dev, None)) if r.split == "dev" else r for r in rows)
        moved = split_rules.moves(prepare.source_of(run.recipe), prepared.examples.items)
        if moved or prepared.splits.rule.dev_may_differ:
            write_looks(run, prepared, [s for s in SPLITS if s != "test"], watcher, None)
        required = operate(run, task, net, prepared.of("dev"))
        conclude(run, task, prepared, progress, baselines, watcher, required)
        shutil.rmtree(run.path / "checkpoint", ignore_errors=True)
    return run


@dataclass(frozen=True)
class Warm:
    """What a net whose head was fitted on frozen features makes of dev, and the seconds that it took."""

    outcome: Outcome
    seconds: float


def _warm_up(run: RunFolder, task: Task, net: nn.Module, prepared: Prepared, watcher: Watcher) -> Warm | None:
    """Fit the head of a pretrained net, and look at dev once: the baseline to beat, and epoch 0 of the fine-tuning."""
    begun = run.has("checkpoint/state.safetensors") and run.has("baselines.json")
    if not starts_warm(net) or distributed.from_main(lambda: begun):
        return None
    began = time.monotonic()
    if distributed.is_main():
        start_head(net, task, prepared, watcher)
    distributed.same_weights(net)
    if not len(prepared.indices("dev")):
        return None
    return Warm(outcome_of(net, task, prepared, "dev", watcher), time.monotonic() - began)


class Recorder(ForwardingWatcher):
    """Passes everything on, and keeps the history in the run folder."""

    def __init__(self, run: RunFolder, inner: Watcher) -> None:
        super().__init__(inner)
        self.run = run

    def end_epoch(self, record: dict[str, Any], metric: Metric) -> None:
        """Keep the record, and pass it on; one process does."""
        if not distributed.is_main():
            return
        kept = [r for r in self.run.history() if r["epoch"] < record["epoch"]]
        self.run.write_history([*kept, record])
        super().end_epoch(record, metric)


def _baselines(run: RunFolder, task: Task, prepared: Prepared, warm: Warm | None, watcher: Watcher) -> list[Baseline]:
    """What simple things reach on dev; kept in the run folder."""
    if run.has("baselines.json"):
        return run.baselines()
    dev = prepared.of("dev")
    watcher.begin_stage("baseline", 0)
    found = task.baselines(prepared.of("train"), dev) if dev else []
    if warm:
        name = "logistic regression on pretrained features"
        found.append(Baseline(name, [p.value for p in warm.outcome.predictions], warm.seconds))
    run.write_json("baselines.json", [vars(b) for b in found])
    return found


def conclude(
    run: RunFolder,
    task: Task,
    prepared: Prepared,
    progress: TrainingState,
    baselines: list[Baseline],
    watcher: Watcher,
    required: Sequence[Measured] = (),
) -> None:
    """Figures, findings, report, and the lines that tell them."""
    from fathom.runs.report import write_page  # loads matplotlib, which no training has to wait for

    frame = run.results(task.metric.needs)  # read once: a large table
    write_figures(run, task, frame, prepared.of("dev"), baselines, progress.stopped, required)
    found = findings.write(run, frame, task.metric)
    for label, text in result_lines(run, task):
        watcher.summary_line(label, text)
    if len(prepared.of("dev")) and any(f.severity != "good" for f in found):
        watcher.summary_line("next", f"fathom next {run.path}   measures what would help")
    watcher.begin_stage("report", 0)
    write_page(run, task, prepared, frame)
    watcher.summary_line("report", str(run.report))
