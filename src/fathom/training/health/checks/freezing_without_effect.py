"""Weights that were meant to be frozen and are not, since the attribute that was set is none that PyTorch knows.

``p.require_grad = False`` and ``module.requires_grad = False`` make a new attribute, and nobody complains.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class FreezingWithoutEffect(Check):
    """An attribute like requires_grad stands where it does nothing."""

    name: ClassVar[str] = "freezing_without_effect"
    lesson: ClassVar[str] = "fine-tuning"
    meaning: ClassVar[str] = (
        "These layers are not frozen: they are trained with the others, and may lose what they had learned. Python "
        "makes a new attribute for any name, so there is no error."
    )
    advice: ClassVar[str] = (
        "Call module.requires_grad_(False), or set p.requires_grad = False for each p of module.parameters(). Mind "
        "the s."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "input_unread", "dead_units", "high_learning_rate", "oscillating_loss", "diverging_loss", "stagnating_loss",
        "labels_unrelated", "one_class",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """What was seen on the first step."""
        where, attribute = signals.details.frozen_in_vain
        if not where:
            return None
        title = f"{where} was meant to be frozen and is trained: its attribute {attribute} = False has no effect"
        return Detection(title, {"layer": where, "attribute": attribute})
