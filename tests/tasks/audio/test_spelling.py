"""The language model of a search: probabilities that add up, and what is usual preferred."""

from __future__ import annotations

import numpy as np
import pytest

from fathom.tasks.audio.spelling import Spelling


@pytest.mark.parametrize("said", [(), (1,), (1, 2), (2, 2, 2, 2, 1, 2)])
def test_the_probabilities_after_anything_add_up_to_one(said):
    model = Spelling(["ab", "abab", "ba"], ["a", "b"], weight=1.0, bonus=0.0)
    assert np.exp(model(said)).sum() == pytest.approx(1)


def test_what_was_often_read_is_preferred_and_weighed():
    model = Spelling(["the"] * 9 + ["tha"], list("aeht"), weight=1.0, bonus=0.0)
    after = model((4, 3))  # "th"
    assert after[2] > after[1]
    half = Spelling(["the"] * 9 + ["tha"], list("aeht"), weight=0.5, bonus=2.0)((4, 3))
    np.testing.assert_allclose(half, 0.5 * after + 2.0)
