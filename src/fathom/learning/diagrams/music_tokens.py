"""Three notes as a piano roll, and the tokens that write them."""

from __future__ import annotations

from fathom.learning.diagrams.svg import Canvas, Frame

NOTES = ((60, 2, 8), (64, 2, 3), (67, 40, 1))
"""Pitch, start and length, in the order in which they are written."""
STEPS = 42


def tokens() -> list[tuple[int, int, str]]:
    """Each token with the number of its note, and what it says."""
    found, now = [], 0
    for i, (pitch, start, length) in enumerate(NOTES):
        while now < start:
            wait = min(32, start - now)
            found.append((128 + wait, i, f"wait {wait}"))
            now += wait
        found += [(pitch, i, f"pitch {pitch}"), (160 + length, i, f"length {length}")]
    return found


def frames() -> list[Frame]:
    """The roll, then note after note."""
    told = [
        _drawn(-1).frame("Three notes in a piano roll. Time goes to the right, in steps; higher notes are further up.")
    ]
    clock = 0
    for i, (_pitch, start, _length) in enumerate(NOTES):
        own = [(token, word) for token, note, word in tokens() if note == i]
        words = ", ".join(f"{token} ({word})" for token, word in own)
        waited = "No wait: the clock stays" if start == clock else "The clock is set to"
        told.append(
            _drawn(i).frame(
                f"Note {i + 1}: {words}. {waited} at step {start}."
                if start == clock
                else f"Note {i + 1}: {words}. {waited} step {start}."
            )
        )
        clock = start
    return told


def _drawn(current: int) -> Canvas:
    """The roll above, the tokens up to the current note below."""
    canvas = Canvas(
        "Notes and their tokens", "Above bars for notes over time, below a row of numbered boxes.", height=250
    )
    wide, left = 7.2, 46.0
    for pitch in range(59, 69):
        y = 30 + 11 * (68 - pitch)
        canvas.line(left, y + 11, left + wide * STEPS, y + 11, color="rule", width=0.8)
        if pitch in (60, 64, 67):
            canvas.text(left - 6, y + 10, str(pitch), size=12, color="muted", anchor="end")
    for i, (pitch, start, length) in enumerate(NOTES):
        y = 30 + 11 * (68 - pitch)
        color = "amber" if i == current else "sea" if i < current or current < 0 else "muted"
        canvas.box(left + wide * start, y, wide * length, 11, color=color, strength=0.7, radius=2)
    for step in (0, 8, 16, 24, 32, 40):
        canvas.text(left + wide * step, 156, str(step), size=11, color="muted")
    if current >= 0:
        x = left + wide * NOTES[current][1]
        canvas.line(x, 20, x, 142, color="amber", width=2, dash="4 3")
        canvas.text(min(x, 330), 14, "clock", size=11, color="amber", bold=True)
    for n, (token, note, word) in enumerate(tokens()):
        if note <= current or current < 0:
            x, y = 10 + 70 * (n % 5), 168 + 40 * (n // 5)
            kind = "violet" if word.startswith("wait") else "sea"
            canvas.box(
                x,
                y,
                62,
                34,
                f"{token}\n{word}",
                color="amber" if note == current else kind,
                size=11,
                bold=note == current,
            )
    return canvas
