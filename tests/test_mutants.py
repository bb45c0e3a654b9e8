"""The faults that `make mutants` plants can be planted, and every package has one; whether tests see them, it says."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
CONTENT = {"course"}
"""Folders of the package that are no part of the program: exercises have faults of their own."""


@pytest.fixture(scope="module")
def runner() -> ModuleType:
    spec = spec_from_loader("mutants", SourceFileLoader("mutants", str(ROOT / "scripts" / "mutants")))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["mutants"] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    return module


def packages() -> Iterator[str]:
    """The folders below ``src/fathom`` that hold modules."""
    top = ROOT / "src" / "fathom"
    for init in sorted(top.rglob("__init__.py")):
        folder = init.parent.relative_to(ROOT / "src")
        if len(folder.parts) > 1 and folder.parts[1] not in CONTENT:
            yield folder.as_posix()


def test_each_fault_can_be_planted_and_has_tests(runner: ModuleType) -> None:
    faults = runner.mutants()
    assert [f"{one.label}: {why}" for one in faults if (why := one.stale())] == []
    paths = {word for one in faults for word in shlex.split(one.tests) if word.startswith("tests/")}
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
    assert len({(one.file, one.old, one.new) for one in faults}) == len(faults)


@pytest.mark.parametrize("package", list(packages()))
def test_every_package_has_a_fault(runner: ModuleType, package: str) -> None:
    assert any(one.file.startswith(f"{package}/") for one in runner.mutants())


def test_what_no_test_sees_is_a_failure_and_what_is_known_to_survive_is_none(runner: ModuleType) -> None:
    fault = runner.Mutant("fathom/errors.py", "a", "b", "tests", "it is wrong")
    known = runner.Mutant("fathom/errors.py", "a", "b", "tests", "it is wrong", survives=True)
    passed, failed, interrupted = 0, 1, 2
    assert runner.verdict(fault, passed, failed) == runner.CAUGHT
    assert runner.verdict(fault, passed, passed) == runner.verdict(fault, passed, interrupted) == runner.SURVIVED
    assert runner.verdict(known, passed, passed) == runner.KNOWN
    assert runner.verdict(fault, failed, failed) == runner.NO_TEST
