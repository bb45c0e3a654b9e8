"""What the comparisons of the solutions with other libraries are written with."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from hypothesis import settings
from hypothesis import strategies as st
from torch import Tensor

from fathom.learning.course import find
from fathom.learning.swapping import own

sizes = st.integers(1, 6)
seeds = st.integers(0, 2**32 - 1)
fast = settings(max_examples=30, deadline=None)


def solution(name: str) -> SimpleNamespace:
    return own(find(name).folder / "solution.py")


def normal(seed: int, *shapes: tuple[int, ...]) -> list[Any]:
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def leaves(*arrays: Any) -> list[Tensor]:
    return [torch.tensor(a, dtype=torch.float64, requires_grad=True) for a in arrays]


def same(found: Any, expected: Any) -> None:
    if isinstance(found, Sequence):
        for a, b in zip(found, expected, strict=True):
            same(a, b)
        return
    want = expected.detach().numpy() if isinstance(expected, Tensor) else expected
    assert np.shape(found) == np.shape(want)
    np.testing.assert_allclose(found, want, rtol=1e-8, atol=1e-10)
