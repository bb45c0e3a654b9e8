"""Single edits of a solution, made by machine: what a check lets through, it does not check.

Operators, comparisons, constants, Booleans, axes and the names of functions that are easily confused are exchanged, and
statements left out, each alone (mutation testing: DeMillo, Lipton & Sayward 1978).
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from fathom.learning.stubs import functions

BINARY: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult, ast.MatMult: ast.Mult, ast.Mod: ast.FloorDiv,
}  # fmt: skip
COMPARE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
NAMES = {
    "sum": "mean", "mean": "sum", "max": "min", "min": "max", "maximum": "minimum", "minimum": "maximum",
    "argmax": "argmin", "argmin": "argmax", "sqrt": "square", "square": "sqrt", "exp": "expm1", "log": "log1p",
    "zeros": "ones", "ones": "zeros", "zeros_like": "ones_like", "ones_like": "zeros_like", "std": "var", "var": "std",
    "floor": "ceil", "ceil": "floor", "cumsum": "cumprod", "sin": "cos", "cos": "sin", "tanh": "sinh", "any": "all",
    "all": "any", "abs": "sign", "rfft": "fft", "append": "insert",
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One edit: the source, and the line before and after."""

    source: str
    edit: str


def mutants(source: str, write: Collection[str]) -> Iterator[Mutant]:
    """Every single edit of the functions that are to be written."""
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    for f, (name, node) in enumerate(functions(tree)):
        if name not in write:
            continue
        begin = 1 if ast.get_docstring(node) is not None else 0
        for i in range(begin, len(node.body)):
            for number in range(10_000):
                changed = copy.deepcopy(tree)
                body = [*functions(changed)][f][1].body
                statement = body[i]
                before = ast.unparse(statement)
                edit = _Edit(number)
                new = edit.visit(statement)
                if not edit.done:
                    break
                body[i] = new
                text = ast.unparse(ast.fix_missing_locations(changed))
                if text not in seen:
                    seen.add(text)
                    yield Mutant(text, f"{name}: {_line(before, ast.unparse(new))}")
            if len(node.body) - begin > 1 and not isinstance(node.body[i], ast.Return):
                changed = copy.deepcopy(tree)
                gone = ast.unparse([*functions(changed)][f][1].body.pop(i))
                yield Mutant(ast.unparse(changed), f"{name}: {gone.splitlines()[0]} → (left out)")


def _line(before: str, after: str) -> str:
    """The first line that differs, before and after."""
    pairs = [(a, b) for a, b in zip(before.splitlines(), after.splitlines()) if a != b]
    a, b = pairs[0] if pairs else (before, after)
    return f"{a.strip()} → {b.strip()}"


class _Edit(ast.NodeTransformer):
    """Makes the edit of that number, in the order in which the tree is walked."""

    def __init__(self, number: int) -> None:
        self.left, self.done = number, False

    def _mine(self) -> bool:
        if self.done:
            return False
        self.left -= 1
        self.done = self.left < 0
        return self.done

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """Another operator."""
        if type(node.op) in BINARY and self._mine():
            node.op = BINARY[type(node.op)]()
            return node
        return self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """Another operator."""
        if type(node.op) in BINARY and self._mine():
            node.op = BINARY[type(node.op)]()
            return node
        return self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        """None."""
        if isinstance(node.op, ast.USub | ast.Not | ast.Invert) and self._mine():
            return node.operand
        return self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        """Another boundary, or the opposite."""
        if type(node.ops[0]) in COMPARE and self._mine():
            node.ops[0] = COMPARE[type(node.ops[0])]()
            return node
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """Another number, or the opposite."""
        if isinstance(node.value, bool):
            if self._mine():
                return ast.Constant(not node.value)
        elif isinstance(node.value, int | float) and self._mine():
            return ast.Constant(node.value + 1 if isinstance(node.value, int) else node.value * 2)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """A function of a similar name, or no transpose."""
        if node.attr in NAMES and self._mine():
            node.attr = NAMES[node.attr]
            return node
        if node.attr == "T" and self._mine():
            return node.value
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        """A built-in of a similar name."""
        if isinstance(node.ctx, ast.Load) and node.id in ("max", "min", "any", "all", "sum") and self._mine():
            node.id = {"max": "min", "min": "max", "any": "all", "all": "any", "sum": "max"}[node.id]
        return node
