"""Cells of breast tumours, by the shape of their nuclei.

From scikit-learn: 569 tumours, 30 measurements, malignant or benign.
"""

from __future__ import annotations

from pathlib import Path

from fathom.data.practice.csvs import write_csv


def write(folder: Path) -> Path:
    """Write ``breast-cancer.csv``; the column ``target`` holds the class's name."""
    from sklearn.datasets import load_breast_cancer

    return write_csv(folder / "breast-cancer.csv", load_breast_cancer(), "target")
