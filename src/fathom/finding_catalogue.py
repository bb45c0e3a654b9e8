"""The list of everything that fathom may find, made of what its checks declare."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import walk_packages

from fathom import checking, coaching, diagnosis, runs, tasks
from fathom.finding_kinds import FindingKind, declared
from fathom.training import health

PACKAGES = (checking, coaching, diagnosis, health, runs, tasks)
"""Whose modules make findings."""


def every_kind() -> Mapping[str, FindingKind]:
    """All kinds of findings, by name: every module that may declare one is loaded first."""
    for package in PACKAGES:
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    return declared()
