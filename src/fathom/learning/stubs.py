"""What a learner is given, the solution without the bodies that are to be written; and variants by edits."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

MARK = 'raise NotImplementedError("write me")'


def functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and methods in the order of the source, each with its name: ``softmax``, or ``Scale.forward``."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, ast.FunctionDef):
                    yield f"{node.name}.{one.name}", one


def stub(source: str, write: Collection[str]) -> str:
    """The source with the bodies of the functions that are to be written taken out; docstrings stay."""
    lines = source.splitlines()
    for name, node in reversed([*functions(ast.parse(source))]):
        if name in write:
            first = node.body[1] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body[0]
            end = node.end_lineno or node.lineno
            lines[first.lineno - 1 : end] = [" " * first.col_offset + MARK]
    return "\n".join(lines) + "\n"


def edited(source: str, edits: Sequence[Sequence[str]]) -> str:
    """The source with each old text replaced by the new one, where it stands first.

    Raises:
        ValueError: an old text is not there.
    """
    for old, new in edits:
        if old not in source:
            raise ValueError(f"there is no {old!r} to replace")
        source = source.replace(old, new, 1)
    return source


def body_lines(source: str, write: Collection[str]) -> int:
    """Lines of code that are to be written: without signatures, docstrings, comments and blank lines."""
    count = 0
    for name, node in functions(ast.parse(source)):
        if name in write:
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            text = source.splitlines()[body[0].lineno - 1 : node.end_lineno]
            count += sum(bool(line.strip()) and not line.strip().startswith("#") for line in text)
    return count
