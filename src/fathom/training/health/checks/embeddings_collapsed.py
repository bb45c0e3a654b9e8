"""Vectors that are compared with each other, and have all become the same one.

Where nothing pushes different examples apart, one vector for all is the easiest answer to a loss that pulls like ones
together (Hadsell, Chopra & LeCun 2006; Jing et al. 2022 on collapse).
"""

from __future__ import annotations

import math
from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_WAY, MAX_FIRST_WAY = 0.97, 0.93
"""Length of the mean of all directions: 1 where all vectors point one way; at the end, and at first at most."""

MAX_SPREAD_SHARE = 0.2
"""Of the first spread of the vectors, that is left where distances are compared."""

MIN_SNAPSHOTS = 3
"""Last ones that must all show it."""


class EmbeddingsCollapsed(Check):
    """All examples get the same embedding."""

    name: ClassVar[str] = "embeddings_collapsed"
    cause: ClassVar[str] = "collapsed embeddings"
    lesson: ClassVar[str] = "triplet-loss"
    meaning: ClassVar[str] = (
        "All examples get nearly the same vector (embedding). Then similarities say nothing, though the loss may be "
        "low: nothing pushes different examples apart."
    )
    advice: ClassVar[str] = (
        "Check the labels of the pairs: cosine_embedding_loss and margin losses take 1 and -1, not 1 and 0. Check that "
        "there are negative pairs and that their term has a gradient (margin). Without negatives stop the gradient of "
        "one branch (detach)."
    )
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "unfinished", "low_learning_rate", "dead_units")

    def run(self, signals: Signals) -> Detection | None:
        """The first vectors beside the last ones."""
        seen = [one.details.likeness for one in signals.snapshots if math.isfinite(one.details.likeness[0])]
        compared = signals.details.comparison
        if signals.loss_kind or not compared or len(seen) < 2 * MIN_SNAPSHOTS:
            return None
        first, spread = seen[0]
        ways, spreads = zip(*seen[-MIN_SNAPSHOTS:], strict=True)
        if compared == "distance":
            if max(spreads) > MAX_SPREAD_SHARE * spread or min(ways) < MAX_FIRST_WAY:
                return None
            title = f"all examples get nearly one vector: they spread by {max(spreads):.2g}, at first {spread:.2g}"
            return Detection(title, {"first": spread, "last": max(spreads)})
        if min(ways) < MIN_WAY or first > MAX_FIRST_WAY:
            return None
        title = (
            f"the vectors of all examples point one way: their mean direction has a length of {min(ways):.3f} (1 where "
            f"all are the same), at first {first:.2f}"
        )
        return Detection(title, {"first": first, "last": min(ways)})
