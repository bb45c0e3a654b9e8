"""How much of the gradient comes through each of several answers of a net, as those of several tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor

from fathom.training.health.details import SnapshotDetails
from fathom.training.health.measure.net_output import parts_of

MAX_ANSWERS = 8
"""Of a net; of more, as of layers that a distillation compares, nothing is said."""


def attach_to_answers(
    details: SnapshotDetails, output: Any, shield: Callable[[Callable[..., None]], Callable[..., None]]
) -> None:
    """Keep the norm of the gradient of each, as it comes.

    Args:
        details: where it is kept.
        output: of the net; of one tensor nothing is kept.
        shield: catches what a hook raises.
    """
    values = parts_of(output)
    answers = [one for one in values if isinstance(one, Tensor) and one.ndim and one.requires_grad]
    if not 2 <= len(answers) <= MAX_ANSWERS or len(answers) < len(values):
        return
    details.answer_norms = [0.0] * len(answers)

    def keep(at: int) -> Callable[[Tensor], None]:
        def hook(gradient: Tensor) -> None:
            details.answer_norms[at] += float(gradient.detach().float().norm())

        return hook

    for at, one in enumerate(answers):
        one.register_hook(shield(keep(at)))
