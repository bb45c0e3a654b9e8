"""What was asked becomes the settings of a run: filled with what suits the data, and measured where only that can tell.

What becomes known late is gathered here, before the task of the run is built: the error that people make, the net and
the options of the run that it starts from, the name of a module of the user's own, the faster precision. A task that is
thrown away is fitted, and its net built, to measure; so a wrong option is said before anything is decoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import nn

from fathom.diagnosis.human_level import human_error
from fathom.progress import Watcher
from fathom.records import Example, Examples, Settings, Source
from fathom.runs import prepare, transfer
from fathom.runs.load import SAMPLE, build_net, materialize_lazy, move_to_device, sample_batch
from fathom.runs.request import Request
from fathom.task import Task
from fathom.tasks.classification import cost_matrix, costs_by_class
from fathom.training import hardware


def asked_settings(
    request: Request, settings: Settings, source: Source, examples: Examples, watcher: Watcher
) -> Settings:
    """The settings that were asked for, with what the data itself says of them.

    Args:
        request: what was asked.
        settings: of the request, in which those of a recipe stand where nothing was said.
        source: of the data.
        examples: as they were read.
        watcher: is told the error of people.
    """
    if source.annotators and settings.human_error is None:
        level = human_error([[e.metadata.get(name) for name in source.annotators] for e in examples.items])
        settings = replace(settings, human_error=level)
        if level is not None:
            watcher.summary_line("human", f"{100 * level:.1f} % of the answers differ from the majority of the others")
    if request.settings.lr_find and request.settings.lr is None:  # what is said now stands before a recipe's rate
        settings = replace(settings, lr=None)
    return settings


def resolve(
    reader: Task,
    asked: Settings,
    train: Sequence[Example],
    module: nn.Module | None,
    init_from: Path | None,
    watcher: Watcher,
    measure: bool,
) -> tuple[Settings, dict[str, Any], nn.Module]:
    """The settings of a run, what its task has learned from train, and its net as the training begins.

    Args:
        reader: that has read the data; it is left as it is.
        asked: Nones are found out.
        train: the training examples.
        module: the user's own net, or None.
        init_from: the run whose weights the training starts from, or None.
        watcher: is told what was taken from there.
        measure: no precision was said, so that the faster one is taken where only measuring can tell.

    Returns:
        Settings, the state of the encoder, and the net on its device. The learning rate is the usual one where it was
        not asked for.

    Raises:
        UserError: a setting or an option cannot be used.
    """
    if init_from is not None:
        asked = transfer.with_net_of(init_from, reader.name, asked)
    settings = prepare.resolve(reader, train, asked, own_net="" if module is None else type(module).__name__)
    trial = prepare.fit(reader, settings, train, init_from)
    if settings.cost:
        settings = replace(settings, cost=costs_by_class(trial.classes, settings.cost))
        cost_matrix(trial.classes, settings.cost)  # a class that there is not is said now
    net = build_net(trial, module)
    if init_from is not None:
        watcher.summary_line("start", transfer.take_weights(net, init_from))
    if module is not None:
        net = materialize_lazy(trial, net, sample_batch(trial, train))
    if measure and (module is not None or hardware.precision_must_be_measured(net, settings)):
        precision = hardware.fastest_precision(net, trial, sample_batch(trial, train, settings.batch_size or SAMPLE))
        settings = replace(settings, precision=precision)
        net = move_to_device(net, settings)
    return settings, trial.state(), net
