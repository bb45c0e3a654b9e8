"""Clipping a gradient in two ways, and the probabilities of three letters at three temperatures."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

GRADIENT = np.array([4.0, 1.5])
LARGEST = 2.0
LETTERS, LOGITS = ("a", "o", "x"), np.array([3.0, 2.0, 0.0])
TEMPERATURES = (0.5, 1.0, 2.0)


def clipped() -> np.ndarray:
    """The gradient by one factor for all of its numbers."""
    return GRADIENT * min(1.0, LARGEST / float(np.linalg.norm(GRADIENT)))


def probabilities(temperature: float) -> np.ndarray:
    """Of the three letters, ``(3,)``."""
    e = np.exp((LOGITS - LOGITS.max()) / temperature)
    return np.asarray(e / e.sum())


def frames() -> list[Frame]:
    """The gradient, clipped by its norm, clipped number by number; then the temperatures."""
    norm = float(np.linalg.norm(GRADIENT))
    cut = np.clip(GRADIENT, -LARGEST / 2**0.5, LARGEST / 2**0.5)
    turned = np.degrees(np.arctan2(cut[1], cut[0]) - np.arctan2(GRADIENT[1], GRADIENT[0]))
    told = [
        _arrows(None).frame(
            f"A gradient with the norm {norm:.2f}. The circle shows the largest norm that is allowed, 2."
        ),
        _arrows(clipped()).frame(
            f"Clipping by the norm: both numbers times {LARGEST / norm:.2f}. The direction stays the same."
        ),
        _arrows(cut).frame(
            f"A limit for each number alone: the arrow turns by {abs(turned):.0f}°. This is clipping by value."
        ),
    ]
    for t in TEMPERATURES:
        p = ", ".join(f"{letter} {share:.3f}" for letter, share in zip(LETTERS, probabilities(t)))
        told.append(_bars(t).frame(f"Logits 3, 2, 0 at temperature {t:g}: probabilities {p}."))
    return told


def _arrows(short: np.ndarray | None) -> Canvas:
    """The gradient, the circle of the largest norm, and what clipping makes of it."""
    unit, x0, y0 = 58.0, 60.0, 190.0
    canvas = Canvas(
        "A gradient and its clipped form",
        "A long arrow and a quarter circle around its start"
        + (", and a shorter arrow that ends at the circle." if short is not None else "."),
        height=230,
    )
    canvas.line(x0, y0, 340, y0, color="rule")
    canvas.line(x0, y0, x0, 30, color="rule")
    turn = np.linspace(0, np.pi / 2, 40)
    canvas.curve(
        zip(x0 + LARGEST * unit * np.cos(turn), y0 - LARGEST * unit * np.sin(turn)),
        color="muted",
        width=1.4,
        dash="5 4",
    )
    canvas.text(x0 + 8, y0 - LARGEST * unit - 8, "norm 2", size=12, color="muted", anchor="start")
    canvas.arrow(
        x0, y0, x0 + GRADIENT[0] * unit, y0 - GRADIENT[1] * unit, color="sea" if short is None else "muted", width=2.4
    )
    canvas.text(
        x0 + 4 * unit - 10, y0 - 1.5 * unit - 12, "(4, 1.5)", size=12, color="sea" if short is None else "muted"
    )
    if short is not None:
        canvas.arrow(x0, y0, x0 + short[0] * unit, y0 - short[1] * unit, color="amber", width=3.2)
        canvas.text(
            x0 + short[0] * unit + 6,
            y0 - short[1] * unit + 24,
            f"({short[0]:.2f}, {short[1]:.2f})",
            size=13,
            color="amber",
            bold=True,
            anchor="start",
            halo=True,
        )
    canvas.text(200, 216, "first number of the gradient", size=12, color="muted")
    return canvas


def _bars(temperature: float) -> Canvas:
    """A bar for each letter."""
    canvas = Canvas("Probabilities of three letters", f"Three bars at temperature {temperature:g}.", height=230)
    canvas.text(180, 22, f"temperature τ = {temperature:g}", size=14, bold=True)
    canvas.line(40, 190, 330, 190, color="muted")
    for i, (letter, logit, p) in enumerate(zip(LETTERS, LOGITS, probabilities(temperature))):
        x = 66 + 92 * i
        canvas.box(x, 190 - 140 * p, 56, max(1.0, 140 * float(p)), color="sea", strength=0.55, radius=2)
        canvas.text(x + 28, 184 - 140 * p, f"{p:.3f}", size=13, bold=True)
        canvas.text(x + 28, 208, f"{letter}, logit {logit:g}", size=12)
    return canvas
