"""Tables: what is predicted is in the units and words of the target column, whatever the net is given instead."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from fathom.records import Example, Settings
from fathom.tasks.table.tabular import Table

RNG = np.random.default_rng(0)


def fitted(targets: list[object]) -> tuple[Table, list[Example]]:
    rows = [Example(f"row {i}", {"x": float(RNG.normal())}, target) for i, target in enumerate(targets)]
    task = Table(Settings())
    task.fit(rows)
    return task, rows


def test_a_predicted_number_has_the_units_of_its_target() -> None:
    task, rows = fitted([float(v) for v in 1000 + 50 * RNG.normal(size=40)])
    encoded = np.array([task.encode(e)["target"] for e in rows])
    assert encoded.mean() == pytest.approx(0, abs=1e-5)
    assert encoded.std() == pytest.approx(1, rel=1e-5)
    said = task.decode(torch.from_numpy(encoded)[:, None], {})
    assert [p.value for p in said] == pytest.approx([e.target for e in rows], rel=1e-5)


def test_a_predicted_class_is_the_one_that_was_encoded() -> None:
    task, rows = fitted(["red", "green", "blue", "green"] * 5)
    encoded = torch.tensor([int(task.encode(e)["target"]) for e in rows])
    said = task.decode(10.0 * torch.eye(3)[encoded], {})
    assert [p.value for p in said] == [e.target for e in rows]
