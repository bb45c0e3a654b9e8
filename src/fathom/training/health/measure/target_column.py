"""Whether one of the columns that a net is given is its target."""

from __future__ import annotations

import torch
from torch import Tensor

MIN_COLUMNS, MAX_COLUMNS = 3, 512
"""Columns among which one may be the target: of one or two a line through it may be what is to be learned."""

MIN_EXAMPLES = 8
"""Of a batch."""

MIN_SQUARED_CORRELATION = 1 - 1e-5
"""Of a column with the target, from which on it is the same but for scale."""


def target_column(given: Tensor, answer: Tensor, gradient: Tensor) -> int:
    """The column that goes with the target as nothing does by chance; -1 if none does, -2 where it cannot be told.

    Args:
        given: (batch, columns).
        answer: of a squared error, (batch,) or (batch, 1); of a cross-entropy, (batch, classes).
        gradient: of the loss with respect to it, of the same shape.
    """
    if given.ndim != 2 or not given.is_floating_point() or not MIN_COLUMNS <= given.shape[1] <= MAX_COLUMNS:
        return -2
    if len(given) != len(answer) or len(given) < MIN_EXAMPLES or answer.ndim > 2 or gradient.shape != answer.shape:
        return -2
    with torch.no_grad():
        x, g = given.detach().double(), gradient.detach().double()
        one_output = answer.numel() == len(answer)
        y = (answer.detach().double() - g * (len(answer) / 2)).reshape(-1) if one_output else g.argmin(1).double()
        x, y = x - x.mean(0), y - y.mean()
        power = x.square().sum(0) * y.square().sum()  # (columns,)
        same = (y @ x).square() / power.clamp(min=1e-30)
        best = int(same.argmax())
        return best if float(same[best]) > MIN_SQUARED_CORRELATION and float(power[best]) > 0 else -1
