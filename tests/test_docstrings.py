"""What the reference shows says its arguments: their shapes and units, what is returned and what is raised."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SELF = ("self", "cls")
NO_CALLS = frozenset({"property", "cached_property"})


def documented() -> Iterator[tuple[str, frozenset[str]]]:
    """Module, and the names that the reference shows of it; none where it shows all."""
    for page in sorted((ROOT / "docs" / "reference").glob("*.md")):
        for found in re.finditer(r"\.\. automodule:: ([\w.]+)\n((?:\s+:.*\n)*)", page.read_text("utf-8")):
            members = re.search(r":members:(.*)", found[2])
            yield found[1], frozenset(re.findall(r"\w+", members[1]) if members else ())


def source_of(module: str) -> Path:
    """The file of a module or package."""
    path = (ROOT / "src").joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def functions(module: str, shown: frozenset[str]) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every public function and method that is shown, by its name; tests are no part of an interface."""
    for node in ast.parse(source_of(module).read_text("utf-8")).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        if shown and node.name not in shown:
            continue
        own = [node] if isinstance(node, ast.FunctionDef) else [m for m in node.body if isinstance(m, ast.FunctionDef)]
        for function in own:
            overrides = isinstance(node, ast.ClassDef) and overridden(module, node.name, function.name)
            if not function.name.startswith(("_", "test_")) and not overrides and not is_fixture(function):
                yield f"{module}.{node.name}" + (f".{function.name}" if function is not node else ""), function


def overridden(module: str, kind: str, method: str) -> bool:
    """Whether a class above it, one of ours, has the method already, and says there what it is given."""
    above = getattr(import_module(module), kind).__mro__[1:]
    return any(method in vars(one) for one in above if one.__module__.startswith("fathom."))


def is_fixture(function: ast.FunctionDef) -> bool:
    """Whether pytest calls it, and nobody else."""
    return any("fixture" in ast.unparse(d) for d in function.decorator_list)


def parameters(function: ast.FunctionDef) -> list[str]:
    """Names of what a caller gives."""
    given = function.args
    return [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs) if a.arg not in SELF]


def is_called(function: ast.FunctionDef) -> bool:
    """Whether it is no property."""
    return not any(isinstance(d, ast.Name) and d.id in NO_CALLS for d in function.decorator_list)


@pytest.mark.parametrize(
    ("module", "shown"), list(documented()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_what_the_reference_shows_says_its_arguments(module: str, shown: frozenset[str]) -> None:
    silent = []
    for name, function in functions(module, shown):
        text = ast.get_docstring(function) or ""
        wanted = [p for p in parameters(function) if is_called(function)]
        if re.match(r"See `[\w.]+`\.$", text):  # what it is given is said there
            continue
        told = re.search(r"^Args:\n((?:[ ]+.*\n?|\n)*)", text, re.MULTILINE)
        missing = [
            p for p in wanted if told is None or not re.search(rf"^\s+[\w, ]*\b{p}\b[\w, ]*:", told[1], re.MULTILINE)
        ]
        if missing:
            silent.append(f"{name}: {', '.join(missing)}")
    assert not silent
