"""Labels that are found again from a gradient: by one thread where there are few numbers, by PyTorch where not."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from fathom.training.health.measure import labels
from fathom.training.health.measure.identical_units import has_identical_units
from fathom.training.health.measure.layer_input import layer_input

losses = st.sampled_from(["cross-entropy", "smoothed", "logarithms", "binary"])


@settings(max_examples=40, deadline=None)
@given(losses, st.integers(0, 10_000), st.integers(1, 40), st.integers(2, 12))
def test_few_numbers_and_many_are_read_alike(loss: str, seed: int, batch: int, classes: int) -> None:
    torch.manual_seed(seed)
    answer, y = torch.randn(batch, classes) * 3, torch.randint(0, classes, (batch,))
    if loss == "logarithms":
        answer = answer.log_softmax(1)
    answer.requires_grad_()
    cost = {
        "cross-entropy": lambda: F.cross_entropy(answer, y),
        "smoothed": lambda: F.cross_entropy(answer, y, label_smoothing=0.1),
        "logarithms": lambda: F.nll_loss(answer, y),
        "binary": lambda: F.binary_cross_entropy_with_logits(answer, F.one_hot(y, classes).float()),
    }[loss]()
    (gradient,) = torch.autograd.grad(cost, answer)
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        for few in (0, 10**9):
            patch.setattr(labels, "MAX_NUMBERS_FOR_ONE_THREAD", few)
            found[few] = labels.labels_of(answer.detach(), gradient)
    one, other = found.values()
    assert one is not None
    assert other is not None
    assert (one.counts, one.neighbours, one.equal_neighbours, one.error_rate) == (
        other.counts,
        other.neighbours,
        other.equal_neighbours,
        other.error_rate,
    )
    assert one.cross_entropy == pytest.approx(other.cross_entropy, rel=1e-4, abs=1e-6)
    if loss in ("cross-entropy", "logarithms"):  # smoothed, a label that is sure enough is pulled down
        assert one.counts == {str(k): n for k in range(classes) if (n := int((y == k).sum()))}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_a_broken_answer_is_read_without_a_word(broken: float) -> None:
    answer, y = torch.full((4, 3), broken), torch.zeros(4, dtype=torch.long)
    labels.labels_of(answer, F.one_hot(y, 3) - 1.0)


def test_inputs_are_summed_up_as_numpy_does() -> None:
    x = torch.tensor(np.random.default_rng(0).normal(3, [1, 0, 20, 0.5], (50, 4)), dtype=torch.float32)
    found, spread = layer_input("first", x), x.numpy().std(0, ddof=1)
    assert found.rms == pytest.approx(float(np.sqrt((x.numpy() ** 2).mean())), rel=1e-5)
    assert (found.minimum, found.maximum) == (float(x.min()), float(x.max()))
    assert found.largest_std == pytest.approx(spread.max(), rel=1e-5)
    assert found.std_ratio == pytest.approx(spread.max() / spread[spread > 0].min(), rel=1e-4)


def test_units_are_alike_only_if_all_are() -> None:
    weight = torch.nn.Parameter(torch.full((6, 4), 0.5))
    weight.grad = torch.ones(6, 4)
    assert has_identical_units(weight)
    weight.data[5, 1] = 0.6  # the first two still are
    assert not has_identical_units(weight)
    weight.data[5, 1], weight.grad[0, 0] = 0.5, 2.0
    assert not has_identical_units(weight)
