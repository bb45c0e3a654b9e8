import time

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_results import part, rates, regression
from scipy.stats import binomtest

from fathom.diagnosis.intervals import bootstrap, gap, interval, newcombe, wilson
from fathom.metrics import ERROR, RMSE


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_that_of_scipy_and_holds_its_value(case):
    wrong, count = case
    ours, theirs = wilson(wrong, count), binomtest(wrong, count).proportion_ci(method="wilson")
    assert ours.low == pytest.approx(theirs.low, abs=1e-12)
    assert ours.high == pytest.approx(theirs.high, abs=1e-12)
    assert 0 <= ours.low <= ours.value <= ours.high <= 1


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from(["a", "b", "c", None])), min_size=1, max_size=30),
)
def test_interval_holds_its_value_with_groups_too(rows):
    frame = pl.DataFrame(
        {"stat_wrong": [float(w) for w, _ in rows], "stat_count": [1.0] * len(rows), "group": [g for _, g in rows]},
        schema_overrides={"group": pl.String},
    )
    found = interval(frame, ERROR)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high


def test_bootstrap_has_the_analytic_standard_error():
    wrong = (np.arange(500) < 100).astype(float)
    drawn = bootstrap({"wrong": wrong, "count": np.ones(500)}, ERROR)
    assert drawn.std() == pytest.approx(np.sqrt(0.2 * 0.8 / 500), rel=0.03)


@pytest.mark.parametrize("n", [400, 20_000])
def test_bootstrap_of_rmse_has_the_analytic_standard_error(n):
    squared = np.random.default_rng(0).normal(size=n) ** 2
    drawn = bootstrap({"squared": squared, "count": np.ones(n)}, RMSE)
    analytic = squared.std() / np.sqrt(n) / (2 * np.sqrt(squared.mean()))
    assert drawn.std() == pytest.approx(analytic, rel=0.05)


def test_groups_that_stand_together_widen_the_interval():
    frame = rates(dev=(100, 400)).sort("stat_wrong")
    grouped = frame.with_columns(group=(pl.int_range(pl.len()) // 20).cast(pl.String))
    alone, together = interval(frame, ERROR), interval(grouped, ERROR)
    assert together.high - together.low > 2 * (alone.high - alone.low)


@pytest.mark.parametrize(("p", "n", "q", "m"), [(0.0, 800, 0.06, 185), (0.1, 300, 0.1, 60), (0.02, 1000, 0.3, 40)])
def test_gap_covers_the_truth(p, n, q, m):
    rng = np.random.default_rng(0)
    a, b = rng.binomial(n, p, 2000), rng.binomial(m, q, 2000)
    found = [newcombe(wilson(x, n), wilson(y, m)) for x, y in zip(a, b)]
    covered = np.mean([g.low <= q - p <= g.high for g in found])
    assert 0.92 <= covered <= 0.98


def test_the_gap_of_two_splits_is_as_unsure_as_both():
    """The variances of what is independent add up."""
    frame = regression(1.0, 1.0)
    train, dev = part(frame, "train"), part(frame, "dev")
    found, drawn = gap(train, dev, RMSE)
    each = [
        bootstrap({name: one[f"stat_{name}"].to_numpy() for name in RMSE.needs}, RMSE).std() for one in (train, dev)
    ]
    assert drawn.std() == pytest.approx(np.hypot(*each), rel=0.05)
    assert gap(train, train, RMSE)[1].std() == pytest.approx(np.sqrt(2) * each[0], rel=0.05)
    assert found.high - found.low == pytest.approx(2 * 1.96 * np.hypot(*each), rel=0.1)


def test_gap_has_width_when_nothing_went_wrong():
    frame = rates(train=(0, 866), dev=(0, 42))
    found, drawn = gap(part(frame, "train"), part(frame, "dev"), ERROR)
    assert found.low < 0 < found.high
    assert drawn.std() > 0.005


def test_sixty_thousand_rows_are_quick():
    frame = regression(1, 1, n=60_000)
    start = time.perf_counter()
    interval(part(frame, "train"), RMSE)
    assert time.perf_counter() - start < 2


def test_few_groups_that_agree_by_chance_are_no_surer_than_their_examples():
    frame = rates(dev=(20, 40)).with_columns(group=pl.col("stat_wrong").cum_count().mod(2).cast(pl.String))
    found, alone = interval(frame, ERROR), wilson(20, 40)
    assert found.high - found.low > 0.9 * (alone.high - alone.low)
