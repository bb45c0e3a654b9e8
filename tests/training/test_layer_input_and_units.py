"""What a first layer is given, and units that are all the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fathom.training.health.measure.identical_units import has_identical_units
from fathom.training.health.measure.layer_input import layer_input


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
