"""A shared body with four heads, labels that are missing, and the gradient of one batch."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame

TASKS = ("car", "person", "sign", "cyclist")
LABELS = ("1 1 – –", "1 0 1 –", "0 – 1 –")
"""Of three photos; a dash is missing."""


def known() -> list[int]:
    """How many labels each task has in the batch."""
    return [sum(row.split()[k] != "–" for row in LABELS) for k in range(len(TASKS))]


def frames() -> list[Frame]:
    """The net, the labels, the gradient, the step."""
    total = sum(known())
    return [
        _net("").frame(
            "One body computes features of the photo. Each of the four heads answers one yes-or-no question."
        ),
        _labels().frame(
            f"The labels of a batch of three photos. A dash is a missing label. {total} of 12 labels are "
            f"known, so the loss is a mean over {total}."
        ),
        _net("gradient").frame(
            "Backward: three heads have labels and send gradients down. The body receives their sum."
        ),
        _net("step").frame(
            "The step: the head for cyclists has no label in this batch. It is frozen, and weight "
            "decay leaves it alone, too."
        ),
    ]


def _net(part: str) -> Canvas:
    """Body and heads; what learns is amber."""
    canvas = Canvas(
        "One body, four heads",
        "A photo enters a box, the body, from which lines go to four boxes, the heads.",
        height=240,
    )
    canvas.box(6, 96, 50, 48, "photo", color="muted", size=12)
    canvas.arrow(57, 120, 79, 120, color="muted", width=2)
    canvas.box(
        82, 70, 96, 100, "shared\nbody", color="amber" if part else "sea", size=14, strength=0.25 if part else 0.14
    )
    for k, (name, count) in enumerate(zip(TASKS, known())):
        y = 12 + 57.0 * k
        live = count > 0
        color = "sea" if not part else "amber" if live else "rule"
        canvas.box(
            252,
            y,
            98,
            44,
            f"{name}\nfrozen" if part == "step" and not live else name,
            color=color,
            size=13,
            strength=0.25 if part and live else 0.1,
            dash="5 4" if part and not live else "",
        )
        if part == "gradient":
            if live:
                canvas.arrow(250, y + 22, 181, 96 + 16.0 * k, color="amber", width=1.2 + 0.8 * count)
        else:
            canvas.arrow(181, 96 + 16.0 * k, 250, y + 22, color="muted" if live or not part else "rule")
    words = {"": "4 sigmoids, not one softmax", "gradient": "sum of gradients", "step": "step with decay"}[part]
    canvas.text(118, 192, words, size=11, color="muted")
    return canvas


def _labels() -> Canvas:
    """The table of labels."""
    canvas = Canvas(
        "Labels of a batch", "Three rows, the photos, and four columns, the tasks; some cells have a dash.", height=220
    )
    for k, name in enumerate(TASKS):
        canvas.text(122 + 64 * k, 28, name, size=13, bold=True)
        canvas.text(
            122 + 64 * k,
            196,
            f"{known()[k]} known",
            size=12,
            color="ink" if known()[k] else "problem",
            bold=not known()[k],
        )
    for i, row in enumerate(LABELS):
        canvas.text(80, 68 + 46 * i, f"photo {i}", size=13, anchor="end")
        for k, value in enumerate(row.split()):
            missing = value == "–"
            canvas.box(
                92 + 64 * k,
                42 + 46 * i,
                60,
                42,
                value,
                color="rule" if missing else "sea",
                strength=0 if missing else 0.25,
                size=16,
                dash="4 3" if missing else "",
                bold=not missing,
            )
    return canvas
