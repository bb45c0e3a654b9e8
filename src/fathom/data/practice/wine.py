"""Italian wines of three growers, by what a chemist measured in them.

From scikit-learn: 178 wines, 13 measurements, three growers.
"""

from __future__ import annotations

from pathlib import Path

from fathom.data.practice.csvs import write_csv


def write(folder: Path) -> Path:
    """Write ``wine.csv``; the column ``target`` holds the class's name."""
    from sklearn.datasets import load_wine

    return write_csv(folder / "wine.csv", load_wine(), "target")
