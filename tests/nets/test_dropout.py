"""Dropout against its definition and against PyTorch's own."""

from __future__ import annotations

import pytest
import torch
from scipy import stats

from fathom.nets.dropout import Dropout, Share, share_draws, uniform


@pytest.mark.parametrize("p", [0.1, 0.25, 0.5, 0.9])
@pytest.mark.parametrize("shape", [(1001, 37), (3, 5, 7, 11), (2,)])
def test_units_are_silent_with_probability_p_and_the_others_are_scaled(p, shape):
    torch.manual_seed(0)
    out = Dropout(p)(torch.ones(shape))
    silent = int((out == 0).sum())
    assert stats.binomtest(silent, out.numel(), p).pvalue > 1e-3
    torch.testing.assert_close(out[out != 0], torch.full_like(out[out != 0], 1 / (1 - p)), rtol=1e-3, atol=0)


def test_each_of_the_four_lanes_is_fair():
    torch.manual_seed(0)
    silent = (Dropout(0.3)(torch.ones(400_000)) == 0).view(-1, 4).sum(0)  # (4,)
    for count in silent.tolist():
        assert stats.binomtest(count, 100_000, 0.3).pvalue > 1e-3


def test_the_gradient_flows_through_what_is_kept():
    torch.manual_seed(0)
    units = torch.randn(50, 8, requires_grad=True)
    out = Dropout(0.4)(units)
    out.sum().backward()
    torch.testing.assert_close(units.grad, (out / units).detach(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_evaluation_and_the_extremes_are_pytorchs(p):
    units = torch.randn(10, 4)
    torch.testing.assert_close(Dropout(p).eval()(units), units)
    if p != 0.3:
        torch.testing.assert_close(Dropout(p)(units), torch.nn.Dropout(p)(units))


def test_the_same_seed_gives_the_same_units():
    drop = Dropout(0.5)
    torch.manual_seed(3)
    first = drop(torch.ones(99))
    torch.manual_seed(3)
    assert torch.equal(first, drop(torch.ones(99)))


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_processes_that_share_a_batch_drop_what_one_would(processes):
    """Also in a second layer, and in the last batch, which is no multiple of the processes."""
    units, drop = torch.ones(7, 5), Dropout(0.4)
    torch.manual_seed(3)
    alone = [drop(units), uniform((7, 4), units.device), drop(units)]
    try:
        for rank in range(processes):
            share_draws(Share(7, rank, processes, torch.Generator().manual_seed(3)))
            mine = units[rank::processes]
            shared = [drop(mine), uniform((len(mine), 4), units.device), drop(mine)]
            for one, other in zip(alone, shared, strict=True):
                torch.testing.assert_close(other, one[rank::processes])
    finally:
        share_draws(None)


def test_what_has_no_batch_in_front_is_drawn_apart():
    torch.manual_seed(3)
    alone = Dropout(0.4)(torch.ones(9, 5))
    share_draws(Share(7, 0, 2, torch.Generator().manual_seed(4)))
    try:
        torch.manual_seed(3)
        torch.testing.assert_close(Dropout(0.4)(torch.ones(9, 5)), alone)
    finally:
        share_draws(None)
