"""The modules that an exported program runs by, copied as they are under another name, with what they import.

What reads an input for ``fathom predict`` reads it in the exported program, too, so that the two cannot differ.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import packages_distributions, version
from pathlib import Path

from fathom import errors

NAME = "runtime"
"""What the package is called in an exported folder, so that it does not get in the way of one that is installed."""
_ROOT = Path(errors.__file__).parent
_OWN = re.compile(r"\bfathom(?=\.[a-z_]+)|(?<=^from )fathom(?= import)", re.MULTILINE)
_EMPTY = '"""A copy of the modules of fathom that the program beside this folder needs."""\n'


def modules_of(start: str) -> dict[str, Path]:
    """A module, all that it imports of ours, and the packages in which these lie.

    Args:
        start: the name of a module: ``fathom.exported.pictures``.

    Returns:
        the file of each, by name.
    """
    found: dict[str, Path] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in found or name == "fathom":
            continue
        found[name] = path = _file_of(name)
        waiting.append(name.rpartition(".")[0])
        waiting += [one for one in imports_of(path, within=True) if one.partition(".")[0] == "fathom"]
    return found


def imports_of(path: Path, within: bool = False) -> Iterator[str]:
    """The modules that a file imports; those for types alone are left out.

    Args:
        path: of a Python file.
        within: those within functions as well, which may never run.
    """
    waiting: list[ast.AST] = [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            waiting += node.orelse
        elif isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            below = [f"{node.module}.{one.name}" for one in node.names]
            yield from (name for name in below if name.startswith("fathom.") and _is_module(name))
        elif within or not isinstance(node, ast.FunctionDef):
            waiting += ast.iter_child_nodes(node)


def write_bundle(start: str, folder: Path) -> None:
    """Copy a module with what it needs of ours into ``folder/runtime``.

    Args:
        start: the name of the module.
        folder: that the program lies in.
    """
    place = folder / NAME
    place.mkdir()
    (place / "__init__.py").write_text(_EMPTY, encoding="utf-8")
    for path in modules_of(start).values():
        target = place / path.relative_to(_ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_OWN.sub(NAME, path.read_text(encoding="utf-8")), encoding="utf-8")


def requirements_of(start: str, also: Iterable[str] = ()) -> list[str]:
    """The distributions that a module and what it needs of ours import as they are loaded, as ``name==version``.

    Args:
        start: the name of the module.
        also: modules that are imported only where they are asked for, and will be.
    """
    used = {one.partition(".")[0] for path in modules_of(start).values() for one in imports_of(path)} | {*also}
    known = packages_distributions()
    names = {known[one][0] for one in used - set(sys.stdlib_module_names) - {"fathom"} if one in known}
    return sorted(f"{name}=={version(name).partition('+')[0]}" for name in names)


def _file_of(name: str) -> Path:
    place = _ROOT.joinpath(*name.split(".")[1:])
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def _is_module(name: str) -> bool:
    place = _ROOT.joinpath(*name.split(".")[1:])
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()
