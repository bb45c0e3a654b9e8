"""The map of a net's attention: what it wrote against what it read."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from fathom.records import Attention
from fathom.reporting.figure_style import INK, RULE, SEA, house_style, svg
from fathom.reporting.report_data import printable

_CELL_INCHES = 0.24
"""Inches to a token."""
_MIN_SHOWN_WEIGHT = 0.02
"""A smaller share of the attention is not drawn."""


def attention_figure(seen: Attention, number: int) -> str:
    """One row a token that was written; the share of its attention is the strength of the colour."""
    height, width = seen.weights.shape
    rows, columns = ([_shown(token) for token in tokens] for tokens in (seen.rows, seen.columns))
    with house_style():
        figure = Figure(figsize=(1.4 + _CELL_INCHES * width, 1.2 + _CELL_INCHES * height), layout="constrained")
        axes = figure.add_subplot()
        for row, column in np.ndindex(height, width):
            share = float(seen.weights[row, column])
            if share >= _MIN_SHOWN_WEIGHT:
                axes.add_patch(Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, color=SEA, alpha=share, linewidth=0))
        axes.set_xlim(-0.5, width - 0.5)
        axes.set_ylim(height - 0.5, -0.5)
        letters = max(map(len, columns), default=0) == 1
        axes.set_xticks(range(width), columns, rotation=0 if letters else 90, ha="center")
        axes.set_yticks(range(height), rows)
        axes.xaxis.tick_top()
        axes.tick_params(length=0, labelcolor=INK)
        axes.set_aspect("equal")
        axes.spines[:].set_visible(True)
        axes.spines[:].set_color(RULE)
        return svg(figure, f"attention-{number}", f"Attention: {height} tokens written, {width} read")


def _shown(token: str) -> str:
    return printable(token).strip() or "␣"
