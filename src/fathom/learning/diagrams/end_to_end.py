"""Two ways from a sound to a digit, and their errors as straight lines on logarithmic axes."""

from __future__ import annotations

from math import log, log10

from fathom.learning.diagrams.axes import Axes, axes
from fathom.learning.diagrams.svg import Canvas, Frame

SIZES = (100.0, 1600.0)
STEPS, DIRECT = (0.30, 0.15), (0.60, 0.15)
PLANNED = 10_000.0


def law(errors: tuple[float, float]) -> tuple[float, float]:
    """a and b of the power law through two measurements."""
    b = log(errors[0] / errors[1]) / log(SIZES[1] / SIZES[0])
    return errors[0] * SIZES[0] ** b, b


def frames() -> list[Frame]:
    """The ways, the measurements, the lines, the choice."""
    (a, b), (c, d) = law(STEPS), law(DIRECT)
    crossing = (c / a) ** (1 / (d - b))
    steps, direct = a * PLANNED**-b, c * PLANNED**-d
    return [
        _ways().frame("Above: steps made by hand. Below: one net from the sound to the digit, learned as a whole."),
        _chart(0).canvas.frame("Both axes are logarithmic. Two errors for each way: at 100 and at 1,600 examples."),
        _chart(1).canvas.frame(
            f"A power law is a straight line here. Steps: {a:.2f} · n^−{b:g}. End to end: {c:.0f} · n^−{d:g}. "
            f"They cross at {crossing:,.0f}."
        ),
        _chart(2).canvas.frame(
            f"At 10,000 planned examples the lines say {steps:.3f} for steps and {direct:.3f} for end to end."
        ),
    ]


def _ways() -> Canvas:
    """Two rows of boxes."""
    canvas = Canvas(
        "Two ways to an answer",
        "Two rows: sound, spectrogram, net, digit; and sound, one large net, digit.",
        height=220,
    )
    for x, wide, words, color in (
        (6, 60, "sound", "muted"),
        (88, 92, "spectrogram\n(by hand)", "sea"),
        (202, 72, "net\n(learned)", "amber"),
        (296, 56, "digit", "muted"),
    ):
        canvas.box(x, 40, wide, 46, words, color=color, size=12)
    for x, wide, words, color in (
        (6, 60, "sound", "muted"),
        (88, 186, "one net (learned)", "amber"),
        (296, 56, "digit", "muted"),
    ):
        canvas.box(x, 140, wide, 46, words, color=color, size=12)
    for start, end, y in ((66, 87, 63), (180, 201, 63), (274, 295, 63), (66, 87, 163), (274, 295, 163)):
        canvas.arrow(start, y, end, y, color="muted", width=2)
    canvas.text(8, 26, "in steps", size=13, bold=True, anchor="start")
    canvas.text(8, 128, "end to end", size=13, bold=True, anchor="start")
    return canvas


def _chart(part: int) -> Axes:
    """Measurements; from 1 on the lines; from 2 on the planned size."""
    canvas = Canvas(
        "Errors over the number of examples",
        "Two straight lines on logarithmic axes; the steeper one starts higher, and they cross.",
        height=250,
    )
    field = axes(
        canvas,
        46,
        28,
        300,
        170,
        (1.5, 4.5),
        (-1.5, 0),
        xticks=(2, 3, 4),
        yticks=(-1.5, -1, -0.5, 0),
        xlabel="log10 of the examples",
        ylabel="log10 of the error",
    )
    for errors, color, name, where in (
        (STEPS, "sea", "steps", (2.04, -0.72)),
        (DIRECT, "amber", "end to end", (2.2, -0.16)),
    ):
        a, b = law(errors)
        if part:
            field.curve([(x, log10(a) - b * x) for x in (1.5, 4.5)], color=color, width=2.4)
        field.dots([(log10(n), log10(e)) for n, e in zip(SIZES, errors)], color=color, radius=5)
        field.text(*where, name, size=13, color=color, bold=True, anchor="start", halo=True)
        if part == 2:
            field.dots([(4, log10(a) - 4 * b)], color=color, radius=6, strength=0.4)
    if part == 2:
        field.curve([(4, -1.5), (4, 0)], color="ink", width=1.4, dash="4 3")
        field.text(3.96, -0.12, "planned", size=12, anchor="end", halo=True)
    return field
