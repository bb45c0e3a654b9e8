"""What a task is given while training and evaluating: a batch of arrays, and random numbers for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from torch import Tensor

if TYPE_CHECKING:
    from numpy.typing import NDArray

Batch = dict[str, Tensor]
"""What `encode` made of several examples: each array stacked along a new first axis, ``(batch, …)``."""


class Draw(Protocol):
    """Random numbers that follow from (seed, epoch, example) alone, so that batching and sharding change nothing.

    Attributes:
        done: share of the training that is over, in [0, 1].
    """

    done: float

    def uniform(self, n: int) -> NDArray[np.float32]:
        """Return ``n`` numbers in [0, 1) for each example of the batch: ``(batch, n)``.

        Args:
            n: how many numbers for each example.

        Returns:
            float32 ``(batch, n)``.
        """
        ...
