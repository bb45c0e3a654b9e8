"""Inputs put together to a batch, and what the outputs of nets are turned into."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


def batch_of(encoded: Sequence[Arrays], ragged: Sequence[str]) -> dict[str, NDArray[Any]]:
    """The arrays of several inputs, stacked; those that differ in length are padded with zeros.

    Args:
        encoded: of each input, by name.
        ragged: the names of those whose first axis differs.

    Returns:
        by name ``(batch, …)``, and ``NAME_length`` ``(batch,)`` for each that is ragged.
    """
    batch: dict[str, NDArray[Any]] = {}
    for name in encoded[0]:
        arrays = [one[name] for one in encoded]
        if name in ragged:
            batch[f"{name}_length"] = np.array([len(a) for a in arrays], np.int64)
            longest = max(len(a) for a in arrays)
            arrays = [np.pad(a, [(0, longest - len(a))] + [(0, 0)] * (a.ndim - 1)) for a in arrays]
        batch[name] = np.stack(arrays)
    return batch


def softmax(logits: NDArray[Any]) -> NDArray[np.float32]:
    """Probabilities along the last axis: ``(…, classes)``."""
    shifted = logits.astype(np.float32) - logits.max(-1, keepdims=True)
    powers = np.exp(shifted)
    return powers / powers.sum(-1, keepdims=True)


def log_softmax(logits: NDArray[Any]) -> NDArray[np.float64]:
    """Natural logarithms of probabilities along the last axis: ``(…, classes)``."""
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def sigmoid(logits: NDArray[Any]) -> NDArray[np.float64]:
    """The probability of each: of the same shape."""
    return 1 / (1 + np.exp(-logits.astype(np.float64)))
