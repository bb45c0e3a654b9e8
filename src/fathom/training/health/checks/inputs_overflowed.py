"""Pictures whose numbers ran over: bytes end at 255 and begin again at 0."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 3
"""Batches that must all show it."""


class InputsOverflowed(Check):
    """Neighbouring pixels leap from nearly white to nearly black, as bytes do that overflow."""

    name: ClassVar[str] = "inputs_overflowed"
    cause: ClassVar[str] = "bytes that overflowed"
    severity = "warning"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "Integer arithmetic wrapped around: a value a little above 255 became one near 0. So bright places "
        "became dark, and shapes are broken."
    )
    advice: ClassVar[str] = (
        "Convert pixels with x.float() before you add, subtract or multiply. uint8 holds only 0 to 255."
    )
    explains: ClassVar[tuple[str, ...]] = ("labels_unrelated", "stagnating_loss", "unfinished", "dead_units")

    def run(self, signals: Signals) -> Detection | None:
        """On each of the first batches."""
        seen = signals.trained_inputs
        if len(seen) < MIN_SNAPSHOTS or not all(one.is_wrapped for one in seen):
            return None
        low, high = min(one.minimum for one in seen), max(one.maximum for one in seen)
        title = (
            f"in {len(seen)} of {len(seen)} batches neighbouring pixels jump over most of the range, from {low:.3g} to "
            f"{high:.3g}, as where 255 + 1 wraps around to 0"
        )
        return Detection(title, {"low": low, "high": high, "looks": len(seen)})
