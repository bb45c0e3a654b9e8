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
    values = output.values() if isinstance(output, Mapping) else output if isinstance(output, (tuple, list)) else ()
    return next((x for x in values if isinstance(x, Tensor) and x.is_floating_point()), None)


def loss_of(output: Any) -> Any:
    """The loss that a net or a training step returns beside its answer; None where it does not."""
    return output.get("loss") if isinstance(output, Mapping) else getattr(output, "loss", None)
