"""Runs that are exported once for all tests of a process."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import fathom

Exported = Callable[[str], "tuple[fathom.Run, Path, str]"]
"""From the name of a case to a run, the folder that it was exported to, and an input for both."""


@pytest.fixture(scope="session")
def exported(trained: Any, tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A function that exports a run of a case as ONNX; each once, for tests that leave the folder as it is."""

    @functools.cache
    def made(name: str) -> tuple[fathom.Run, Path, str]:
        from task_cases import CASES

        small = {"net": "mlp"} if name in ("numbers", "classes") else {}  # of the tables one with trees is enough
        run, data = trained(name, precision="fp32", **small)
        out = tmp_path_factory.mktemp("exported") / "out"
        found = run.export(out)
        assert found.holds
        assert found.same == 1.0
        return run, out, CASES[name].new(data)

    return made
