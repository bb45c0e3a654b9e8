"""What a piece of our source needs of the rest of it, gathered into one file that imports nothing of ours.

A class is taken with its bases, and with whatever functions, classes and constants it names, from whichever module they
are of; nothing else of these modules. Definitions stand in the order in which Python must meet them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fathom import errors

_ROOT = Path(errors.__file__).parent
INSTEAD = {("fathom.nets.dropout", "Dropout"): 'class Dropout(nn.Dropout):\n    """As PyTorch has it."""'}
"""What stands in place of some of our definitions: dropout is drawn here in a faster way, which answers the same."""


class Place(NamedTuple):
    """A name at the top of a module."""

    module: str
    name: str


@dataclass
class Gathered:
    """What was gathered.

    Attributes:
        imports: lines that import what is not ours.
        parts: the source of each definition, in order.
    """

    imports: set[str] = field(default_factory=set)
    parts: dict[Place, str] = field(default_factory=dict)

    def text(self) -> str:
        """As one piece of source."""
        lines = sorted(self.imports, key=lambda line: (line.startswith("from"), line))
        return "\n".join(lines) + "\n\n\n" + "\n\n\n".join(self.parts.values()) + "\n"


class MixedNamesError(ValueError):
    """Two modules give one name to different things, or a name cannot be followed."""


@dataclass(frozen=True)
class _Module:
    """A module of ours.

    Attributes:
        lines: of its source.
        defined: the statement that each name at its top comes from.
        imported: where each name that it imports of ours comes from; a name of "" is a module itself.
        foreign: the line that imports each name that is not ours.
    """

    lines: list[str]
    defined: Mapping[str, ast.stmt]
    imported: Mapping[str, Place]
    foreign: Mapping[str, str]


def gather(wanted: Mapping[str, str]) -> Gathered:
    """Gather definitions with all that they need.

    Args:
        wanted: the module of each name.

    Raises:
        MixedNamesError: one name is given to two things.
    """
    found = Gathered()
    for name, module in wanted.items():
        _take(Place(module, name), found, set())
    names: dict[str, Place] = {}
    for place in found.parts:
        if names.setdefault(place.name, place) != place:
            raise MixedNamesError(f"{place.name} is of {names[place.name].module} and of {place.module}")
    return found


def _take(place: Place, found: Gathered, open_: set[Place]) -> None:
    """Put a definition behind what it needs while it is met, and before what it needs when it is called."""
    place = _origin(place)
    if place in found.parts or place in open_:
        return
    if place in INSTEAD:
        found.imports.add("from torch import nn")
        found.parts[place] = INSTEAD[place]
        return
    module = _module(place.module)
    if place.name not in module.defined:
        raise MixedNamesError(f"{place.name} is nowhere in {place.module}")
    node, open_ = module.defined[place.name], open_ | {place}
    for name in _named(node, at_once=True):
        _follow(name, place.module, found, open_)
    found.parts[place] = _source(module, node)
    for name in _named(node, at_once=False):
        _follow(name, place.module, found, set())


def _follow(name: str, module: str, found: Gathered, open_: set[Place]) -> None:
    """What a name stands for in a module: a definition, an import, or nothing of the module's top."""
    known = _module(module)
    if name in known.foreign:
        found.imports.add(known.foreign[name])
    elif name in known.imported:
        if not known.imported[name].name:
            raise MixedNamesError(f"{module} names the module {known.imported[name].module}")
        _take(known.imported[name], found, open_)
    elif name in known.defined:
        _take(Place(module, name), found, open_)


def _origin(place: Place) -> Place:
    """Where a name is defined that a module may only pass on."""
    module = _module(place.module)
    return _origin(module.imported[place.name]) if place.name in module.imported else place


def _named(node: ast.AST, *, at_once: bool) -> Iterator[str]:
    """The names that are looked up when a definition is met, or all of them; those of annotations are left out."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        parts: list[ast.AST] = [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]
        parts += [] if at_once else node.body
    elif isinstance(node, ast.Lambda):
        parts = [] if at_once else [node.body]
    elif isinstance(node, ast.AnnAssign):
        parts = [node.value] if node.value is not None else []
    elif isinstance(node, ast.arg):
        parts = []
    else:
        parts = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Name):
        yield node.id
    for part in parts:
        yield from _named(part, at_once=at_once)


def _source(module: _Module, node: ast.stmt) -> str:
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
    return "\n".join(module.lines[first - 1 : node.end_lineno]).rstrip()


@cache
def _module(name: str) -> _Module:
    place = _ROOT.joinpath(*name.split(".")[1:])
    path = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
    text = path.read_text(encoding="utf-8")
    defined: dict[str, ast.stmt] = {}
    imported: dict[str, Place] = {}
    foreign: dict[str, str] = {}
    tree = ast.parse(text)
    for node, after in zip(tree.body, [*tree.body[1:], None]):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            defined[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [one for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]
            defined.update({one.id: node for one in names})
            if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
                node.end_lineno = after.end_lineno  # what says what it is
    for one in (n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)):
        _add_import(one, imported, foreign)
    return _Module(text.splitlines(), defined, imported, foreign)


def _add_import(node: ast.Import | ast.ImportFrom, imported: dict[str, Place], foreign: dict[str, str]) -> None:
    for one in node.names:
        shown = one.name if one.asname is None else f"{one.name} as {one.asname}"
        own = one.asname or one.name.partition(".")[0]
        if isinstance(node, ast.Import):
            foreign[own] = f"import {shown}"
        elif node.module == "__future__":
            continue
        elif (node.module or "").partition(".")[0] == "fathom":
            below = _ROOT.joinpath(*f"{node.module}.{one.name}".split(".")[1:])
            is_module = below.is_dir() or below.with_suffix(".py").is_file()
            imported[own] = Place(f"{node.module}.{one.name}", "") if is_module else Place(str(node.module), one.name)
        else:
            foreign[own] = f"from {node.module} import {shown}"
