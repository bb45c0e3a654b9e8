"""How well people do: the level below which error cannot be called avoidable.

From the answers of several annotators: how often one differs from the majority of the others, which is what people
reach on these very examples (where two answers of the others tie, half a mistake). It is no floor where the answers are
noisy for another reason than the examples (Ishida et al. 2023), and it is named for what it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import polars as pl

from fathom.diagnosis.results_table import ANNOTATOR_PREFIX

MIN_ANSWERS = 20
"""Answers from which on the level is told."""


def human_error(answers: Sequence[Sequence[Any]]) -> float | None:
    """The share of answers that differ from the majority of the others.

    Args:
        answers: for each example those of its annotators; None where one gave none.

    Returns:
        None where fewer than `MIN_ANSWERS` answers can be compared.
    """
    wrong = count = 0.0
    for given in answers:
        there = [str(a) for a in given if a is not None and str(a).strip()]
        if len(there) < 2:
            continue
        for i, answer in enumerate(there):
            others = Counter(there[:i] + there[i + 1 :])
            most = max(others.values())
            best = [name for name, n in others.items() if n == most]
            wrong += 0.0 if best == [answer] else 0.5 if answer in best else 1.0
            count += 1
    return wrong / count if count >= MIN_ANSWERS else None


def of_table(frame: pl.DataFrame) -> float | None:
    """The human level of a table of results with columns ``annotator…``; of dev where there is one."""
    columns = [c for c in frame.columns if c.startswith(ANNOTATOR_PREFIX)]
    if len(columns) < 2:
        return None
    on = frame.filter(pl.col("split") == "dev")
    return human_error((frame if on.is_empty() else on).select(columns).rows())
