"""Tables that give a picture several labels: in one column, parted by a sign, or as columns of 0 and 1."""

from __future__ import annotations

from fathom.data.image.listings import Listing, path_column
from fathom.data.label_sets import LabelSets, labels_in_cells, labels_in_columns, say_yes_or_no, yes_or_no
from fathom.data.one_hot import last_yes_or_no, one_hot
from fathom.data.splits.group_column import names_a_group
from fathom.data.table import tables
from fathom.errors import UserError


def find_label_columns(listing: Listing, target: str | None) -> LabelSets | None:
    """How the labels of a picture are told where it may have several; None where it has one.

    They stand in one column, as lists in the way of JSON or Python, or parted by ``|`` or ``;`` (or by blanks or commas
    in a column named labels or tags), or there are two columns or more of 0 and 1, or of -1 and 1, and none but these,
    the path, splits and groups.
    """
    try:
        frame = tables.read_table(listing.table)
    except UserError:
        return None
    column, split = path_column(frame, listing.table.parent), tables.split_column(frame)
    rest = [c for c in frame.columns if c not in (column, split)]
    if column is None or not rest:
        return None
    if target is None and one_hot(frame, last_yes_or_no(frame, rest)) is not None:
        return None  # classes, which `find_class_columns` finds
    labels = [c for c in rest if yes_or_no(frame[c]) or not names_a_group(c)]
    if target is None and say_yes_or_no(frame, labels):
        return labels_in_columns(labels)
    for name in [target] if target in rest else [] if target else rest:
        signs = "|;" + (", " if str(name).lower() in ("labels", "tags") else "")
        if (found := labels_in_cells(frame, str(name), signs)) is not None:
            return found
    return None


def find_class_columns(listing: Listing) -> LabelSets | None:
    """The columns at the end of a table that are the classes of pictures: one is 1 in each row, as ISIC gives them.

    Args:
        listing: the table; where a name tells the column of labels, there are no such.
    """
    frame = tables.read_table(listing.table)
    rest = [c for c in frame.columns if c not in (path_column(frame, listing.table.parent), tables.split_column(frame))]
    if any(c.lower() in tables.TARGET_NAMES for c in rest):
        return None
    return one_hot(frame, last_yes_or_no(frame, rest))
