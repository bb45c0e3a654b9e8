"""How an answer is compared with what is expected: shapes included, and to a tolerance that is told.

Central differences choose their step: one that is too large misses a bend, one too small drowns in rounding. Where no
two neighbouring steps agree well, the gradient is held to no more than they do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.learning.child import Tensor

Floats = NDArray[np.float64]

RTOL, ATOL = 1e-7, 1e-9
"""How far what is compared may lie apart: relative to what is expected, and absolutely."""

SLOPE_RTOL, SLOPE_ATOL = 1e-5, 1e-7
"""The same for gradients by central differences."""

STEP = 1e-5
"""The first step of central differences, over the size of what is moved."""

STEPS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)
"""Those that are tried where the first finds another gradient."""

NOTHING = "nothing comes back: is there a return?"
FLOAT32 = "these are float32 numbers, of 7 digits: compute in float64"
FLOAT16 = "these are float16 numbers, of 3 digits: compute in float64"
EXACT = 1e-12
"""How far two ways to compute the same in float64 may lie apart, relative to the largest number."""

TENSOR_RTOL = {"float64": RTOL, "float32": 1e-4, "float16": 1e-2, "bfloat16": 3e-2}
"""How far tensors of a type may lie apart, relative to what is expected; a tenth of it counts absolutely."""

CERTAIN = frozenset({NOTHING, FLOAT32, FLOAT16})
"""What is told whatever a property says of its failing."""

NEAR = 4
"""Digits that agree, from which on it is said how many do."""


def close(a: Any, b: Any, rtol: float = RTOL, atol: float = ATOL) -> bool:
    """Whether two values agree, shapes included."""
    return not differs(a, b, rtol, atol)


def differs(got: Any, expected: Any, rtol: float = RTOL, atol: float = ATOL) -> str:
    """How two values differ, or ""."""
    if got is None and expected is not None:
        return NOTHING
    return _differs(got, expected, rtol, atol)


def _differs(got: Any, expected: Any, rtol: float, atol: float) -> str:
    if expected is None:
        return "" if got is None else "None should come back"
    if got is None:
        return "there is a None where a value should be"
    if isinstance(expected, Tensor):
        return _tensors(got, expected, rtol, atol)
    if isinstance(got, Tensor):
        return "a tensor comes back, and something else should: a number by .item(), an array by .numpy()"
    if isinstance(expected, dict):
        if not isinstance(got, dict) or set(got) != set(expected):
            return "the keys differ"
        return next((w for k in expected if (w := _differs(got[k], expected[k], rtol, atol))), "")
    if isinstance(expected, set):
        return "" if set(got) == expected else "the sets differ"
    if isinstance(expected, list | tuple) and not _numeric(expected):
        if not isinstance(got, list | tuple | np.ndarray):
            return f"{len(expected)} values should come back"
        if len(got) != len(expected):
            return f"{len(got)} values come back, and {len(expected)} should"
        return next((w for g, e in zip(got, expected) if (w := _differs(g, e, rtol, atol))), "")
    if isinstance(expected, str | bool):
        return "" if not isinstance(got, np.ndarray | list | tuple) and got == expected else "the values differ"
    return _arrays(got, expected, rtol, atol)


def tolerance(expected: Any, rtol: float) -> float:
    """How far what comes back may lie from what is expected, which may hold tensors with fewer digits."""
    if isinstance(expected, Tensor):
        return max(rtol, TENSOR_RTOL.get(expected.dtype, rtol))
    held = expected.values() if isinstance(expected, dict) else expected if isinstance(expected, list | tuple) else ()
    return max((tolerance(one, rtol) for one in held), default=rtol)


def _tensors(got: Any, expected: Tensor, rtol: float, atol: float) -> str:
    """Tensors are compared with their types, to the digits that the type has."""
    if not isinstance(got, Tensor):
        return f"{type(got).__name__} comes back, and a tensor should"
    a, b = got.array, expected.array
    if a.shape != b.shape:
        return f"the shape is {a.shape}, and should be {b.shape}"
    if got.dtype != expected.dtype:
        return f"the type is {got.dtype}, and should be {expected.dtype}"
    if b.dtype.kind not in "fc":
        return "" if np.array_equal(a, b) else "the values differ"
    if not np.isfinite(a).all() and np.isfinite(b).all():
        return "a value is not finite"
    fine = tolerance(expected, rtol)
    size = float(np.abs(b[np.isfinite(b)]).max(initial=0.0))
    held = np.allclose(a, b, rtol=fine, atol=max(atol, 0.1 * fine * size, 0.1 * fine), equal_nan=True)
    return "" if held else "the values differ"


def _arrays(got: Any, expected: Any, rtol: float, atol: float) -> str:
    try:
        a, b = np.asarray(got), np.asarray(expected)
    except ValueError:
        return "the rows have different lengths"
    if a.dtype.kind not in "bifuc":
        return "" if a.shape == b.shape and np.array_equal(a, b) else "the values differ"
    if a.shape != b.shape:
        return f"the shape is {a.shape}, and should be {b.shape}"
    if not np.isfinite(a).all() and np.isfinite(b).all():
        return "a value is not finite"
    holds = np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
    if (rtol <= RTOL or not holds) and (told := _coarse(a, b)):
        return told
    if holds:
        return ""
    digits = _digits(a, b)
    if digits >= NEAR:
        return f"the values agree to {digits} digits only: is a small number added somewhere, or something float32?"
    return "the values differ"


def _coarse(a: NDArray[Any], b: NDArray[Any]) -> str:
    """That the numbers have fewer digits than float64, where that alone makes the difference; "" elsewhere.

    Told by the values: a single number has lost its type on the way here. Some float32 would pass by luck, and others
    not: all are refused that are further off than float64 ever is.
    """
    floats = a.dtype.kind == b.dtype.kind == "f"
    if not floats or not np.isfinite(a).all() or not np.isfinite(b).all():
        return ""
    if np.allclose(a, b, rtol=EXACT, atol=EXACT * float(np.abs(b).max(initial=0.0))):
        return ""
    with np.errstate(over="ignore"):
        halves, singles = a.astype(np.float16).astype(a.dtype), a.astype(np.float32).astype(a.dtype)
    for same, eps, says in ((halves, np.finfo(np.float16).eps, FLOAT16), (singles, np.finfo(np.float32).eps, FLOAT32)):
        fine = 16 * float(eps)
        if np.array_equal(a, same) and np.allclose(a, b, rtol=fine, atol=fine * float(np.abs(b).max(initial=0.0))):
            return says
    return ""


def _digits(a: NDArray[Any], b: NDArray[Any]) -> int:
    """To how many digits of the largest number two arrays agree; 0 where that cannot be said."""
    size = float(np.abs(b).max(initial=0.0))
    apart = float(np.abs(a.astype(complex) - b).max(initial=0.0))
    if not np.isfinite(apart) or not np.isfinite(size) or size == 0 or apart == 0:
        return 0
    return int(np.floor(np.log10(size / apart)))


def _numeric(values: Sequence[Any]) -> bool:
    """Whether a list or tuple holds plain numbers only."""
    return bool(values) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)


def allowed(slope: Any) -> Any:
    """How far a gradient may lie from that of central differences."""
    return SLOPE_ATOL + SLOPE_RTOL * np.abs(slope)


def central(f: Callable[[Floats], Any], x: Floats, upstream: Any, claimed: Any) -> tuple[Floats, Floats]:
    """The gradient by central differences, and how unsure each number of it is beyond the usual tolerance.

    Args:
        f: of an array like x.
        x: where.
        upstream: the gradient that arrives from above, of the shape of ``f(x)``.
        claimed: the gradient that is checked: where it agrees at the first step, no other is tried.
    """
    numeric, unsure = np.zeros(x.shape), np.zeros(x.shape)
    compared = np.asarray(claimed) if np.shape(claimed) == x.shape else np.full(x.shape, np.nan)

    def slope(at: tuple[int, ...], step: float) -> float:
        h = step * max(1.0, abs(float(x[at])))
        up, down = x.copy(), x.copy()
        up[at] += h
        down[at] -= h
        return float(np.sum(upstream * (np.asarray(f(up)) - np.asarray(f(down)))) / (2 * h))

    here = np.asarray(f(x))
    eps = float(np.finfo(here.dtype).eps) if here.dtype.kind == "f" else 0.0
    rounding = eps * float(np.sum(np.abs(upstream * here))) / np.array(STEPS[1:])  # what it makes of a slope
    for at in np.ndindex(*x.shape):
        numeric[at] = slope(at, STEP)
        if np.isfinite(compared[at]) and abs(compared[at] - numeric[at]) > allowed(numeric[at]):
            tried = np.array([slope(at, step) for step in STEPS])
            gaps = np.abs(np.diff(tried)) + rounding
            if np.isfinite(gaps).any():
                best = int(np.nanargmin(gaps))
                numeric[at], unsure[at] = tried[best + 1], 2 * gaps[best]
    return numeric, unsure
