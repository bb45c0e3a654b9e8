"""What a difference measures, and how its error depends on the step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from fathom.learning.diagrams.axes import axes
from fathom.learning.diagrams.svg import Canvas, Frame

AT = 0.6


def frames() -> list[Frame]:
    """The two secants, and the measured errors."""
    return [_secant(False), _secant(True), _errors(False), _errors(True)]


def f(x: Any) -> Any:
    """A smooth function."""
    return np.exp(np.sin(2 * x)) / 2


def slope(x: float) -> float:
    """Its derivative."""
    return float(np.exp(np.sin(2 * x)) * np.cos(2 * x))


def _secant(central: bool) -> Frame:
    step = 0.3
    left, right = (AT - step, AT + step) if central else (AT, AT + step)
    found = (f(right) - f(left)) / (right - left)
    name = "central difference" if central else "one-sided difference"
    caption = (
        f"{'From both sides' if central else 'From one side'}: the line through two points (amber) has slope "
        f"{_minus(found)}. The tangent (blue) has {_minus(slope(AT))}."
    )
    canvas = Canvas(f"A {name}", "A curve with its tangent and a line through two of its points. " + caption)
    field = axes(canvas, 36, 20, 310, 180, (-0.4, 1.6), (0, 2), xticks=(0, 0.5, 1, 1.5), yticks=(0, 1, 2), xlabel="x")
    x = np.linspace(-0.4, 1.6, 161)
    field.curve(zip(x, f(x)), color="ink")
    field.curve([(AT - 1, f(AT) - slope(AT)), (AT + 1, f(AT) + slope(AT))], width=1.6)
    field.curve([(left - 1, f(left) - found), (left + 2, f(left) + 2 * found)], color="amber", width=1.6)
    field.dots([(left, float(f(left))), (right, float(f(right)))], color="amber", radius=4)
    canvas.text(340, 190, f"{name}, δ = {step}", anchor="end", size=12, bold=True)
    return canvas.frame(caption)


def _errors(single: bool) -> Frame:
    kind: Callable[[Any], Any] = np.float32 if single else np.float64
    powers = np.linspace(-14, 0, 113)
    rows: list[list[tuple[float, float]]] = [[], []]
    for power in powers:
        d = kind(10.0**power)
        at = kind(AT)
        up, here, down = (kind(f(kind(v))) for v in (at + d, at, at - d))
        for row, found in zip(rows, ((up - down) / (kind(2) * d), (up - here) / d)):
            row.append((float(power), float(np.log10(max(abs(float(found) - slope(AT)) / abs(slope(AT)), 1e-13)))))
    name = "float32" if single else "float64"
    canvas = Canvas(
        f"Error of differences in {name}", "Two curves in the form of a V over the step, both axes logarithmic."
    )
    field = axes(
        canvas, 44, 26, 300, 170, (-14, 0), (-13, 1), xticks=(-12, -8, -4, 0), yticks=(-12, -8, -4, 0),
        xlabel="step δ, as power of 10", ylabel="relative error, as power of 10",
    )  # fmt: skip
    field.curve(rows[0], width=1.8)
    field.curve(rows[1], color="amber", width=1.8, dash="5 2")
    canvas.text(340, 20, name, bold=True, anchor="end", size=13)
    best = min(rows[0], key=lambda one: one[1])
    field.text(-13.6, -12.6, "solid: central, dashed: one-sided", anchor="start", size=11, halo=True)
    return canvas.frame(
        f"Measured in {name}. To the right the step is too large, to the left rounding wins. Best central step: about "
        f"10{_raised(best[0])}, with an error of about 10{_raised(best[1])}."
    )


def _minus(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _raised(power: float) -> str:
    """A power of ten as a raised number."""
    return f"{power:.0f}".translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
