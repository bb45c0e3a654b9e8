"""What the steps of a run seem to say, beside what its results show."""

from pathlib import Path

import numpy as np
import pytest

import fathom
from fathom.progress import Watcher
from fathom.runs.diagnose import diagnose_run
from fathom.training import health
from fathom.training.health.check import Detection
from fathom.training.health.checks.labels_unrelated import LabelsUnrelated


@pytest.mark.parametrize("related", [True, False])
def test_labels_that_can_be_told_of_new_examples_are_not_called_unrelated(
    related: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    kinds = np.where((x if related else rng.normal(size=400)) > 0, "high", "low")
    table = tmp_path / "rows.csv"
    table.write_text("x,kind\n" + "".join(f"{a:.4f},{kind}\n" for a, kind in zip(x, kinds, strict=True)), "utf-8")
    told = [LabelsUnrelated().finding(Detection("the loss stays at chance", {}))]
    monkeypatch.setattr(health, "findings", lambda signals: told)
    run = fathom.train(table, target="kind", net="logistic", epochs=20, out=tmp_path / "run")
    for found in (run.folder.findings(), diagnose_run(run.folder, Watcher())):
        assert ("labels_unrelated" in [one.name for one in found]) is not related
