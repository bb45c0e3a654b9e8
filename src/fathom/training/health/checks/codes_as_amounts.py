"""Columns of codes, as of shops or products, that the net is given as amounts.

A net takes 12 for something between 11 and 13. Of a code that is not so: examples with the same number go together, and
those with the next number no more than any two. For a net this is a curve of as many jumps as there are codes.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.baseline_loss import prior_loss
from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MAX_SAME, MIN_NEXT = 0.8, 0.9
"""Of how much the targets of any two examples differ: of those with the same number, and with the next one."""

MIN_STANDARD_ERRORS, VARIANCE = 3.5, 1.4
"""By which those with the same number differ less than those with the next; and the variance of such a difference, by
the square of its mean, at most: it is that of ranks.
"""

MIN_PAIRS = 60
"""With the same number, and with the next one."""

MIN_LOSS_SHARE = 0.3
"""Of what knowing nothing costs, that the loss ends above."""


class CodesAsAmounts(Check):
    """A column of whole numbers whose neighbours have nothing to do with each other."""

    name: ClassVar[str] = "codes_as_amounts"
    severity = "warning"
    lesson: ClassVar[str] = "embeddings"
    meaning: ClassVar[str] = (
        "A column holds codes of categories, and the net takes them for amounts, as if 12 lay between 11 and 13. It "
        "would have to learn a jump from each number to the next."
    )
    advice: ClassVar[str] = "Give the column as categories: one-hot, or an nn.Embedding of the codes."
    explains: ClassVar[tuple[str, ...]] = ("stagnating_loss", "unfinished", "labels_unrelated")

    def run(self, signals: Signals) -> Detection | None:
        """What the pairs of all batches that were looked at tell of each column."""
        by_column: dict[int, list[tuple[float, ...]]] = {}
        for one in signals.snapshots:
            for column, *pairs in one.details.code_columns:
                by_column.setdefault(column, []).append(tuple(pairs))
        if not by_column or has_several_passes_per_step(signals):
            return None
        found = {column: shares for column, seen in by_column.items() if (shares := _shares(seen))}
        ended, known = float(signals.losses.windows(10)[-1]), prior_loss(signals)
        if not found or not ended > MIN_LOSS_SHARE * known:
            return None
        column, (same, beside) = next(iter(found.items()))
        which = f"column {column} (from 0) looks" if len(found) == 1 else f"columns {', '.join(map(str, found))} look"
        title = (
            f"{which} like codes, not amounts: targets differ less where the number is the same "
            f"({same:.2f} of the usual), but not where it is the next ({beside:.2f})"
        )
        return Detection(title, {"columns": list(found), "same": same, "next": beside})


def _shares(seen: list[tuple[float, ...]]) -> tuple[float, float] | None:
    """How much targets differ with the same number and with the next, by any two; None where that is no code's."""
    n_same, same, n_next, beside, n_all, usual = np.sum(seen, 0)
    if n_same < MIN_PAIRS or n_next < MIN_PAIRS or not usual > 0:
        return None
    same, beside = (float(total / n / (usual / n_all)) for total, n in ((same, n_same), (beside, n_next)))
    error = math.sqrt(VARIANCE / n_same + VARIANCE / n_next)
    if same > MAX_SAME or beside < MIN_NEXT or beside - same < MIN_STANDARD_ERRORS * error:
        return None
    return same, beside
