"""Labels and targets that are found again from a gradient: by one thread where they are few, by PyTorch where not."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from fathom.training.health.measure import labels
from fathom.training.health.measure.labels import labels_of
from fathom.training.health.measure.targets import targets_of

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


def test_labels_are_found_again_from_the_gradient() -> None:
    torch.manual_seed(0)
    answer, y = torch.randn(16, 5, requires_grad=True), torch.randint(0, 5, (16,))
    loss = F.cross_entropy(answer, y)
    found = labels_of(answer, torch.autograd.grad(loss, answer)[0])
    assert found is not None
    assert found.counts == {str(k): n for k in range(5) if (n := int((y == k).sum()))}
    assert found.cross_entropy == pytest.approx(float(loss.detach()), rel=1e-5)
    text, z = torch.randn(4, 7, 5, requires_grad=True), torch.randint(0, 5, (4, 7))
    loss = F.cross_entropy(text.flatten(0, 1), z.flatten())
    found = labels_of(text, torch.autograd.grad(loss, text)[0])
    assert found is not None
    assert found.cross_entropy == pytest.approx(float(loss.detach()), rel=1e-5)
    number, t = torch.randn(16, 1, requires_grad=True), torch.rand(16)
    loss = F.mse_loss(number[:, 0], t)
    squares = targets_of(number, torch.autograd.grad(loss, number)[0])
    assert squares is not None
    assert (squares.squared_error, squares.mean, squares.variance) == pytest.approx(
        (float(loss.detach()), float(t.mean()), float(t.var(correction=0))), rel=1e-4
    )
