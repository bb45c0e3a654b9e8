"""Slips that are made in every exercise: a mean for a sum, another axis, a factor left out; by name and reason.

Each is one edit of the solution, as `mutants` makes them, but only such as a person makes, and named by what was done.
What is named says what the slip is, not where the solution has it; only what is made of the arguments is written out.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from fathom.learning.stubs import functions

EXCHANGED = {
    "sum": "mean", "mean": "sum", "max": "min", "min": "max", "maximum": "minimum", "minimum": "maximum",
    "argmax": "argmin", "argmin": "argmax", "std": "var", "var": "std", "log": "log2", "log2": "log", "floor": "ceil",
    "ceil": "floor", "any": "all", "all": "any", "prod": "sum", "zeros": "ones", "sin": "cos", "cos": "sin",
}  # fmt: skip
"""Functions of NumPy that are taken for each other."""

PLAIN = (
    "abs",
    "exp",
    "log",
    "log2",
    "log1p",
    "maximum",
    "minimum",
    "clip",
    "round",
    "sqrt",
    "tanh",
    "reversed",
    "sorted",
)
"""Functions that are easily left out: what they are applied to stands alone."""

LARGER = "Look at the units, or at what a larger number should do."

OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], str, str]] = {
    ast.Add: (ast.Sub, "a minus for a plus", "Put in numbers of which you know the result: does it grow as it should?"),
    ast.Sub: (ast.Add, "a plus for a minus", "Put in numbers of which you know the result: does it fall as it should?"),
    ast.Mult: (ast.Div, "divided instead of multiplied", LARGER),
    ast.Div: (ast.Mult, "multiplied instead of divided", LARGER),
    ast.MatMult: (ast.Mult, "`*` for `@`", "`*` multiplies number by number; `@` sums over the axis that both share."),
}  # fmt: skip

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt, ast.LtE),
}  # fmt: skip
"""The same comparison with its boundary on the other side, and the other way round."""

AXIS = "The axis that is named is the one that disappears. Say what each axis stands for, and which must go."
WHOLE = "Without an axis everything becomes one number."
OFF = "Try it with the smallest size there is, and count by hand: does a range include its end?"
SIGN = "Put in numbers of which you know the sign of the result."
LEFT_OUT = "Compare your line with the formula, symbol by symbol."


@dataclass(frozen=True)
class Slip:
    """One slip in the solution.

    Attributes:
        name: of what was done.
        why: how to find it.
        code: of the whole exercise. It is valid until the next one is made.
    """

    name: str
    why: str
    code: ast.Module


Edit = tuple[str, str, ast.AST]
"""Name, reason, and what stands in place of a node."""


def slips(source: str, write: Collection[str]) -> Iterator[Slip]:
    """Every slip that can be made in the functions that are to be written; none in a `while`, which might never end."""
    tree = ast.parse(source)
    for whole, function in functions(tree):
        if whole not in write:
            continue
        known = {one.arg for one in function.args.args}
        for put, node in _places(function):
            for name, why, other in _edits(node, known):
                put(ast.fix_missing_locations(ast.copy_location(other, node)))
                yield Slip(name, why, tree)
                put(node)


def _places(node: ast.AST) -> Iterator[tuple[Callable[[ast.AST], None], ast.AST]]:
    """Every node below, and what puts another into its place; statements before what is in them."""
    for name, value in ast.iter_fields(node):
        if name in ("args", "decorator_list", "returns") and isinstance(node, ast.FunctionDef):
            continue
        for i, one in enumerate(value if isinstance(value, list) else [value]):
            if not isinstance(one, ast.AST) or isinstance(one, ast.While | ast.expr_context):
                continue

            def put(other: ast.AST, name: str = name, value: object = value, i: int = i) -> None:
                if isinstance(value, list):
                    value[i] = other
                else:
                    setattr(node, name, other)

            yield put, one
            yield from _places(one)


def _edits(node: ast.AST, known: Collection[str]) -> Iterator[Edit]:
    """What may stand in place of a node by a slip."""
    match node:
        case ast.BinOp():
            yield from _of_operator(node, known)
        case ast.UnaryOp() | ast.Compare() | ast.IfExp():
            yield from _of_condition(node)
        case ast.AugAssign() | ast.Return():
            yield from _of_statement(node)
        case ast.Call():
            yield from _of_call(node)
        case ast.Attribute() | ast.Subscript():
            yield from _of_part(node)
        case ast.Constant():
            yield from _of_number(node.value)


def _of_condition(node: ast.UnaryOp | ast.Compare | ast.IfExp) -> Iterator[Edit]:
    aloud = "Say aloud what happens where it is true."
    match node:
        case ast.UnaryOp(op=ast.USub()):
            yield "a minus sign is missing", SIGN, node.operand
        case ast.UnaryOp(op=ast.Not() | ast.Invert()):
            yield "a condition is turned round", aloud, node.operand
        case ast.Compare(ops=[op]) if type(op) in COMPARED:
            edge, other = COMPARED[type(op)]
            says = "Look at what should happen where both are equal."
            yield "the boundary is on the wrong side", says, ast.Compare(node.left, [edge()], node.comparators)
            yield "a comparison the other way round", aloud, ast.Compare(node.left, [other()], node.comparators)
        case ast.IfExp():
            yield "the two cases are exchanged", aloud, ast.IfExp(node.test, node.orelse, node.body)


def _of_statement(node: ast.AugAssign | ast.Return) -> Iterator[Edit]:
    match node:
        case ast.AugAssign(op=ast.Add()):
            says = "Each turn of the loop adds its share; with `=` only the last one counts."
            yield "overwritten, not added up", says, ast.Assign([node.target], node.value)
        case ast.Return(value=ast.Tuple(elts=[a, b])):
            says = "Read in the description what comes first."
            yield "what is returned stands in the other order", says, ast.Return(ast.Tuple([b, a], ast.Load()))
        case ast.Return(value=ast.BinOp() | ast.Call() | ast.Name() as value):
            yield "the sign is turned round", SIGN, ast.Return(ast.UnaryOp(ast.USub(), value))


def _of_part(node: ast.Attribute | ast.Subscript) -> Iterator[Edit]:
    match node:
        case ast.Attribute(attr="T"):
            says = "Write the shapes of both factors down: the axis that is summed over must be the last and the first."
            yield "a transpose is missing", says, node.value
        case ast.Subscript(slice=ast.Slice(lower=None, upper=None, step=ast.UnaryOp(op=ast.USub()))):
            yield "the order is not turned round", "Look at what stands first, and what should.", node.value
        case ast.Subscript(value=ast.Attribute(attr="shape"), slice=ast.Constant(value=at)):
            for other in sorted({0, 1, 2, 3} - {at}):
                yield "the length of another axis", AXIS, ast.Subscript(node.value, ast.Constant(other), node.ctx)


def _of_number(value: object) -> Iterator[Edit]:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 100:
        for other in (value + 1, value - 1):
            yield "one too many, or one too few", OFF, ast.Constant(other)
    if isinstance(value, float) and value != 0:
        for half in (value / 2, value * 2):
            yield "a factor of 2", LEFT_OUT, ast.Constant(half)


def _of_operator(node: ast.BinOp, known: Collection[str]) -> Iterator[Edit]:
    op = type(node.op)
    if op in OPERATORS:
        other, name, why = OPERATORS[op]
        yield name, why, ast.BinOp(node.left, other(), node.right)
    if op is ast.MatMult:
        says = "Write the shapes of both factors down."
        yield "the factors of a product in the other order", says, ast.BinOp(node.right, ast.MatMult(), node.left)
    if op is ast.Sub:
        yield "the difference the other way round", SIGN, ast.BinOp(node.right, ast.Sub(), node.left)
    if op in (ast.Add, ast.Sub):
        yield _named("is not added" if op is ast.Add else "is not taken away", node.right, known), LEFT_OUT, node.left
        if op is ast.Add:
            yield _named("is not added", node.left, known), LEFT_OUT, node.right
    if op is ast.Mult:
        yield _named("is not multiplied by", node.right, known), LEFT_OUT, node.left
        yield _named("is not multiplied by", node.left, known), LEFT_OUT, node.right
    if op in (ast.Div, ast.FloorDiv):
        yield _named("is not divided by", node.right, known), LEFT_OUT, node.left
    if op is ast.Pow and isinstance(node.right, ast.Constant):
        yield "the square is left out", LEFT_OUT, node.left


def _named(says: str, part: ast.expr, known: Collection[str]) -> str:
    """What is done, with the part where it is short and made of arguments alone: the rest is the solution's own."""
    names = {one.id for one in ast.walk(part) if isinstance(one, ast.Name)}
    text = ast.unparse(part)
    if len(text) > 30 or not names <= {*known, "np", *dir(builtins)}:
        return {"multiplied": "a factor", "divided": "a divisor"}.get(says.split()[1], "a term") + " is left out"
    return f"it {says} `{text}`" if says.endswith("by") else f"`{text}` {says}"


