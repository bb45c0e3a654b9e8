"""The one answer among what a net returns, and the loss where it returns that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor


def answer_of(output: Any) -> Tensor | None:
    """The one answer among what a net returns: the tensor, ``logits``, or the first tensor of several."""
    if isinstance(output, Tensor):
        return output
    logits = getattr(output, "logits", None)
    if isinstance(logits, Tensor):
        return logits
    return next((x for x in parts_of(output) if isinstance(x, Tensor) and x.is_floating_point()), None)


def parts_of(output: Any) -> list[Any]:
    """What a net returns together, in a tuple, a list or by name; nothing where it returns one thing."""
    if isinstance(output, Mapping):
        return list(output.values())
    return list(output) if isinstance(output, tuple | list) else []


def loss_of(output: Any) -> Any:
    """The loss that a net or a training step returns beside its answer; None where it does not."""
    return output.get("loss") if isinstance(output, Mapping) else getattr(output, "loss", None)
