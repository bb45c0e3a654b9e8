"""A recurrent net that begins each batch with the state that the batch before ended with, though they do not follow.

That is right where row i of a batch goes on where row i of the batch before stopped, as in a long text that is cut in
pieces. Shuffled examples, and series of changing length with one answer each, do not go on.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals, Snapshot

MIN_SNAPSHOTS, MIN_SHARE = 2, 0.6
"""On which it must be seen, and of those on which it is asked: the last batch of an epoch may be smaller."""

MAX_TOGETHER_SHARE = 0.5
"""Of two batches that have some examples in common: in a fixed order they would have all."""


class StateKept(Check):
    """The hidden state is carried over between batches that have nothing to do with each other."""

    name: ClassVar[str] = "state_kept"
    cause: ClassVar[str] = "the hidden state is carried over"
    lesson: ClassVar[str] = "rnn"
    meaning: ClassVar[str] = (
        "The recurrent layer begins with what it remembers of other examples. So the answer to an example depends on "
        "the previous batch, and the same input gives other answers."
    )
    advice: ClassVar[str] = (
        "Reset the hidden state to zero before each batch: call the layer without a state. Keep it only where each row "
        "of a batch continues the same row of the previous batch, and nothing is shuffled."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "labels_unrelated", "unfinished", "low_learning_rate", "oscillating_loss",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """The first steps, and whether examples come in another order, or in other lengths."""
        known = [one for one in signals.snapshots if one.details.state_kept >= 0]
        kept = [one for one in known if one.details.state_kept == 1]
        if len(kept) < MIN_SNAPSHOTS or len(kept) < MIN_SHARE * len(known):
            return None
        widths = {one.details.width for one in signals.snapshots if one.details.one_answer}
        if not len(widths) > 2 and not _is_shuffled(signals.snapshots):
            return None
        title = (
            f"at {len(kept)} of {len(known)} steps looked at it began with the state that the previous batch ended "
            "with, though the examples are shuffled"
        )
        return Detection(title, {"kept": len(kept), "looks": len(known)})


def _is_shuffled(snapshots: list[Snapshot]) -> bool:
    """Whether two batches have some examples in common, and not most of them."""
    batches = [set(one.rows) for one in snapshots if len(one.rows) > 2]
    for i, one in enumerate(batches):
        for other in batches[:i]:
            common = len(one & other)
            if 0 < common < MAX_TOGETHER_SHARE * min(len(one), len(other)):
                return True
    return False
