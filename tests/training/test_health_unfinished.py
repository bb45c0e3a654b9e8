"""A training that was stopped while it still learned."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from loops import asked, names, net, points, run


def test_a_short_training_is_unfinished_where_its_loss_still_fell() -> None:
    def judged_net() -> nn.Sequential:
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(12, 16), nn.Tanh(), nn.Linear(16, 4))

    x, y = points()
    short = run(judged_net(), x, y, lr=0.03, epochs=4, judge=asked)
    assert names(short) == ["unfinished"], [finding.title for finding in short]
    assert not run(judged_net(), x, y, lr=0.03, epochs=60, judge=asked)


@pytest.mark.parametrize(("epochs", "lr"), [(1, 0.05), (5, 0.01)])  # 10 steps, and 50
def test_a_training_that_has_hardly_begun_is_unfinished_unless_its_loss_does_not_fall(epochs: int, lr: float) -> None:
    x, y = points()
    found = run(net(32), x, y, lr=lr, epochs=epochs, batch=60, judge=asked)
    assert names(found) == ["unfinished"], [finding.title for finding in found]
    assert "unfinished" not in names(run(net(32), x, y, lr=1e-6, epochs=epochs, batch=60, judge=asked))
