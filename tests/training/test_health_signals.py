"""What is measured is written as JSON and read again, whatever version wrote it, and stays small."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fathom.errors import UserError
from fathom.training.health import Signals, findings, from_json, to_json
from fathom.training.health.loss_series import MAX_LOSSES, LossSeries
from fathom.training.health.measure.schedule import is_due
from fathom.training.health.signals import (
    ActivationStats,
    InputStats,
    LabelStats,
    LayerStats,
    Snapshot,
    TargetStats,
    UntrainedParameter,
)


@given(st.lists(st.floats(-10, 10) | st.just(math.nan), max_size=60), st.integers(0, 40))
def test_signals_come_back_from_json(values: list[float], dead: int) -> None:
    signals = Signals(loss_kind="cross-entropy", classes=3)
    for value in values:
        signals.losses.add(value)
    signals.snapshots.append(Snapshot(dead, [LayerStats("a.weight", 0.5, 1.0)]))
    told = json.loads(json.dumps(to_json(signals), allow_nan=False))
    assert to_json(from_json(told, "health.json")) == to_json(signals)


@pytest.mark.parametrize(
    "broken",
    [
        [],
        {},
        {"losses": 3},
        {"looks": [1]},
        {"losses": {}, "looks": [], "wavering": [1]},
        {"schema": []},
        {"schema": 2, "losses": {}, "looks": []},
    ],
)
def test_broken_signals_are_refused(broken: Any) -> None:
    with pytest.raises(UserError, match=r"health\.json"):
        from_json(broken, "health.json")


def test_memory_stays_flat() -> None:
    losses = LossSeries()
    for i in range(3 * MAX_LOSSES):
        losses.add(float(i))
    assert len(losses.values) < MAX_LOSSES
    assert losses.windows(2) == pytest.approx([1.5 * MAX_LOSSES * 0.5, 1.5 * MAX_LOSSES * 1.5], rel=0.01)


def test_looks_grow_apart() -> None:
    steps = [step for step in range(1000) if is_due(step)]
    assert steps[:8] == [0, 1, 2, 3, 5, 8, 13, 21]
    assert steps[-9:] == list(range(100, 1000, 100))


def test_what_is_kept_of_a_long_training_stays_small() -> None:
    looks = [step for step in range(1_000_000) if is_due(step)]
    assert len(looks) < 11 + 3 * 100
    assert looks[:12] == [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 100]


SCHEMA_1 = Path(__file__).parent / "health_schema_1.json"
"""What the version before the schema had a number wrote of a training, and what it found."""


def figures(title: str) -> list[str]:
    """The numbers in a title, whose words may change."""
    return re.findall(r"\d[\d.,e+-]*", title)


def test_what_an_older_version_wrote_is_judged_alike() -> None:
    old = json.loads(SCHEMA_1.read_text("utf-8"))
    for signals, found in old:
        now = [(one.name, figures(one.title)) for one in findings(from_json(copy.deepcopy(signals), "health.json"))]
        assert now == [(name, figures(title)) for name, title in found]


RECORDS = {
    "signals": Signals, "losses": LossSeries, "snapshots": Snapshot, "layers": LayerStats,
    "activations": ActivationStats, "inputs": InputStats, "labels": LabelStats, "targets": TargetStats,
    "untrained": UntrainedParameter,
}  # fmt: skip


NEWER = {
    "signals": {
        "steps_in_eval_mode", "norm_batches", "trained_inputs", "judged_inputs", "judged_rows", "judged_copies",
        "judged_again", "batch_dependent_evals", "unread_inputs", "rests_on_trained_weights",
        "linear_pairs", "nonfinite_cause",
        "steps_of_optimizers", "looks_while_unstepped", "weights_of_optimizers", "other_optimizers",
        "ended_without_step", "norm_momenta", "gradient_stopper", "is_weighted_by_example", "losses_without_weights",
        "passes_cleared", "changed_after_step", "future_seen", "rewritten",
        "order_unseen",
    },
    "snapshots": {
        "target_column", "answer_gradient", "rows", "unclipped", "through_time", "norm_statistics", "is_state_new",
        "step_left", "rounded_away", "top_word",
    },
    "inputs": {
        "mean", "std", "fan_in", "is_constant", "is_wrapped", "channels", "fillers", "filler", "roughness", "columns",
    },
    "labels": {"share_unlabeled", "weights", "weight_sum", "weighted_loss", "displaced"},
    "targets": {"minimum", "maximum", "outputs", "whole_numbers"},
}  # fmt: skip
"""What that version did not measure."""


def test_each_field_of_an_older_version_has_its_place() -> None:
    found: dict[str, set[str]] = {name: set() for name in RECORDS}

    def gather(record: str, plain: Any) -> None:
        for one in plain if isinstance(plain, list) else [plain]:
            if isinstance(one, dict):
                found[record] |= set(one)
                for name in set(one) & set(RECORDS):
                    gather(name, one[name])

    for signals, _ in json.loads(SCHEMA_1.read_text("utf-8")):
        gather("signals", to_json(from_json(signals, "health.json")))
    found["signals"].remove("schema")
    assert {name: fields - NEWER.get(name, set()) for name, fields in found.items()} == {
        name: {field.name for field in dataclasses.fields(kind)} - NEWER.get(name, set())
        for name, kind in RECORDS.items()
    }


def test_what_a_newer_version_wrote_is_refused() -> None:
    with pytest.raises(UserError, match="schema 3"):
        from_json({**to_json(Signals()), "schema": 3}, "health.json")
