"""Randomness keyed by (seed, epoch, example): the same draw whichever batch, process or resumed run asks for it.

A generator that is advanced by each call gives every example numbers that depend on who came before it, so that
another batch size, a shard or a resume changes the training. Here nothing is advanced except a counter that says which
draw of the example this is: each number is a hash (splitmix64) of seed, epoch, example and counter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)


def _splitmix64(z: Keys) -> Keys:
    """The finalizer of splitmix64: each output bit depends on each input bit."""
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


def _digest(*parts: Any) -> int:
    text = "\x1f".join(str(part) for part in parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def example_keys(ids: Iterable[str]) -> Keys:
    """One key for each example, from its id alone."""
    return np.fromiter((_digest(name) for name in ids), dtype=np.uint64)


def _stream_keys(seed: int, epoch: int, keys: Keys, purpose: str) -> Keys:
    return _splitmix64(_splitmix64(keys) ^ np.uint64(_digest(seed, epoch, purpose)))


class BatchRng:
    """Random numbers for the examples of one batch in one epoch.

    Args:
        seed: seed of the run.
        epoch: the epoch; another epoch draws other numbers.
        keys: the keys of the batch's examples, from `example_keys`.
        done: share of the training that is over, in [0, 1].
    """

    def __init__(self, seed: int, epoch: int, keys: Keys, done: float = 1.0) -> None:
        self.done = done
        self._base = _stream_keys(seed, epoch, np.asarray(keys, dtype=np.uint64), "draw")
        self._counter = 0

    def __len__(self) -> int:
        return len(self._base)

    def _next(self, n: int) -> Keys:
        """The next `n` 64-bit numbers of each example: (batch, n)."""
        steps = np.arange(self._counter + 1, self._counter + n + 1, dtype=np.uint64) * _GAMMA
        self._counter += n
        return _splitmix64(_splitmix64(self._base[:, None] + steps[None, :]))

    def uniform(self, n: int = 1) -> NDArray[np.float32]:
        """The next `n` numbers of each example, uniform in [0, 1): (batch, n)."""
        return (self._next(n) >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)

    def normal(self, n: int = 1) -> NDArray[np.float32]:
        """The next `n` numbers of each example from the standard normal distribution: (batch, n)."""
        pairs = (self._next(2 * n) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        radius = np.sqrt(-2.0 * np.log1p(-pairs[:, :n]))
        return (radius * np.cos(2.0 * np.pi * pairs[:, n:])).astype(np.float32)


def epoch_order(seed: int, epoch: int, keys: Keys) -> NDArray[np.int64]:
    """The order in which an epoch visits the examples: a permutation of their indices.

    Two examples keep their order relative to each other whatever other examples there are.
    """
    return np.argsort(_stream_keys(seed, epoch, np.asarray(keys, dtype=np.uint64), "order"), kind="stable")


def step_seed(seed: int, step: int) -> int:
    """The seed of what is random in one step and belongs to no example, such as dropout: in [0, 2**63)."""
    return _digest(seed, step, "step") >> 1
