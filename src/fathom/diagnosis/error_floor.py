"""Where nobody knows how well people do: what the data itself says of the least error that is possible.

*At most*: no floor is higher than what this net reaches on dev. *About*: an example whose nearest neighbour, in what
the net sees, is of another class lies where classes overlap. Of the error of nearest neighbours follows the least
error, with as many examples as one likes (Cover and Hart 1967):

    r = (k - 1) / k * (1 - sqrt(1 - k / (k - 1) * r_nn))     for k classes

With the examples that there are it is an estimate and no bound, and says so.
"""

from __future__ import annotations

import math

import polars as pl

from fathom.diagnosis.intervals import interval, wilson
from fathom.finding_kinds import FindingKind
from fathom.metrics import Metric
from fathom.records import Finding, Interval

FLOOR_ESTIMATE = FindingKind(
    name="floor_estimate",
    severity="note",
    lesson="bias-and-variance",
    meaning=(
        "Error above the floor can be avoided, error below it cannot. The first figure is certain. The "
        "second is an estimate from these examples, not a bound."
    ),
    advice=(
        "A measurement is better: let people label some hundred examples, then give --human-error or --annotators."
    ),
    rank=4,
)

NEIGHBOUR_COLUMN = "nn_wrong"
"""The column that says whether the nearest neighbour is of another class."""
MIN_DEV_EXAMPLES = 100


def check(frame: pl.DataFrame, metric: Metric, human_error: float | None) -> list[Finding]:
    """Tell both estimates, where the human level is not known and the neighbours are."""
    if human_error is not None or not metric.is_classification_error or NEIGHBOUR_COLUMN not in frame.columns:
        return []
    dev = frame.filter((pl.col("split") == "dev") & pl.col(NEIGHBOUR_COLUMN).is_not_null())
    if dev.height < MIN_DEV_EXAMPLES:
        return []
    classes = dev["target"].n_unique()
    nearest = wilson(float(dev[NEIGHBOUR_COLUMN].sum()), dev.height)
    least = Interval(*(cover_hart(r, classes) for r in (nearest.value, nearest.low, nearest.high)))
    most = interval(dev.with_columns(group=pl.lit(None, dtype=pl.String)), metric)  # on examples like these
    title = f"the error floor is at most {metric.show(most.high)}, which this net reaches"
    if (
        least.value <= most.value
    ):  # else too few examples lie near each other: what is above what is reached is no floor
        title += f"; nearest neighbours put it at about {metric.show_with_range(least.value, least.low, least.high)}"
    return [FLOOR_ESTIMATE.found(title, {"net": most, "nearest_neighbours": least, "neighbour_error": nearest})]


def cover_hart(neighbour_error: float, classes: int) -> float:
    """The least error that goes with an error of nearest neighbours."""
    share = (classes - 1) / max(1, classes)
    return share * (1 - math.sqrt(max(0.0, 1 - neighbour_error / share))) if share else 0.0
