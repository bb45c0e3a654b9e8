"""Axes of a diagram: curves, points and bars in the numbers of the axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fathom.learning.diagrams.svg import Canvas, Points


@dataclass(frozen=True)
class Axes:
    """A field of a picture with two axes.

    Attributes:
        canvas: on which is drawn.
        x, y: left upper corner of the field, in units of the picture.
        width, height: of the field, in units.
        xs, ys: smallest and largest number of each axis.
    """

    canvas: Canvas
    x: float
    y: float
    width: float
    height: float
    xs: tuple[float, float]
    ys: tuple[float, float]

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the axes lies in the picture."""
        (a, b), (c, d) = self.xs, self.ys
        return self.x + (x - a) / (b - a) * self.width, self.y + (d - y) / (d - c) * self.height

    def draw(self, xticks: Sequence[float], yticks: Sequence[float], xlabel: str, ylabel: str, number: str) -> None:
        """The axes themselves, with their numbers and names."""
        low, left = self.y + self.height, self.x
        for tick in yticks:
            _, y = self.at(self.xs[0], tick)
            self.canvas.line(left, y, left + self.width, y, color="rule", width=1)
            self.canvas.text(left - 5, y + 4, _minus(number.format(tick)), size=11, color="muted", anchor="end")
        for tick in xticks:
            x, _ = self.at(tick, self.ys[0])
            self.canvas.line(x, low, x, low + 4, color="muted", width=1)
            self.canvas.text(x, low + 15, _minus(number.format(tick)), size=11, color="muted")
        self.canvas.line(left, low, left + self.width, low, color="muted", width=1)
        self.canvas.line(left, self.y, left, low, color="muted", width=1)
        if xlabel:
            self.canvas.text(left + self.width / 2, low + 28, xlabel, size=11, color="muted")
        if ylabel:
            self.canvas.text(max(4, left - 28), self.y - 6, ylabel, size=11, color="muted", anchor="start")

    def curve(self, points: Points, *, color: str = "sea", width: float = 2.2, dash: str = "") -> None:
        """A line through points ``(x, y)`` of the axes; what leaves the field is cut off at its edge."""
        runs: list[list[tuple[float, float]]] = [[]]
        previous: tuple[float, float] | None = None
        for point in ((float(x), float(y)) for x, y in points):
            cut = None if previous is None else _clipped(previous, point, self.xs, self.ys)
            if cut is not None:
                if not runs[-1] or runs[-1][-1] != cut[0]:
                    runs.append([cut[0]])
                runs[-1].append(cut[1])
            previous = point
        for run in runs:
            if len(run) > 1:
                self.canvas.curve([self.at(*point) for point in run], color=color, width=width, dash=dash)

    def dots(self, points: Points, *, color: str = "sea", radius: float = 2.6, strength: float = 1.0) -> None:
        """A dot at each point ``(x, y)`` that lies in the field."""
        for x, y in points:
            if self.xs[0] <= x <= self.xs[1] and self.ys[0] <= y <= self.ys[1]:
                self.canvas.circle(*self.at(x, y), radius, color=color, strength=strength)

    def bars(
        self, edges: Sequence[float] | np.ndarray, heights: Sequence[float] | np.ndarray, *, color: str = "sea",
        strength: float = 0.45,
    ) -> None:  # fmt: skip
        """Bars from the lower end of the axis: one edge more than heights, as ``np.histogram`` gives them."""
        for left, right, high in zip(edges, edges[1:], heights):
            (a, top), (b, low) = self.at(left, min(float(high), self.ys[1])), self.at(right, self.ys[0])
            self.canvas.box(a, top, b - a, max(0.0, low - top), color=color, strength=strength, radius=0)

    def text(self, x: float, y: float, words: str, **how: object) -> None:
        """Words at a point of the axes; see `Canvas.text`."""
        self.canvas.text(*self.at(x, y), words, **how)  # type: ignore[arg-type]

    def ellipse(self, x: float, y: float, rx: float, ry: float, *, color: str = "muted", width: float = 0.7) -> None:
        """A level line of a bowl around x, y, with its half axes in the numbers of the axes; the field cuts it off."""
        turn = np.linspace(0, 2 * np.pi, 121)
        self.curve(zip(x + rx * np.cos(turn), y + ry * np.sin(turn)), color=color, width=width)


def axes(
    canvas: Canvas,
    x: float,
    y: float,
    width: float,
    height: float,
    xs: tuple[float, float],
    ys: tuple[float, float],
    *,
    xticks: Sequence[float] = (),
    yticks: Sequence[float] = (),
    xlabel: str = "",
    ylabel: str = "",
    number: str = "{:g}",
) -> Axes:
    """Draw a system of axes; what it returns draws in the numbers of the axes.

    Args:
        canvas: on which is drawn.
        x, y: left upper corner of the field.
        width, height: of the field, without its labels: about 34 units to the left, 16 above and 30 below are needed.
        xs, ys: smallest and largest number of each axis.
        xticks, yticks: numbers that are written.
        xlabel, ylabel: what the axes are; that of y stands above the axis.
        number: how ticks are written.
    """
    found = Axes(canvas, x, y, width, height, xs, ys)
    found.draw(xticks, yticks, xlabel, ylabel, number)
    return found


def _minus(words: str) -> str:
    return words.replace("-", "−")


def _clipped(
    a: tuple[float, float], b: tuple[float, float], xs: tuple[float, float], ys: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """The part of a line from a to b that lies in a field, None where there is none (Liang & Barsky 1984)."""
    if not np.isfinite([*a, *b]).all():
        return None
    dx, dy, low, high = b[0] - a[0], b[1] - a[1], 0.0, 1.0
    for step, room in ((-dx, a[0] - xs[0]), (dx, xs[1] - a[0]), (-dy, a[1] - ys[0]), (dy, ys[1] - a[1])):
        if step == 0:
            if room < 0:
                return None
        elif step < 0:
            low = max(low, room / step)
        else:
            high = min(high, room / step)
    if low > high:
        return None
    return (a[0] + low * dx, a[1] + low * dy), (a[0] + high * dx, a[1] + high * dy)
