"""How far back a gradient reaches, on nets whose memory is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from fathom.training.gradient_through_time import gradient_norms


@pytest.mark.parametrize("memory", [0.5, 0.9, 1.0])
def test_the_norms_fade_by_the_factor_of_the_recurrence(memory):
    layer = nn.RNN(1, 1, batch_first=True, nonlinearity="relu")
    with torch.no_grad():
        for name, value in (("weight_ih_l0", 1.0), ("weight_hh_l0", memory), ("bias_ih_l0", 0.0), ("bias_hh_l0", 0.0)):
            getattr(layer, name).fill_(value)
    x = torch.ones(1, 12, 1)
    norms = gradient_norms(layer, lambda: layer(x))
    np.testing.assert_allclose(norms, memory ** np.arange(11, -1, -1), rtol=1e-5)


def test_nothing_is_changed_by_looking():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(2, 3), nn.LSTM(3, 4, 2, batch_first=True, dropout=0.5)).train()
    before, state = torch.get_rng_state(), {k: v.clone() for k, v in net.state_dict().items()}
    norms = gradient_norms(net[1], lambda: net[1].eval()(net[0](torch.randn(1, 5, 2, generator=torch.Generator()))))
    assert norms.shape == (5,)
    assert all(math.isfinite(n) for n in norms)
    assert net[1].training
    assert all(p.grad is None for p in net.parameters())
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(v, state[k]) for k, v in net.state_dict().items())


def test_packed_sequences_are_looked_into():
    layer, x = nn.LSTM(2, 3, batch_first=True, bidirectional=True), torch.randn(1, 6, 2)
    packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([6]), batch_first=True)
    np.testing.assert_allclose(
        gradient_norms(layer, lambda: layer(packed)), gradient_norms(layer, lambda: layer(x)), rtol=1e-5
    )
