"""What is diagnosed follows from what a metric declares of itself, and from no word of its name."""

from __future__ import annotations

import json
from dataclasses import replace

import polars as pl
import pytest
from planted_results import rates, regression

from fathom.diagnosis import diagnose, never_predicted
from fathom.diagnosis.error_floor import NEIGHBOUR_COLUMN
from fathom.diagnosis.results_table import complete
from fathom.metrics import COST, ERROR, MAE_IN_RANKS, MAP50_MISSED, METRICS, NOT_EXACT, RMSE, Metric, Predicts

_PLAIN = rates(train=(10, 400), dev=(60, 200)).with_columns(baseline=pl.col("target"))
_NEIGHBOURS = rates(train=(200, 400), dev=(110, 200)).with_columns(pl.lit(0.3).alias(NEIGHBOUR_COLUMN))
_ONE_CLASS = complete(
    pl.DataFrame(
        {"split": ["train"] * 40 + ["dev"] * 40, "target": ["a", "b"] * 40, "prediction": ["a", "b"] * 20 + ["a"] * 40}
    )
)
_NUMBERS = regression(2.0, 2.0).with_columns(baseline=pl.col("target"))


@pytest.mark.parametrize(
    ("frame", "metric", "names"),
    [
        (_PLAIN, ERROR, {"below_baseline"}),
        (_NEIGHBOURS, ERROR, {"no_better_than_majority", "floor_estimate"}),
        (_ONE_CLASS, ERROR, {"never_predicted"}),
        (_NUMBERS, RMSE, {"below_baseline", "no_better_than_majority"}),
    ],
)
def test_a_metric_of_another_name_has_the_same_findings(frame: pl.DataFrame, metric: Metric, names: set[str]) -> None:
    found = diagnose(frame, metric=metric)
    assert names <= {one.name for one in found}
    for other in ("mistakes", "rmse", "error", "missed mAP50"):
        renamed = diagnose(frame, metric=replace(metric, name=other))
        assert [(one.name, one.severity, one.evidence) for one in renamed] == [
            (one.name, one.severity, one.evidence) for one in found
        ]


def test_boxes_of_a_class_that_is_never_found() -> None:
    targets = [json.dumps([[i % 2, 0, 0, 5, 5, 0]]) for i in range(20)]
    said = [json.dumps([[0, 0.9, 0, 0, 5, 5]])] * 20
    frame = pl.DataFrame({"split": ["dev"] * 20, "target": targets, "prediction": said})
    (found,) = never_predicted.check(frame, replace(MAP50_MISSED, name="boxes"))
    assert found.evidence["classes"] == ["1"]


def test_what_metrics_declare() -> None:
    assert {m for m in METRICS.values() if m.rejudges} == {ERROR, RMSE}
    assert [m for m in METRICS.values() if m.is_classification_error] == [ERROR]
    assert [m.name for m in METRICS.values() if m.predicts is Predicts.CLASS] == [
        m.name for m in (ERROR, COST, MAE_IN_RANKS)
    ]
    assert NOT_EXACT.predicts is Predicts.OTHER
