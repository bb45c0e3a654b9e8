"""A loss as it is given, as a number."""

from __future__ import annotations

from typing import Any

import numpy as np

from fathom.errors import UserError


def number_of(loss: Any) -> float:
    """A loss that is neither a tensor nor a float."""
    if np.size(loss) != 1:
        raise UserError(
            f"health.step takes the loss of the step as one number, not shape {tuple(np.shape(loss))}: give loss.mean()"
        )
    one = np.asarray(loss).reshape(()).item()
    if not isinstance(one, int | float):
        what = type(loss).__name__
        raise UserError(f"health.step takes the loss of the step as one number, not {what}: give loss.mean()")
    return float(one)
