"""Drawing for the lessons: boxes, arrows, grids, heat maps and text, as one SVG whose colours the page chooses.

The view box is 360 × 240 where nothing else is said: about the width of a telephone, so that a letter of 12 units is
read there. Colours are names, ``sea`` or ``ink``, which the page defines for its light and its dark form. What would
not be readable (letters that are too small, text outside of the picture) is refused where it is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from math import hypot
from typing import Any

import numpy as np

COLORS = ("ink", "muted", "rule", "sea", "amber", "violet", "good", "problem", "card", "paper")
"""Names that the page has a colour for."""
Points = Iterable[Any]
"""Pairs ``(x, y)`` of numbers, as tuples or as arrays."""
SMALLEST = 11
"""Units that a letter is high at least."""
LETTER = 0.55
"""Width of a letter in parts of its height, on average: by it is judged whether a text stays inside."""


@dataclass(frozen=True)
class Frame:
    """One step of a diagram.

    Attributes:
        svg: the picture, as text.
        caption: what to look at in it, in a sentence or two.
    """

    svg: str
    caption: str


class Canvas:
    """A picture that is being drawn.

    Args:
        title: what it is, in a few words, for who hears it.
        desc: what is to be seen in it, in a sentence, for who hears it.
        width, height: of the view box, in units; 360 units are the width of a telephone.
    """

    def __init__(self, title: str, desc: str, width: float = 360, height: float = 240) -> None:
        self.title, self.desc, self.width, self.height = title, desc, width, height
        self.parts: list[str] = []

    def add(self, tag: str, words: str = "", **attributes: object) -> None:
        """An element of SVG: ``stroke_width`` becomes ``stroke-width``; attributes that are None are left out."""
        told = " ".join(
            f'{name.replace("_", "-")}="{escape(_number(value) if isinstance(value, float) else str(value))}"'
            for name, value in attributes.items()
            if value is not None
        )
        self.parts.append(f"<{tag} {told}>{escape(words)}</{tag}>" if words else f"<{tag} {told}/>")

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float = 12,
        color: str = "ink",
        anchor: str = "middle",
        bold: bool = False,
        halo: bool = False,
    ) -> None:
        """Words whose base line is at y; ``\\n`` begins a new line.

        Args:
            x, y: in units.
            words: what is written.
            size: height of the letters in units, 11 at least.
            color: one of `COLORS`.
            anchor: what of the text is at x: its ``start``, ``middle`` or ``end``.
            bold: whether it is.
            halo: whether it has an edge of the ground's colour, to be read on lines.

        Raises:
            ValueError: the letters are too small, or the text leaves the picture.
        """
        if size < SMALLEST:
            raise ValueError(f"letters of {size} units cannot be read: take {SMALLEST} at least")
        for i, line in enumerate(words.split("\n")):
            at = y + i * size * 1.2
            self._inside(line, x, at, size, anchor)
            edge = {"stroke": "var(--card)", "stroke_width": 3.0, "paint_order": "stroke"} if halo else {}
            self.add(
                "text", line, x=float(x), y=float(at), font_size=size, fill=paint(color),
                text_anchor=None if anchor == "start" else anchor, font_weight=650 if bold else None, **edge,
            )  # fmt: skip

    def line(
        self, x1: float, y1: float, x2: float, y2: float, *, color: str = "muted", width: float = 1.5, dash: str = ""
    ) -> None:
        """A straight line; ``dash`` is that of SVG, such as ``4 3``."""
        self.add(
            "line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), stroke=paint(color), stroke_width=width,
            stroke_dasharray=dash or None,
        )  # fmt: skip

    def arrow(
        self, x1: float, y1: float, x2: float, y2: float, *, color: str = "muted", width: float = 1.6, dash: str = ""
    ) -> None:
        """A line with a head at its second end."""
        length = hypot(x2 - x1, y2 - y1) or 1.0
        dx, dy, head = (x2 - x1) / length, (y2 - y1) / length, 4.0 + 1.6 * width
        bx, by = x2 - dx * head, y2 - dy * head
        self.line(x1, y1, bx, by, color=color, width=width, dash=dash)
        half = head * 0.5
        tip = [(x2, y2), (bx - dy * half, by + dx * half), (bx + dy * half, by - dx * half)]
        self.add("polygon", points=_points(tip), fill=paint(color))

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        words: str = "",
        *,
        color: str = "muted",
        fill: str | None = None,
        strength: float = 0.14,
        size: float = 12,
        radius: float = 6,
        dash: str = "",
        bold: bool = False,
    ) -> None:
        """A box with words in its middle.

        Args:
            x, y: its left upper corner.
            width, height: in units.
            words: in the middle, lines separated by ``\\n``.
            color: of its edge.
            fill: of its inside; that of the edge without.
            strength: of the inside, from 0 (nothing) to 1.
            size: of the letters.
            radius: of the corners.
            dash: of the edge, as SVG has it.
            bold: whether the words are.
        """
        self.add(
            "rect", x=float(x), y=float(y), width=float(width), height=float(height), rx=radius, stroke=paint(color),
            fill=paint(fill or color), fill_opacity=strength, stroke_dasharray=dash or None, stroke_width=1.4,
        )  # fmt: skip
        if words:
            self._middle(x + width / 2, y + height / 2, words, size, bold)

    def outline(
        self, x: float, y: float, width: float, height: float, *, color: str = "amber", edge: float = 3.2
    ) -> None:
        """An empty rectangle with a strong edge, to mark what is inside."""
        self.add(
            "rect", x=float(x), y=float(y), width=float(width), height=float(height), fill="none", stroke=paint(color),
            stroke_width=edge,
        )  # fmt: skip

    def circle(
        self,
        x: float,
        y: float,
        radius: float,
        words: str = "",
        *,
        color: str = "muted",
        strength: float = 0.14,
        size: float = 12,
        dash: str = "",
        bold: bool = False,
    ) -> None:
        """A circle around x, y with words in its middle; ``strength`` fills it, from 0 to 1."""
        self.add(
            "circle", cx=float(x), cy=float(y), r=float(radius), stroke=paint(color), fill=paint(color),
            fill_opacity=strength, stroke_dasharray=dash or None, stroke_width=1.4,
        )  # fmt: skip
        if words:
            self._middle(x, y, words, size, bold)

    def curve(self, points: Points, *, color: str = "sea", width: float = 2.2, dash: str = "") -> None:
        """A line through points, ``(x, y)`` in units of the picture."""
        self.add(
            "polyline", points=_points(points), fill="none", stroke=paint(color), stroke_width=width,
            stroke_linejoin="round", stroke_dasharray=dash or None,
        )  # fmt: skip

    def area(self, points: Points, *, color: str = "sea", strength: float = 0.2) -> None:
        """A filled shape with these corners, ``(x, y)`` in units of the picture."""
        self.add("polygon", points=_points(points), fill=paint(color), fill_opacity=strength)

    def grid(
        self,
        x: float,
        y: float,
        values: Sequence[Sequence[float]] | np.ndarray,
        *,
        cell: float = 26,
        color: str = "sea",
        negative: str = "amber",
        largest: float | None = None,
        show: str = "",
        size: float = 12,
        marked: Iterable[tuple[int, int]] = (),
    ) -> None:
        """A matrix as squares: the larger a number, the stronger its colour (a heat map).

        Args:
            x, y: left upper corner, in units.
            values: numbers, ``(rows, columns)``.
            cell: side of a square.
            color, negative: of numbers above and below 0.
            largest: the size of number that has the strongest colour; that of the largest one without.
            show: how numbers are written, such as ``{:g}`` or ``{:.1f}``; they are not written without.
            size: of the letters.
            marked: ``(row, column)`` of squares that get a strong edge.
        """
        told = np.asarray(values, float)
        top = float(np.abs(told).max()) if largest is None else largest
        at = set(marked)
        for (row, column), value in np.ndenumerate(told):
            left, upper = x + column * cell, y + row * cell
            edge, strong = ("ink", 2.4) if (row, column) in at else ("rule", 1.0)
            self.add(
                "rect", x=float(left), y=float(upper), width=float(cell), height=float(cell), stroke=paint(edge),
                stroke_width=strong, fill=paint(color if value >= 0 else negative),
                fill_opacity=float(min(1.0, abs(value) / (top or 1.0)) * (0.55 if show else 0.9)),
            )  # fmt: skip
            if show:
                self._middle(left + cell / 2, upper + cell / 2, show.format(value).replace("-", "−"), size, False)

    def frame(self, caption: str) -> Frame:
        """What was drawn, and what to look at in it."""
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" role="img" '
            f'aria-label="{escape(self.title)}"><title>{escape(self.title)}</title><desc>{escape(self.desc)}</desc>'
        )
        return Frame(head + "".join(self.parts) + "</svg>", caption)

    def _middle(self, x: float, y: float, words: str, size: float, bold: bool) -> None:
        lines = words.count("\n") + 1
        self.text(x, y + size * 0.36 - (lines - 1) * size * 0.6, words, size=size, bold=bold)

    def _inside(self, line: str, x: float, y: float, size: float, anchor: str) -> None:
        left, right = extent(line, x, size, anchor)
        if left < 0 or right > self.width or y > self.height or y < size * 0.7:
            raise ValueError(
                f"the text {line!r} leaves the picture of {self.width:g} × {self.height:g}: it reaches from "
                f"{left:.0f} to {right:.0f} at height {y:.0f}"
            )


def extent(line: str, x: float, size: float, anchor: str) -> tuple[float, float]:
    """Where a line of text about begins and ends, in units."""
    wide = LETTER * size * len(line)
    left = x - {"start": 0.0, "middle": 0.5, "end": 1.0}[anchor] * wide
    return left, left + wide


def paint(color: str) -> str:
    """The page's variable of a colour.

    Raises:
        ValueError: the page has no such colour.
    """
    if color not in COLORS:
        raise ValueError(f"there is no colour {color!r}: there are {', '.join(COLORS)}")
    return f"var(--{color})"


def _number(value: float) -> str:
    """With two decimals at most, and no zeros at the end."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}"


def _points(points: Points) -> str:
    return " ".join(f"{_number(float(x))},{_number(float(y))}" for x, y in points)
