"""What the targets of a squared error were, found again from the answer of a net and the gradient of the loss."""

from __future__ import annotations

import torch
from torch import Tensor

from fathom.training.health.signals import TargetStats

ROUNDING = 1e-3
"""By which a target may seem to be out of bounds."""


def targets_of(answer: Tensor, gradient: Tensor) -> TargetStats | None:
    """What a mean squared error was given, if it is one: its gradient is 2 / batch times what is too much.

    Args:
        answer: one number for each example, (batch,) or (batch, 1).
        gradient: of the loss with respect to it, of the same shape.
    """
    if gradient.shape != answer.shape or answer.numel() != len(answer):
        return None
    with torch.no_grad():
        over = gradient.detach().float().reshape(-1) * (len(answer) / 2)  # (batch,)
        target = answer.detach().float().reshape(-1) - over
        numbers = torch.stack(
            [
                over.square().mean(), target.mean(), target.square().mean(), target.var(correction=0),
                *((x > ROUNDING + least).float().mean() for x, least in ((-target, 0), (target, 1), (target.abs(), 1))),
            ]
        )  # fmt: skip
    return TargetStats(*numbers.tolist())
