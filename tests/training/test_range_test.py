"""The range test finds a rate that trains, says so where there is none, and leaves all as it was."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import fathom
from fathom.coaching.case import case_of
from fathom.coaching.probing import encoded
from fathom.training.range_test import _valley, range_test


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> fathom.Run:
    """A small run."""
    return fathom.train("practice:breast-cancer", net="mlp", epochs=2, out=tmp_path_factory.mktemp("range") / "run")


def test_it_leaves_the_net_and_the_dice_as_they_were(run: fathom.Run) -> None:
    case = case_of(run.folder)
    before = torch.cat([p.flatten() for p in case.net.parameters()]).clone()
    dice = torch.random.get_rng_state()
    found = range_test(case.net, case.task, encoded(case, case.settings).data(), case.settings)
    assert torch.equal(before, torch.cat([p.flatten() for p in case.net.parameters()]))
    assert torch.equal(dice, torch.random.get_rng_state())
    assert found.rate is not None
    assert 1e-4 < found.rate < 0.3
    assert list(found.rates) == sorted(found.rates)


def test_a_loss_that_never_falls_gives_no_rate() -> None:
    rates = np.geomspace(1e-6, 10, 100).tolist()
    assert _valley(rates, [1.0] * 100).rate is None
    assert _valley(rates[:9], [1.0] * 9).why == "the loss rose at once"


def test_it_chooses_the_rate_of_a_module_of_ones_own_and_where_asked(tmp_path: Path) -> None:
    asked = fathom.train("practice:iris", net="mlp", lr="auto", epochs=1, out=tmp_path / "asked")
    usual = fathom.train("practice:iris", net="mlp", epochs=1, out=tmp_path / "usual")
    rates = [r.folder.recipe["resolved"]["settings"]["lr"] for r in (asked, usual)]
    assert rates[0] != rates[1]
    own = fathom.train("practice:digits", net=nn.Sequential(nn.Flatten(), nn.LazyLinear(10)), epochs=1,
                       out=tmp_path / "own")  # fmt: skip
    assert own.folder.recipe["resolved"]["settings"]["lr"] > 0
