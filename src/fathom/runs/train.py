"""``fathom train``: from a source to a trained, evaluated, diagnosed and saved run.

Everything is written to the run folder as soon as it is known, in an order that lets a killed training go on from
wherever it stopped: recipe, splits, encoder, baselines, then checkpoints.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from fathom import diagnosis, tasks
from fathom.data.keyed import step_seed
from fathom.data.source import resolve as resolve_source
from fathom.errors import UserError
from fathom.records import Baseline, Settings, Source
from fathom.runs import prepare
from fathom.runs.folder import SCHEMA, RunFolder
from fathom.runs.prepare import Prepared
from fathom.task import Task
from fathom.training import hardware
from fathom.training.evaluation import Outcome, evaluate, results
from fathom.training.head import embeddings, fit_head
from fathom.training.loop import Progress, Watcher, fit


@dataclass(frozen=True)
class Request:
    """What the user asked for.

    Attributes:
        data: a path or ``practice:…``; None when a recipe gives it.
        task, target, dev, test, group: as in the command line.
        settings: what was said about the training; Nones are found out.
        out: the run folder; None chooses ``runs/NAME-1``, the next that is free.
        splits: another run whose splits are used again.
        recipe: a recipe file to repeat.
    """

    data: str | None = None
    task: str | None = None
    target: str | None = None
    dev: str | None = None
    test: str | None = None
    group: str | None = None
    settings: Settings = field(default_factory=Settings)
    out: Path | None = None
    splits: Path | None = None
    recipe: Path | None = None


def train(request: Request, watcher: Watcher, module: nn.Module | None = None) -> RunFolder:
    """Train anew, in a new run folder.

    Raises:
        UserError: the data or a setting is not usable; nothing is left behind.
        Interrupted: the user stopped it; the folder can be resumed.
    """
    source, task = _understand(request)
    examples = prepare.read(task, source)
    run = RunFolder.create(request.out or _free_name(source))
    try:
        splits = prepare.split(run, examples, task.settings, source, request.splits)
        train_examples = examples.of(splits.ids("train"))
        prepare.resolve(task, train_examples)
        if module is not None:
            task.settings = replace(task.settings, net=f"custom:{type(module).__name__}")
        prepare.fit_encoder(run, task, train_examples)
        _write_recipe(run, request, source, task, prepare.data_fingerprint(examples))
        net = build_net(task, module)  # a wrong option is said before anything is decoded
    except BaseException:
        shutil.rmtree(run.path, ignore_errors=True)
        raise
    return _carry_out(run, task, net, prepare.encode(task, examples, splits, watcher), watcher)


def resume(path: Path, watcher: Watcher, module: nn.Module | None = None) -> RunFolder:
    """Go on with a training that was stopped, exactly where it stopped.

    Raises:
        UserError: there is no such run, it is finished, or its data has changed.
    """
    run = RunFolder.open(path)
    if run.has("findings.json"):
        raise UserError(
            f"{path} is finished: see fathom report {path}, or train again with --recipe {path}/recipe.json"
        )
    task = load_task(run)
    prepared = prepare_again(run, task, watcher)
    return _carry_out(run, task, build_net(task, module), prepared, watcher)


def prepare_again(run: RunFolder, task: Task, watcher: Watcher) -> Prepared:
    """Read a run's data once more, as it was.

    Raises:
        UserError: the data has changed since.
    """
    source = prepare.source_of(run.recipe)
    examples = prepare.read(task, source)
    if prepare.data_fingerprint(examples) != run.recipe["resolved"]["data_fingerprint"]:
        raise UserError(
            f"{source.text} has changed since {run.path} was trained: train again, with --splits {run.path}"
        )
    splits = prepare.split(run, examples, task.settings, source, None)
    return prepare.encode(task, examples, splits, watcher)


def load_task(run: RunFolder) -> Task:
    """The run's task, with its settings and its encoder."""
    resolved = run.recipe["resolved"]
    task = tasks.by_name(str(resolved.get("task")))(Settings.from_dict(resolved.get("settings", {})))
    task.restore(run.read_json("encoder/state.json"))
    return task


