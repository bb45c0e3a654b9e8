"""Boosted trees say what scikit-learn says, whatever becomes of them."""

import numpy as np
import pytest
import torch

from fathom.nets import NetAndTrees, TabularBoosting
from fathom.nets.table.net_and_trees import blend
from fathom.nets.table.trees import BoostedTrees
from fathom.tasks.table.boosting import Boosting, Rows

CARDINALITIES = [3, 300]


def rows(n, classes, seed=0):
    """Numbers with holes, a column of whole numbers, few and many categories, and a target of all of them."""
    rng = np.random.default_rng(seed)
    numbers = rng.normal(size=(n, 4)).astype(np.float32)
    numbers[:, 2] = numbers[:, 2].round()
    numbers[rng.random((n, 4)) < 0.15] = np.nan
    categories = np.stack([rng.integers(0, 4, n), rng.integers(0, 301, n)], 1)
    score = np.nan_to_num(numbers[:, 0]) * (categories[:, 0] % 2) + (categories[:, 1] % 3) + rng.normal(0, 0.1, n)
    score += 2 * np.isnan(numbers[:, 1])
    target = np.digitize(score, np.quantile(score, np.linspace(0, 1, classes + 1)[1:-1])) if classes else score
    return Rows(numbers, categories, target.astype(np.int64 if classes else np.float32))


def fitted(classes, **more):
    boosting = Boosting(CARDINALITIES, classes, rounds=30, shrinkage=0.3, **more)
    assert boosting.fit(rows(700, classes), rows(200, classes, 1))
    return boosting


def module_of(boosting):
    trees = BoostedTrees(6, boosting.classes or 1)
    trees.take(boosting.tensors())
    return trees


@pytest.mark.parametrize("classes", [0, 2, 4])
def test_they_say_what_scikit_learn_says(classes):
    boosting, asked = fitted(classes), rows(500, classes, 2)
    best = int(np.argmax(boosting.model.validation_score_))
    inputs = boosting.inputs(asked)
    stages = list((boosting.model.staged_predict_proba if classes else boosting.model.staged_predict)(inputs))
    with torch.no_grad():
        said = module_of(boosting)(torch.from_numpy(asked.numbers), torch.from_numpy(asked.categories))
    found = said.softmax(1) if classes else said[:, 0]
    np.testing.assert_allclose(found.numpy(), stages[best - 1], atol=1e-6 if classes else 2e-6)


def test_a_number_of_single_precision_goes_where_it_went_in_double():
    numbers = np.repeat(np.float32([[1.0], [np.nextafter(np.float32(1), np.float32(2))]]), 50, 0)
    boosting = Boosting([], 0, rounds=1, shrinkage=1.0)
    boosting.fit(Rows(numbers, np.zeros((100, 0), np.int64), np.repeat([0.0, 1.0], 50)))
    trees = BoostedTrees(1, 1)
    trees.take(boosting.tensors())
    said = trees(torch.from_numpy(numbers), torch.zeros(100, 0, dtype=torch.int64))
    assert said[:, 0].tolist() == pytest.approx([0.0] * 50 + [1.0] * 50, abs=1e-6)


def test_a_class_without_rows_is_next_to_impossible():
    whole = rows(300, 3)
    without = Rows(*(a[whole.target < 2] for a in (whole.numbers, whole.categories, whole.target)))
    boosting = Boosting(CARDINALITIES, 3, rounds=20)
    assert boosting.fit(without)
    said = module_of(boosting)(torch.from_numpy(whole.numbers), torch.from_numpy(whole.categories)).softmax(1)
    assert said.shape == (300, 3)
    assert float(said[:, 2].max()) < 0.05
    assert not boosting.fit(Rows(*(a[whole.target == 0] for a in (whole.numbers, whole.categories, whole.target))))


def test_trees_are_loaded_into_a_module_that_has_none():
    trees, empty = module_of(fitted(2)), BoostedTrees(6, 2)
    empty.load_state_dict(trees.state_dict())
    asked = rows(50, 2, 3)
    inputs = torch.from_numpy(asked.numbers), torch.from_numpy(asked.categories)
    assert torch.equal(trees(*inputs), empty(*inputs))
    empty.clear()
    assert not empty.fitted
    assert empty(*inputs).shape == (50, 2)


def test_trees_that_lead_nowhere_are_refused():
    state = module_of(fitted(0)).state_dict()
    for name, wrong in (("left", 10**6), ("feature", 6), ("rule", 10**6), ("root", -1)):
        damaged = {**state, name: state[name].clone()}
        damaged[name][0] = wrong
        with pytest.raises(ValueError, match=name):
            BoostedTrees(6, 1).load_state_dict(damaged)
    with pytest.raises(ValueError, match="no one kind"):
        BoostedTrees(6, 1).load_state_dict({**state, "value": state["value"][:-1]})


def test_both_say_the_mean_probability():
    torch.manual_seed(0)
    net = NetAndTrees(4, CARDINALITIES, 2, hidden=(8,), members=2).eval()
    net.trees.take(fitted(2).tensors())
    asked = rows(20, 2, 4)
    inputs = torch.from_numpy(asked.numbers), torch.from_numpy(asked.categories)
    trees = net.trees(*inputs).softmax(1)
    net.net_alone = True
    alone = net(*inputs).softmax(1)
    for part, expected in (("both", (alone + trees) / 2), ("boosting", trees), ("net", alone)):
        net.keep(part)
        torch.testing.assert_close(net(*inputs).softmax(1), expected)
    assert not net.trees.fitted, "where the net alone is kept, no trees are saved"
    numbers = torch.tensor([[1.0], [2.0]])
    assert blend(numbers, numbers * 3, 0.5).tolist() == [[2.0], [4.0]]


def test_options_that_no_trees_can_have_are_refused():
    from fathom.errors import UserError

    with pytest.raises(UserError, match="rounds from 1"):
        TabularBoosting(1, [], 2, rounds=0)
