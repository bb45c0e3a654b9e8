"""One step of a GRU: the update gate mixes the old state with a candidate."""

from __future__ import annotations

from math import tanh

from fathom.learning.diagrams.svg import Canvas, Frame

STATE, NEW = 0.8, tanh(1.3)
"""The old state, and the candidate."""


def frames() -> list[Frame]:
    """A gate in between, one that keeps, and one that replaces."""
    told = (
        (0.75, "An update gate of 0.75 keeps three quarters of the state (blue) and takes a quarter of the candidate."),
        (1.0, "An update gate of 1: the state passes unchanged, and so does its gradient."),
        (0.0, "An update gate of 0: the candidate replaces the state."),
    )
    return [_drawn(update).frame(caption) for update, caption in told]


def _drawn(update: float) -> Canvas:
    """The step with this update gate."""
    after = update * STATE + (1 - update) * NEW
    canvas = Canvas(
        "One step of a GRU",
        f"The state {STATE:g} runs along the top, is multiplied by the update gate {update:g}, and the candidate "
        f"{NEW:.2f} is added with weight {1 - update:g}: the new state is {after:.2f}.",
    )
    kept, taken = ("sea" if update else "rule"), ("amber" if update < 1 else "rule")
    canvas.arrow(46, 56, 150, 56, color="sea", width=2.4)
    canvas.arrow(180, 56, 244, 56, color=kept, width=2.4)
    canvas.arrow(274, 56, 322, 56, color="sea", width=2.4)
    canvas.text(26, 52, "h", bold=True, size=14)
    canvas.text(26, 68, f"{STATE:.2f}", color="sea")
    canvas.text(340, 52, "h'", bold=True, size=14)
    canvas.text(338, 68, f"{after:.2f}", color="sea")
    canvas.circle(165, 56, 14, "×", color=kept, size=14)
    canvas.circle(259, 56, 14, "+", color="muted", size=14)
    canvas.text(165, 26, f"u = {update:g}", color="sea", bold=True)
    canvas.arrow(259, 104, 259, 72, color=taken, width=2.4)
    canvas.circle(259, 118, 14, "×", color=taken, size=14)
    canvas.text(279, 122, f"1 − u = {1 - update:g}", color="amber", anchor="start", bold=True)
    canvas.arrow(259, 162, 259, 134, color=taken, width=2.4)
    canvas.box(196, 164, 126, 32, f"n = tanh(…) = {NEW:.2f}", color="amber")
    canvas.line(92, 56, 92, 166, color="violet", dash="4 3")
    canvas.circle(92, 180, 14, "×", color="violet", size=14)
    canvas.text(72, 184, "r", color="violet", bold=True, anchor="end")
    canvas.arrow(107, 180, 194, 180, color="violet")
    canvas.arrow(259, 224, 259, 198)
    canvas.text(247, 224, "x", bold=True, size=14)
    canvas.text(100, 128, "what the candidate\nsees of h", size=11, color="muted", anchor="start")
    return canvas
