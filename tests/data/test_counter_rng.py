"""Keyed randomness: uniform, and the same whatever the batch."""

import numpy as np

from fathom.data.counter_rng import BatchRng, epoch_order, example_keys, step_seed

KEYS = example_keys(f"e{i}" for i in range(5000))


def test_uniform():
    draws = BatchRng(0, 1, KEYS).uniform(20)
    assert draws.dtype == np.float32
    assert draws.min() >= 0
    assert draws.max() < 1
    assert abs(draws.mean() - 0.5) < 0.005
    counts = np.histogram(draws, bins=50, range=(0, 1))[0]
    expected = draws.size / 50
    assert ((counts - expected) ** 2 / expected).sum() < 100
    assert np.abs(np.corrcoef(draws.T) - np.eye(20)).max() < 0.08
    assert abs(np.corrcoef(draws[:, 0], BatchRng(0, 2, KEYS).uniform(1)[:, 0])[0, 1]) < 0.06


def test_the_batch_does_not_matter():
    whole = BatchRng(3, 4, KEYS)
    first, second = whole.uniform(3), whole.uniform(2)
    part = BatchRng(3, 4, KEYS[[9, 2, 77]])
    assert (part.uniform(3) == first[[9, 2, 77]]).all()
    assert (part.uniform(2) == second[[9, 2, 77]]).all()
    assert (np.hstack([first, second]) == BatchRng(3, 4, KEYS).uniform(5)).all()  # none is drawn twice


def test_normal():
    draws = BatchRng(0, 0, KEYS).normal(10)
    assert abs(draws.mean()) < 0.02
    assert abs(draws.std() - 1) < 0.02


def test_order_and_step_seed():
    a, b = epoch_order(0, 0, KEYS), epoch_order(0, 1, KEYS)
    assert sorted(a) == list(range(len(KEYS)))
    assert (a != b).any()
    assert (epoch_order(0, 0, KEYS) == a).all()
    assert [i for i in a if i < 100] == list(epoch_order(0, 0, KEYS[:100]))
    assert len({step_seed(s, t) for s in range(10) for t in range(10)}) == 100
    assert 0 <= step_seed(1, 2) < 2**63
