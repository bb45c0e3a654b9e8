"""Numbers → figures → page.

`report_data` says what a report is made of, `figures` draws it, `thumbnails` makes pictures small, `page` sets one HTML
file that opens offline, `terminal` says the same in the terminal. Nothing here computes; nothing imports torch.
"""

from typing import Any

from fathom.reporting.report_data import Bin, Card, CompareData, ComparedRun, Confusion, ReportData, Scatter

__all__ = [
    "Bin",
    "Card",
    "CompareData",
    "ComparedRun",
    "Confusion",
    "ReportData",
    "Scatter",
    "write_comparison",
    "write_data_scaling",
    "write_report",
    "write_style",
]


def __getattr__(name: str) -> Any:
    """Import matplotlib and jinja2 only when a page is written."""
    if name in ("write_comparison", "write_data_scaling", "write_report", "write_style"):
        from fathom.reporting import page

        return getattr(page, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
