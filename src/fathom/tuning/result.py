"""What a search over settings found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from fathom.metrics import Metric
from fathom.runs.folder import RunFolder


@dataclass(frozen=True)
class Tuned:
    """What came out.

    Attributes:
        folder: of the search.
        best: the run that was trained with the best settings.
        settings: these, as far as they were searched.
        figure: the best trial's on dev.
        trials: of all processes, one row each.
        importance: of each setting, summing to 1; empty with too few trials.
        metric: by which they are judged.
    """

    folder: Path
    best: RunFolder
    settings: Mapping[str, Any]
    figure: float
    trials: pl.DataFrame
    importance: Mapping[str, float]
    metric: Metric
