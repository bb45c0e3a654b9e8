"""Two views of each example that are one and the same: to find the other view there is nothing to learn."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_LOOKS = 4
"""Steps at which the net was called twice, each time with the same examples."""


class ViewsIdentical(Check):
    """A contrastive loss is given the same examples twice, unchanged."""

    name: ClassVar[str] = "views_identical"
    lesson: ClassVar[str] = "triplet-loss"
    meaning: ClassVar[str] = (
        "Both views of an example are identical, so their vectors are the same whatever the net does. It need not "
        "learn what the views have in common."
    )
    advice: ClassVar[str] = (
        "Draw the augmentation twice, once for each view: one = augment(x), two = augment(x). Random numbers must not "
        "be seeded anew between."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "embeddings_collapsed", "stagnating_loss", "unfinished", "repeated_examples",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """Pairs by their place among cosines; a dropout may make two views of one example, and is meant to."""
        looks, alike = signals.details.called_alike
        if not signals.details.is_pair_by_place or signals.dropout or looks < MIN_LOOKS or alike < looks:
            return None
        title = (
            f"at each of {looks} steps looked at the net was given the same examples twice: both views are identical, "
            "though the loss asks for the other view of each"
        )
        return Detection(title, {"looks": looks})
