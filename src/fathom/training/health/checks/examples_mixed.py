"""Examples of a batch that are mixed with each other: their axis was taken for another.

Asked in evaluation mode, a net answers an example alike whatever stands beside it. Where it does not, and answers the
same whole batch alike twice, so that nothing is drawn by chance, parts of one example have come into another: by a
view or reshape that should be a transpose, or by a softmax, mean or norm over the batch.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class ExamplesMixed(Check):
    """The answer to an example depends on the other examples of the batch."""

    name: ClassVar[str] = "examples_mixed"
    lesson: ClassVar[str] = "looking-at-data"
    meaning: ClassVar[str] = (
        "The answer to one example depends on the other examples of its batch. So inputs and labels no "
        "longer belong together."
    )
    advice: ClassVar[str] = (
        "Look for view or reshape where transpose or permute is needed, and for a wrong batch_first. Look "
        "for position codes added along the batch, and for a softmax, mean or norm over axis 0. In "
        "evaluation mode net(x[:4]) must equal net(x)[:4]."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "labels_unrelated", "stagnating_loss", "unfinished", "low_learning_rate", "judged_in_training_mode",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """Each time that it was asked."""
        asked = signals.nondeterministic_evals[1]
        if not asked or signals.batch_dependent_evals < asked:
            return None
        times = f"{asked} of {asked} times" if asked > 1 else "when it was asked"
        title = (
            f"in evaluation mode the answer to an example depends on the other examples of the batch, or on its place "
            f"in it ({times})"
        )
        return Detection(title, {"asked": asked})
