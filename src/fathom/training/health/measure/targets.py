"""What the targets of a squared error were, found again from the answer of a net and the gradient of the loss."""

from __future__ import annotations

import torch
from torch import Tensor

from fathom.training.health.signals import TargetStats

ROUNDING = 1e-3
"""By which a target may seem to be out of bounds, or no whole number."""

MAX_NUMBERS = 65_536
"""Numbers of a batch that are looked at, in whole examples."""

MAX_WHOLE_NUMBERS = 50
"""Different whole numbers up to which they are counted."""


def targets_of(answer: Tensor, gradient: Tensor) -> TargetStats | None:
    """What a mean squared error was given, if it is one: its gradient is 2 / numbers times what is too much.

    Args:
        answer: one number for each example, (batch,) or (batch, 1), or several, (batch, …).
        gradient: of the loss with respect to it, of the same shape.
    """
    if gradient.shape != answer.shape or not answer.numel():
        return None
    outputs = answer.numel() // len(answer)
    with torch.no_grad():
        few = max(1, MAX_NUMBERS // outputs)
        over = gradient.detach()[:few].float().reshape(-1) * (answer.numel() / 2)  # (numbers,)
        target = answer.detach()[:few].float().reshape(-1) - over
        numbers = torch.stack(
            [
                over.square().mean(), target.mean(), target.square().mean(), target.var(correction=0),
                *((x > ROUNDING + least).float().mean() for x, least in ((-target, 0), (target, 1), (target.abs(), 1))),
                *target.aminmax(),
            ]
        )  # fmt: skip
        whole = _whole_numbers(target) if outputs == 1 else {}
    error, mean, square, variance, below, above, beyond, low, high = numbers.tolist()
    return TargetStats(error, mean, square, variance, below, above, beyond, low, high, outputs, whole)


def _whole_numbers(target: Tensor) -> dict[str, int]:
    """How often each occurs, where all are whole and few."""
    nearest = target.round()
    if not bool(((target - nearest).abs() < ROUNDING).all()):
        return {}
    values, counts = nearest.unique(return_counts=True)
    if len(values) > MAX_WHOLE_NUMBERS:
        return {}
    return {str(int(value)): count for value, count in zip(values.tolist(), counts.tolist(), strict=True)}
