"""Nets that may begin with trained weights."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn


@runtime_checkable
class Pretrained(Protocol):
    """A net all of whose weights but its head's may have been trained before.

    Its head is then fitted on frozen features first (`fathom.training.linear_probe`), and all of it is tuned after.

    Attributes:
        warm: whether it begins so.
    """

    warm: bool

    def embed(self, *inputs: Any) -> Tensor:
        """What the head is given: ``(batch, features)``."""
        ...


def starts_warm(net: nn.Module) -> bool:
    """Whether the net begins with trained weights, so that its head is to be fitted first."""
    return isinstance(net, Pretrained) and net.warm


@runtime_checkable
class Complete(Protocol):
    """A net that does its work before it is trained; what it does then is a baseline, and what it may return to.

    Attributes:
        start_name: what it is called then.
    """

    start_name: str


def is_complete(net: nn.Module) -> bool:
    """Whether the net does its work as it comes."""
    return isinstance(net, Complete)


@runtime_checkable
class FitsStart(Protocol):
    """A task that fits the head of a pretrained net in its own way, and not by logistic regression.

    Attributes:
        start_name: what the net is called then, as a baseline.
    """

    start_name: str

    def fit_start(self, net: Any, features: NDArray[np.float32], labels: NDArray[np.int64]) -> None:
        """Fit the head of `net`.

        Args:
            net: as the task built it.
            features: what its `embed` gives of train, ``(examples, features)``.
            labels: ``(examples,)``, class indices.
        """
        ...
