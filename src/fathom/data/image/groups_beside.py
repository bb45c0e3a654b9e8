"""Groups of pictures that another table names than that of the labels: whose picture it is, or of which lesion.

    truth.csv      image, MEL, NV, BCC            metadata.csv      image, age, lesion_id

The tables are joined by the names of the pictures. What is known so stands in the metadata of each picture, by which
`fathom.data.splits.group_column` keeps pictures of one group together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fathom.data import repairs
from fathom.data.image.listed_images import ListedImage
from fathom.data.image.listings import path_column, tables_in
from fathom.data.listed_names import composed, with_slashes
from fathom.data.splits.group_column import names_a_group
from fathom.data.table import tables
from fathom.errors import UserError

_COVERED = 0.9
"""Share of the pictures that the other table must name."""


def with_groups_beside(listed: Sequence[ListedImage], used: Sequence[Path]) -> list[ListedImage]:
    """The pictures with the groups that tables beside theirs name, which is told; as they are where none does.

    Args:
        listed: as their own tables list them.
        used: these tables.
    """
    if any(names_a_group(name) for entry in listed[:1] for name in entry.metadata):
        return list(listed)
    for table in tables_in(used[0].parent):
        if table in used:
            continue
        for column, groups in _groups_in(table).items():
            found = [groups.get(name := composed(Path(e.path).name)) or groups.get(Path(name).stem) for e in listed]
            if sum(one is not None for one in found) > _COVERED * len(listed):
                repairs.tell(f"{column} of each picture is read from it", table)
                return [
                    e if group is None else replace(e, metadata={**e.metadata, column: group})
                    for e, group in zip(listed, found)
                ]
    return list(listed)


def _groups_in(table: Path) -> Mapping[str, Mapping[str, object]]:
    """Of each column of groups: the name of a picture → its group, where each picture is of one."""
    try:
        frame = tables.read_table(table)
    except UserError:
        return {}
    columns = [c for c in frame.columns if names_a_group(c)]
    names = path_column(frame, table.parent) if columns else None
    if names is None:
        return {}
    keys = [None if v is None else composed(Path(with_slashes(str(v).strip())).name) for v in frame[names].to_list()]
    found = {}
    for column in (c for c in columns if c != names):
        pairs = {(key, value) for key, value in zip(keys, frame[column].to_list()) if key and value is not None}
        of = dict(pairs)
        if len(of) == len(pairs):
            found[column] = {**of, **{Path(key).stem: value for key, value in of.items()}}
    return found
