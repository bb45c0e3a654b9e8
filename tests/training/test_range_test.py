"""The range test finds a rate that trains, says so where there is none, and leaves all as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import fathom
from fathom.coaching.probe import encoded
from fathom.coaching.run_context import context_of
from fathom.progress import Watcher
from fathom.records import Settings
from fathom.runs.load import build_net
from fathom.runs.request import Request
from fathom.runs.training_without_run import prepare_without_run
from fathom.training.range_test import RangeTestResult, _find_rate, range_test
from watchers import RecordingWatcher


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> fathom.Run:
    """A small run."""
    return fathom.train("practice:breast-cancer", net="mlp", epochs=2, out=tmp_path_factory.mktemp("range") / "run")


def test_it_leaves_the_net_and_the_dice_as_they_were(run: fathom.Run) -> None:
    case = context_of(run.folder)
    before = torch.cat([p.flatten() for p in case.net.parameters()]).clone()
    dice = torch.random.get_rng_state()
    found = range_test(case.net, case.task, encoded(case, case.settings).data(), case.settings)
    assert torch.equal(before, torch.cat([p.flatten() for p in case.net.parameters()]))
    assert torch.equal(dice, torch.random.get_rng_state())
    assert found.rate is not None
    assert 1e-4 < found.rate < 0.3
    assert list(found.rates) == sorted(found.rates)


RATES = np.geomspace(1e-6, 10, 100).tolist()
FALL = np.concatenate([np.zeros(40), np.linspace(0, -0.8, 20), np.linspace(-0.8, 3, 40)])


def test_a_loss_that_never_falls_gives_no_rate() -> None:
    assert _find_rate(RATES, [0.0] * 100, [1.0] * 100).rate is None
    assert _find_rate(RATES[:9], [0.0] * 9, [1.0] * 9).why == "the loss rose at once"


def test_a_fall_like_the_noise_of_the_batches_gives_no_rate() -> None:
    noise = np.random.default_rng(0).normal(0, 1, 100)
    assert _find_rate(RATES, FALL.tolist(), (1 + 0.1 * noise).tolist()).rate is not None
    assert "batch to batch" in _find_rate(RATES, FALL.tolist(), (1 + noise).tolist()).why


def test_the_rate_lies_where_the_loss_falls_for_good() -> None:
    early = FALL.copy()
    early[3:8] = -0.5  # a few batches by which the net was lucky
    rates = [_find_rate(RATES, curve.tolist(), [1.0] * 100).rate for curve in (FALL, early)]
    assert rates == [pytest.approx(RATES[50], rel=0.3)] * 2


def table(path: Path, seed: int, chance: Callable[[np.ndarray], float]) -> Path:
    """A table of 600 rows and three numbers, in which the first class has this probability."""
    rng = np.random.default_rng(seed)
    rows = [[*(f"{v:.4f}" for v in x), "yes" if rng.random() < chance(x) else "no"] for x in rng.normal(size=(600, 3))]
    path.write_text("\n".join(map(",".join, [["a", "b", "c", "y"], *rows])) + "\n")
    return path


def found(tmp_path: Path, chance: Callable[[np.ndarray], float]) -> list[RangeTestResult]:
    """What the test finds on tables of eight seeds."""
    every = []
    for seed in range(8):
        data = str(table(tmp_path / f"{seed}.csv", seed, chance))
        prepared = prepare_without_run(Request(data=data, target="y", settings=Settings(seed=seed)), Watcher())
        task = prepared.task
        every.append(range_test(build_net(task), task, prepared.data(), task.settings))
    return every


@pytest.mark.parametrize(("slope", "fewest"), [(1.5, 0), (6, 5)])
def test_where_classes_overlap_the_rate_is_not_far_too_low(tmp_path: Path, slope: float, fewest: int) -> None:
    every = found(tmp_path, lambda x: float(1 / (1 + np.exp(-slope * x[0]))))
    rates = [one.rate for one in every if one.rate is not None]
    assert len(rates) >= fewest
    assert all(0.002 / 30 < rate < 0.002 * 30 for rate in rates)  # 0.002 trains well there


def test_labels_by_chance_give_no_rate(tmp_path: Path) -> None:
    every = found(tmp_path, lambda _: 0.5)
    assert sum(one.rate is None and bool(one.why) for one in every) >= 6
    assert min(one.rate or 1.0 for one in every) > 0.002 / 30


def test_where_none_is_found_the_usual_one_is_taken_and_that_is_told(tmp_path: Path) -> None:
    heard = RecordingWatcher()
    data = table(tmp_path / "chance.csv", 1, lambda _: 0.5)
    run = fathom.train(data, target="y", lr="auto", epochs=1, out=tmp_path / "run", watcher=heard)
    [told] = heard.of("rate")
    assert "found none" in told
    assert f"the usual {rate_of(run):g} is taken" in told


def test_it_chooses_the_rate_of_a_module_of_ones_own_and_where_asked(tmp_path: Path) -> None:
    asked = fathom.train("practice:iris", net="mlp", lr="auto", epochs=1, out=tmp_path / "asked")
    usual = fathom.train("practice:iris", net="mlp", epochs=1, out=tmp_path / "usual")
    rates = [r.folder.read_recipe()["resolved"]["settings"]["lr"] for r in (asked, usual)]
    assert rates[0] != rates[1]
    own = fathom.train("practice:digits", net=nn.Sequential(nn.Flatten(), nn.LazyLinear(10)), epochs=1,
                       out=tmp_path / "own")  # fmt: skip
    assert own.folder.read_recipe()["resolved"]["settings"]["lr"] > 0


def rate_of(run: fathom.Run) -> float:
    return float(run.folder.read_recipe()["resolved"]["settings"]["lr"])


def test_auto_stands_before_the_rate_of_a_recipe(tmp_path: Path) -> None:
    heard = RecordingWatcher()
    base = fathom.train("practice:iris", net="mlp", lr=0.0001, epochs=1, out=tmp_path / "base")
    auto = fathom.train(recipe=base.path, lr="auto", out=tmp_path / "auto", watcher=heard)
    assert len(heard.of("rate")) == 1
    assert rate_of(auto) > 3 * rate_of(base)
    again = fathom.train(recipe=auto.path, out=tmp_path / "again", watcher=heard)
    assert len(heard.of("rate")) == 1  # what was found then is taken
    assert rate_of(again) == rate_of(auto)


@pytest.mark.parametrize("own", [False, True])
def test_a_range_test_that_was_killed_is_run_when_the_training_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    def train(**asked: Any) -> fathom.Run:
        net = nn.Sequential(nn.Flatten(), nn.LazyLinear(10)) if own else None
        torch.manual_seed(0)
        return fathom.train(**({"net": net} if own else {}), **asked)

    heard, data, asked = RecordingWatcher(), "practice:digits?n=200", {"epochs": 1, **({} if own else {"lr": "auto"})}
    with monkeypatch.context() as patch:
        patch.setattr("fathom.runs.train.range_test", killed)
        with pytest.raises(KeyboardInterrupt):
            train(data=data, **asked, out=tmp_path / "killed")
    resumed = train(resume=tmp_path / "killed", watcher=heard)
    assert len(heard.of("rate")) == 1
    assert rate_of(resumed) == rate_of(train(data=data, **asked, out=tmp_path / "whole"))


def killed(*_: object) -> None:
    raise KeyboardInterrupt
