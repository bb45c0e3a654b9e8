"""Model cards: what stands in them is what the run measured, and nothing of where it was made."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import fathom
from fathom.exporting.card import card
from fathom.runs.folder import RunFolder


@pytest.fixture(scope="module", params=["pictures", "numbers", "tags"])
def made(request: pytest.FixtureRequest, trained: Any) -> tuple[fathom.Run, str]:
    small = {"net": "mlp"} if request.param == "numbers" else {}
    run, _ = trained(request.param, precision="fp32", **small)
    return run, card(RunFolder.open(run.path))


def test_its_first_block_is_what_hubs_read(made: tuple[fathom.Run, str]) -> None:
    run, text = made
    _, block, _ = text.split("---\n", 2)
    told = yaml.safe_load(block)
    assert told["library_name"] == "fathom"
    assert told["tags"] == ["fathom", run.task]
    (result,) = told["model-index"][0]["results"]
    assert result["task"]["type"] == told["pipeline_tag"]
    assert result["metrics"][0]["value"] == pytest.approx(run.figures["dev"].value, abs=1e-6)


def test_each_split_baseline_and_finding_stands_in_it(made: tuple[fathom.Run, str]) -> None:
    run, text = made
    metric = RunFolder.open(run.path)
    figures = metric.figures()
    for name in (*figures["splits"], *(f"{one['name']}, dev" for one in figures["baselines"])):
        assert f"| {name} | " in text
    for finding in metric.findings():
        assert (finding.severity == "good") == (f"- {finding.title}. {finding.advice}" not in text)
    assert figures["splits"].keys() >= {"train", "dev"}


def test_no_folder_of_this_machine_stands_in_it(made: tuple[fathom.Run, str]) -> None:
    run, text = made
    assert str(run.path.parent) not in text
    assert str(Path.home()) not in text


def test_a_class_by_any_name_is_one_cell(tmp_path: Path) -> None:
    rows = [f"{i + i % 2 * 100},{'a|b' if i % 2 else 'c'}" for i in range(60)]
    (tmp_path / "data.csv").write_text("x,label\n" + "\n".join(rows) + "\n")
    run = fathom.train(tmp_path / "data.csv", out=tmp_path / "run", epochs=1, net="mlp")
    lines = card(RunFolder.open(run.path)).splitlines()
    (row,) = [line for line in lines if line.startswith("| a")]
    assert row.replace("\\|", "").count("|") == 4


def test_use_purpose_and_terms_stand_in_it_and_no_file_that_is_not_there(made: tuple[fathom.Run, str]) -> None:
    run, text = made
    for part in ("How to use it", "What it is for", "License"):
        assert f"\n## {part}\n" in text
    assert "fathom predict RUN INPUT" in text
    assert "license: unknown" in text
    named = re.findall(r"[\w/]+\.json\b", text)
    assert all((run.path / one.removeprefix("RUN/")).is_file() for one in named if one.startswith("RUN/"))
    assert not [one for one in named if not one.startswith("RUN/")]
    assert "python predict.py INPUT" in card(RunFolder.open(run.path), "```console\n$ python predict.py INPUT\n```")
