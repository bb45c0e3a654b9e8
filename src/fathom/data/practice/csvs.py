"""From one of scikit-learn's small tables to a CSV file as people have them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any


def write_csv(path: Path, table: Any, target: str) -> Path:
    """Write the table with a header, the target last: a class by its name, a number as it is."""
    names = getattr(table, "target_names", None)
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow([*(name.replace(" ", "_") for name in table.feature_names), target])
        for features, value in zip(table.data.tolist(), table.target.tolist()):
            rows.writerow([*features, value if names is None else names[value]])
    return path
