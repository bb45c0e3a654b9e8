"""Power laws of error over size: found again, covered by their intervals, and not followed where they do not fit."""

from __future__ import annotations

import numpy as np
import pytest

from fathom.diagnosis.power_law import extrapolated, fitted


def test_a_power_law_is_found_again() -> None:
    sizes = [100, 200, 400, 800]
    true = 0.5 * (np.array(sizes) / 800.0) ** -0.5 * 0.2 + 0.05
    a, b, c = fitted(sizes, true[None])
    assert (float(a[0]), float(b[0]), float(c[0])) == pytest.approx((0.1, 0.5, 0.05), abs=2e-3)


def test_twice_the_data_is_covered_by_its_interval() -> None:
    sizes, covered, said = np.array([250, 500, 1000, 2000]), 0, 0
    for i in range(60):
        rng = np.random.default_rng(i)
        true = 2.0 * sizes**-0.4 + 0.02
        spread = 0.004 * np.ones(4)
        seen = true + spread * rng.normal(size=4)
        curve = extrapolated(sizes.tolist(), seen, seen + spread * rng.normal(size=(400, 4)))
        if curve.doubled is not None:
            said += 1
            covered += curve.doubled.low <= 2.0 * 4000**-0.4 + 0.02 <= curve.doubled.high
    assert said >= 50
    assert covered >= 0.85 * said


@pytest.mark.parametrize(
    ("errors", "why"),
    [
        ([0.3, 0.2, 0.4, 0.1], "rises"),
        ([0.2, 0.2, 0.201, 0.199], "does not clearly fall"),
        ([0.9, 0.5, 0.49, 0.1], "misses"),
    ],
)
def test_an_ill_behaved_curve_is_not_followed(errors: list[float], why: str) -> None:
    spread = np.random.default_rng(0).normal(size=(300, 4)) * 0.01
    curve = extrapolated([100, 200, 400, 800], np.array(errors), np.array(errors) + spread)
    assert curve.doubled is None
    assert why in curve.why
