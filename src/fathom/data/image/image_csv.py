"""Pictures listed in a table with their labels, or in a table for each split."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from fathom.data.class_names import class_name
from fathom.data.image import image_file
from fathom.data.image.groups_beside import with_groups_beside
from fathom.data.image.listed_images import ListedImage, examples_of
from fathom.data.image.listings import Listing, NearbyImages, find_listings, path_column, split_of
from fathom.data.image.multi_label_columns import find_class_columns
from fathom.data.label_sets import LabelSets
from fathom.data.listed_names import with_slashes
from fathom.data.one_hot import tell_one_hot
from fathom.data.table import tables
from fathom.data.table.table_files import column_called, without_target
from fathom.data.without_row import tell_without_row
from fathom.declared_options import NOT_GROUPED
from fathom.errors import UserError
from fathom.records import Examples, SkipKind, Skipped, Source

if TYPE_CHECKING:
    import polars as pl

_CONFLICT = "listed twice, with different labels"


def read_picture_csv(source: Source, target: str | None = None, *, labels: LabelSets | None = None) -> Examples:
    """Pictures listed in a table with their labels, or in one for each split; see `fathom.data.image.listings`.

    A column of splits and the group column are respected; where the paths begin with the names of splits, so are they.

    Args:
        source: where the table is.
        target: the column of labels.
        labels: how the target of a row is told where it is more than what stands in a column; columns of which one is
            1 in each row are found here.

    Raises:
        UserError: no such columns, no pictures, or one label only.
    """
    single = source.group == NOT_GROUPED
    source = replace(source, group=None) if single else source
    listings = _listings_of(source)
    root = source.path if source.path.is_dir() else source.path.parent
    listed: list[ListedImage] = []
    skipped: list[Skipped] = []
    name = target or source.target
    labels = labels or (find_class_columns(listings[0][0]) if name is None else None)
    if labels is not None:
        name = labels.columns[0]
        if labels.exclusive:
            tell_one_hot(labels, listings[0][0].table)
    for listing, prefix in listings:
        folder = listing.table.parent
        if not prefix and folder != root:
            prefix = f"{folder.relative_to(root).as_posix()}/"
        table = tables.load_table(listing.table)
        own = listing.split is not None and listed and name not in table.frame.columns
        if own and listing.table not in (source.dev, source.test):
            why = without_target(str(name), len(table.frame))
            skipped.append(Skipped(listing.table.name, why, SkipKind.FILE))
            continue
        name = _listed_in(listing, table, prefix, name, source, listed, skipped, labels)
    if not listed:
        why = f" (the first, {skipped[0].id}: {skipped[0].reason})" if skipped else ""
        advice = "give a column of picture files, and one of what each shows"
        raise UserError(f"{source.text} lists no pictures with a {name}{why}: {advice}")
    _refuse_one_label(str(name), listed, skipped)
    used = [listing.table for listing, _ in listings]
    _tell_without_row(source, used, listed, skipped)
    if source.group is None and not single:
        listed = with_groups_beside(listed, used)
    return examples_of(listed, skipped, labels.name if labels else str(name), source.text)


def _listings_of(source: Source) -> list[tuple[Listing, str]]:
    """The tables that list pictures, with the prefix of what each lists.

    Raises:
        UserError: there are none, or what was named for dev or test is no such table.
    """
    listings = [(listing, "") for listing in find_listings(source.path)]
    if not listings:
        raise UserError(f"{source.text} has no CSV of paths and labels: give one with the columns path and label")
    for split, extra in (("dev", source.dev), ("test", source.test)):
        if extra is not None:
            found = find_listings(extra)
            if len(found) != 1:
                raise UserError(f"{extra} has no CSV of paths and labels: give one with the columns path and label")
            listings = [pair for pair in listings if pair[0].split != split]
            listings.append((Listing(found[0].table, split), f"{split}/"))
    return listings


def _tell_without_row(
    source: Source, csvs: Sequence[Path], listed: Sequence[ListedImage], skipped: Sequence[Skipped]
) -> None:
    """Say how many pictures of a folder no table names; where a whole table is left out, its pictures are as well."""
    if not source.path.is_dir() or any(one.kind is SkipKind.FILE for one in skipped):
        return
    every, named = image_file.find_images(source.path), [entry.path for entry in listed]
    tell_without_row(
        "pictures", source.path, every, named, skipped, " and ".join(dict.fromkeys(path.name for path in csvs))
    )


def _refuse_one_label(name: str, listed: Sequence[ListedImage], skipped: Sequence[Skipped]) -> None:
    """Refuse pictures that all have the same label, which rows that name them again may not have."""
    if len({entry.label for entry in listed}) > 1:
        return
    where = ""
    if again := sum(one.reason == _CONFLICT for one in skipped):
        where = f" in the first row of each picture, and another in {again:,} rows that name a picture again"
    raise UserError(
        f"{column_called(name)} has one value only{where}, so that there is nothing to learn: "
        + ("give each picture one row" if where else "name another")
    )


def _listed_in(
    listing: Listing,
    table: tables.Table,
    prefix: str,
    target: str | None,
    source: Source,
    listed: list[ListedImage],
    skipped: list[Skipped],
    labels: LabelSets | None,
) -> str:
    """Adds what one table lists to `listed` and `skipped`, and returns the name of its target."""
    csv, frame, group = listing.table, table.frame, source.group
    column, name, split = _columns(csv, frame, target, source)
    skipped.extend(replace(s, id=prefix + s.id) for s in table.skipped)
    paths = [None if v is None else with_slashes(str(v)) for v in frame[column].to_list()]
    ready = _splits_of(frame, split, paths, listing.split)
    near, seen = NearbyImages(csv.parent), dict[str, object]()
    used = {entry.id for entry in listed}
    own_columns = {column, name, split, group, *(labels.columns if labels else ())}
    for number, path, where, row in zip(table.numbers, paths, ready, frame.iter_rows(named=True)):
        label = labels.told(row) if labels else row[name]
        if path is None or label is None:
            own = f"row {number}" if path is None else path
            skipped.append(Skipped(prefix + own, f"no {column if path is None else name}"))
            continue
        found = near.locate(str(row[column]), where)
        inside = len(found) == 1 and found[0].is_relative_to(csv.parent)
        own = prefix + (found[0].relative_to(csv.parent).as_posix() if inside else path)
        if own in seen:
            reason = "listed twice" if seen[own] == label else _CONFLICT
            skipped.append(Skipped(f"{own} (row {number})", reason))
        elif len(found) > 1:
            skipped.append(Skipped(own, f"{len(found)} pictures have that name, the first {found[0]}"))
        else:
            belongs = None if group is None or row[group] is None else class_name(row[group])
            unique = own if own not in used else f"{where}/{own}"
            place = str(found[0] if found else csv.parent / path)
            metadata = {k: v for k, v in row.items() if k not in own_columns and v is not None}
            listed.append(ListedImage(unique, place, label, where, belongs, metadata))
        seen.setdefault(own, label)
    return name


def targets_in(listing: Listing, source: Source) -> list[object]:
    """The values of the column that a table would be learned from.

    Raises:
        UserError: there is no such column.
    """
    frame = tables.read_table(listing.table)
    return list(frame[_columns(listing.table, frame, source.target, source)[1]].to_list())


def _columns(csv: Path, frame: pl.DataFrame, target: str | None, source: Source) -> tuple[str, str, str | None]:
    """The columns of paths, of labels, and of splits if there is one."""
    shown = ", ".join(frame.columns[:20])
    column = path_column(frame, csv.parent)
    if column is None:
        raise UserError(f"no column of {csv} holds names of pictures; it has {shown}")
    tables.check_columns(source, frame.columns, csv)
    rest = frame.drop([column])
    if not rest.columns:
        raise UserError(f"{csv} has only {column_called(column)}: add one with the labels")
    split = tables.split_column(frame)
    others = [c for c in rest.columns if c not in (split, *source.apart)]
    alone = target is None and len(others) == 1
    found = others[0] if alone else tables.find_target(rest, target or _diagnosis(frame, others), csv, source.apart)
    return column, found if target else tables.spelt_out(rest, found, csv), split


def _diagnosis(frame: pl.DataFrame, columns: Sequence[str]) -> str | None:
    """A column ``dx`` of words, as tables of medical pictures call the diagnosis, where no other name tells."""
    words = next((c for c in columns if c.lower() == "dx" and not frame[c].dtype.is_numeric()), None)
    return None if any(c.lower() in tables.TARGET_NAMES for c in columns) else words


def _splits_of(
    frame: pl.DataFrame, column: str | None, paths: Sequence[str | None], ready: str | None
) -> list[str | None]:
    """The ready-made split of each row: the table's, else the column's, else the folder's that the path begins with."""
    if ready is None and column is not None:
        return [None if v is None else tables.SPLIT_NAMES[str(v).lower()] for v in frame[column].to_list()]
    if ready is None:
        found = [None if path is None or "/" not in path else split_of(path.split("/")[0]) for path in paths]
        if "train" in found and None not in found:
            return found if len(set(found)) > 1 else [None] * len(paths)
    return [ready] * len(paths)
