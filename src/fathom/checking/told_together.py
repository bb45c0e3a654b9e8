"""Columns that give the target away together: it is their sum, or one class of which each column says yes or no.

A sum is found by least squares, whose coefficients must all be 0, 1 or -1 and leave nothing but what was rounded. A
class in several columns is found where exactly one of them says 1 in every row.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fathom.checking.data_profile import DataProfile
from fathom.data.class_names import class_name
from fathom.data.table.cells import is_number_like
from fathom.data.table.tables import target_kind
from fathom.finding_kinds import FindingKind, Role
from fathom.records import Finding

TARGET_IS_A_SUM = FindingKind(
    name="target_is_a_sum",
    severity="warning",
    lesson="target-leakage",
    meaning=(
        "The target is made of these columns, so that whoever knows them knows it already. A model that uses them "
        "learns to add, and fails where they are not known yet."
    ),
    advice="Delete these columns (--set drop={names}), unless you know their values when you ask the model.",
    role=Role.DATA,
)
ONE_CLASS_IN_COLUMNS = FindingKind(
    name="one_class_in_columns",
    severity="warning",
    lesson="target-leakage",
    meaning=(
        "One class was written as a column for each of its values. Only one of these columns is predicted, and the "
        "others give it away."
    ),
    advice=(
        "Write the class into one column and predict that one. If only {target} matters, leave the others out: "
        "--set drop={names}."
    ),
    role=Role.DATA,
)

MIN_ROWS = 20
"""Rows below which nothing is told."""
MAX_ROWS = 20_000
MAX_COLUMNS = 200
"""Of a larger table so many rows, taken evenly, and columns are looked at."""
_SLIP = 1e-6
"""Largest share of the target's spread that a sum may be off, besides what rounding makes."""


def check(profile: DataProfile, max_rows: int = MAX_ROWS) -> list[Finding]:
    """Tell of columns of which the target is the sum, or one of several that say one class."""
    items = profile.examples.items
    if not profile.columns or len(items) < MIN_ROWS:
        return []
    chosen = items[:: -(-len(items) // max_rows)]
    targets = [e.target for e in chosen]
    if any(not isinstance(t, str | int | float) for t in targets):
        return []
    numbers = {}
    for name in profile.columns[:MAX_COLUMNS]:
        values = [e.input.get(name) for e in chosen]
        if None not in values and is_number_like(values):
            numbers[name] = np.array([float(v) for v in values])
    target = str(profile.examples.target)
    if target_kind(targets) == "regression":
        return _sum(numbers, np.array([float(t) for t in targets]), target)
    return _one_of_several(numbers, [class_name(t) for t in targets], target)


def _sum(numbers: Mapping[str, NDArray[np.float64]], target_values: NDArray[np.float64], target: str) -> list[Finding]:
    """The finding where the target is a sum of two columns or more, some of them perhaps subtracted."""
    spread = float(target_values.std())
    names = [n for n, v in numbers.items() if v.std() > 0 and np.isfinite(v).all()]
    if len(names) < 2 or len(target_values) < 2 * len(names) or spread == 0 or not np.isfinite(spread):
        return []
    columns = np.stack([numbers[n] for n in names], 1)
    scale = columns.std(0)
    fitted, _, rank, _ = np.linalg.lstsq(columns / scale, target_values, rcond=None)
    weights = np.round(fitted / scale)
    used = [i for i in range(len(names)) if weights[i]]
    if rank < len(names) or len(used) < 2 or np.abs(weights).max() > 1:
        return []
    rounding = sum(_step(numbers[names[i]]) for i in used) + _step(target_values)
    if np.abs(columns @ weights - target_values).max() > rounding / 2 + _SLIP * spread:
        return []
    signs = "".join(f" {'+' if weights[i] > 0 else '−'} {names[i]}" for i in used)
    title = f"{target} is {signs.removeprefix(' + ').strip()} in every row"
    told = [names[i] for i in used]
    return [TARGET_IS_A_SUM.found(title, {"columns": told, "target": target}, names=",".join(told))]


def _step(values: NDArray[np.float64]) -> float:
    """The unit of the last digit that numbers are written with; 0 of whole numbers, which nobody has rounded."""
    for digits in range(7):
        if np.abs(values - np.round(values, digits)).max() <= 1e-9 * max(1.0, float(np.abs(values).max())):
            return 10.0**-digits if digits else 0.0
    return 0.0


def _one_of_several(numbers: Mapping[str, NDArray[np.float64]], said: list[str], target: str) -> list[Finding]:
    """The finding where exactly one of the target and two columns or more says 1 in every row."""
    if set(said) != {"0", "1"}:
        return []
    taken = np.array([one == "1" for one in said])
    binary = {n: v == 1 for n, v in numbers.items() if set(np.unique(v).tolist()) == {0.0, 1.0}}
    group: list[str] = []
    for name in sorted(binary, key=lambda n: -int(binary[n].sum())):
        if not (binary[name] & taken).any():
            group.append(name)
            taken = taken | binary[name]
    if len(group) < 2 or not taken.all():
        return []
    group = [name for name in numbers if name in group]  # as the table has them
    shown = ", ".join(group[:5]) + (f" and {len(group) - 5} more" if len(group) > 5 else "")
    title = f"exactly one of {shown} and {target} is 1 in every row, so that the others give {target} away"
    evidence = {"columns": group, "target": target}
    return [ONE_CLASS_IN_COLUMNS.found(title, evidence, names=",".join(group), target=target)]
