"""A program asked beside its run: the same examples, to the net in full precision and to the run as it answers."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from fathom.exporting import verification
from fathom.exporting.onnx_program import Whole
from fathom.exporting.verification import EXAMPLES, Agreement, Ask, evenly_spread
from fathom.records import Prediction
from fathom.runs.predict import said_of
from fathom.runs.prepare import Prepared
from fathom.task import Task
from fathom.training.batching import gather

_AT_ONCE = 32


@dataclass(frozen=True)
class Asked:
    """What a program is compared with.

    Attributes:
        own: the task as the run has it: with its precision, and the device at hand that is best.
        task: the same in full precision on the processor, as the program computes.
        net: trained, on the processor.
        prepared: the run's examples.
        chosen: places of those that are asked, ``(n,)``.
    """

    own: Task
    task: Task
    net: nn.Module
    prepared: Prepared
    chosen: NDArray[np.int64]

    @property
    def precision(self) -> str:
        """In which the run answers."""
        return self.own.settings.precision or "fp32"


def asked_of(own: Task, net: nn.Module, prepared: Prepared) -> Asked:
    """Some dev examples, of the training split where there are none.

    Args:
        own: the task as the run has it.
        net: trained, on the processor.
        prepared: the run's examples, for the task on the processor.
    """
    split = "dev" if len(prepared.indices("dev")) else "train"
    return Asked(own, prepared.task, net, prepared, evenly_spread(prepared.indices(split), EXAMPLES))


def on_the_host(task: Task) -> Task:
    """The same task in full precision on the processor, as the program will be."""
    settings = replace(task.settings, device="cpu", precision="fp32")
    other = task.clone(settings)
    other.restore(task.state())
    other.decision_threshold = task.decision_threshold
    return other


@torch.inference_mode()
def compared(asked: Asked, whole: Whole, ask: Ask) -> Agreement:
    """How far a program answers as the run does.

    Args:
        asked: the run, and what is asked.
        whole: the net, as the program has it.
        ask: the program.
    """
    task, chosen, store = asked.task, asked.chosen, asked.prepared.store
    apart: list[NDArray[np.float64]] = []
    same: list[bool] = []
    percents: list[int] = []
    by_id = {e.id: e for e in asked.prepared.examples.items}
    answers = _answerer(asked)
    for places in (chosen[:1], *np.array_split(chosen[1:], range(_AT_ONCE, len(chosen) - 1, _AT_ONCE))):
        if not len(places):
            continue
        batch = gather(task, store, places)
        given, judged = whole.given(batch)
        output = whole.answer(*given.values())
        got = ask({name: array.numpy() for name, array in given.items()})
        apart.append(verification.difference(verification.tensors_of(output), got))
        told = verification.with_tensors(output, iter([torch.from_numpy(np.asarray(one)) for one in got]))
        said = task.decode(told[0] if task.stateful else told, judged)
        wanted = answers(batch) or task.decode(output[0] if task.stateful else output, judged)
        same += _alike(task, [by_id[store.ids[i]] for i in places], wanted, said)
        percents += map(verification.percents_apart, wanted, said)
    differences = np.concatenate(apart)
    worst = int(differences.argmax())
    return Agreement(
        len(chosen), float(differences[worst]), float(np.mean(same)), store.ids[chosen[worst]], asked.precision,
        max(percents, default=0),
    )  # fmt: skip


def _answerer(asked: Asked) -> Any:
    """What answers a batch as `fathom predict` does; nothing where that is what the net says in full precision."""
    device = asked.own.settings.device or "cpu"
    if device == "cpu" and asked.precision == "fp32":
        return lambda batch: None
    net = asked.net if device == "cpu" else copy.deepcopy(asked.net).to(device)
    return partial(said_of, asked.own, net)


def _alike(
    task: Task, examples: Sequence[Any], wanted: Sequence[Prediction], said: Sequence[Prediction]
) -> Iterator[bool]:
    for example, one, other in zip(examples, wanted, said, strict=True):
        yield verification.agree(one, other, partial(task.format_prediction, example))
