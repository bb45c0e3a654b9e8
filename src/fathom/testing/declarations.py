"""Does a task do what it declares, and declare what it does?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from fathom.data.counter_rng import BatchRng, example_keys
from fathom.errors import Unreadable
from fathom.fitted_state import fitted_fields
from fathom.records import Example, Prediction
from fathom.task import Batch, Task
from fathom.training.batching import collate
from fathom.training.evaluation import autocast, call_net

ENOUGH = 16
"""Examples that are looked at, at most."""


@dataclass(frozen=True)
class Answered:
    """A batch, and what a trained net makes of it."""

    task: Task
    net: nn.Module
    examples: Sequence[Example]
    encoded: Batch
    batch: Batch
    output: Any
    predictions: Sequence[Prediction]


def disagreements(task: Task, net: nn.Module, examples: Sequence[Example]) -> list[str]:
    """What the task declares and does not do, or does and does not declare; a sentence each.

    Args:
        task: fitted, its settings resolved.
        net: of this task, trained.
        examples: some that it has read.
    """
    read, encoded = _encoded(task, examples)
    batch = task.prepare(dict(encoded), None)
    if missing := list(_missing_arrays(task, encoded, batch)):
        return missing
    with torch.inference_mode(), autocast("cpu", task.settings.precision or "fp32"):
        output, _ = call_net(net, task, batch, None)
    one = Answered(task, net, read, encoded, batch, output, task.decode(output, batch))
    return [*_augmentation(one), *_labels(one), *_pictures(one)]


def set_by_fit_only(task: Task, examples: Sequence[Example]) -> list[str]:
    """What `fit` sets beside its fields: a training takes these up by `restore`, and the rest is lost to it.

    Args:
        task: its settings resolved.
        examples: some to learn from.

    Returns:
        a sentence for each attribute that is another after `fit` than after `restore`.
    """
    fitted, restored = task.clone(task.settings), task.clone(task.settings)
    fitted.fit(examples)
    restored.restore(fitted.state())
    declared = {name for kind in type(task).__mro__ for name in vars(kind).get("__annotations__", ())}
    names = sorted(name for name in declared if not name.startswith("_") and hasattr(fitted, name))
    return [
        f"after fit {name} is {getattr(fitted, name)!r}, and after restore {getattr(restored, name, None)!r}"
        for name in names
        if getattr(fitted, name) != getattr(restored, name, None)
    ]


def _encoded(task: Task, examples: Sequence[Example]) -> tuple[list[Example], Batch]:
    """The first of the examples that can be read, and a batch of them."""
    read, arrays = [], []
    for example in examples:
        try:
            arrays.append(task.encode(example))
            read.append(example)
        except Unreadable:
            continue
        if len(read) == ENOUGH:
            break
    return read, collate(task, arrays)


def _missing_arrays(task: Task, encoded: Batch, batch: Batch) -> Iterator[str]:
    """Arrays and fields that are named and not there."""
    for name in (*task.ragged, *filter(None, [task.batch_by])):
        if name not in encoded:
            yield f"encode returns no {name!r}, which ragged or batch_by names"
    for name in task.target_fields:
        if name not in fitted_fields(type(task)):
            yield f"the class declares no {name!r}, which target_fields names"
    for name in task.inputs:
        if name not in batch:
            yield f"a prepared batch has no {name!r}, which inputs names"


def _augmentation(one: Answered) -> Iterator[str]:
    """Whether batches are changed while training, where strength 1 is asked for."""
    asked = one.task.clone(replace(one.task.settings, augment=1.0))
    draw = BatchRng(0, 0, example_keys([e.id for e in one.examples]))
    changed = asked.prepare(dict(one.encoded), draw)
    same = all(torch.equal(changed[name].nan_to_num(), one.batch[name].nan_to_num()) for name in one.batch)
    if same == one.task.augments:
        yield f"augments is {one.task.augments}, and prepare {'leaves' if same else 'does not leave'} a batch as it is"


def _labels(one: Answered) -> Iterator[str]:
    """Whether labels have probabilities, one for each name."""
    names = list(one.task.label_names)
    if len(set(names)) < len(names):
        yield f"label_names has one twice: {names}"
    found = one.task.label_probabilities(one.output, one.batch)
    if (found is not None) != (one.task.gives_label_probabilities and bool(names)):
        yield (
            f"gives_label_probabilities is {one.task.gives_label_probabilities} with {len(names)} label_names, and "
            f"label_probabilities returns {'none' if found is None else 'some'}"
        )
    for labels, probabilities in found or ():
        if probabilities.shape != (len(labels), len(names)) or not np.allclose(probabilities.sum(1), 1, atol=1e-2):
            yield f"label_probabilities are no distribution over {len(names)} labels: {probabilities[:3]}"
            return


def _pictures(one: Answered) -> Iterator[str]:
    """Whether predictions are drawn, and whether it is said where the net looked."""
    example, prediction = one.examples[0], one.predictions[0]
    picture = one.task.render(example, prediction)
    if (picture is not None) != one.task.renders:
        yield f"renders is {one.task.renders}, and render returns {'no' if picture is None else 'a'} picture"
    if picture is not None and (picture.dtype != np.uint8 or picture.shape[2:] != (3,)):
        yield f"render returns {picture.dtype} {picture.shape}, and not uint8 (height, width, 3)"
    attention = one.task.attention(one.net, example, prediction)
    if (attention is not None) != one.task.attends:
        yield f"attends is {one.task.attends}, and attention returns {'none' if attention is None else 'some'}"
