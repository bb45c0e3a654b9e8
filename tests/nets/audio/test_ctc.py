"""Connectionist temporal classification against every way to say every text."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
import torch

from fathom.exported import ctc_search
from fathom.nets.audio import ctc


def every_text(logs: np.ndarray) -> dict[tuple[int, ...], float]:
    """The logarithm of the probability of each text, by counting all ways."""
    total: dict[tuple[int, ...], float] = {}
    for way in product(range(logs.shape[1]), repeat=len(logs)):
        text = tuple(ctc_search.greedy_decode(way))
        p = sum(logs[t, s] for t, s in enumerate(way))
        total[text] = float(np.logaddexp(total.get(text, -math.inf), p))
    return total


@pytest.mark.parametrize("seed", range(8))
def test_the_loss_and_the_search_agree_with_counting(seed):
    torch.manual_seed(seed)
    logits = 2 * torch.randn(1, 5, 3)
    total = every_text(logits[0].double().log_softmax(1).numpy())
    for text in ((1,), (1, 2), (2, 2), (1, 2, 1)):
        loss = ctc.ctc_loss(logits, torch.tensor([5]), torch.tensor([text]), torch.tensor([len(text)]))
        assert float(loss) == pytest.approx(-total[text], abs=1e-4)
    found = ctc_search.beam_decode(logits[0].log_softmax(1).numpy(), beam=200)
    assert tuple(found) == max(total, key=total.__getitem__)


def test_repetitions_are_one_unless_a_blank_parts_them():
    assert ctc_search.greedy_decode([0, 1, 1, 0, 1, 2, 2, 0]) == [1, 1, 2]
    assert ctc.min_frames([1, 1, 2]) == 4


def test_padding_changes_nothing():
    torch.manual_seed(0)
    net = ctc.ConvLSTMCTC(16, 5, width=4, stages=2, hidden=8).eval()
    mel, length = torch.randn(3, 40, 16), torch.tensor([40, 21, 7])
    there = torch.arange(40) < length[:, None]
    other = torch.where(there[:, :, None], mel, torch.full_like(mel, 9.0))
    text, count = torch.tensor([[1, 2], [3, 4], [1, 0]]), torch.tensor([2, 2, 1])
    losses = []
    for given in (mel, other, torch.nn.functional.pad(other, (0, 0, 0, 13))):
        logits, places = net(given, length)
        assert places.tolist() == [ctc.output_frames(n) for n in length.tolist()]
        losses.append(ctc.ctc_loss(logits, places, text, count))
    torch.testing.assert_close(losses[0], losses[1])
    torch.testing.assert_close(losses[0], losses[2])


def test_a_prior_decides_between_what_sounds_alike():
    logs = np.log(np.array([[0.02, 0.49, 0.49]]))
    assert ctc_search.beam_decode(logs, 4, lambda text: np.array([0.0, 0.0, 1.0])) == [2]
    assert ctc_search.beam_decode(logs, 4, lambda text: np.array([0.0, 1.0, 0.0])) == [1]
