"""Every figure in the title of a finding about results is one that can be counted again from the table of results."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
import polars as pl
import pytest
from planted_results import mixed, rates, regression

from fathom import diagnosis
from fathom.diagnosis.results_table import complete, metric_of
from fathom.records import Finding, Interval

NUMBER = re.compile(r"(?<![\w.])[−-]?\d[\d,]*(?:\.\d+)?")
FIXED = {"95", "10", "2", "3"}
"""What sentences say that is no measurement: levels, tenths, two times in three."""


def planted(seed: int = 0) -> Iterator[pl.DataFrame]:
    yield rates(train=(3, 866), dev=(40, 185))
    yield rates(train=(5, 100), dev=(2, 20))
    yield rates(**{"train": (10, 1000), "train-dev": (6, 400), "dev": (80, 400), "test": (100, 300)})
    yield rates(train=(400, 1000), dev=(90, 200), test=(140, 200))
    yield regression(0.1, 0.6)
    yield regression(0.5, 0.55)
    yield mixed({"a": 300, "b": 40}, {"a": 60, "b": 60})
    rng = np.random.default_rng(seed)
    n = 900
    target = rng.integers(0, 3, n)
    kind, light = rng.choice(["street", "field", "room"], n), rng.uniform(0, 9, n)
    wrong = rng.random(n) < np.where(kind == "room", 0.45, np.where(light < 1.5, 0.5, 0.05))
    said, simple = (np.where(w, (target + 1) % 3, target) for w in (wrong, rng.random(n) < 0.4))
    split = np.where(np.arange(n) < 400, "train", np.where(np.arange(n) < 800, "dev", "test"))
    told = {"split": split, "target": target, "prediction": said, "baseline": simple}
    yield complete(pl.DataFrame({**told, "look_kind": kind, "look_light": light, "nn_wrong": rng.random(n) < 0.3}))


def counted(frame: pl.DataFrame) -> set[float]:
    """All that can be counted of a table: sizes and figures of its splits and what is in them."""
    found: set[float] = set()
    for (split,), part in [((None,), frame), *frame.group_by("split")]:
        del split
        found |= {float(part.height), float(part["target"].n_unique())}
        found |= {float(n) for n in part["target"].cast(pl.String).value_counts()["count"].to_list()}
    return found


def measured(evidence: object) -> Iterator[float]:
    if isinstance(evidence, Interval):
        yield from (evidence.value, evidence.low, evidence.high, -evidence.low, -evidence.high, -evidence.value)
    elif isinstance(evidence, dict):
        for one in evidence.values():
            yield from measured(one)
    elif isinstance(evidence, (list, tuple)):
        yield float(len(evidence))
        for one in evidence:
            yield from measured(one)
    elif isinstance(evidence, (int, float)) and not isinstance(evidence, bool):
        yield float(evidence)


def unfounded(finding: Finding, known: set[float]) -> list[str]:
    """Numbers in a title that are neither measured nor counted, to the digits that are shown."""
    values = {v for v in [*measured(finding.evidence), *known] if math.isfinite(v)}
    values |= {100 * v for v in values}
    lost = []
    title = finding.title.split(": ", 1)[1] if finding.name == "slice_is_worse" else finding.title
    for text in NUMBER.findall(title):
        digits = len(text.partition(".")[2])
        said = float(text.replace(",", "").replace("−", "-"))
        rounding = 0.51 * 10.0**-digits if digits else 0.51
        close = any(abs(said - v) <= max(rounding, 0.006 * abs(v) if abs(v) > 100 else 0) for v in values)
        if not close and text not in FIXED:
            lost.append(text)
    return lost


@pytest.mark.parametrize("number", range(8))
def test_each_figure_in_a_title_is_measured(number: int) -> None:
    frame = list(planted())[number]
    metric = metric_of(frame)
    found = diagnosis.diagnose(frame, metric=metric)
    assert found
    for finding in found:
        assert not unfounded(finding, counted(frame)), finding.title


def test_the_figures_of_slices_are_those_of_the_table() -> None:
    """The figure of the slice, and of the examples that are in no slice told above, counted with Polars alone."""
    frame = list(planted())[7]
    dev = frame.filter(pl.col("split") == "dev")
    wrong = dict(zip(dev["id"].cast(pl.String), (dev["target"] != dev["prediction"]).to_list(), strict=True))
    told = [one for one in diagnosis.diagnose(frame) if one.name == "slice_is_worse"]
    assert len(told) >= 2
    before: set[str] = set()
    for one in told:
        inside = set(one.evidence["examples"])
        rest = set(wrong) - inside - before
        for ids, figure in ((inside, one.evidence["figure"]), (rest, one.evidence["rest"])):
            assert figure.value == pytest.approx(np.mean([wrong[i] for i in ids]))
        assert ("in no slice told above" in one.title) is bool(before)
        before |= inside


def test_no_floor_is_told_above_what_is_reached() -> None:
    frame = list(planted())[7].with_columns(nn_wrong=pl.lit(1.0))
    told = next(one for one in diagnosis.diagnose(frame) if one.name == "floor_estimate")
    assert "nearest neighbours" not in told.title
