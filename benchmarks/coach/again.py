"""What a training was measured to do, kept beside the checkout, so that a check can be judged anew without training.

A scored training takes seconds, the checks on what was measured of it take milliseconds. What is kept is what
`fathom.watch` keeps, the epochs, and the table of results; it is not committed.
"""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import polars as pl

from benchmarks.coach.training import Trained
from fathom.training.health import findings, from_json, to_json

PLACE = Path(__file__).parents[1] / ".cache" / "coach"


def keep(key: str, trained: Trained) -> Trained:
    """Write it down, and hand it on."""
    PLACE.mkdir(parents=True, exist_ok=True)
    told = {"signals": to_json(trained.signals), "history": trained.history}
    with gzip.open(_path(key, "json.gz"), "wt", encoding="utf-8") as file:
        json.dump(told, file)
    trained.results.write_parquet(_path(key, "parquet"))
    return trained


def kept(key: str) -> Trained | None:
    """As it was kept, with what the checks of today say of it; None where it was not."""
    if not is_kept(key):
        return None
    told, results = _path(key, "json.gz"), _path(key, "parquet")
    with gzip.open(told, "rt", encoding="utf-8") as file:
        plain = json.load(file)
    signals = from_json(plain["signals"], str(told))
    return Trained(findings(signals), plain["history"], pl.read_parquet(results), signals)


def is_kept(key: str) -> bool:
    """Whether `kept` has it."""
    return _path(key, "json.gz").exists() and _path(key, "parquet").exists()


def _path(key: str, ending: str) -> Path:
    return PLACE / f"{re.sub(r'[^a-z0-9.]+', '_', key)}.{ending}"
