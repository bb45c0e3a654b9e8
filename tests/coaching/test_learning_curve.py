"""Learning curves: what is said of twice the data agrees with what was measured, or nothing is said."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import fathom
from fathom.coaching import learning_curve as curves
from fathom.coaching.learning_curve import bootstrap_errors, curve_of, summary
from fathom.coaching.probe import Probed
from fathom.coaching.run_context import Change, RunContext, context_of
from fathom.diagnosis.power_law import extrapolated
from fathom.errors import UserError
from fathom.metrics import ERROR
from fathom.progress import Watcher

SIZES = [68, 135, 270, 540]


def around(errors: list[float], spread: float = 0.01) -> np.ndarray:
    """Draws around errors."""
    return np.array(errors) + spread * np.random.default_rng(0).normal(size=(400, len(errors)))


def test_the_gain_is_what_twice_the_data_is_below_what_was_measured() -> None:
    errors = [0.41, 0.30, 0.235, 0.178]
    curve = extrapolated(SIZES, np.array(errors), around(errors))
    assert curve.doubled is not None, curve.why
    assert curve.gain is not None
    assert curve.doubled.value + curve.gain.value == pytest.approx(0.178)
    assert curve.gain.low < curve.gain.value < curve.gain.high


@pytest.mark.parametrize(
    ("errors", "spread", "why"),
    [
        ([0.646, 0.391, 0.106, 0.061], 0.02, "no exponent between 0.05 and 1 fits"),
        ([0.60, 0.52, 0.26, 0.20], 0.03, "the curve through all parts misses what was measured"),
    ],
)
def test_a_law_that_does_not_pass_through_what_was_measured_is_not_followed(
    errors: list[float], spread: float, why: str
) -> None:
    curve = extrapolated(SIZES, np.array(errors), around(errors, spread))
    assert curve.doubled is None
    assert why in curve.why
    assert curve.exponent is None


def test_the_chance_of_few_seeds_and_of_whole_groups_is_in_the_interval() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 10)
    spreads, truly = [], []
    for _ in range(100):
        chance = np.clip(0.3 + 0.1 * rng.normal(size=(3, 1, 1)), 0, 1)
        wrong = (rng.random((3, 1, 400)) < chance).astype(float)
        every = np.stack([wrong, np.ones_like(wrong)], 3)  # (seeds, sizes, examples, statistics)
        spreads.append(float(bootstrap_errors(ERROR, every, None).var()))
        truly.append(float(wrong.mean()))
    assert np.mean(spreads) == pytest.approx(np.var(truly), rel=0.3)
    alike = np.tile(np.repeat(rng.random((1, 1, 40)) < 0.3, 10, axis=2), (3, 1, 1)).astype(float)
    every = np.stack([alike, np.ones_like(alike)], 3)
    together = [float(bootstrap_errors(ERROR, every, g).std()) for g in (None, groups)]
    assert together[1] > 2 * together[0]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> RunContext:
    """A run that is said to have taken ten seconds, for eight epochs."""
    run = fathom.train("practice:digits?n=400", net="logistic", epochs=8, out=tmp_path_factory.mktemp("curve") / "run")
    return replace(context_of(run.folder), seconds=10.0)


def as_if(monkeypatch: pytest.MonkeyPatch, errors: dict[float, float]) -> list[float]:
    """Probes that are not trained, with these errors by part; returns the shares that they are given."""
    shares = []

    def probed(context: RunContext, change: Change, seed: int, share: float, watcher: Watcher) -> Probed:
        shares.append(share)
        rng, n = np.random.default_rng(seed), len(context.of("dev"))
        wrong = np.zeros(n)
        wrong[rng.permutation(n)[: round(n * errors[change.part])]] = 1
        return Probed(np.stack([wrong, np.ones(n)], 1), 1.0)

    monkeypatch.setattr(curves, "probe", probed)
    return shares


LAW = {0.125: 0.60, 0.25: 0.46, 0.5: 0.35, 1.0: 0.27}


def test_a_curve_of_fewer_epochs_says_so_and_keeps_the_longer_one(
    context: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes = 3 * (0.125 + 0.25 + 0.5 + 1) * (10 + 0.7)
    shares = as_if(monkeypatch, LAW)
    with pytest.raises(UserError, match=r"less than half of the epochs: give `budget=31s` or more; 61s is enough"):
        curve_of(context, Watcher(), 5.0)
    assert not shares
    short = curve_of(context, Watcher(), 0.6 * takes)
    assert short.share == 5 / 8
    assert set(shares) == {5 / 8}
    assert summary(short, context).startswith("with 62 % of the epochs: with twice the data about")
    assert "now" not in summary(short, context)
    assert json.loads((context.run.path / "curve.json").read_text("utf-8"))["share"] == 5 / 8
    whole = curve_of(context, Watcher(), takes + 1)
    kept, said = (context.run.path / "curve.json").read_text("utf-8"), context.run.findings()
    assert json.loads(kept)["share"] == 1
    assert "points less than now" in summary(whole, context)
    as_if(monkeypatch, {part: 1.1 * error for part, error in LAW.items()})
    assert curve_of(context, Watcher(), 0.6 * takes).errors != short.errors
    assert (context.run.path / "curve.json").read_text("utf-8") == kept
    assert context.run.findings() == said


def test_where_nothing_is_said_the_exponent_is_null(context: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    as_if(monkeypatch, dict.fromkeys(LAW, 0.3))
    curve = curve_of(context, Watcher())
    assert "nothing can be said of more data: the error does not clearly fall" in summary(curve, context)

    def refused(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    text = (context.run.path / "curve.json").read_text("utf-8")
    assert json.loads(text, parse_constant=refused)["exponent"] is None
