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
    meaning: ClassVar[str] = "What was a little brighter than white has become black, so that shapes are torn apart."
    advice: ClassVar[str] = (
        "Make fractions of the pixels (x.float()) before anything is added, subtracted or multiplied: uint8 has no "
        "number below 0 or above 255."
    )
    explains: ClassVar[tuple[str, ...]] = ("labels_unrelated", "stagnating_loss", "unfinished", "dead_units")

    def run(self, signals: Signals) -> Detection | None:
        """On each of the first batches."""
        seen = signals.trained_inputs
        if len(seen) < MIN_SNAPSHOTS or not all(one.is_wrapped for one in seen):
            return None
        low, high = min(one.minimum for one in seen), max(one.maximum for one in seen)
        title = (
            f"in {len(seen)} of {len(seen)} batches neighbouring pixels leap over most of the range, from {low:.3g} to "
            f"{high:.3g}, though these are neighbours where 255 is followed by 0"
        )
        return Detection(title, {"low": low, "high": high, "looks": len(seen)})
