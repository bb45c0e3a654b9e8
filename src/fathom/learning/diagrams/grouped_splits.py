"""Six speakers with eight recordings each, split at random and by group; and the place of a group by its hash."""

from __future__ import annotations

import zlib

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Frame

SPEAKERS = ("anna", "ben", "lucas", "theo", "chloe", "george")
RECORDINGS, TEST, DEV = 8, 0.15, 0.15
COLORS = {"train": "sea", "dev": "amber", "test": "violet"}


def place(name: str) -> float:
    """Of a group, from 0 to 1."""
    return zlib.crc32(name.encode()) / 2**32


def split(u: float) -> str:
    """The set of a place."""
    return "test" if u < TEST else "dev" if u < TEST + DEV else "train"


def frames() -> list[Frame]:
    """At random, by group, and how the hash decides."""
    rng = np.random.default_rng(4)
    random = [[split(u) for u in row] for row in rng.random((len(SPEAKERS), RECORDINGS))]
    torn = sum(len(set(row)) > 1 for row in random)
    told = [
        _grid(random).frame(
            f"A random split by recording: {torn} of {len(SPEAKERS)} speakers are in more than one set. "
            "Dev repeats voices of train."
        ),
        _grid([[split(place(name))] * RECORDINGS for name in SPEAKERS]).frame(
            "A split by speaker: each row has one colour. Dev and test have voices that train has not."
        ),
    ]
    for n in (2, len(SPEAKERS)):
        name = SPEAKERS[n - 1]
        told.append(
            _line(n).frame(
                f"A hash turns each name into a place from 0 to 1. {name}: {place(name):.3f}, so {split(place(name))}."
                + (" A new name does not move the others." if n > 2 else "")
            )
        )
    return told


def _legend(canvas: Canvas, y: float) -> None:
    for i, (name, color) in enumerate(COLORS.items()):
        canvas.box(92 + 80 * i, y - 11, 14, 14, color=color, strength=0.6, radius=2)
        canvas.text(112 + 80 * i, y, name, size=12, anchor="start")


def _grid(sets: list[list[str]]) -> Canvas:
    """A row for each speaker, a cell for each recording."""
    canvas = Canvas(
        "A split of recordings",
        "Six rows, one for each speaker, of eight cells; the colour of a cell is its set.",
        height=240,
    )
    for i, (name, row) in enumerate(zip(SPEAKERS, sets)):
        canvas.text(74, 34 + 31 * i, name, size=13, anchor="end")
        for j, one in enumerate(row):
            canvas.box(84 + 32 * j, 16 + 31 * i, 27, 25, color=COLORS[one], strength=0.6, radius=3)
    _legend(canvas, 226)
    return canvas


def _line(count: int) -> Canvas:
    """The places of the first speakers on a line."""
    canvas = Canvas(
        "Places by a hash",
        "A line from 0 to 1 in three parts, test, dev and train, with names at their places.",
        height=240,
    )
    left, wide = 24.0, 312.0
    for start, end, name in ((0.0, TEST, "test"), (TEST, TEST + DEV, "dev"), (TEST + DEV, 1.0, "train")):
        canvas.box(
            left + wide * start,
            140,
            wide * (end - start),
            26,
            name,
            color=COLORS[name],
            strength=0.3,
            radius=0,
            size=12,
            bold=True,
        )
    for share in (0.0, TEST, TEST + DEV, 1.0):
        canvas.text(left + wide * share, 184, f"{share:g}", size=12, color="muted")
    for n, name in enumerate(SPEAKERS[:count]):
        x, y = left + wide * place(name), 26.0 + 18 * n
        new = n == count - 1
        color = COLORS[split(place(name))]
        canvas.line(x, y + 5, x, 139, color=color, width=2.4 if new else 1.2)
        canvas.text(
            x + (4 if x < 250 else -4),
            y + 4,
            f"{name} {place(name):.3f}",
            size=12,
            color=color,
            bold=new,
            anchor="start" if x < 250 else "end",
            halo=True,
        )
    _legend(canvas, 226)
    return canvas
