"""What the gradient at the answers tells of the loss, where two losses look alike."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from fathom.training.health.measure.answer_gradient import answer_gradient


@pytest.mark.parametrize("labels", [3, 10, 125, 1000])
@pytest.mark.parametrize("share", [0.02, 0.3])
def test_a_sigmoid_for_each_label_is_no_softmax_however_sure_it_is(labels: int, share: float) -> None:
    """Of many labels each has so small a share of a softmax that both losses have nearly the same gradient."""
    draw = torch.Generator().manual_seed(labels)
    y = (torch.rand(16, labels, generator=draw) < share).float()
    for sure, noise in ((0.0, 0.05), (0.0, 1.0), (2.0, 1.0), (6.0, 1.0)):
        answer = (sure * (2 * y - 1) + noise * torch.randn(16, labels, generator=draw) - 2).requires_grad_()
        (slope,) = torch.autograd.grad(F.binary_cross_entropy_with_logits(answer, y), answer)
        assert math.isnan(answer_gradient(answer.detach(), slope, None).several_labels)


@pytest.mark.parametrize("kept", [0.0, 0.2])
def test_the_word_that_hides_others_is_found(kept: float) -> None:
    """A masked language model; in BERT's recipe a fifth of the words that are asked for is not hidden."""
    draw = torch.Generator().manual_seed(0)
    words = torch.randint(0, 17, (32, 12), generator=draw)
    asked = torch.rand(words.shape, generator=draw) < 0.3
    hidden = asked & (torch.rand(words.shape, generator=draw) >= kept)
    answer = torch.randn(32, 12, 18, generator=draw).requires_grad_()
    for labels, given, told in (
        (torch.where(asked, words, -100), words.masked_fill(hidden, 17), 17),
        (torch.where(asked, words, -100), words, -1),
        (words, words, -1),
    ):
        (slope,) = torch.autograd.grad(F.cross_entropy(answer.flatten(0, 1), labels.flatten()), answer)
        assert answer_gradient(answer.detach(), slope, given).word_asked == told
