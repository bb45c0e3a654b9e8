"""Signals as plain JSON, and back."""

from __future__ import annotations

import math
from dataclasses import is_dataclass
from typing import Any

from fathom.errors import UserError
from fathom.training.health.loss_series import Losses
from fathom.training.health.signals import Idle, Input, Labels, Layer, Look, Signals, Squares, Units
from fathom.typed import conform


def to_json(signals: Signals) -> dict[str, Any]:
    """Plain JSON of all that was measured; what is no finite number is null."""
    return dict(_with_null(signals))


def from_json(plain: Any, where: str) -> Signals:
    """Read what `to_json` wrote.

    Args:
        plain: as it was read.
        where: what it is called, for the sentence.

    Raises:
        UserError: it is something else.
    """
    whole = conform(_with_nan(plain), Signals, where)
    if missing := {"losses", "looks"} - set(whole):
        raise UserError(f"{where} has no '{min(missing)}'")
    looks = [
        Look(
            **{
                **look,
                "layers": [Layer(**layer) for layer in look["layers"]],
                "units": [Units(**units) for units in look["units"]],
                "inputs": [Input(**one) for one in look["inputs"]],
                "labels": Labels(**look["labels"]) if look.get("labels") else None,
                "squares": Squares(**look["squares"]) if look.get("squares") else None,
                "idle": [Idle(**one) for one in look.get("idle", ())],
            }
        )
        for look in whole["looks"]
    ]
    wavering = (whole["wavering"][0], whole["wavering"][1])
    return Signals(**{**whole, "looks": looks, "losses": Losses(**whole["losses"]), "wavering": wavering})


_MAYBE_NONE = {"lost", "labels", "squares"}


def _with_null(value: Any) -> Any:
    """Not with `asdict`, which copies each of thousands of losses in depth: this is what saving costs."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, int | str):
        return value
    if isinstance(value, (list, tuple)):
        return [v if type(v) is float and math.isfinite(v) else _with_null(v) for v in value]
    members = vars(value) if is_dataclass(value) else value
    return {k: _with_null(v) for k, v in members.items()}


def _with_nan(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {k: _with_nan(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_nan(v) for v in value]
    return math.nan if value is None and name not in _MAYBE_NONE else value
