"""Are dev and test of the same kind as train? Asked of splits that were not dealt at random."""

from __future__ import annotations

import numpy as np
import polars as pl

from fathom.checking.look import Look
from fathom.data.simple_features import describe
from fathom.data.splits.split_rules import moves
from fathom.diagnosis import distribution_shift
from fathom.diagnosis.example_metadata import LOOK
from fathom.metrics import ERROR
from fathom.records import Example, Finding

MOST = 700
"""Examples of each split that are looked at."""


def check(look: Look) -> list[Finding]:
    """Tell of a split whose examples can be told from those of train."""
    if look.splits is None or not (look.splits.rule.held_out_may_differ or moves(look.source, look.examples.items)):
        return []
    chosen: list[Example] = []
    names: list[str] = []
    for split in look.splits.names():
        ids = look.splits.ids(split)
        keep = np.sort(np.random.default_rng(0).permutation(len(ids))[:MOST])
        chosen += [look.by_id[ids[i]] for i in keep.tolist()]
        names += [split] * len(keep)
    said = describe(chosen, apart=look.source.apart)
    columns = {f"{LOOK}{name}": values for name, values in said.numbers.items()}
    words = {f"{LOOK}{name}": [w or None for w in values] for name, values in said.categories.items()}
    about = {"id": [e.id for e in chosen], "split": names, "target": [str(e.target) for e in chosen]}
    return distribution_shift.check(pl.DataFrame({**about, **columns, **words}), ERROR)
