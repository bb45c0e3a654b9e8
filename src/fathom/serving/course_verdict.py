"""What came of a check, as the page shows it: parts by name, arrays as cells, and the line that failed."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from fathom.learning.checking import Failure, Verdict
from fathom.learning.comparison import ATOL, RTOL, close
from fathom.learning.course import Exercise
from fathom.learning.render import FEW, MOST, PRINTED, _clean, apart, digits_of, parameters, shown

ITEMS = 6
"""Values of a tuple that are shown one by one."""


def record(exercise: Exercise, verdict: Verdict, text: str, printed: str = "") -> dict[str, Any]:
    """A verdict as JSON.

    Args:
        exercise: that was checked.
        verdict: of it.
        text: of the learner's file, where the line of the failure is looked for.
        printed: by the learner's code.
    """
    said = printed.strip("\n").splitlines() if printed.strip() else []
    failure = verdict.failure
    return {
        "passed": verdict.passed,
        "held": list(verdict.held),
        "compared": verdict.asserted,
        "seconds": round(verdict.seconds, 2),
        "seed": verdict.seed,
        "printed": [_clean(line) for line in said[:PRINTED]],
        "more": len(said) > PRINTED,
        "failure": None if failure is None else _failure(exercise, failure, text),
    }


def _failure(exercise: Exercise, failure: Failure, text: str) -> dict[str, Any]:
    line = failure.line or _defined(text, failure.name)
    told: dict[str, Any] = {
        "title": failure.title, "says": _clean(failure.says), "kind": failure.kind, "line": line,
        "raised": bool(failure.line), "function": failure.name, "call": "", "inputs": [], "yours": None,
        "expected": None, "difference": "", "tolerance": "", "parts": [], "mistake": failure.mistake,
        "why": failure.why,
    }  # fmt: skip
    if not failure.name:
        return told
    names = parameters(exercise, failure.name)[: len(failure.args)]
    told["call"] = f"{failure.name}({', '.join(names)})"
    told["inputs"] = [{"name": name, **cells(value)} for name, value in zip(names, failure.args)]
    if failure.expected is not None:
        digits = digits_of(failure.got, failure.expected)
        told["yours"] = cells(failure.got, failure.expected, digits, (failure.rtol or RTOL, failure.atol or ATOL))
        told["expected"] = cells(failure.expected, None, digits)
        told["difference"], told["tolerance"], told["parts"] = apart(exercise, failure)
    elif failure.got is not None:
        told["yours"] = cells(failure.got)
    return told


def cells(
    value: Any, against: Any = None, digits: int = FEW, tolerance: tuple[float, float] = (RTOL, ATOL)
) -> dict[str, Any]:
    """A value: its text; and of a small array its rows as well, each number with whether it is wrong.

    Args:
        value: to be shown.
        against: what it should be, where it is to be compared.
        digits: of fractions.
        tolerance: relative and absolute, to which it is compared.

    Returns:
        ``text``, ``shape``, ``rows``; and ``items``, the same for each value of a tuple that holds arrays.
    """
    told: dict[str, Any] = {"text": shown(value, digits), "shape": "", "rows": None, "items": []}
    if isinstance(value, tuple | list) and len(value) <= ITEMS and any(isinstance(v, np.ndarray) for v in value):
        alike = isinstance(against, tuple | list) and len(against) == len(value)
        told["items"] = [cells(v, against[i] if alike else None, digits, tolerance) for i, v in enumerate(value)]
    if not isinstance(value, np.ndarray):
        return told
    told["shape"] = f"({', '.join(map(str, value.shape))}{',' * (value.ndim == 1)})"
    if not 1 <= value.ndim <= 2 or not 0 < value.size <= MOST:
        return told
    other = np.asarray(against) if isinstance(against, np.ndarray | list) else None
    compared = other is not None and other.shape == value.shape
    rows = []
    for i, row in enumerate(np.atleast_2d(value)):
        expected = np.atleast_2d(other)[i] if compared and other is not None else row
        rows.append(
            [[_number(x, digits), bool(compared and not close(x, e, *tolerance))] for x, e in zip(row, expected)]
        )
    return {**told, "rows": rows}


def _number(x: Any, digits: int) -> str:
    if isinstance(x, np.floating):
        text = np.format_float_positional(x + 0.0, digits, trim="-") if 1e-4 <= abs(x) < 1e6 or x == 0 else f"{x:.4g}"
        return text.replace("-", "−")
    return str(x.item() if isinstance(x, np.generic) else x).replace("-", "−")


def _defined(text: str, name: str) -> int:
    """The line in which a function is defined; 0 where none is."""
    found = re.search(rf"^def {re.escape(name)}\b", text, re.M) if name else None
    return 0 if found is None else text.count("\n", 0, found.start()) + 1
