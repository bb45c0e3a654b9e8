"""The metrics that are made of sums, against scikit-learn and the definitions."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, mean_absolute_error, root_mean_squared_error

from fathom.metrics import BITS_PER_CHARACTER, ENTITY_F1, ERROR, MAE, PERPLEXITY, RMSE


def test_errors_of_numbers_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    meant, said = rng.normal(size=(2, 50))
    off = said - meant
    assert RMSE.of({"squared": (off**2).sum(), "count": 50}) == pytest.approx(root_mean_squared_error(meant, said))
    assert MAE.of({"absolute": np.abs(off).sum(), "count": 50}) == pytest.approx(mean_absolute_error(meant, said))


def test_a_fair_coin_costs_a_bit_and_is_a_choice_of_two():
    sums = {"nats": 30 * np.log(2), "characters": 30}
    assert BITS_PER_CHARACTER.of(sums) == pytest.approx(1.0)
    assert PERPLEXITY.of(sums) == pytest.approx(2.0)


def test_the_f1_of_counts_is_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    meant, said = rng.random((2, 60)) < 0.4
    sums = {"hits": (meant & said).sum(), "found": said.sum(), "meant": meant.sum()}
    assert ENTITY_F1.of(sums) == pytest.approx(f1_score(meant, said))


def test_an_error_is_a_share_and_shown_as_one():
    assert ERROR.of({"wrong": 3.0, "count": 40.0}) == 0.075
    assert ERROR.show(0.075) == "7.5 %"
