"""What a metric is: a function of the sums of additive statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Sums = Mapping[str, Any]
"""Name of a statistic → its sum; an array of sums (one per bootstrap sample) works as well."""


@dataclass(frozen=True)
class Metric:
    """The one figure by which a task is judged; lower is better.

    Attributes:
        name: as it is shown: ``"error"``.
        needs: the statistics that it is made of.
        of: sums → figure; takes arrays of sums, elementwise.
        is_rate: whether it is a share of independent right-or-wrong examples, so that Wilson's interval holds.
        percent: whether it is shown as a percentage.
        beside: what is told beside it, and judges nothing.
    """

    name: str
    needs: tuple[str, ...]
    of: Callable[[Sums], Any]
    is_rate: bool = False
    percent: bool = False
    beside: tuple[Metric, ...] = ()

    def show(self, value: float) -> str:
        """The figure as a person reads it: ``"6.5 %"``, ``"0.482"``."""
        return f"{100 * value:.1f} %" if self.percent else f"{value:.4g}"

    def show_range(self, low: float, high: float) -> str:
        """An interval as a person reads it: ``"3.8–11.0"`` (without the sign)."""
        return f"{100 * low:.1f}–{100 * high:.1f}" if self.percent else f"{low:.4g}–{high:.4g}"
