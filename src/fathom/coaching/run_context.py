"""A run as the coach sees it: its data, its settings, its figures and its findings."""

from __future__ import annotations

import copy
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from torch import nn

from fathom import diagnosis, tasks
from fathom.coaching.influence import additive
from fathom.command_flags import as_flags
from fathom.data.splits import split as splitting
from fathom.diagnosis import Decomposition
from fathom.diagnosis.decomposition import AVOIDABLE_BIAS, DATA_MISMATCH, TRAIN_ERROR_DOMINATES, VARIANCE
from fathom.errors import UserError
from fathom.metrics import Metric
from fathom.nets.net_options import SIZES, convert_option, options_within
from fathom.nets.pretrained import is_complete, starts_warm
from fathom.records import Example, Examples, Settings, Source, Splits
from fathom.runs import prepare, transfer
from fathom.runs.folder import RunFolder
from fathom.runs.load import build_net, load_task, materialize_lazy, reinitialize, sample_batch
from fathom.runs.request import asked_of, start_of
from fathom.task import Task
from fathom.training import hardware

LIMITS = {
    AVOIDABLE_BIAS: "bias",
    TRAIN_ERROR_DOMINATES: "bias",
    VARIANCE: "variance",
    DATA_MISMATCH: "mismatch",
}
"""What a remedy calls that which limits a model (`Remedy.against`)."""


@dataclass(frozen=True)
class Change:
    """What a remedy changes.

    Attributes:
        settings: by name; ``options`` are added to those there are.
        source: of the data, by name.
        fresh: what the user did not say is found out again, since it belonged to another net.
        part: of the training examples that are used, from 0 to 1.
        drop: ids of training examples to leave out.
        go_on: it starts from the weights that the run ended with.
        answers_only: it changes how a trained net answers, and nothing that it learns: the run's own net is judged with
            it, and nothing is trained.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    source: Mapping[str, Any] = field(default_factory=dict)
    fresh: bool = False
    part: float = 1.0
    drop: frozenset[str] = frozenset()
    go_on: bool = False
    answers_only: bool = False

    @property
    def beside_run(self) -> bool:
        """Whether it is held against the run itself: beside a short training anew it would always shine."""
        return self.go_on or self.answers_only

    def flags(self) -> list[str]:
        """As it is typed: ``--epochs 60``, ``--set width=64``; nothing for what is found out again."""
        return as_flags({**self.settings, **self.source})


@dataclass(frozen=True)
class RunContext:
    """A finished run, and everything needed to train its like.

    Attributes:
        run: the folder.
        recipe: of the run.
        task: as it was trained: settings resolved, encoder fitted.
        reader: that has read the data and was fitted to nothing: trainings like the run's begin with its like.
        source: of the data.
        examples: all of them.
        splits: which is which.
        findings: names of what was found.
        seconds: that the training took, looks at dev included.
        decomposition: of the error.
        module: the user's own net, where it is one; it is copied, never trained.
        redraw_weights: its weights are not those that the run began with, so that each training draws them anew.
    """

    run: RunFolder
    recipe: Mapping[str, Any]
    task: Task
    reader: Task
    source: Source
    examples: Examples
    splits: Splits
    findings: frozenset[str]
    seconds: float
    decomposition: Decomposition
    module: nn.Module | None = None
    redraw_weights: bool = False

    @property
    def settings(self) -> Settings:
        """Resolved."""
        return self.task.settings

    @property
    def metric(self) -> Metric:
        """By which it is judged."""
        return self.task.metric

    @property
    def additive_metric(self) -> Metric:
        """The same as a function of sums over examples, by which trainings are compared."""
        return additive(self.task.metric)

    @property
    def limits(self) -> str:
        """``bias``, ``variance``, ``mismatch`` or "" where the data cannot tell."""
        kind = self.decomposition.kind
        return LIMITS.get(kind, "") if kind is not None else ""

    @property
    def warm(self) -> bool:
        """Whether the net came with trained weights."""
        return starts_warm(self.net) or is_complete(self.net)

    @cached_property
    def net(self) -> nn.Module:
        """The net, as its training began."""
        return self.initial_net(self.task, Change())

    def init_from(self, change: Change) -> Path | None:
        """The run whose weights a training with a change starts from; another net starts from none.

        Args:
            change: that the training is to have.

        Returns:
            a run folder, or None.
        """
        if change.go_on:
            return self.run.path
        return None if change.fresh else start_of(self.recipe)

    def initial_net(self, task: Task, change: Change) -> nn.Module:
        """The net of a training with a change, as it begins.

        Args:
            task: fitted, with the settings of the training.
            change: that the training is to have.

        Returns:
            a net of its own, which may be trained.

        Raises:
            UserError: it cannot be built, or cannot take the weights that the run started from.
        """
        module = None if change.settings.get("net") else copy.deepcopy(self.module)
        if module is not None and self.redraw_weights:
            reinitialize(module, task.settings.seed)
        net, start = build_net(task, module), self.init_from(change)
        if module is not None:
            net = materialize_lazy(task, net, sample_batch(task, self.of("train")))
        if start is not None:
            transfer.take_weights(net, start)
        return net

    def of(self, split: str) -> tuple[Example, ...]:
        """The examples of a split, in order.

        Args:
            split: train, train-dev, dev or test.

        Returns:
            its examples.
        """
        return tuple(self.examples.of(self.splits.ids(split)))

    def asked(self) -> Settings:
        """What the user said; Nones were found out.

        What a range test found belongs to the net that it was made with, and what a mistake costs to the metric.
        """
        s = self.settings
        kept: dict[str, Any] = {"cost": s.cost, "source_weight": s.source_weight, "require": s.require}
        return replace(asked_of(self.recipe), seed=s.seed, device=s.device, lr_find=False, **kept)

    def settings_with(self, change: Change, seed: int) -> Settings:
        """The settings with a change, and another seed.

        Args:
            change: that the training is to have.
            seed: of the training.

        Returns:
            the settings, as they were resolved for the run; Nones where the change asks for them to be found out again.
        """
        return self._applied(change, self.asked() if change.fresh else self.settings, seed)

    def asked_with(self, change: Change) -> Settings:
        """What counts as said where the coach trains with a change: what the user said, and the change.

        Args:
            change: that the training is to have.

        Returns:
            settings, in which what was found out is None.
        """
        given = self._applied(change, self.asked(), self.settings.seed)
        return replace(given, device=asked_of(self.recipe).device)

    def _applied(self, change: Change, base: Settings, seed: int) -> Settings:
        """Settings with a change; where it takes another net, with those options only that are not the net's."""
        options = base.options
        if change.settings.get("net", self.settings.net) != self.settings.net:
            own = {name for known in options_within(self.net) for name in known}
            options = {name: value for name, value in options.items() if name not in own}
        given = {**change.settings, "options": {**options, **change.settings.get("options", {})}}
        return replace(base, **{**given, "seed": seed}).checked()

    def command(self, change: Change) -> str:
        """What to type to train with a change; "" where only a person can make it.

        Args:
            change: that the training is to have.

        Returns:
            a line for a shell.
        """
        if change.drop or change.part < 1 or (self.module is not None and not change.settings.get("net")):
            return ""
        here, asked = shlex.quote(str(self.run.path)), self.recipe["asked"]
        if not change.fresh:
            same = [f"--splits {here}"] if asked.get("splits") else []
            start = [f"--init-from {here}"] if change.go_on else []
            return " ".join([f"fathom train --recipe {here}", *same, *start, *change.flags()])
        source = replace(self.source, **change.source)
        data, named = shlex.quote(source.text), as_flags(vars(source.asked()))
        named += [f"--task {self.task.name}"] if asked.get("task") or asked.get("recipe") else []
        return " ".join([f"fathom train {data}", *named, f"--splits {here}", *as_flags(self._to_specify(change))])

    def _to_specify(self, change: Change) -> dict[str, Any]:
        """The settings of a fresh training that must be said, since they are not what is found out without."""
        plain, found_out = vars(Settings()), {"device": hardware.best_device()}
        settings = vars(self.settings_with(change, self.settings.seed))
        return {k: v for k, v in settings.items() if v not in (plain[k], found_out.get(k))}

    def size(self) -> tuple[str, Any] | None:
        """The option that says how wide the net is, and its value; None where it has none."""
        for known in options_within(self.net):
            for name in SIZES:
                if name in known and known[name][0] in (int, tuple[int, ...]):
                    kind, usual = known[name]
                    return name, convert_option(self.settings.options.get(name, usual), kind)
        return None


