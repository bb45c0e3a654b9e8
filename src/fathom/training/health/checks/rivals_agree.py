"""A judge and a maker that both have next to no loss, which cannot be where their targets are opposite.

Of one made example the judge loses log(1 + exp(s)) and the maker log(1 + exp(-s)), together 2 · log 2 at least; of
squared errors against 0 and 1 it is 1/2. Where both come near 0, real and made examples have the same target.
"""

from __future__ import annotations

import math
from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_LOOKS = 2
"""At which a loss was seen to be the judge's, and the maker's."""

MAX_LOSS, LAST_SHARE, MIN_LAST = 0.05, 0.1, 10
"""Of all of the last losses: far below what both can have together."""


class RivalsAgree(Check):
    """Both losses of two nets that should work against each other are next to nothing."""

    name: ClassVar[str] = "rivals_agree"
    lesson: ClassVar[str] = "losses"
    meaning: ClassVar[str] = (
        "The discriminator says the same of real and made examples, and is right each time: both have the same target. "
        "So the generator learns nothing."
    )
    advice: ClassVar[str] = (
        "Train the discriminator with target 1 for real and 0 for fake examples. Only the generator's loss has target "
        "1 for fake ones."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "gradients_zero", "dead_units", "saturated_units", "vanishing_gradients", "one_class", "unfinished",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """Whose loss is which, and the last of both."""
        last = signals.losses.values[-max(MIN_LAST, int(LAST_SHARE * len(signals.losses.values))) :]
        if min(signals.details.rivals) < MIN_LOOKS or len(last) < MIN_LAST:
            return None
        if not all(math.isfinite(one) and 0 <= one < MAX_LOSS for one in last):
            return None
        title = (
            f"discriminator and generator both have a loss below {MAX_LOSS}, which opposite targets do not allow: real "
            "and fake examples have the same target"
        )
        return Detection(title, {"highest": max(last)})
