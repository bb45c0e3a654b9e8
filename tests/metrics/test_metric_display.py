"""What people are told: the field's names and direction, numbers without exponents, no interval that says nothing."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fathom.metrics import ERROR, METRICS, RMSE, WORD_ERROR_RATE, Metric
from fathom.metrics.overlap import mean_iou_missed
from fathom.number_format import significant

EVERY = [*METRICS.values(), mean_iou_missed(3)]
F1 = METRICS["missed entity F1"]
COMPLEMENTS = [metric for metric in EVERY if metric.name.startswith("missed ")]


@pytest.mark.parametrize("metric", EVERY, ids=lambda metric: metric.name)
def test_nobody_is_told_what_is_missing_of_a_figure(metric: Metric) -> None:
    assert "missed" not in metric.label
    assert metric.higher_is_better == metric.name.startswith("missed ")
    assert all("missed" not in other.label for other in metric.told_beside)
    assert metric.label not in [other.name for other in metric.told_beside], "told twice"
    if metric.higher_is_better:
        assert metric.label in [other.name for other in metric.beside], "the figure itself is kept beside it"


def test_an_f1_is_told_as_an_f1() -> None:
    assert F1.show(0.846) == "15.4 %"
    assert F1.show_with_range(0.846, 0.8, 0.9) == "15.4 % (10.0–20.0)"
    assert F1.show_difference(-0.05, -0.08, -0.02) == "+5.0 points (2.0 to 8.0)"  # less is missing: the F1 rose
    assert F1.show_difference(0.0, 0.0, 0.0) == "0.0 points"
    assert ERROR.show_difference(-0.0001, -0.02, 0.02) == "0.0 points (−2.0 to 2.0)"
    assert F1.worse_side == "below"
    assert ERROR.worse_side == "above"
    assert ERROR.show_with_range(0.065, 0.038, 0.11) == "6.5 % (3.8–11.0)"
    assert WORD_ERROR_RATE.label == "word error rate"


def test_a_target_is_given_as_figures_are_told() -> None:
    assert F1.reaches(0.08, target=0.9)
    assert not F1.reaches(0.85, target=0.9)  # an F1 of 15 %
    assert ERROR.reaches(0.04, target=0.05)
    assert not ERROR.reaches(0.06, target=0.05)


@pytest.mark.parametrize("metric", COMPLEMENTS, ids=lambda metric: metric.name)
def test_the_ends_of_an_interval_are_the_lower_one_first(metric: Metric) -> None:
    assert metric.show_range(0.1, 0.3) == "70.0–90.0"
    assert metric.shown_ends(0.25, 0.75) == (0.25, 0.75)


@pytest.mark.parametrize(("low", "high"), [(0.0, math.inf), (-math.inf, math.inf), (math.nan, math.nan), (0.0, 1.0)])
def test_an_interval_that_excludes_nothing_cannot_be_told(low: float, high: float) -> None:
    told = ERROR.show_with_range(0.5, low, high)
    assert told == "50.0 % (its interval cannot be told)"
    assert "inf" not in RMSE.show_with_range(12.0, 0.0, math.inf)


def test_a_difference_of_any_size_cannot_be_told() -> None:
    assert "cannot be told" in ERROR.show_difference(0.1, -0.959, 1.127)
    assert ERROR.show_size_range(-0.959, 1.127) == "cannot be told"
    assert ERROR.show_size_range(-0.012, 0.03) == "−1.2 to 3.0"
    assert ERROR.show_size_range(0.038, 0.11) == "3.8–11.0"
    assert RMSE.show_difference(120.0, -500.0, 740.0) == "+120 (−500 to 740)"


def test_an_error_in_large_units_has_no_exponent() -> None:
    assert RMSE.show(51000.0) == "51,000"
    assert RMSE.show(51234.5) == "51,230"
    assert RMSE.show(0.48213) == "0.4821"
    assert RMSE.show_difference(51234.5, 40000.0, 60000.0) == "+51,200 (40,000 to 60,000)"


@given(st.floats(-1e300, 1e300), st.integers(1, 8))
@example(9999.96, 4)
@example(99999.6, 5)
@example(0.0, 3)
@example(-0.0001, 1)
def test_a_number_keeps_its_digits_and_is_written_out(value: float, digits: int) -> None:
    text = significant(value, digits)
    read = float(text.replace(",", ""))
    assert read == pytest.approx(value, rel=0.51 * 10 ** (1 - digits), abs=1e-320)
    if 1e-4 <= abs(value) < 1e12:
        assert "e" not in text
        assert re.fullmatch(r"-?(\d{1,4}|\d{1,3}(,\d{3})+)(\.\d+)?", text)
