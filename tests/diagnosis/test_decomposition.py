import numpy as np
import polars as pl
import pytest
from planted_results import rates, regression

from fathom.diagnosis.decomposition import decompose
from fathom.metrics import BITS_PER_CHARACTER, ERROR, RMSE


def test_high_variance_is_named():
    found = decompose(rates(train=(3, 866), dev=(40, 185)), ERROR)
    assert found.verdict == "variance"
    assert found.finding == "variance"
    assert "21.3 points above train" in found.sentence


def test_tiny_dev_is_undecided_and_says_how_many_would_do():
    found = decompose(rates(train=(5, 100), dev=(2, 20)), ERROR)
    assert found.verdict is None
    assert found.finding == "undecided"
    assert found.needed is None or found.needed > 20


def test_bias_is_named_only_with_a_human_level():
    frame = rates(train=(300, 1000), dev=(64, 200))
    known, unknown = decompose(frame, ERROR, human_error=0.01), decompose(frame, ERROR)
    assert known.verdict == "avoidable bias"
    assert unknown.verdict is None
    assert unknown.finding == "train_error_dominates"
    assert "--human-error" in unknown.sentence
    assert [name for name, _ in known.levels] == ["human", "train", "dev"]


def test_mismatch_and_dev_overfitting_are_named():
    mismatch = rates(**{"train": (10, 1000), "train-dev": (6, 400), "dev": (80, 400)})
    assert decompose(mismatch, ERROR).verdict == "data mismatch"
    overfit = rates(train=(10, 1000), dev=(5, 400), test=(100, 400))
    assert decompose(overfit, ERROR).verdict == "dev overfitting"


def test_small_and_alike_is_good():
    assert decompose(rates(train=(5, 5000), dev=(2, 1000)), ERROR).finding == "small_gaps"


def test_without_dev_it_is_silent_and_says_why():
    found = decompose(rates(train=(5, 100)), ERROR)
    assert found.finding is None
    assert "no dev split" in found.sentence


def test_regression_names_variance_by_the_spread_and_never_bias():
    assert decompose(regression(0.1, 0.6), RMSE).verdict == "variance"
    assert decompose(regression(0.5, 0.5), RMSE).finding == "train_error_dominates"
    assert decompose(regression(0.5, 0.1), RMSE, human_error=0.1).verdict == "avoidable bias"


@pytest.mark.parametrize("p", [0.0, 0.005, 0.02, 0.1, 0.3])
def test_equal_splits_seldom_get_a_verdict(p):
    rng = np.random.default_rng(1)
    draws = [(rng.binomial(400, p), rng.binomial(100, p)) for _ in range(100)]
    verdicts = [decompose(rates(train=(a, 400), dev=(b, 100)), ERROR).verdict for a, b in draws]
    assert sum(v is not None for v in verdicts) <= 3


def test_a_single_mistake_is_no_variance():
    found = decompose(rates(train=(0, 16_000), dev=(1, 2000)), ERROR)
    assert found.verdict is None
    assert found.finding == "small_gaps"


def test_a_dev_that_is_no_worse_is_said_so():
    rng = np.random.default_rng(0)
    frame = pl.DataFrame(
        {
            "id": [str(i) for i in range(200)],
            "split": ["train"] * 100 + ["dev"] * 100,
            "target": [""] * 200,
            "stat_nats": np.concatenate([rng.normal(101, 5, 100), rng.normal(99, 5, 100)]),
            "stat_characters": [50.0] * 200,
        }
    )
    found = decompose(frame, BITS_PER_CHARACTER)
    assert found.verdict is None
    assert "dev is no worse than train" in found.sentence
