"""The graph of tanh(x·y + x): values forward, gradients backward."""

from __future__ import annotations

from math import tanh

from fathom.learning.diagrams.svg import Canvas, Frame

PLACES = {"x": (42, 76), "y": (42, 178), "×": (142, 160), "+": (228, 92), "tanh": (312, 92)}
EDGES = (("x", "×"), ("y", "×"), ("×", "+"), ("x", "+"), ("+", "tanh"))
X, Y = 0.5, 1.0


def frames() -> list[Frame]:
    """Forward, then backward step by step."""
    product = X * Y
    total = product + X
    out = tanh(total)
    values = {"x": X, "y": Y, "×": product, "+": total, "tanh": out}
    slope = 1 - out**2
    told: list[tuple[dict[str, str], tuple[str, ...], str]] = [
        ({}, (), "Forward: each node computes its value (blue) from its parents. The node x is used twice."),
        ({"tanh": "1"}, (), "Backward begins at the last node. Its gradient (amber) is 1 by definition."),
        ({"+": f"{slope:.2f}"}, ("tanh",), f"tanh multiplies by its derivative, 1 − {out:.2f}² = {slope:.2f}."),
        (
            {"×": f"{slope:.2f}", "x": f"{slope:.2f}"},
            ("+",),
            f"A sum passes its gradient on to both parents: {slope:.2f} each.",
        ),
        (
            {"y": f"{slope * X:.2f}", "x": f"{slope:.2f} + {slope * Y:.2f}"},
            ("×",),
            f"A product gives each parent the gradient times the other parent's value. x receives a second time, and "
            f"both parts are added: {slope + slope * Y:.2f}.",
        ),
    ]
    found, known = [], dict[str, str]()
    for gained, walked, caption in told:
        known |= gained
        found.append(_drawn(values, known, set(gained), walked).frame(caption))
    return found


def _drawn(values: dict[str, float], grads: dict[str, str], fresh: set[str], walked: tuple[str, ...]) -> Canvas:
    """The graph with the gradients that are known so far; the fresh ones and the edges just walked back stand out."""
    known = ", ".join(f"{name} {value}" for name, value in grads.items())
    canvas = Canvas(
        "The computation graph of tanh(x·y + x)",
        "Five nodes joined by arrows: x and y enter a product, the product and x enter a sum, the sum enters tanh. "
        + (f"Gradients so far: {known}." if known else "Only values are shown."),
        height=230,
    )
    for start, end in EDGES:
        (x1, y1), (x2, y2) = PLACES[start], PLACES[end]
        far = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
        dx, dy = (x2 - x1) / far * 25, (y2 - y1) / far * 25
        canvas.arrow(x1 + dx, y1 + dy, x2 - dx, y2 - dy)
        if end in walked:
            canvas.arrow(x2 - dx + 5, y2 - dy + 9, x1 + dx + 5, y1 + dy + 9, color="amber", dash="5 3")
    for name, (x, y) in PLACES.items():
        canvas.circle(x, y, 22, name, color="amber" if name in fresh else "muted", bold=True, size=13)
        canvas.text(x, y - 29, f"{values[name]:.2f}", color="sea", bold=True, size=13)
        if name in grads:
            canvas.text(x, y + 38, grads[name], color="amber", bold=True, size=13, halo=True)
    canvas.text(180, 18, "value above, gradient below", size=12, color="muted")
    return canvas