def _of_call(node: ast.Call) -> Iterator[Edit]:
    called = node.func
    name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
    other = EXCHANGED.get(name, "")
    says = f"`{other}` answers another question than the one that is asked here."
    if other and isinstance(called, ast.Attribute):
        new = ast.Attribute(called.value, other, ast.Load())
        yield f"`{other}` where another belongs", says, ast.Call(new, node.args, node.keywords)
    elif other in dir(builtins):
        yield f"`{other}` where another belongs", says, ast.Call(ast.Name(other, ast.Load()), node.args, node.keywords)
    if name in PLAIN and node.args:
        yield f"`{name}` is left out", LEFT_OUT, node.args[0]
    if name == "where" and len(node.args) == 3:
        says = "np.where(condition, where it is true, where it is false)."
        yield "the two cases are exchanged", says, ast.Call(called, [node.args[0], node.args[2], node.args[1]], [])
    if name in ("std", "var"):
        says = "Here the sum is divided by n; n − 1 estimates the deviation of what a sample was drawn from."
        words = [*node.keywords, ast.keyword("ddof", ast.Constant(1))]
        yield "divided by n − 1", says, ast.Call(called, node.args, words)
    for i, word in enumerate(node.keywords):
        if word.arg == "axis":
            rest = [*node.keywords[:i], *node.keywords[i + 1 :]]
            yield "no axis is named", WHOLE, ast.Call(called, node.args, rest)
            for axis in (0, 1, 2) if isinstance(word.value, ast.Constant) else ():
                if axis != word.value.value:  # type: ignore[attr-defined]
                    words = [*rest, ast.keyword("axis", ast.Constant(axis))]
                    yield "the wrong axis", AXIS, ast.Call(called, node.args, words)
