"""What the course says in the terminal."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from fathom.learning.checking import Failure, Verdict
from fathom.learning.child import Tensor
from fathom.learning.comparison import close
from fathom.learning.course import Exercise, course
from fathom.learning.workspace import Workspace

MOST = 40
"""Numbers of an array that are written out."""

FEW, EVERY = 5, 17
"""Digits of fractions that are written out: so many, and more where they would look alike."""

PRINTED = 12
"""Lines of what the learner's code printed that are shown: the first, which are of the smallest inputs."""


def verdict_lines(exercise: Exercise, verdict: Verdict, printed: str = "", name: str = "") -> RenderableType:
    """What held, what did not, and on which input it shows; `name` is what was checked, if not the exercise's file."""
    lines: list[RenderableType] = [Text(f"{exercise.id}  {exercise.title}", style="bold")]
    lines += [Text(f"  ✓ {title}", style="green") for title in verdict.held]
    failure = verdict.failure
    if failure is None:
        lines.append(Text(f"  all {verdict.asserted} comparisons hold   {verdict.seconds:.2f} s", style="bold green"))
    elif failure.kind == "unwritten":
        lines.append(Text(f"  ○ {failure.says}", style="yellow"))
    else:
        lines += _failure(exercise, failure)
        if failure.kind == "wrong":
            lines.append(
                Text(f"    fathom learn check {name or exercise.id} --seed {verdict.seed}   repeats this", style="dim")
            )
    if printed.strip():
        said = printed.strip("\n").splitlines()
        lines += [
            Text("  printed:", style="dim"),
            *[Text(f"    {_clean(line)}", style="dim") for line in said[:PRINTED]],
        ]
        if len(said) > PRINTED:
            lines.append(Text("    …", style="dim"))
    return Group(*lines)


def apart(exercise: Exercise, failure: Failure) -> tuple[str, str, list[str]]:
    """How far what came out lies from what should have: the largest difference and its place, the tolerance, and which
    of several values are wrong; "" and [] where that cannot be said."""
    parts = _wrong_parts(exercise, failure)
    several = len(failure.expected) if isinstance(failure.expected, tuple) else 0
    difference = furthest(failure.got, failure.expected, _returned(exercise, failure.name, several))
    allowed = f"{failure.rtol:g} of what is expected, plus {failure.atol:g}" if difference else ""
    return difference, allowed, parts


def _failure(exercise: Exercise, failure: Failure) -> list[RenderableType]:
    lines: list[RenderableType] = [Text(f"  ✗ {failure.title}", style="red"), Text(f"    {_clean(failure.says)}")]
    if failure.name:
        names = parameters(exercise, failure.name)[: len(failure.args)]
        lines.append(Text(f"    {failure.name}({', '.join(names)})", style="bold"))
        table = Table.grid(padding=(0, 2))
        for name, value in zip(names, failure.args):
            table.add_row(Text(name, style="cyan"), Text(shown(value)))
        if failure.expected is not None:
            digits = digits_of(failure.got, failure.expected)
            table.add_row(Text("yours", style="red"), Text(shown(failure.got, digits)))
            table.add_row(Text("expected", style="green"), Text(shown(failure.expected, digits)))
            difference, allowed, parts = apart(exercise, failure)
            if parts:
                lines.append(Text(f"    wrong of what comes back: {', '.join(parts)}"))
            if difference:
                table.add_row(Text("difference"), Text(difference))
                table.add_row(Text("tolerance"), Text(allowed))
        elif failure.got is not None:
            table.add_row(Text(f"{failure.name} gives", style="red"), Text(shown(failure.got)))
        lines.append(Padding(table, (0, 0, 0, 4)))
    if failure.mistake:
        lines.append(Padding(Text.assemble((f"{failure.mistake}: ", "bold yellow"), failure.why), (0, 0, 0, 4)))
    return lines


def parameters(exercise: Exercise, name: str) -> list[str]:
    """What the arguments of a function of the exercise are called."""
    for node in ast.parse(exercise.solution).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            return [one.arg for one in node.args.args]
    return [f"argument {i}" for i in range(1, 20)]


def shown(value: Any, digits: int = FEW) -> str:
    """A value in few words: small arrays whole, large ones by their shape; fractions to so many digits."""
    if isinstance(value, Tensor):
        return f"{value.dtype} {shown(value.array, digits)}"
    if isinstance(value, np.ndarray):
        if value.size > MOST:
            some = ", ".join(shown(x, digits) for x in value.ravel()[:4].tolist())
            return f"shape {value.shape}: {some}, …"
        plain = value + 0.0 if value.dtype.kind == "f" else value  # no -0.
        small = digits == FEW
        return np.array2string(plain, precision=digits, separator=", ", suppress_small=small, max_line_width=90)
    if isinstance(value, float):
        return f"{value + 0.0:.{digits + 1}g}"
    if isinstance(value, tuple | list):
        inner = ", ".join(shown(v, digits) for v in value)
        return f"({inner}{',' * (len(value) == 1)})" if isinstance(value, tuple) else f"[{inner}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {shown(v, digits)}" for k, v in value.items()) + "}"
    text = getattr(value, "source", None) or (
        f"generator with seed {value.seed}" if hasattr(value, "seed") else repr(value)
    )
    return text if len(text) < 300 else text[:300] + "…"


def digits_of(got: Any, expected: Any) -> int:
    """Digits at which what came out and what should have are not shown alike."""
    alike = (n for n in range(FEW, EVERY) if shown(got, n) != shown(expected, n))
    return next(alike, FEW)


