"""The bits of three types of numbers."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame

TYPES = (("float32", 8, 23), ("bfloat16", 8, 7), ("float16", 5, 10))
UNIT = 10.5


def frames() -> list[Frame]:
    """One picture."""
    canvas = Canvas(
        "Bits of float32, bfloat16 and float16",
        "Bars of 32, 16 and 16 bits: one for the sign, 8, 8 and 5 for the exponent, 23, 7 and 10 for the fraction.",
    )
    for row, (name, exponent, fraction) in enumerate(TYPES):
        y, x = 26 + 72 * row, 10.0
        canvas.text(x, y, name, anchor="start", bold=True)
        for bits, color, words in (
            (1, "muted", ""),
            (exponent, "amber", f"{exponent}"),
            (fraction, "sea", f"{fraction}"),
        ):
            canvas.box(x, y + 8, bits * UNIT, 28, words, color=color, radius=2, strength=0.3)
            x += bits * UNIT
    canvas.text(200, 120, "amber: exponent (range)", anchor="start", color="amber")
    canvas.text(200, 138, "blue: fraction (digits)", anchor="start", color="sea")
    return [
        canvas.frame("bfloat16 has the range of float32 and 2 to 3 digits; float16 more digits, and a small range.")
    ]
