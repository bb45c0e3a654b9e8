"""Figures as the page says and draws them: their sign, their unit, what they are a share of."""

from __future__ import annotations

import re

import pytest

from fathom.metrics import ERROR, RMSE
from fathom.records import Interval
from fathom.reporting import Confusion, figures
from fathom.reporting.report_data import ScalingPoint, show_gap


def test_a_gap_of_shares_is_told_in_points_and_one_of_numbers_in_their_unit() -> None:
    assert show_gap(ERROR, Interval(0.05, 0.01, 0.09)) == "+5.0 points (1.0 to 9.0)"
    assert show_gap(ERROR, Interval(-0.05, -0.09, -0.01)) == "−5.0 points (−9.0 to −1.0)"
    assert show_gap(RMSE, Interval(1.5, -0.5, 3.5)) == "+1.5 (−0.5 to 3.5)"


@pytest.mark.parametrize(
    ("low", "high", "better"), [(-0.2, -0.1, "net"), (0.1, 0.2, "pipeline"), (-0.1, 0.1, ""), (0.0, 0.2, "")]
)
def test_the_better_of_two_has_fewer_errors_where_that_is_sure(low: float, high: float, better: str) -> None:
    errors = Interval(0.3, 0.2, 0.4)
    assert ScalingPoint(100, errors, errors, Interval((low + high) / 2, low, high), (1.0, 1.0)).better == better


def test_a_field_of_the_confusion_matrix_is_as_dark_as_its_share_of_the_true_class() -> None:
    drawn = figures.confusion_matrix(Confusion(["cat", "dog"], [[91, 9], [0, 9]]))
    strengths = [float(found) for found in re.findall(r"[^-]opacity: ([0-9.]+)", drawn)]
    assert min(strengths) == pytest.approx(0.08 + 0.92 * 0.3, abs=1e-3)  # the root of 9 % of the cats
    assert max(strengths) == pytest.approx(0.08 + 0.92 * 0.91, abs=1e-3)  # 91 % of the cats; all dogs need no opacity
