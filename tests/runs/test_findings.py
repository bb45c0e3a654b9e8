"""The findings of a run: what still holds is still said, whichever verb was asked last."""

from __future__ import annotations

import html
import shutil
from collections.abc import Callable, Mapping
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fathom
from fathom.coaching import learning_curve
from fathom.coaching.causes import causes
from fathom.coaching.probe import Probed
from fathom.coaching.run_context import Change, RunContext, context_of
from fathom.diagnosis.power_law import LEARNING_CURVE
from fathom.progress import Watcher
from fathom.records import Finding
from fathom.reporting import page
from fathom.runs import findings
from fathom.runs.diagnose import diagnose_run
from fathom.runs.folder import RunFolder
from fathom.runs.report import rewrite_page
from fathom.runs.score import score

ALWAYS = frozenset({"high_learning_rate", "requirement_not_met"})
"""What holds of the run below, whatever is asked of it."""


@pytest.fixture(scope="module")
def leaping(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run whose rate is far too high, and which no machine is fast enough for."""
    folder = tmp_path_factory.mktemp("findings")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(240, 4))
    kinds = np.array(["low", "middle", "high"])[np.digitize(x[:, 0] + 0.3 * x[:, 1], [-0.5, 0.5])]
    rows = [",".join(f"{v:.4f}" for v in a) + f",{kind}" for a, kind in zip(x, kinds, strict=True)]
    (folder / "rows.csv").write_text("\n".join(["a,b,c,d,kind", *rows]) + "\n", "utf-8")
    asked = {"net": "mlp", "lr": 30.0, "epochs": 6, "require": ("latency_ms<0.0001",)}
    run = fathom.train(folder / "rows.csv", target="kind", out=folder / "run", **asked)
    return run.folder


def curve(run: RunFolder) -> None:
    """As ``fathom next --curve data``."""
    learning_curve.curve_of(context_of(run), Watcher())


VERBS: Mapping[str, Callable[[RunFolder], object]] = {
    "test": lambda run: score(run, Watcher()),
    "diagnose": lambda run: diagnose_run(run, Watcher()),
    "curve": curve,
    "report": rewrite_page,
}


class Undrawn:
    """Figures that take no time."""

    def __getattr__(self, name: str) -> Callable[..., str]:
        return lambda *given: ""


def names(run: RunFolder) -> set[str]:
    """What is said of it."""
    return {one.name for one in run.findings()}


def test_what_holds_is_said_after_each_verb_in_every_order(
    leaping: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def probed(context: RunContext, change: Change, seed: int, share: float, watcher: Watcher) -> Probed:
        wrong = np.random.default_rng(seed).random(len(context.of("dev"))) < 0.2 * change.part**-0.5
        return Probed(np.stack([wrong, np.ones(len(wrong))], 1).astype(float), 1.0)

    monkeypatch.setattr(learning_curve, "probe", probed)
    monkeypatch.setattr(page, "figures", Undrawn())
    assert names(leaping) >= ALWAYS
    ends = []
    before: dict[tuple[str, ...], RunFolder] = {(): leaping}
    for order in (order for n in range(1, 5) for order in permutations(VERBS, n)):
        path = tmp_path / "-".join(order) / "run"
        shutil.copytree(before[order[:-1]].path, path)
        run = before[order] = RunFolder(path)
        VERBS[order[-1]](run)
        holds = ALWAYS | ({"learning_curve"} if "curve" in order else set())
        assert holds <= names(run), order
        if order[-1] == "report":
            written = html.unescape(run.report.read_text("utf-8"))
            assert all(one.title in written for one in run.findings()), order
        if len(order) == len(VERBS):
            ends.append((order, run))
    for order, run in ends:
        assert {one.name for one in causes(run, Watcher())} >= holds, order


def test_a_curve_that_is_measured_while_a_run_is_diagnosed_is_not_lost(
    leaping: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(leaping.path, tmp_path / "run")
    run = RunFolder(tmp_path / "run")
    gather = findings.gather

    def meanwhile(*given: Any) -> list[Finding]:
        monkeypatch.setattr(findings, "gather", gather)
        run.write_findings([*run.findings(), LEARNING_CURVE.found("twice the data", {})])
        return gather(*given)

    monkeypatch.setattr(findings, "gather", meanwhile)
    assert "learning_curve" in {one.name for one in diagnose_run(run, Watcher())}
    assert "learning_curve" in names(run)
