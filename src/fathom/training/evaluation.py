"""From a trained net to one result per example: in evaluation mode, without augmentation.

The results keep each example's additive statistics; every figure is a sum of them. Nothing is averaged here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from fathom.data.store import Store
from fathom.errors import UserError
from fathom.records import Example, Prediction, Result
from fathom.task import Batch, Task
from fathom.training import distributed
from fathom.training.batching import evaluation_batches, first_rows_of_state, gather

_MAX_SCORES = 50
"""With more classes than this, the results keep the probability of the predicted one only."""
_NO_SCORES: Mapping[str, float] = {}


@dataclass(frozen=True)
class Outcome:
    """What the net made of some examples, in their order: predictions, losses and weights, each of length n.

    The predictions come with scores only where they were asked for, since they fill the memory.
    """

    predictions: list[Prediction]
    losses: list[float]
    weights: list[float]


def autocast(device: str, precision: str) -> torch.autocast:
    """The context in which forward passes run: bf16 where asked, else as it is.

    Args:
        device: cpu, cuda or mps.
        precision: fp32 or bf16.

    Returns:
        a context manager.
    """
    return torch.autocast(device_type=device, dtype=torch.bfloat16, enabled=precision == "bf16")


def to_device(batch: Batch, device: str) -> Batch:
    """The batch, on the device.

    Args:
        batch: tensors by name, ``(batch, …)`` each.
        device: cpu, cuda or mps.

    Returns:
        the same names; on the CPU the very same batch.
    """
    return batch if device == "cpu" else {name: tensor.to(device, non_blocking=True) for name, tensor in batch.items()}


def pin_batch(batch: Batch, device: str) -> Batch:
    """The batch in memory that a GPU copies from without the host waiting; elsewhere as it is.

    Args:
        batch: tensors by name, on the host.
        device: to which it will be copied.

    Returns:
        the same names, in pinned memory where the device is a GPU.
    """
    return {name: tensor.pin_memory() for name, tensor in batch.items()} if device.startswith("cuda") else batch


def batches_in_order(task: Task, store: Store, indices: np.ndarray, size: int, device: str) -> Iterator[Batch]:
    """The examples at these indices, in order, `size` at a time.

    Args:
        task: which says what is padded.
        store: of encoded examples.
        indices: into the store, ``(n,)``.
        size: examples of a batch.
        device: on which the batches are wanted.

    Returns:
        an iterator over batches, the last of which may be smaller.
    """
    for start in range(0, len(indices), size):
        yield to_device(pin_batch(gather(task, store, indices[start : start + size]), device), device)


def call_net(net: nn.Module, task: Task, batch: Batch, state: Any) -> tuple[Any, Any]:
    """The net's output on a batch, and the state that it carries on, where the task has streams.

    Args:
        net: of this task.
        task: which names the arrays that the net is called with.
        batch: tensors by name, ``(batch, …)`` each.
        state: what the net returned for the batch before, where the task is stateful; None at first.

    Returns:
        the output, and the state; None where the task is not stateful.
    """
    arguments = [batch[name] for name in task.inputs]
    if not task.stateful:
        return net(*arguments), None
    output, state = net(*arguments, first_rows_of_state(state, len(arguments[0])))
    return output, state


@torch.inference_mode()
def evaluate(
    net: nn.Module,
    task: Task,
    store: Store,
    indices: np.ndarray,
    *,
    device: str = "cpu",
    precision: str = "fp32",
    batch_size: int = 256,
    progress: Callable[[int], None] | None = None,
    scores: bool = False,
    quick: bool = False,
) -> Outcome:
    """Run the net over the examples at these indices of the store.

    Processes that train together share them; streams cannot be shared, so each process then runs them all.

    Args:
        net: of this task; its mode is put back afterwards.
        task: that prepares, judges and decodes.
        store: of encoded examples.
        indices: into the store, ``(n,)``.
        device: cpu, cuda or mps.
        precision: fp32 or bf16, of the forward passes.
        batch_size: examples of a batch.
        progress: is called with the number of examples that are done since the last call.
        scores: keep the probability of each class.
        quick: an answer that has to be searched for is searched for less thoroughly.

    Returns:
        predictions, losses and weights in the order of `indices`.
    """
    was_training = net.training
    net.eval()
    predictions: list[Prediction] = []
    losses = [torch.zeros(0)]
    weights = [torch.zeros(0)]
    mine = indices if task.stateful else distributed.own_share(indices)
    places = evaluation_batches(task, store, mine, batch_size)
    state = None
    for place in places:
        batch = to_device(pin_batch(gather(task, store, mine[place]), device), device)
        batch = task.prepare(batch, None)
        with autocast(device, precision):
            output, state = call_net(net, task, batch, state)
        loss, weight = task.loss(output, batch)  # (batch,), (batch,)
        losses.append(loss.float().cpu())  # decoding waits for the device anyway
        weights.append(weight.float().cpu())
        decoded = task.decode_quickly(output, batch) if quick else task.decode(output, batch)
        predictions += decoded if scores else [Prediction(p.value, p.confidence, _NO_SCORES) for p in decoded]
        if progress:
            progress(len(loss))
    net.train(was_training)
    found = list(zip(predictions, torch.cat(losses).tolist(), torch.cat(weights).tolist(), strict=True))
    in_order = [found[i] for i in np.argsort(np.concatenate(places))] if places else []
    everyone = in_order if task.stateful else distributed.gather_shares(in_order)
    return Outcome([p for p, _, _ in everyone], [x for _, x, _ in everyone], [w for _, _, w in everyone])


def example_results(task: Task, examples: Sequence[Example], split: str, outcome: Outcome) -> Iterator[Result]:
    """One row per example, each made when it is asked for.

    Args:
        task: that knows what its metric needs.
        examples: in the order of the outcome, n.
        split: in which they are.
        outcome: of the net on them.

    Returns:
        an iterator over n results.
    """
    rows = zip(examples, outcome.predictions, outcome.losses, outcome.weights, strict=True)
    return (
        Result(
            id=example.id,
            split=split,
            source=example.source,
            group=example.group,
            target=example.target,
            prediction=prediction.value,
            confidence=prediction.confidence,
            loss=loss,
            weight=weight,
            statistics=task.statistics(prediction, example.target, loss, weight),
            scores=prediction.scores if len(prediction.scores) <= _MAX_SCORES else _NO_SCORES,
        )
        for example, prediction, loss, weight in rows
    )


def outcome_figures(task: Task, examples: Sequence[Example], outcome: Outcome) -> dict[str, float]:
    """An outcome on dev as the history keeps it: mean loss and metric.

    Args:
        task: by whose metric they are judged.
        examples: of dev, in the order of the outcome.
        outcome: of the net on them.

    Returns:
        ``dev_loss``, the mean over weights, and ``dev_metric``.

    Raises:
        UserError: no example of dev has a known target.
    """
    if not sum(outcome.weights):
        raise UserError(f"none of the {len(examples):,} dev examples has a target that train knows: give another `dev`")
    rows = zip(examples, outcome.predictions, outcome.losses, outcome.weights, strict=True)
    return {
        "dev_loss": sum(outcome.losses) / sum(outcome.weights),
        "dev_metric": metric_over(task, list(rows)),
    }


def metric_over(task: Task, rows: Sequence[tuple[Example, Prediction, float, float]]) -> float:
    """The task's metric over examples with their predictions, losses and weights.

    Args:
        task: by whose metric they are judged.
        rows: example, prediction, loss and weight of each.

    Returns:
        the figure, in the metric's own unit.
    """
    if task.metric.pooled:
        said = [e.target for e, *_ in rows], [p.value for _, p, *_ in rows]
        return float(task.metric.pooled(*said, np.ones((1, len(rows))))[0])
    statistics = (task.statistics(p, e.target, loss, weight) for e, p, loss, weight in rows)
    sums: dict[str, float] = {}
    for row in statistics:
        for name, value in row.items():
            sums[name] = sums.get(name, 0.0) + value
    return float(task.metric.of(sums))
