"""A recurrent net on the six letters of a name: states forward, sizes of the gradient backward."""

from __future__ import annotations

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

NAME = "suzuki"
UNITS = 4
STEP = 58


def states_and_gradients(scale: float) -> tuple[np.ndarray, np.ndarray]:
    """The states ``(steps, units)`` and the norm of the gradient of the last state at each of them, ``(steps,)``.

    Args:
        scale: largest factor by which the recurrent weights stretch a vector.
    """
    rng = np.random.default_rng(2)
    inputs = {letter: rng.normal(size=UNITS) for letter in sorted(set(NAME))}
    weights = scale * np.linalg.qr(rng.normal(size=(UNITS, UNITS)))[0]
    states = [np.zeros(UNITS)]
    for letter in NAME:
        states.append(np.tanh(0.2 * inputs[letter] + states[-1] @ weights))
    gradient, norms = np.full(UNITS, 0.5), [1.0]
    for state in reversed(states[2:]):
        gradient = (gradient * (1 - state**2)) @ weights.T
        norms.append(float(np.linalg.norm(gradient)))
    return np.array(states[1:]), np.array(norms[::-1])


def frames() -> list[Frame]:
    """The unrolled net, the forward pass, and the gradient for two sizes of the recurrent weights."""
    told = [
        _unrolled(0, None).frame(
            "One cell, drawn once for each letter. All six copies share the same weights. An arrow carries the state."
        )
    ]
    told += [
        _unrolled(steps, None).frame(
            f"Forward: after letter {steps} the state is a vector of {UNITS} numbers (blue positive, amber negative)."
        )
        for steps in (1, 3, 6)
    ]
    for scale in (0.7, 1.7):
        norms = states_and_gradients(scale)[1]
        word = "shrinks to" if norms[0] < 1 else "grows to"
        told.append(
            _unrolled(6, scale).frame(
                "Backward: the gradient of the last state at each step, recurrent weights of "
                f"size {scale:g}. From 1 it "
                f"{word} {norms[0]:.2g} at the first letter."
            )
        )
    return told


def _unrolled(steps: int, scale: float | None) -> Canvas:
    """The cells with the states of the first steps; with a scale, bars for the gradient."""
    states, norms = states_and_gradients(0.7 if scale is None else scale)
    canvas = Canvas(
        "A recurrent net unrolled over six letters",
        "Six cells in a row, one for each letter of a name, joined by arrows; "
        + ("below them bars for the size of the gradient." if scale else "states are shown as columns of squares."),
        height=240,
    )
    for i, letter in enumerate(NAME):
        x = 12 + STEP * i
        canvas.box(x, 24, 34, 80, color="sea" if i < steps else "muted", strength=0.06)
        if i < steps:
            canvas.grid(x + 8, 28, states[i][:, None], cell=18, largest=float(np.abs(states).max()))
        canvas.text(x + 17, 16, f"h{'₁₂₃₄₅₆'[i]}", size=12, bold=i < steps)
        canvas.arrow(x + 17, 130, x + 17, 107)
        canvas.text(x + 17, 146, letter, size=15, bold=True)
        if i < 5:
            if scale is None:
                canvas.arrow(x + 35, 64, x + STEP - 1, 64, color="sea" if i + 1 < steps else "muted")
            else:
                canvas.arrow(x + STEP - 1, 64, x + 35, 64, color="amber")
        if scale is not None:
            high = 44 * float(norms[i]) / max(1.0, float(norms.max()))
            canvas.box(x + 4, 214 - high, 26, max(high, 1.0), color="amber", strength=0.6, radius=1)
            canvas.text(x + 17, 230, f"{norms[i]:.2f}", size=12)
    if scale is None:
        canvas.text(180, 185, "the same weights at every step", color="muted")
        canvas.line(20, 168, 340, 168, color="rule", dash="4 3")
    return canvas
