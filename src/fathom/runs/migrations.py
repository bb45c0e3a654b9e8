"""Recipes that an earlier version of fathom wrote, brought to today's: one function for each version, in order.

``recipe.json`` and ``tune.json`` say by ``schema`` which version of the layout they follow; what says nothing follows
the first. A function takes what the version before wrote and gives what the next one would have written; it changes
names and shapes, and checks nothing (`fathom.runs.file_schemas` does so afterwards).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

SETTINGS_OF_1: Mapping[str, str] = {
    "clip": "grad_clip",
    "balance": "class_weight_power",
    "find_rate": "lr_find",
    "costs": "cost",
    "source_weights": "source_weight",
}
"""How settings were called in the first version, and what they are called since."""
SOURCE_OF_1: Mapping[str, str] = {
    "collected": "source",
    "rule": "split_by",
    "without": "exclude",
    "start": "init_from",
}
"""Likewise what is said of the data and of the run."""


def m001_the_names_of_the_field(record: Mapping[str, Any]) -> dict[str, Any]:
    """Settings and what is said of the data are called as everywhere else: ``clip`` is ``grad_clip``."""
    told = dict(record)
    for name in ("asked", "request"):
        told = _within(told, name, SOURCE_OF_1)
        if isinstance(told.get(name), Mapping):
            told[name] = _within(told[name], "settings", SETTINGS_OF_1)
    told = _within(told, "settings", SETTINGS_OF_1)
    if isinstance(request := told.get("request"), Mapping) and "annotators" in request:
        names = str(request["annotators"] or "").split(",")
        told["request"] = {**request, "annotators": [name.strip() for name in names if name.strip()]}
    if isinstance(told.get("resolved"), Mapping):
        resolved = _within(_renamed(told["resolved"], SOURCE_OF_1), "settings", SETTINGS_OF_1)
        told["resolved"] = _within(resolved, "source", SOURCE_OF_1)
    return told


MIGRATIONS: tuple[Callable[[Mapping[str, Any]], dict[str, Any]], ...] = (m001_the_names_of_the_field,)
"""The first brings version 1 to version 2, and so on."""
SCHEMA = 1 + len(MIGRATIONS)
"""The version that is written today; one that is later is refused."""


def migrated(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a recipe of any earlier version says, as today's would.

    Args:
        record: as it was read from ``recipe.json`` or ``tune.json``.

    Returns:
        It with the version of today; one of a later version, or whose version is no number, as it is.
    """
    version = record.get("schema", 1)
    if not isinstance(version, int) or isinstance(version, bool) or version > SCHEMA:
        return dict(record)
    told = dict(record)
    for step in MIGRATIONS[max(version, 1) - 1 :]:
        told = step(told)
    return {**told, "schema": SCHEMA}


def _renamed(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The values under their new names, in their order."""
    return {names.get(name, name): value for name, value in values.items()}


def _within(record: Mapping[str, Any], name: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The record, one of whose parts has new names, where it is there."""
    part = record.get(name)
    return {**record, name: _renamed(part, names)} if isinstance(part, Mapping) else dict(record)
