"""What the health checks tell of a run."""

from __future__ import annotations

import math
from typing import Any

import fathom
from fathom.data.files import read_json
from fathom.training.health import CHECKS, from_json
from loops import names


def test_what_the_loop_measured_lies_in_the_run(tmp_path: Any) -> None:
    trained = fathom.train("practice:iris", out=tmp_path / "run", epochs=3)
    told = from_json(read_json(trained.path / "health.json"), "health.json")
    assert told.losses.steps > 0
    assert told.loss_kind == "cross-entropy"
    assert math.isfinite(told.snapshots[0].layers[0].relative_update)


def test_a_rate_that_is_too_high_is_told_of_a_run(tmp_path: Any) -> None:
    trained = fathom.train("practice:digits", out=tmp_path / "run", net="mlp", lr=0.3, optimizer="adam", epochs=3)
    assert "high_learning_rate" in names(trained.diagnose())


def test_a_run_that_is_well_is_told_nothing_of(tmp_path: Any) -> None:
    trained = fathom.train("practice:digits", out=tmp_path / "run", net="mlp", epochs=12)
    told = set(names(trained.diagnose()))
    assert not told & {check.name for check in CHECKS}
    assert "of_another_kind" not in told
