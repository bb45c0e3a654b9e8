"""A net that is trained to be judged, not kept: as a run would train it, and no run folder is made."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from torch import nn

from fathom.errors import UserError
from fathom.nets.pretrained import is_complete, starts_warm
from fathom.progress import Watcher
from fathom.runs import prepare
from fathom.runs.folder import RunFolder
from fathom.runs.linear_probe_start import start_head
from fathom.runs.prepare import Prepared
from fathom.runs.request import Request, beginning, understand
from fathom.runs.split_evaluation import outcome_of
from fathom.training.evaluation import outcome_figures
from fathom.training.loop import fit
from fathom.training.training_state import TrainingState


def prepare_without_run(request: Request, watcher: Watcher) -> Prepared:
    """The data as a run of this request would have it, without making one; test is left out.

    Raises:
        UserError: the run would start from the weights of another, which nets that are tried here do not.
    """
    init_from = beginning(request)
    if init_from is not None:
        raise UserError(
            f"nets that are only tried start from scratch, not from the weights of {init_from}: leave it out"
        )
    source, reader = understand(request)
    asked = reader.settings
    examples = prepare.read(reader, source)
    with tempfile.TemporaryDirectory() as folder:
        splits = prepare.split(RunFolder(Path(folder)), examples, asked.seed, source, request.splits)
    examples, splits = prepare.with_copies(source, examples, splits, asked.seed, watcher)
    settings = prepare.resolve(reader, examples.of(splits.ids("train")), asked)
    return prepare.fitted(reader, settings, examples, prepare.without_test(splits), watcher)


def fit_without_run(
    net: nn.Module, prepared: Prepared, watcher: Watcher, *, blind: bool = False, budget: float | None = None
) -> TrainingState:
    """Train a net that is to be judged, not kept: its head first where it is pretrained.

    Args:
        net: of the task of `prepared`.
        prepared: the data, and the settings.
        watcher: is told how far it is.
        blind: dev neither chooses the weights nor ends the training.
        budget: seconds to train for, in place of what the settings say.
    """
    task = prepared.task
    warm = starts_warm(net)
    if warm:
        start_head(net, prepared, watcher)
    data, settings = prepared.data(), task.settings
    if budget is not None:
        settings = replace(settings, budget=budget)
    if blind:
        data = replace(data, dev=np.zeros(0, np.int64), dev_examples=())
        settings = replace(settings, patience=0)
    epoch_0 = None
    if (warm or is_complete(net)) and len(data.dev):  # what it can do before it is tuned may be the best that it can
        epoch_0 = outcome_figures(task, prepared.of("dev"), outcome_of(net, prepared, "dev", Watcher()))
    return fit(net, task, data, settings, None, watcher, epoch_0)
