"""One step of two batches: what stands in .grad after each line of the loop."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame

LINES = ("zero_grad()", "backward(), batch 1", "backward(), batch 2", "clip to norm 2", "step()")
GRADS, WEIGHT, RATE = (0.0, 1.5, 4.0, 2.0, 2.0), 1.0, 0.1


def frames() -> list[Frame]:
    """Line by line, with the numbers of the lesson."""
    told = (
        "At the start of a step .grad is emptied.",
        "The first batch adds half of its gradient: 3 / 2 = 1.5.",
        "The second adds half of its own: 1.5 + 5 / 2 = 4.",
        "The norm 4 is above the limit 2: the gradient is halved.",
        "The optimizer steps: 1 − 0.1 · 2 = 0.8.",
    )
    return [_drawn(i).frame(caption) for i, caption in enumerate(told)]


def _drawn(now: int) -> Canvas:
    canvas = Canvas(
        "One step of the training loop",
        f"Five lines of the loop, of which {LINES[now]} is marked; .grad is {GRADS[now]:g} after it.",
    )
    for i, line in enumerate(LINES):
        canvas.box(10, 12 + 44 * i, 170, 34, line, color="amber" if i == now else "muted", bold=i == now)
        if i:
            canvas.arrow(95, 12 + 44 * i - 9, 95, 11 + 44 * i, width=1.2)
    canvas.text(270, 40, ".grad", color="muted")
    canvas.box(225, 50, 90, 40, f"{GRADS[now]:g}", color="sea", size=16, bold=True)
    canvas.text(270, 140, "weight", color="muted")
    weight = WEIGHT - RATE * GRADS[now] if now == len(LINES) - 1 else WEIGHT
    canvas.box(225, 150, 90, 40, f"{weight:g}", color="violet", size=16, bold=True)
    return canvas
