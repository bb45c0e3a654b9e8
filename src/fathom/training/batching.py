"""Which examples stand together in a batch, and in which order.

    shuffled   anew each epoch, keyed by (seed, epoch, example): the usual way
    bucketed   shuffled, but examples of about the same length stand together, so that little is padded
    by class   shuffled, but a few examples of the same class stand together, for losses that compare
    streams    running text: each row of a batch goes on where it ended in the batch before, so that a recurrent net can
               carry its state along (truncated back-propagation through time; Williams & Peng 1990)

A task says which by its attributes ``ragged``, ``batch_by`` and ``stateful``; nothing else in the loop changes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fathom.data.counter_rng import epoch_order
from fathom.data.store import Store
from fathom.task import Batch, Task
from fathom.training import distributed

Indices = NDArray[np.int64]
_SAME_CLASS_RUN = 4
"""Examples of a class that stand together where a task wants it."""
_SORTED_TOGETHER = 50
"""Batches that are sorted by length together: the more, the less is padded, and the less is left to chance."""
_PIECES_OF_STREAM = 100
"""Pieces of running text that a row goes through in evaluation: each row begins without knowing what was before."""


def epoch_batches(
    task: Task, store: Store, keys: NDArray[np.uint64], train: Indices, *, size: int, seed: int, epoch: int
) -> list[Indices]:
    """The batches of an epoch as indices into the store.

    Args:
        task: says whether lengths matter, and whether batches continue each other.
        store: knows the lengths.
        keys: of each example in the store.
        train: the training split, ``(n,)``.
        size: examples a batch, at most; sizes are nearly equal, so that none is a single example.
        seed, epoch: of this shuffle.
    """
    count = max(1, min(math.ceil(len(train) / size), len(train) // distributed.world_size()))
    if task.stateful:
        return deal_to_rows(train, min(size, len(train)))
    shuffled = train[epoch_order(seed, epoch, keys[train])]  # (n,)
    if task.batch_by:
        shuffled = shuffled[group_same_class(store.gather(shuffled)[task.batch_by].numpy())]
    if not task.ragged:
        return np.array_split(shuffled, count)
    lengths = store.lengths(task.ragged[0])
    pools = np.array_split(shuffled, math.ceil(count / _SORTED_TOGETHER))
    by_length = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
    batches = np.array_split(by_length, count)
    return [batches[i] for i in epoch_order(seed, epoch, np.arange(count, dtype=np.uint64))]


def group_same_class(labels: Indices) -> Indices:
    """An order in which examples stand in fours of a class, the fours in the order of their first.

    >>> group_same_class(np.array([7, 5, 7, 7, 5, 7, 7])).tolist()
    [0, 2, 3, 5, 1, 4, 6]
    """
    _, number = np.unique(labels, return_inverse=True)
    seen: dict[int, list[list[int]]] = {}
    for place, label in enumerate(number.tolist()):
        fours = seen.setdefault(label, [[]])
        if len(fours[-1]) == _SAME_CLASS_RUN:
            fours.append([])
        fours[-1].append(place)
    every = sorted((four for fours in seen.values() for four in fours), key=lambda four: four[0])
    return np.array([place for four in every for place in four], np.int64)


def gather(task: Task, store: Store, indices: Indices) -> Batch:
    """The examples at these indices, padded, with a length beside each array that may be ragged."""
    batch = store.gather(indices)
    for name in task.ragged:
        if f"{name}_length" not in batch:  # all examples happen to be equally long
            rows, length = batch[name].shape[:2]
            batch[f"{name}_length"] = torch.full((rows,), length)
    return batch


def collate(task: Task, encoded: Sequence[Mapping[str, NDArray[Any]]]) -> Batch:
    """A batch of freshly encoded examples, as `gather` would give it from a store."""
    batch: Batch = {}
    for name in encoded[0]:
        arrays = [example[name] for example in encoded]
        if name in task.ragged:
            batch[f"{name}_length"] = torch.tensor([len(a) for a in arrays])
            longest = max(len(a) for a in arrays)
            arrays = [np.pad(a, [(0, longest - len(a))] + [(0, 0)] * (a.ndim - 1)) for a in arrays]
        batch[name] = torch.from_numpy(np.stack(arrays))  # (batch, …)
    return batch


def evaluation_batches(task: Task, store: Store, indices: Indices, size: int) -> list[Indices]:
    """Positions within `indices`, in batches: in order, by length, or as streams."""
    positions = np.arange(len(indices))
    if task.stateful:
        return deal_to_rows(positions, min(size, math.ceil(len(indices) / _PIECES_OF_STREAM)))
    if task.ragged:
        positions = positions[np.argsort(store.lengths(task.ragged[0])[indices], kind="stable")]
    return [positions[start : start + size] for start in range(0, len(positions), size)]


def deal_to_rows(items: Indices, rows: int) -> list[Indices]:
    """Deal consecutive items to rows: batch t holds the t-th item of each row.

    Row i holds items i·L to (i+1)·L, for L = ⌈n / rows⌉; the last rows may end earlier, so that later batches are
    shorter, and the carried state is cut to them (`first_rows_of_state`).
    """
    if not len(items):
        return []
    each = math.ceil(len(items) / rows)
    starts = np.arange(0, len(items), each)  # (rows,)
    return [items[starts[starts + t < len(items)] + t] for t in range(each)]


def first_rows_of_state(state: tuple[Tensor, ...] | None, rows: int) -> tuple[Tensor, ...] | None:
    """The carried state of the first rows, without its gradient: tensors with the batch as their first axis."""
    return None if state is None else tuple(part[:rows].detach() for part in state)
