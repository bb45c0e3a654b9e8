"""Signals as plain JSON, and back; what older versions wrote is read, too."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

from fathom.errors import UserError
from fathom.training.health.signals import Signals
from fathom.validation import convert

SCHEMA = 2
"""Of what is written. The first, which bears no number, had other names for the same fields."""

PLAIN = (int, str, bool, type(None))
"""What is JSON as it is."""

MAYBE_NONE = {"first_nonfinite_step", "labels", "targets"}
"""Fields in which null means None; in all others it is NaN."""

RENAMED_IN_2: Mapping[str, Mapping[str, str]] = {
    "signals": {
        "looks": "snapshots", "loss": "loss_kind", "squashed": "output_mismatch", "moody": "mode_dependent",
        "judged": "evaluations", "awake": "evaluations_in_train_mode", "slept": "evaluations_in_eval_mode",
        "judged_first": "first_evaluation", "ends": "evaluation_steps", "wavering": "nondeterministic_evals",
        "passes": "forward_passes", "alone": "is_single_term", "bounded": "output_bound",
        "still": "snapshots_without_movement", "stepped": "optimizer_stepped", "unowned": "optimizer_has_no_weights",
        "decay": "weight_decay", "dropped": "dropout",
    },
    "losses": {"per": "steps_per_value", "lost": "first_nonfinite_step"},
    "snapshots": {
        "units": "activations", "output": "output_rms", "rate": "learning_rate", "asleep": "layers_in_eval_mode",
        "batch": "batch_size", "squares": "targets", "idle": "untrained", "stale": "stale_gradient",
    },
    "layers": {
        "gradient": "gradient_norm", "weight": "weight_norm", "update": "relative_update", "alike": "identical_units",
        "rows": "units",
    },
    "activations": {
        "kind": "function", "alive": "alive_bits", "saturated": "saturated_share", "shared": "is_shared",
    },
    "inputs": {
        "low": "minimum", "high": "maximum", "scales": "std_ratio", "widest": "largest_std", "normed": "is_normalized",
    },
    "labels": {
        "pairs": "neighbours", "same": "equal_neighbours", "wrong": "error_rate", "plain": "cross_entropy",
        "share": "share_with_gradient",
    },
    "targets": {
        "error": "squared_error", "square": "mean_square", "spread": "variance", "negative": "share_below_0",
        "above": "share_above_1", "beyond": "share_beyond_1",
    },
    "untrained": {"why": "reason", "mark": "checksum"},
}  # fmt: skip
"""By the field in which a record stands: its members' old names, and their new ones."""


def to_json(signals: Signals) -> dict[str, Any]:
    """Plain JSON of all that was measured.

    Args:
        signals: of one training.

    Returns:
        Mappings, lists, texts and numbers; what is no finite number is null.
    """
    return {"schema": SCHEMA, **_with_null(signals)}


def from_json(plain: Any, where: str) -> Signals:
    """Read what `to_json` wrote, in this version or an older one.

    Args:
        plain: as it was read.
        where: what it is called, for the sentence.

    Raises:
        UserError: it is something else, or a newer version wrote it.
    """
    schema = plain.get("schema", 1) if isinstance(plain, dict) else SCHEMA
    if schema not in (1, SCHEMA):
        raise UserError(f"{where} has schema {schema!r}, which this version does not know: update fathom")
    current = _migrated_1_to_2(plain) if schema == 1 else plain
    found = convert(_with_nan(current), Signals, where)
    if missing := {"losses", "snapshots"} - set(current):
        raise UserError(f"{where} has no '{min(missing)}'")
    return found


def _migrated_1_to_2(plain: Any, record: str = "signals") -> Any:
    """The fields' new names, in all records below.

    Args:
        plain: a record, or a list of such.
        record: the field in which it stands, by its new name.
    """
    if isinstance(plain, list):
        return [_migrated_1_to_2(one, record) for one in plain]
    if not isinstance(plain, dict) or record not in RENAMED_IN_2:
        return plain
    names = RENAMED_IN_2[record]
    renamed = {names.get(old, old): value for old, value in plain.items()}
    return {name: _migrated_1_to_2(value, name) if name in RENAMED_IN_2 else value for name, value in renamed.items()}


def _with_null(value: Any) -> Any:
    """Not with `asdict`, which copies each of thousands of losses in depth: this is what saving costs."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, int | str):
        return value
    if isinstance(value, (list, tuple)):
        return [v if type(v) is float and math.isfinite(v) else _with_null(v) for v in value]
    members = vars(value) if is_dataclass(value) else value
    return {k: v if type(v) in PLAIN else _with_null(v) for k, v in members.items()}


def _with_nan(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {k: _with_nan(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_nan(v) for v in value]
    return math.nan if value is None and name not in MAYBE_NONE else value
