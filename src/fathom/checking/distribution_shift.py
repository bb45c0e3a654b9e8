"""Are dev and test of the same kind as train? Asked of splits that were not dealt at random."""

from __future__ import annotations

import numpy as np
import polars as pl

from fathom.checking.data_profile import DataProfile
from fathom.data.simple_features import extract_features
from fathom.data.splits.split_rules import dev_differs_by_design
from fathom.diagnosis import distribution_shift
from fathom.diagnosis.example_metadata import COLUMN_PREFIX
from fathom.metrics import ERROR
from fathom.records import Example, Finding

MAX_EXAMPLES = 700
"""Examples of each split that are looked at."""


def check(profile: DataProfile) -> list[Finding]:
    """Tell of a split whose examples can be told from those of train."""
    if profile.splits is None or not (
        profile.splits.rule.held_out_may_differ or dev_differs_by_design(profile.source, profile.examples.items)
    ):
        return []
    chosen: list[Example] = []
    names: list[str] = []
    for split in profile.splits.names():
        ids = profile.splits.ids(split)
        keep = np.sort(np.random.default_rng(0).permutation(len(ids))[:MAX_EXAMPLES])
        chosen += [profile.by_id[ids[i]] for i in keep.tolist()]
        names += [split] * len(keep)
    said = extract_features(chosen, apart=profile.source.apart)
    columns = {f"{COLUMN_PREFIX}{name}": values for name, values in said.numbers.items()}
    words = {f"{COLUMN_PREFIX}{name}": [w or None for w in values] for name, values in said.categories.items()}
    about = {"id": [e.id for e in chosen], "split": names, "target": [str(e.target) for e in chosen]}
    return distribution_shift.check(pl.DataFrame({**about, **columns, **words}), ERROR)
