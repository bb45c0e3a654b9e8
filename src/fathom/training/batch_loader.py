"""From the store to batches on the device, in the order of each epoch; large batches are gathered ahead by a thread."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

import numpy as np

from fathom.task import Batch, Task
from fathom.training import distributed
from fathom.training.batching import Indices, epoch_batches, gather
from fathom.training.evaluation import pin_batch, to_device
from fathom.training.prefetch import prefetch
from fathom.training.training_data import TrainingData

_MIN_PREFETCH_BYTES = 1_000_000
"""Bytes from which a batch is gathered by a thread; for a smaller one, waking the thread costs more than it saves."""


class BatchLoader:
    """The batches of the training split, epoch by epoch.

    Args:
        task: says which examples stand together.
        data: holds the examples.
        size: examples in a batch, of all processes together.
        seed: that the order of each epoch follows from.
        device: where the batches are wanted.
    """

    def __init__(self, task: Task, data: TrainingData, *, size: int, seed: int, device: str) -> None:
        self.task, self.data, self.size, self.seed, self.device = task, data, size, seed, device

    def indices(self, epoch: int) -> list[Indices]:
        """Each batch of an epoch as indices into the store, ``(batch,)``."""
        return epoch_batches(
            self.task, self.data.store, self.data.keys, self.data.train, size=self.size, seed=self.seed, epoch=epoch
        )

    def load(self, epoch: int, first: int) -> Generator[tuple[np.ndarray, Batch]]:
        """What is left of an epoch.

        Args:
            epoch: from 1.
            first: batches of it that are done.

        Yields:
            Each batch as indices into the store, ``(batch,)``, and what lies at this process's share of them, on the
            device, padded as the whole batch would be. A batch of which no example counts is left empty: it is passed
            over, by all processes alike.
        """
        store, importance = self.data.store, self.data.importance

        def gathered() -> Generator[tuple[np.ndarray, Batch]]:
            for indices in self.indices(epoch)[first:]:
                idle = importance is not None and not importance[indices].any()
                yield indices, {} if idle else pin_batch(self.gather_share(indices), self.device)

        worth_it = self.device != "cpu" or store.nbytes / len(store) * self.size > _MIN_PREFETCH_BYTES
        with closing(prefetch(gathered()) if worth_it else gathered()) as ready:
            for indices, batch in ready:
                yield indices, to_device(batch, self.device)

    def gather_share(self, indices: Indices) -> Batch:
        """What lies at this process's share of a batch: ``(batch, …)`` each.

        Args:
            indices: of the whole batch into the store, ``(batch,)``.
        """
        if not self.task.ragged:
            return gather(self.task, self.data.store, distributed.own_share(indices))
        whole = gather(self.task, self.data.store, indices)
        return {name: distributed.own_share(values).contiguous() for name, values in whole.items()}