def context_of(run: RunFolder, module: nn.Module | None = None, redraw_weights: bool = True) -> RunContext:
    """What the coach asks of a run.

    Args:
        run: finished.
        module: the user's own net, where it is one.
        redraw_weights: what the run began with is not known any more: each training draws the weights of this module
            anew.

    Raises:
        UserError: it is not finished, its data has changed, what it started from is gone, or it has no dev to measure a
            gain on.
    """
    run.check_finished()
    recipe = run.read_recipe()
    task = load_task(run, recipe, to_train=True)
    start, source = start_of(recipe), prepare.source_of(recipe)
    _refuse_unrepeatable(run, task, start, module)
    reader = tasks.by_name(task.name)(task.settings)
    examples = prepare.read_again(run, recipe, reader, source, task.classes)
    splits = splitting.load(run.path)
    if not splits.ids("dev"):
        raise UserError(f"{run.path} has no dev split to measure a gain on: train again with one")
    frame = run.results(task.metric.needs)
    return RunContext(
        run=run,
        recipe=recipe,
        task=task,
        reader=reader,
        source=source,
        examples=examples,
        splits=splits,
        findings=frozenset(finding.name for finding in run.findings()),
        seconds=sum(float(row.get("seconds") or 0.0) for row in run.history()),
        decomposition=diagnosis.decompose(frame, task.metric, task.settings.human_error),
        module=module,
        redraw_weights=redraw_weights,
    )


def _refuse_unrepeatable(run: RunFolder, task: Task, start: Path | None, module: nn.Module | None) -> None:
    """Refuse a run of which no training like it can be made, or none that could be compared with it."""
    if start is not None and not RunFolder(start).weights.is_file():
        raise UserError(
            f"{run.path} started from the weights of {start}, and trainings like it cannot be made without: "
            "restore that run"
        )
    if module is None and task.settings.has_custom_net:
        raise UserError(
            f"the net of {run.path} is your own: ask the run that fathom.train(net=…) returned (run.next())"
        )
