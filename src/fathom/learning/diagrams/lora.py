"""A frozen matrix, and two narrow ones beside it."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame

SIDE = 96.0
"""Side of the frozen matrix, in units of the picture, for a width of 96."""


def frames() -> list[Frame]:
    """Two ranks, and the merged matrix."""
    found = []
    for rank in (8, 24):
        share = 100 * 2 * rank / SIDE
        found.append(
            _drawn(rank).frame(
                f"Rank {rank} beside a frozen matrix of 96 × 96: A and B have {2 * rank * 96:,} numbers, "
                f"{share:.0f} % of the {96 * 96:,} of W."
            )
        )
    found.append(_merged().frame("After training A B is added to W once. The layer then costs what it did before."))
    return found


def _drawn(rank: float) -> Canvas:
    """Both ways from x to o."""
    canvas = Canvas(
        "Low-rank adaptation",
        f"From x a frozen square matrix W and two narrow matrices A and B of rank {rank:g} lead to a sum, o.",
        height=252,
    )
    canvas.box(44, 120, SIDE, SIDE, "W\nfrozen", color="muted", radius=2, size=13)
    canvas.area([(220, 216), (316, 216), (268 + rank / 2, 168), (268 - rank / 2, 168)], color="amber", strength=0.35)
    canvas.area([(268 - rank / 2, 168), (268 + rank / 2, 168), (316, 120), (220, 120)], color="sea", strength=0.35)
    canvas.text(324, 204, "A", anchor="start", bold=True, color="amber", size=14)
    canvas.text(324, 140, "B", anchor="start", bold=True, color="sea", size=14)
    canvas.text(206, 172, f"r = {rank:g}", size=12, color="muted")
    canvas.text(180, 246, "x", bold=True, size=14)
    canvas.arrow(172, 240, 100, 220)
    canvas.arrow(188, 240, 260, 220)
    canvas.circle(180, 58, 14, "+", size=14)
    canvas.arrow(96, 118, 166, 66)
    canvas.arrow(266, 118, 195, 66, color="sea")
    canvas.text(256, 82, "× α / r", size=12, color="sea", anchor="start")
    canvas.arrow(180, 44, 180, 26)
    canvas.text(180, 18, "o", bold=True, size=14)
    return canvas


def _merged() -> Canvas:
    """One matrix."""
    canvas = Canvas("The merged matrix", "One square matrix, W plus A B, leads from x to o.", height=252)
    canvas.box(132, 100, SIDE, SIDE, "W + α/r · A B", color="sea", radius=2, size=12, bold=True)
    canvas.text(180, 246, "x", bold=True, size=14)
    canvas.arrow(180, 232, 180, 200)
    canvas.arrow(180, 98, 180, 30)
    canvas.text(180, 18, "o", bold=True, size=14)
    return canvas
