"""What a net is trained on and judged by: the encoded examples, and where each split lies among them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fathom.data.store import Store
from fathom.records import Example


@dataclass(frozen=True)
class TrainingData:
    """What is trained on and what the net is judged by: the store, and where in it each split lies.

    Attributes:
        store: the encoded examples.
        keys: uint64 of each example in the store; their randomness follows from it.
        train: indices of the training split in the store, ``(n,)``.
        dev: indices of dev, ``(m,)``, which may be empty.
        dev_examples: the dev examples, in the order of `dev`.
        importance: how much each example of the store counts, float32; None where all count alike.
    """

    store: Store
    keys: np.ndarray
    train: np.ndarray
    dev: np.ndarray
    dev_examples: tuple[Example, ...]
    importance: np.ndarray | None = None
