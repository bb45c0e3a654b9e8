"""A program is compared with what its run really answers, in the run's own precision, and that is said."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fathom.exported.pictures import Classes
from fathom.exported.program import Answer, Model
from fathom.exporting import beside_run
from fathom.exporting.verification import Agreement
from fathom.records import Prediction

pytest.importorskip("onnxscript", reason="the extra export is not installed")


def test_percents_are_apart_by_what_predict_and_the_program_show(trained: Any, tmp_path: Path) -> None:
    run, data = trained("pictures", precision="bf16")
    found = run.export(tmp_path / "out")
    dev = run.results.filter(run.results["split"] == "dev")["id"].to_list()
    paths = [str(data / one) for one in dev]
    said = run.predict(paths)
    answers = [one for _, one in Model(tmp_path / "out", Classes).answers(paths) if isinstance(one, Answer)]
    apart = [abs(round(100 * one.confidence) - round(100 * other.confidence)) for one, other in zip(said, answers)]
    assert (found.precision, found.examples, found.percent) == ("bf16", len(dev), max(apart))
    assert found.same == sum(one.value == other.value for one, other in zip(said, answers)) / len(dev)
    card = (tmp_path / "out" / "README.md").read_text()
    assert "The run itself computed them, in bf16 on cpu." in card
    assert f"{found.told()}." in card
    assert len(re.findall(r"^\| dev ", card, re.MULTILINE)) == 1


def test_another_answer_of_the_run_is_seen_though_the_nets_agree(
    trained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, _ = trained("pictures", precision="bf16")
    true = beside_run.said_of

    def other(*given: Any) -> list[Prediction]:
        return [replace(one, value="neither", confidence=0.0) for one in true(*given)]

    monkeypatch.setattr(beside_run, "said_of", other)
    found = run.export(tmp_path / "out")
    assert (found.holds, found.same) == (True, 0.0)
    assert found.percent >= 50


def test_it_is_told_in_which_precision_both_compute() -> None:
    full = Agreement(200, 1e-6, 1.0, "a")
    assert full.told() == "200 examples: 100 % decided alike, outputs up to 1.0e-06 apart"
    half = replace(full, precision="bf16", same=0.995, percent=2)
    assert half.told() == (
        "200 examples: 99.5 % decided as the run does in bf16, percents up to 2 apart; in fp32, as the program "
        "computes, outputs up to 1.0e-06 apart"
    )