def build_net(task: Task, module: nn.Module | None = None) -> nn.Module:
    """The task's net, initialized by the seed, or the user's own module, made to take the task's input."""
    settings = task.settings
    if module is not None:
        net = task.adopt(module)
    elif (settings.net or "").startswith("custom:"):
        raise UserError(f"this run's net is your own {settings.net}: give it with net=…, from Python")
    else:
        torch.manual_seed(step_seed(settings.seed, -1))
        net = task.net()
    if settings.precision == "bf16" or settings.net in hardware.CONVOLUTIONAL:
        net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return net.to(settings.device or "cpu")


def _understand(request: Request) -> tuple[Source, Task]:
    """The source and the task, from the request or from its recipe."""
    settings, name = request.settings, request.task
    if request.recipe is not None:
        recipe = RunFolder(request.recipe.parent).read_json(request.recipe.name)
        resolved = recipe["resolved"]
        settings = Settings.from_dict(resolved["settings"])
        recorded = prepare.source_of(recipe)
        text = request.data or recorded.text
        dev, test = ("none" if recorded.no_dev else recorded.dev), recorded.test
        source = resolve_source(
            text, dev=dev and str(dev), test=test and str(test), target=recorded.target, group=recorded.group
        )
        return source, tasks.by_name(name or resolved["task"])(settings)
    if request.data is None:
        raise UserError("there is no data to train on: give a folder, a table or practice:cats")
    source = resolve_source(
        request.data, dev=request.dev, test=request.test, target=request.target, group=request.group
    )
    task = tasks.by_name(name) if name else tasks.recognize(source)[0]
    return source, task(settings)


def _free_name(source: Source) -> Path:
    """``runs/NAME-1`` or the next number that is free."""
    stem = source.text.removeprefix("practice:").partition("?")[0].rstrip("/")
    name = Path(stem).stem or source.path.resolve().name or "run"
    number = 1
    while (Path("runs") / f"{name}-{number}").exists():
        number += 1
    return Path("runs") / f"{name}-{number}"


def _write_recipe(run: RunFolder, request: Request, source: Source, task: Task, fingerprint: str) -> None:
    asked = {name: value for name, value in vars(request).items() if value is not None and name != "settings"}
    said = {k: v for k, v in request.settings.to_dict().items() if v is not None and v != {}}
    run.write_json(
        "recipe.json",
        {
            "schema": SCHEMA,
            "asked": {k: str(v) for k, v in asked.items()} | {"settings": said},
            "resolved": {
                "task": task.name,
                "source": prepare.source_record(source),
                "data_fingerprint": fingerprint,
                "settings": task.settings.to_dict(),
                "versions": hardware.versions(),
            },
            "looks_at_test": 0,
        },
    )


def _carry_out(run: RunFolder, task: Task, net: nn.Module, prepared: Prepared, watcher: Watcher) -> RunFolder:
    """Baselines, training, results, findings, report."""
    run.write_skipped(prepared.skipped)
    announce(run, task, net, prepared, watcher)
    if getattr(net, "warm", False) and not run.has("checkpoint/state.safetensors"):
        _fit_head(net, task, prepared, watcher)
    baselines = _baselines(run, task, net, prepared, watcher)
    progress = fit(net, task, prepared.data(), task.settings, run.path, Recorder(run, watcher))
    run.write_history(progress.history)
    if not run.weights.exists():
        raise UserError(f"{progress.stopped}, before any weights were worth keeping: train again with a lower --lr")
    rows = []
    for split in ("train", "train-dev", "dev"):
        if len(prepared.indices(split)):
            outcome = outcome_of(net, task, prepared, split, watcher)
            rows += results(task, prepared.of(split), split, outcome)
    best = baselines[-1].predictions if baselines else []
    dev = iter(best)
    rows = [replace(row, baseline=next(dev, None)) if row.split == "dev" else row for row in rows]
    run.write_results(rows)
    conclude(run, task, prepared, progress, baselines, watcher)
    shutil.rmtree(run.path / "checkpoint", ignore_errors=True)
    return run


