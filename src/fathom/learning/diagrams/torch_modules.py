"""What a module knows of its attributes: who is trained, who is saved, who moves."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame

ROWS = (
    ("nn.Parameter", "sea", (True, True, True)),
    ("register_buffer", "violet", (False, True, True)),
    ("nn.ModuleList", "sea", (True, True, True)),
    ("plain tensor", "problem", (False, False, False)),
    ("list of layers", "problem", (False, False, False)),
)
COLUMNS = (("trained", 178), ("saved", 246), ("moved", 314))


def frames() -> list[Frame]:
    """One table."""
    canvas = Canvas(
        "What a module finds",
        "Five kinds of attributes, and whether parameters(), state_dict() and to(device) find them. "
        "Plain tensors and plain lists are found by none.",
    )
    for name, x in COLUMNS:
        canvas.text(x, 20, name, color="muted")
    for row, (name, color, found) in enumerate(ROWS):
        y = 32 + 40 * row
        canvas.box(8, y, 128, 30, name, color=color)
        for (_, x), yes in zip(COLUMNS, found):
            canvas.circle(x, y + 15, 11, "✓" if yes else "–", color="good" if yes else "muted", bold=True)
    caption = "Found by parameters() (trained), by state_dict() (saved) and by .to(device) (moved)."
    return [canvas.frame(caption)]
