"""How far a training is, without its tensors."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from fathom.records import Kept


@dataclass
class TrainingState:
    """How far the training is: all that a checkpoint keeps besides tensors.

    Attributes:
        epoch: the epoch being trained, from 1.
        batch: batches of it that are done.
        step: steps done in all.
        total_steps: steps to do in all; None until a time budget has been turned into steps.
        loss_sum, weight_sum: of the epoch so far.
        best: best dev figure so far, and the epoch that reached it.
        history: one record per finished epoch.
        kept: which part of the net was kept at the end, where it has several; no checkpoint has it.
        careful_from: the step from which it went on with more care, since the net said nothing; 0 where it never did.
        stopped: why it ended before its last step, if it did.
    """

    epoch: int = 1
    batch: int = 0
    step: int = 0
    total_steps: int | None = None
    loss_sum: float = 0.0
    weight_sum: float = 0.0
    best: float = math.inf
    best_epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    careful_from: int = 0
    stopped: str = ""
    kept: Kept | None = None

    def to_keep(self) -> dict[str, Any]:
        """What a checkpoint keeps of it."""
        return {name: value for name, value in vars(self).items() if name != "kept"}