class Recorder(Watcher):
    """Passes everything on, and keeps the history in the run folder."""

    def __init__(self, run: RunFolder, inner: Watcher) -> None:
        self.run, self.inner = run, inner
        self.stage, self.advance, self.line = inner.stage, inner.advance, inner.line  # type: ignore[method-assign]
        self.interrupted = inner.interrupted  # type: ignore[method-assign]

    def epoch(self, record: dict[str, Any]) -> None:
        """Keep the record, and pass it on."""
        kept = [r for r in self.run.history() if r["epoch"] < record["epoch"]]
        self.run.write_history([*kept, record])
        self.inner.epoch(record)


def outcome_of(net: nn.Module, task: Task, prepared: Prepared, split: str, watcher: Watcher) -> Outcome:
    """The net's outcome on one split."""
    s = task.settings
    indices = prepared.indices(split)
    watcher.stage(f"evaluate {split}", len(indices))
    return evaluate(
        net,
        task,
        prepared.store,
        indices,
        device=s.device or "cpu",
        precision=s.precision or "fp32",
        progress=watcher.advance,
    )


def announce(run: RunFolder, task: Task, net: nn.Module, prepared: Prepared, watcher: Watcher) -> None:
    """Say what was found out, before training."""
    s = task.settings
    n = len(prepared.store.ids)
    what = f"{n:,} {prepared.examples.kind}"
    classes = getattr(task, "classes_", [])
    if classes:
        shown = ", ".join(classes[:6]) + (" …" if len(classes) > 6 else "")
        what += f", {len(classes)} classes ({shown})"
    if prepared.examples.target not in ("folder", "target"):
        what += f", target {prepared.examples.target}"
    if prepared.skipped:
        what += f"   {len(prepared.skipped)} could not be read: {run.path / 'skipped.csv'}"
    watcher.line("data", what)
    sizes = " · ".join(f"{name} {len(prepared.of(name)):,}" for name in prepared.splits.names())
    watcher.line("split", f"{sizes}   {prepared.splits.rule}")
    weights = sum(p.numel() for p in net.parameters())
    length = f"{s.budget:g} s" if s.budget else f"{s.epochs} epochs"
    watcher.line(
        "net",
        f"{s.net}, {weights:,} weights   {s.precision}, {s.optimizer} {s.lr:g}, {s.schedule}, "
        f"batch {s.batch_size}, {length}",
    )


def _fit_head(net: Any, task: Task, prepared: Prepared, watcher: Watcher) -> None:
    s = task.settings
    indices = prepared.indices("train")
    watcher.stage("frozen features", len(indices))
    features = embeddings(
        net,
        task,
        prepared.store,
        indices,
        device=s.device or "cpu",
        precision=s.precision or "fp32",
        progress=watcher.advance,
    )
    labels = prepared.store.gather(indices)["label"].numpy()
    fit_head(net.head, features, labels)


def _baselines(run: RunFolder, task: Task, net: nn.Module, prepared: Prepared, watcher: Watcher) -> list[Baseline]:
    """What simple things reach on dev; kept in the run folder."""
    if run.has("baselines.json"):
        return [Baseline(**b) for b in run.read_json("baselines.json")]
    dev = prepared.of("dev")
    watcher.stage("baseline", 0)
    found = task.baselines(prepared.of("train"), dev) if dev else []
    if dev and getattr(net, "warm", False):
        import time

        began = time.monotonic()
        outcome = outcome_of(net, task, prepared, "dev", watcher)
        name = "logistic regression on pretrained features"
        found.append(Baseline(name, [p.value for p in outcome.predictions], time.monotonic() - began))
    run.write_json("baselines.json", [vars(b) for b in found])
    return found


def conclude(
    run: RunFolder, task: Task, prepared: Prepared, progress: Progress, baselines: list[Baseline], watcher: Watcher
) -> None:
    """Figures, findings, report, and the lines that tell them."""
    from fathom.runs.figures import result_lines, write_figures
    from fathom.runs.page import write_page

    write_figures(run, task, prepared.of("dev"), baselines, progress.stopped)
    found = diagnosis.diagnose(
        run.results(),
        history=progress.history,
        human_error=task.settings.human_error,
        skipped=len(prepared.skipped),
    )
    run.write_findings(found)
    for label, text in result_lines(run, task):
        watcher.line(label, text)
    watcher.stage("report", 0)
    write_page(run, task, prepared)
    watcher.line("report", str(run.report))
