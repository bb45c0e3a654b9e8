"""What `make check` says of import cycles, long functions and long files: what is planted, and nothing else."""

from __future__ import annotations

from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def structure() -> ModuleType:
    path = Path(__file__).resolve().parent.parent / "scripts" / "check-structure"
    spec = spec_from_loader("check_structure", SourceFileLoader("check_structure", str(path)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def said(
    structure: ModuleType, root: Path, files: dict[str, str], exceptions: dict[str, str] | None = None
) -> list[str]:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return structure.violations(root, exceptions or {})


@pytest.mark.parametrize(
    "back",
    [
        "import fathom.a\n",
        "from fathom import a\n",
        "from fathom.a import x\n",
        "from . import a\n",
        "from .a import x\n",
        "def f():\n    from fathom.a import x\n",
        "class C:\n    def f(self):\n        if True:\n            import fathom.a\n",
    ],
)
def test_a_cycle_is_found_however_it_is_imported(structure: ModuleType, tmp_path: Path, back: str) -> None:
    files = {"src/fathom/__init__.py": "", "src/fathom/a.py": "import fathom.b\n", "src/fathom/b.py": back}
    assert said(structure, tmp_path, files) == ["import cycle: fathom.a → fathom.b → fathom.a"]


def test_two_test_modules_of_one_name_are_found(structure: ModuleType, tmp_path: Path) -> None:
    files = {"tests/test_a.py": "", "tests/deep/test_a.py": "", "tests/conftest.py": "", "tests/deep/conftest.py": ""}
    [told] = said(structure, tmp_path, files)
    assert "test_a.py" in told
    assert "has the same name" in told


def test_a_cycle_through_folders_is_found(structure: ModuleType, tmp_path: Path) -> None:
    files = {
        "src/fathom/__init__.py": "",
        "src/fathom/deep/__init__.py": "from fathom.deep.one import x\n",
        "src/fathom/deep/one.py": "from ..low import y\n",
        "src/fathom/low.py": "def f():\n    from fathom import deep\n",
    }
    [told] = said(structure, tmp_path, files)
    assert told == "import cycle: fathom.deep → fathom.deep.one → fathom.low → fathom.deep"


def test_what_no_run_imports_makes_no_cycle(structure: ModuleType, tmp_path: Path) -> None:
    files = {
        "src/fathom/a.py": "import fathom.b\nimport fathom.c\n",
        "src/fathom/b.py": "import fathom.c\nif TYPE_CHECKING:\n    import fathom.a\n",
        "src/fathom/c.py": "import os\n",
    }
    assert said(structure, tmp_path, files) == []


def function(lines: int, docstring: str = "") -> str:
    body = [docstring] * bool(docstring) + ["    x = 1"] * (lines - 1)
    return "class C:\n" + "\n".join("    " + line for line in ["def f(self):", *body]) + "\n"


def test_a_function_of_41_lines_is_told_and_one_of_40_is_not(structure: ModuleType, tmp_path: Path) -> None:
    files = {"src/fathom/a.py": function(40), "tests/test_b.py": function(41)}
    assert said(structure, tmp_path, files) == ["tests/test_b.py:2: C.f has 41 lines, at most 40"]


def test_a_docstring_does_not_count(structure: ModuleType, tmp_path: Path) -> None:
    text = function(40, '    """It does it.\n\n        Raises:\n            Nothing.\n        """')
    assert said(structure, tmp_path, {"src/fathom/a.py": text}) == []


def test_a_file_of_401_lines_is_told_and_a_script_without_ending_is_read(structure: ModuleType, tmp_path: Path) -> None:
    files = {
        "src/fathom/a.py": "x = 1\n" * 400,
        "scripts/b": "#!/usr/bin/env python3\n" + "x = 1\n" * 400,
        "scripts/c": "#!/bin/sh\n" + "x=1\n" * 500,
    }
    assert said(structure, tmp_path, files) == ["scripts/b: 401 lines, at most 400; split it by idea"]


def test_an_exception_is_heard_and_one_that_is_not_needed_is_told(structure: ModuleType, tmp_path: Path) -> None:
    files = {"src/fathom/a.py": function(41)}
    assert said(structure, tmp_path, files, {"src/fathom/a.py::C.f": "a table"}) == []
    [told] = said(structure, tmp_path, files, {"src/fathom/a.py::C.f": "a table", "src/fathom/a.py": "a list"})
    assert told == "src/fathom/a.py: an exception that is not needed, take it out"