def furthest(got: Any, expected: Any, names: Sequence[str] = ()) -> str:
    """Where two answers of the same shape lie furthest apart, and how far; "" where that is no number.

    Args:
        got, expected: the answers; of several values the first that differs counts.
        names: of several values.
    """
    if isinstance(expected, tuple | list) and isinstance(got, tuple | list) and len(got) == len(expected):
        wrong = [i for i, (g, e) in enumerate(zip(got, expected)) if not close(g, e)]
        if wrong and not all(isinstance(v, int | float) for v in expected):
            apart = furthest(got[wrong[0]], expected[wrong[0]])
            return f"{apart} of {names[wrong[0]] if wrong[0] < len(names) else f'[{wrong[0]}]'}" if apart else ""
    try:
        a, b = np.asarray(got), np.asarray(expected)
    except ValueError:  # of lists of different lengths
        return ""
    if a.shape != b.shape or a.dtype.kind not in "iufc" or b.dtype.kind not in "iufc" or not a.size:
        return ""
    apart_by = np.abs(a - b)
    at = np.unravel_index(int(np.argmax(np.where(np.isnan(apart_by), np.inf, apart_by))), a.shape)
    where = f" at [{', '.join(map(str, at))}]" if a.ndim else ""
    return f"{apart_by[at]:.2g}{where}"


def _wrong_parts(exercise: Exercise, failure: Failure) -> list[str]:
    """Which of several values that come back differ, by their names where these are known; [] where all do."""
    got, expected = failure.got, failure.expected
    if not isinstance(expected, tuple) or not isinstance(got, tuple | list) or not 2 <= len(expected) == len(got) <= 6:
        return []
    names = _returned(exercise, failure.name, len(expected))
    wrong = [name for name, g, e in zip(names, got, expected) if not close(g, e)]
    return wrong if len(wrong) < len(expected) else []


def _returned(exercise: Exercise, name: str, n: int) -> list[str]:
    """What the values are called that a function returns: as its docstring or the solution does, or by their number."""
    names = [f"the {number}" for number in ("first", "second", "third", "fourth", "fifth", "sixth")][:n]
    for node in ast.parse(exercise.solution).body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            told = list(dict.fromkeys(re.findall(r"\bd_\w+", (ast.get_docstring(node) or "").partition("eturns")[2])))
            last = node.body[-1]
            if len(told) == n:
                return told
            if isinstance(last, ast.Return) and isinstance(last.value, ast.Tuple) and len(last.value.elts) == n:
                return [v.id if isinstance(v, ast.Name) else i for v, i in zip(last.value.elts, names)]
    return names


def coloured(code: str) -> Text:
    """Python in the terminal's own colours, but neither white nor black: it is read on both."""
    from pygments import token  # type: ignore[import-untyped]
    from rich.style import Style
    from rich.syntax import ANSISyntaxTheme, Syntax

    theme = ANSISyntaxTheme(
        {
            token.Comment: Style(dim=True),
            token.Keyword: Style(color="magenta"),
            token.String: Style(color="green"),
            token.Number: Style(color="cyan"),
            token.Name.Function: Style(color="blue", bold=True),
        }
    )
    return Syntax(code, "python", theme=theme, background_color="default").highlight(code)


def course_table(workspace: Workspace) -> RenderableType:
    """All exercises, and where one stands."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    current = workspace.current()
    for part in course():
        table.add_row("", Text(f"{part.number}  {part.title}", style="bold"), "")
        for one in part.exercises:
            state = workspace.state(one)
            mark = "·"
            if state.solved:
                mark = "[yellow]~[/]" if state.stale(one) else "[green]✓[/]"
            elif state.begun:
                mark = "○"
            note = "stale: check it again" if state.stale(one) else ""
            if current is not None and one.id == current.id:
                note = "← here"
            table.add_row(mark, f"{one.id:5}{escape(one.title)}", Text(note, style="dim"))
        if part.project:
            table.add_row("", Text(f"     project: {part.project}", style="dim"), "")
    return table


def standing(workspace: Workspace) -> RenderableType:
    """Where one stands, and what is next."""
    done, whole = workspace.solved(), sum(len(part.exercises) for part in course())
    lines: list[RenderableType] = [Text(f"{done} of {whole} exercises solved", style="bold")]
    today, later = workspace.reviews_today()
    if today:
        more = f", {later} more on the next days" if later else ""
        lines.append(Text(f"{len(today)} to review today{more}: fathom learn review", style="yellow"))
    one = workspace.current()
    if one is None:
        lines.append(Text("All are solved. fathom learn project lists what to do with them.", style="green"))
        return Group(*lines)
    lines += [Text(), task(workspace, one)]
    return Group(*lines)


def task(workspace: Workspace, one: Exercise) -> RenderableType:
    """What an exercise asks: predict, write, check."""
    state = workspace.state(one)
    lines: list[RenderableType] = [Text(f"{one.id}  {one.title}", style="bold cyan")]
    if state.predicted is None:
        asked = workspace.asked(one)
        lines += [Text(f"  predict   {asked.question}")]
        lines += [Text(f"            {chr(97 + i)}) {choice}") for i, choice in enumerate(asked.choices)]
        lines.append(Text("            fathom learn predict a", style="dim"))
    lines += [
        Text(f"  read      fathom learn lesson {one.id}      (in the browser: fathom learn --web)"),
        Text(f"  write     {', '.join(one.write)} in {workspace.path(one)}"),
        Text("  check     fathom learn check      (at each save: fathom learn watch)"),
        Text("  stuck     fathom learn hint"),
    ]
    return Group(*lines)


def _clean(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)[:500]
